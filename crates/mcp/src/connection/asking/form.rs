//! A server's question as it is shown: cleaned, and within bounds. What does not fit is not shown at all, since a form of which
//! something is missing asks for something else.

use rmcp::model::{ElicitRequestParams, ElicitationSchema};
use serde_json::{Number, Value};
use url::Url;
use vertice_domain::elicitation::{Choice, Field, FieldKind, TextFormat, Wanted};

use crate::connection::{
    clean::{clean, clean_to},
    limits::WORDS,
};

const FIELDS: usize = 30;
const OPTIONS: usize = 200;
/// The longest name of a field, title and value of an option, and address, in bytes.
const NAME: usize = 128;
const TITLE: usize = 200;
const VALUE: usize = 1_000;
const ADDRESS: usize = 2_048;

/// What is asked, in the server's words; else why it is not shown.
pub(super) fn read(question: ElicitRequestParams) -> Result<(String, Wanted), String> {
    match question {
        ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
            Ok((clean_to(&message, WORDS), Wanted::Form { fields: fields(&requested_schema)? }))
        }
        ElicitRequestParams::UrlElicitationParams { message, url, .. } => {
            Ok((clean_to(&message, WORDS), Wanted::Url { url: address(&url)? }))
        }
        _ => Err("it is of a kind that is not known here".into()),
    }
}

/// Where a person may be sent: over https, or to this very machine.
fn address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| "its address is none")?;
    let host = url.host_str().unwrap_or_default();
    let is_here = url.scheme() == "http" && matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if url.scheme() != "https" && !is_here {
        return Err("its address does not begin with https://".into());
    }
    if host.is_empty() || !url.username().is_empty() || url.password().is_some() {
        return Err("its address holds a user name, or no host".into());
    }
    let url = url.to_string();
    if url.len() > ADDRESS { Err("its address is too long".into()) } else { Ok(url) }
}

fn fields(schema: &ElicitationSchema) -> Result<Vec<Field>, String> {
    let order = schema.property_order.clone().unwrap_or_default();
    let required = schema.required.clone().unwrap_or_default();
    let unnamed = schema.properties.keys().filter(|name| !order.contains(name)).cloned().collect::<Vec<_>>();
    let schema = serde_json::to_value(schema).map_err(|_| "its form cannot be read")?;
    let mut fields = Vec::new();
    for name in order.into_iter().chain(unnamed) {
        let Some(definition) = schema["properties"].get(&name) else { continue };
        fields.push(field(name, definition, &required)?);
    }
    if fields.len() > FIELDS { Err(format!("its form has more than {FIELDS} fields")) } else { Ok(fields) }
}

fn field(name: String, definition: &Value, required: &[String]) -> Result<Field, String> {
    if name.is_empty() || name.len() > NAME || clean(&name) != name {
        return Err("a field of its form has a name that cannot be shown".into());
    }
    let text = |key: &str, most| {
        definition[key].as_str().map(|text| clean_to(text, most)).filter(|text| !text.is_empty())
    };
    Ok(Field {
        title: text("title", TITLE),
        description: text("description", WORDS),
        required: required.contains(&name),
        kind: kind(definition)?,
        name,
    })
}

