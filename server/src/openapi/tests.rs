//! The document says what the router does, and the file in `docs/` says what the document says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Every (method, path) of the router's source, by the function that names it and the prefix it is nested under.
fn routes() -> BTreeSet<(String, String)> {
    let source = include_str!("../router.rs");
    let groups =
        [("fn open()", ""), ("fn api()", "/api/v1"), ("fn openai_api()", "/v1"), ("fn documents()", "")];
    let mut routes = BTreeSet::new();
    for (group, prefix) in groups {
        let body = source.split(group).nth(1).unwrap().split("\n}").next().unwrap();
        for route in body.split(".route(").skip(1) {
            let path = format!("{prefix}{}", route.split('"').nth(1).unwrap()).replace("{*", "{");
            for method in ["get", "post", "put", "patch", "delete"] {
                let starts =
                    [" ", ".", "\n"].iter().any(|before| route.contains(&format!("{before}{method}(")));
                // Files of the site and of Swagger UI are no API.
                if starts && !path.starts_with("/pkg/") && !path.starts_with("/api/docs") {
                    routes.insert((method.to_owned(), path.clone()));
                }
            }
        }
    }
    routes
}

fn document() -> Value {
    serde_json::from_str(&super::text()).unwrap()
}

fn operations(document: &Value) -> BTreeMap<(String, String), Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.insert((method.clone(), path.clone()), operation.clone());
        }
    }
    all
}

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let described: BTreeSet<_> = operations(&document()).into_keys().collect();
    let routes = routes();
    assert!(routes.len() > 30, "{routes:?}");
    assert_eq!(described, routes);
}

#[test]
fn the_file_is_the_document() {
    let file = include_str!("../../../docs/openapi.json");
    assert!(file == super::text(), "docs/openapi.json is not up to date: run `cargo xtask codegen`");
}

#[test]
fn every_operation_has_words_parameters_and_failures() {
    let document = document();
    let mut ids = BTreeSet::new();
    for ((method, path), operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
        assert!(!operation["summary"].as_str().unwrap().starts_with('`'), "{name} is described by its path");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}: its id is taken");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let is_it = |p: &Value| p["name"] == part && p["in"] == "path" && p["required"] == true;
            assert!(parameters.iter().any(is_it), "{name}: {part}");
        }
        let failure = if path.starts_with("/v1/") { "application/json" } else { "application/problem+json" };
        if operation["security"] != Value::Array(Vec::new()) {
            for status in ["401", "403", "429", "default"] {
                assert!(operation["responses"][status]["content"][failure].is_object(), "{name}: {status}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
