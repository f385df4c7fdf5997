//! The schemas of tools: arguments are held against them before anybody is asked and anything is called. A schema that cannot be
//! used checks nothing: the server will say what is wrong.

use serde_json::{Map, Value, json};

/// Flaws that are told; a model mends the first ones first.
const MOST_FLAWS: usize = 5;
/// Characters of one flaw: a value that is quoted in it may be long.
const MOST_CHARS: usize = 300;

/// What is wrong with the arguments, for the model to mend.
pub(crate) fn check(schema: &Value, arguments: &Value) -> Result<(), String> {
    // References to elsewhere are not followed: the crate is built without a way there, and such a schema is no validator.
    let Ok(validator) = jsonschema::validator_for(schema) else { return Ok(()) };
    let flaws: Vec<String> =
        validator.iter_errors(arguments).take(MOST_FLAWS).map(|error| flaw(&error)).collect();
    if flaws.is_empty() {
        return Ok(());
    }
    Err(format!("The arguments do not fit the tool's schema. {}", flaws.join(" ")))
}

fn flaw(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { "The arguments".to_owned() } else { format!("\"{place}\"") };
    let said: String = error.to_string().chars().take(MOST_CHARS).collect();
    format!("{place}: {said}.")
}

/// The same schema as one of an object: providers take no other root.
pub(crate) fn of_object(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return json!({ "type": "object" }) };
    let mut fields: Map<String, Value> = fields.clone();
    fields.insert("type".to_owned(), Value::from("object"));
    // Anthropic refuses them at the root (tool use guide, 2026-11); the arguments are checked against the whole schema here.
    for combined in ["oneOf", "anyOf", "allOf"] {
        fields.remove(combined);
    }
    fields.remove("$schema");
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_told_and_a_broken_schema_checks_nothing() {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        assert_eq!(check(&schema, &json!({"n": 1})), Ok(()));
        assert!(check(&schema, &json!({})).unwrap_err().contains("\"n\" is a required property"));
        assert!(check(&schema, &json!({"n": "x"})).unwrap_err().contains("/n"));
        let long = check(&schema, &json!({"n": "x".repeat(10_000)})).unwrap_err();
        assert!(long.len() < 1_000, "{}", long.len());
        for broken in [json!({"type": 7}), json!({"$ref": "https://example.com/schema"}), json!("no schema")]
        {
            assert_eq!(check(&broken, &json!({"n": "x"})), Ok(()), "{broken}");
        }
    }

    #[test]
    fn the_root_is_an_object() {
        assert_eq!(of_object(&json!(true)), json!({"type": "object"}));
        assert_eq!(
            of_object(&json!({"anyOf": [{}], "properties": {}})),
            json!({"type": "object", "properties": {}})
        );
    }
}
