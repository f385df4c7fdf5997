//! JSON that goes into bodies: always the same bytes for the same meaning, in the form that every provider takes.

use serde_json::{Map, Value};

use crate::decode::or_empty_object;

/// The same JSON with the keys of all objects in order, so that the same schema always gives the same bytes.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

/// The schema of a tool's arguments. Anthropic wants its type named and OpenAI its properties, also where a tool takes
/// none, and both leave the tool's author to find out.
pub fn input_schema(schema: &Value) -> Value {
    let Value::Object(mut object) = canonical(schema) else {
        return input_schema(&Value::Object(Map::new()));
    };
    object.insert("type".to_owned(), Value::String("object".to_owned()));
    object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    Value::Object(object)
}

/// A tool call's arguments as an object. What is none (a model may err) is handed back to it as it wrote it.
pub fn arguments_object(arguments: &str) -> Value {
    match serde_json::from_str(or_empty_object(arguments)) {
        Ok(object @ Value::Object(_)) => canonical(&object),
        Ok(_) | Err(_) => {
            Value::Object(Map::from_iter([("invalid_json".to_owned(), Value::String(arguments.to_owned()))]))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_an_object_whatever_the_model_wrote() {
        for nothing in ["", " ", "null", "{}"] {
            assert_eq!(arguments_object(nothing).to_string(), "{}", "{nothing:?}");
        }
        assert_eq!(
            arguments_object(r#"{"b":1,"a":{"d":1,"c":2}}"#).to_string(),
            r#"{"a":{"c":2,"d":1},"b":1}"#
        );
        assert_eq!(arguments_object(r#"{"a":"#).to_string(), r#"{"invalid_json":"{\"a\":"}"#);
        assert_eq!(arguments_object("[1]").to_string(), r#"{"invalid_json":"[1]"}"#);
    }

    #[test]
    fn a_schema_names_its_type_and_its_properties() {
        let nothing = json!({"type": "object", "properties": {}});
        for schema in [json!(null), json!({}), json!({"type": "object"}), json!({"type": ["object", "null"]})]
        {
            assert_eq!(input_schema(&schema), nothing, "{schema}");
        }
        let own = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        assert_eq!(input_schema(&own), own);
    }
}
