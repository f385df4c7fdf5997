//! What tools are called with.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;
use vertice_domain::{mcp::ToolHints, sandbox::FilePath};
use vertice_ports::toolbox::{OwnTool, Told};

/// What tools of a kind do to what they work on.
pub(crate) const READS: ToolHints = hints(true, false);
pub(crate) const CHANGES: ToolHints = hints(false, true);

const fn hints(reads: bool, destroys: bool) -> ToolHints {
    ToolHints {
        read_only_hint: Some(reads),
        destructive_hint: Some(destroys),
        idempotent_hint: None,
        open_world_hint: Some(false),
    }
}

/// A tool that takes `T`.
pub(crate) fn tool<T: JsonSchema>(
    name: &'static str,
    description: &'static str,
    hints: ToolHints,
) -> OwnTool {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    schema.remove("title");
    // It is the tool's own, which is said once.
    schema.remove("description");
    OwnTool { name, description, input_schema: schema.to_value(), hints }
}

/// Reads them; what is wrong with them, for the model.
pub(crate) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, Told> {
    T::deserialize(arguments).map_err(|error| Told::error(format!("The arguments cannot be read: {error}.")))
}

/// A path of the workspace. `./` before it and `/` after it are taken, and the folder under which runs see the workspace.
pub(crate) fn path(text: &str) -> Result<FilePath, Told> {
    let inside = text.strip_prefix("/workspace/").or_else(|| text.strip_prefix("./")).unwrap_or(text);
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    FilePath::parse(inside).map_err(|fault| Told::error(format!("path {text:?} {fault}.")))
}

/// The same for a folder. None: the workspace itself.
pub(crate) fn folder(text: Option<&str>) -> Result<Option<FilePath>, Told> {
    match text {
        None | Some("" | "." | "./" | "/" | "/workspace" | "/workspace/") => Ok(None),
        Some(text) => path(text).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn paths_are_taken_as_models_write_them() {
        for text in ["src/a.rs", "./src/a.rs", "/workspace/src/a.rs", "src/a.rs/"] {
            assert_eq!(path(text).unwrap().as_str(), "src/a.rs", "{text}");
        }
        for text in ["/etc/passwd", "../a", "", "/workspace/../etc"] {
            assert!(path(text).is_err(), "{text}");
        }
        assert_eq!(folder(Some("/workspace")).unwrap(), None);
    }

    #[test]
    fn schemas_are_plain() {
        /// Not told.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "its schema is looked at")]
        struct Taken {
            /// A name.
            name: String,
            /// How many.
            count: Option<u32>,
        }
        let schema = tool::<Taken>("a", "b", READS).input_schema;
        assert_eq!(schema["required"], serde_json::json!(["name"]));
        assert_eq!(schema["properties"]["name"]["description"], "A name.");
        assert!(schema.get("$schema").is_none() && schema.get("title").is_none());
    }
}