fn kind(definition: &Value) -> Result<FieldKind, String> {
    let number = |key: &str| definition[key].as_number().cloned();
    let count = |key: &str| number(key).as_ref().and_then(Number::as_u64);
    let text = || definition["default"].as_str().map(|text| clean_to(text, VALUE));
    match definition["type"].as_str() {
        Some("string") => match options(definition)? {
            Some(options) => {
                let default = definition["default"].as_str().map(str::to_owned);
                let default = default.filter(|value| options.iter().any(|option| option.value == *value));
                Ok(FieldKind::Choice { options, default })
            }
            None => Ok(FieldKind::Text {
                format: definition["format"].as_str().and_then(format),
                least: count("minLength").and_then(|count| u32::try_from(count).ok()),
                most: count("maxLength").and_then(|count| u32::try_from(count).ok()),
                default: text(),
            }),
        },
        Some(kind @ ("number" | "integer")) => Ok(FieldKind::Number {
            whole: kind == "integer",
            least: number("minimum"),
            most: number("maximum"),
            default: number("default"),
        }),
        Some("boolean") => Ok(FieldKind::Flag { default: definition["default"].as_bool() }),
        Some("array") => {
            let options =
                options(&definition["items"])?.ok_or("a list of its form offers nothing to choose")?;
            let chosen = definition["default"].as_array();
            let default =
                chosen.map(|chosen| chosen.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            Ok(FieldKind::Choices { options, least: count("minItems"), most: count("maxItems"), default })
        }
        _ => Err("a field of its form is of a kind that is not known here".into()),
    }
}

fn format(word: &str) -> Option<TextFormat> {
    match word {
        "email" => Some(TextFormat::Email),
        "uri" => Some(TextFormat::Uri),
        "date" => Some(TextFormat::Date),
        "date-time" => Some(TextFormat::DateTime),
        _ => None,
    }
}

/// What may be chosen, in each of the forms that the revisions know; none: nothing, anything may be written.
fn options(definition: &Value) -> Result<Option<Vec<Choice>>, String> {
    let titled = definition["oneOf"].as_array().or_else(|| definition["anyOf"].as_array());
    let listed = definition["enum"].as_array();
    let pairs: Vec<(Option<&str>, Option<&str>)> = match (titled, listed) {
        (Some(titled), _) => {
            titled.iter().map(|one| (one["const"].as_str(), one["title"].as_str())).collect()
        }
        (None, Some(listed)) => {
            let names = &definition["enumNames"];
            listed.iter().enumerate().map(|(at, one)| (one.as_str(), names[at].as_str())).collect()
        }
        (None, None) => return Ok(None),
    };
    if pairs.is_empty() || pairs.len() > OPTIONS {
        return Err(format!("a field of its form has no option, or more than {OPTIONS}"));
    }
    let option = |(value, title): (Option<&str>, Option<&str>)| {
        let value =
            value.filter(|value| value.len() <= VALUE).ok_or("an option of its form cannot be shown")?;
        // What is sent back is the server's own value, what is read is clean.
        let shown = clean_to(title.unwrap_or(value), TITLE);
        Ok(Choice { title: (shown != value).then_some(shown), value: value.to_owned() })
    };
    pairs.into_iter().map(option).collect::<Result<Vec<_>, &str>>().map(Some).map_err(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(params: Value) -> Result<Value, String> {
        let (message, wanted) = read(serde_json::from_value(params).unwrap())?;
        Ok(json!([message, wanted]))
    }

    fn of(properties: impl Into<Value>, required: impl Into<Value>) -> Result<Value, String> {
        let (properties, required): (Value, Value) = (properties.into(), required.into());
        let schema = json!({"type": "object", "properties": properties, "required": required});
        shown(json!({"mode": "form", "message": "m", "requestedSchema": schema}))
            .map(|mut shown| shown[1]["fields"].take())
    }

    #[test]
    fn every_kind_of_field_is_read() {
        let fields = of(
            json!({
                "name": {"type": "string", "title": "Na\u{200b}me", "description": "\u{1b}[1mfull", "minLength": 2, "maxLength": 9, "default": "Ann"},
                "mail": {"type": "string", "format": "email"},
                "age": {"type": "integer", "minimum": 0, "maximum": 150, "default": 30},
                "score": {"type": "number", "default": 9.5},
                "sure": {"type": "boolean", "default": true},
                "plain": {"type": "string", "enum": ["a", "b"], "default": "b"},
                "named": {"type": "string", "enum": ["a", "b"], "enumNames": ["A"]},
                "titled": {"type": "string", "oneOf": [{"const": "#f00", "title": "Red"}], "default": "#fff"},
                "many": {"type": "array", "items": {"type": "string", "enum": ["a\u{200b}"]}, "minItems": 1, "maxItems": 2},
                "many_titled": {"type": "array", "items": {"anyOf": [{"const": "a", "title": "A"}]}, "default": ["a"]},
            }),
            json!(["name"]),
        );
        let named: std::collections::BTreeMap<String, Value> = fields
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|field| (field["name"].as_str().unwrap().to_owned(), field.clone()))
            .collect();
        let expected = [
            ("name", json!({"type": "text", "least": 2, "most": 9, "default": "Ann"})),
            ("mail", json!({"type": "text", "format": "email"})),
            ("age", json!({"type": "number", "whole": true, "least": 0, "most": 150, "default": 30})),
            ("score", json!({"type": "number", "whole": false, "default": 9.5})),
            ("sure", json!({"type": "flag", "default": true})),
            ("plain", json!({"type": "choice", "options": [{"value": "a"}, {"value": "b"}], "default": "b"})),
            ("named", json!({"type": "choice", "options": [{"value": "a", "title": "A"}, {"value": "b"}]})),
            ("titled", json!({"type": "choice", "options": [{"value": "#f00", "title": "Red"}]})),
            (
                "many",
                json!({"type": "choices", "options": [{"value": "a\u{200b}", "title": "a"}], "least": 1, "most": 2}),
            ),
            (
                "many_titled",
                json!({"type": "choices", "options": [{"value": "a", "title": "A"}], "default": ["a"]}),
            ),
        ];
        for (name, kind) in expected {
            assert_eq!(named[name]["kind"], kind, "{name}");
        }
        assert_eq!(
            (&named["name"]["title"], &named["name"]["description"], &named["name"]["required"]),
            (&json!("Name"), &json!("full"), &json!(true))
        );
    }

    #[test]
    fn fields_stand_in_the_server_s_order() {
        let question = r#"{"mode": "form", "message": "m", "requestedSchema": {"type": "object", "properties":
            {"z": {"type": "string"}, "a": {"type": "boolean"}, "m": {"type": "integer"}}}}"#;
        let (_, Wanted::Form { fields }) = read(serde_json::from_str(question).unwrap()).unwrap() else {
            panic!()
        };
        assert_eq!(fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["z", "a", "m"]);
    }

    #[test]
    fn what_cannot_be_shown_whole_is_not_shown() {
        let many: serde_json::Map<_, _> =
            (0..31).map(|number| (format!("f{number}"), json!({"type": "string"}))).collect();
        assert!(of(many, json!([])).unwrap_err().contains("30 fields"));
        assert!(of(json!({"a\u{200b}": {"type": "string"}}), json!([])).unwrap_err().contains("name"));
        let options: Vec<_> = (0..201).map(|number| number.to_string()).collect();
        assert!(
            of(json!({"a": {"type": "string", "enum": options}}), json!([])).unwrap_err().contains("200")
        );
    }

    #[test]
    fn only_addresses_that_a_person_may_be_sent_to_are_shown() {
        let url = |url: &str| shown(json!({"mode": "url", "message": "m", "url": url, "elicitationId": "e"}));
        assert_eq!(url("https://bücher.example/a").unwrap()[1]["url"], "https://xn--bcher-kva.example/a");
        assert!(url("http://127.0.0.1:9/a").is_ok());
        for bad in
            ["http://example.com", "javascript:alert(1)", "https://a@b.example", "file:///etc", "nothing"]
        {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
