//! What a server says a tool is, in one form: what is stored, compared, approved and shown. Two definitions are the same if
//! and only if their texts are.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use similar::TextDiff;
use vertice_domain::{Error, Result, estimate::tokens_of, mcp::ToolHints};

use crate::connection::ListedTool;

/// Lines of context around each change in a diff.
const CONTEXT: usize = 3;

/// A definition, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_schema: Option<Value>,
    pub(crate) annotations: ToolHints,
}

impl Definition {
    /// Its text: keys sorted, indented, so that a diff of two is worth reading.
    pub(crate) fn text(tool: &ListedTool) -> String {
        let definition = Self {
            title: tool.title.clone(),
            description: tool.description.clone(),
            input_schema: sorted(&tool.input_schema),
            output_schema: tool.output_schema.as_ref().map(sorted),
            annotations: tool.annotations,
        };
        serde_json::to_string_pretty(&definition)
            .expect("strings, maps of strings and JSON can be written as JSON")
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| {
            tracing::error!(%error, "a stored definition of a tool cannot be read");
            Error::internal()
        })
    }

    /// About how many tokens it costs in a prompt.
    pub(crate) fn tokens(&self) -> u64 {
        tokens_of(&self.description) + tokens_of(&self.input_schema.to_string())
    }
}

/// Which definition it is.
pub(crate) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// How `new` differs from `old`, as a unified diff.
pub(crate) fn diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT).header("approved", "now").to_string()
}

/// Arguments in one form, for rules about exactly these.
pub(crate) fn canonical(arguments: &Value) -> String {
    sorted(arguments).to_string()
}

/// The same value with the keys of all objects in order. Lists nest as deep as a parser lets them, which is bounded.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<_> = fields.iter().collect();
            pairs.sort_by_key(|(name, _)| name.as_str());
            Value::Object(pairs.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(schema: &str) -> ListedTool {
        ListedTool {
            name: "look".into(),
            title: None,
            description: "Looks.".into(),
            input_schema: serde_json::from_str(schema).unwrap(),
            output_schema: None,
            annotations: ToolHints::default(),
        }
    }

    #[test]
    fn the_order_of_keys_is_no_change_and_everything_else_is() {
        let text = Definition::text(&tool(
            r#"{"type":"object","properties":{"b":{},"a":{"x":1,"c":[{"q":1,"p":2}]}}}"#,
        ));
        let turned = Definition::text(&tool(
            r#"{"properties":{"a":{"c":[{"p":2,"q":1}],"x":1},"b":{}},"type":"object"}"#,
        ));
        assert_eq!(text, turned);
        let other = Definition::text(&ListedTool { description: "Looks and sends.".into(), ..tool("{}") });
        assert_ne!(hash(&Definition::text(&tool("{}"))), hash(&other));
        let diff = diff(&Definition::text(&tool("{}")), &other);
        assert!(
            diff.contains("-  \"description\": \"Looks.\"")
                && diff.contains("+  \"description\": \"Looks and sends.\""),
            "{diff}"
        );
        assert_eq!(Definition::read(&text).unwrap().input_schema["properties"]["b"], json!({}));
    }
}
