//! A server's list of tools, bounded and cleaned. What does not fit is left out and noted.

use std::collections::HashSet;

use rmcp::{
    RoleClient,
    model::{ErrorCode, PaginatedRequestParams, Tool},
    service::{Peer, ServiceError},
};
use serde_json::Value;
use vertice_domain::mcp::ToolHints;

use super::{
    ListedTool,
    clean::{clean_json, clean_to},
    limits::{DESCRIPTION, NAME, SCHEMA, TOOLS},
    log::Log,
};

/// The most pages that are asked for: a server may give one tool a page, or none, without end.
const PAGES: usize = 50;
const TITLE: usize = 200;

/// Asks a server for its tools.
pub(super) async fn list(peer: &Peer<RoleClient>, log: &Log) -> Result<Vec<ListedTool>, ServiceError> {
    let (mut tools, mut cursor) = (Vec::new(), None);
    for _page in 0..PAGES {
        let page = match peer.list_tools(Some(PaginatedRequestParams::default().with_cursor(cursor))).await {
            // It has none at all.
            Err(ServiceError::McpError(error)) if error.code == ErrorCode::METHOD_NOT_FOUND => break,
            page => page?,
        };
        tools.extend(page.tools);
        cursor = page.next_cursor;
        if cursor.is_none() || tools.len() > TOOLS {
            break;
        }
    }
    Ok(bounded(tools, log))
}

fn bounded(tools: Vec<Tool>, log: &Log) -> Vec<ListedTool> {
    if tools.len() > TOOLS {
        log.note(&format!("The server lists more than {TOOLS} tools; the rest is left out."));
    }
    let mut names = HashSet::new();
    let mut kept = Vec::new();
    for tool in tools.into_iter().take(TOOLS) {
        let name = tool.name.to_string();
        match listed(tool) {
            Ok(_) if !names.insert(name.clone()) => note(log, &name, "its name is listed twice"),
            Ok(tool) => kept.push(tool),
            Err(fault) => note(log, &name, fault),
        }
    }
    kept
}

fn note(log: &Log, name: &str, fault: &str) {
    log.note(&format!("The tool {} is left out: {fault}.", clean_to(name, NAME)));
}

fn listed(tool: Tool) -> Result<ListedTool, &'static str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if tool.name.is_empty() || tool.name.len() > NAME || !tool.name.chars().all(is_allowed) {
        return Err("its name is not one that MCP allows");
    }
    let hints = tool.annotations.unwrap_or_default();
    let title = tool.title.or(hints.title).map(|title| clean_to(&title, TITLE));
    Ok(ListedTool {
        title: title.filter(|title| !title.is_empty()),
        description: clean_to(tool.description.as_deref().unwrap_or_default(), DESCRIPTION),
        input_schema: schema(tool.input_schema)?,
        output_schema: tool.output_schema.map(schema).transpose()?,
        annotations: ToolHints {
            read_only_hint: hints.read_only_hint,
            destructive_hint: hints.destructive_hint,
            idempotent_hint: hints.idempotent_hint,
            open_world_hint: hints.open_world_hint,
        },
        name: tool.name.into_owned(),
    })
}

fn schema(schema: std::sync::Arc<rmcp::model::JsonObject>) -> Result<Value, &'static str> {
    let mut schema = Value::Object(std::sync::Arc::unwrap_or_clone(schema));
    if !clean_json(&mut schema) {
        return Err("its schema holds names with characters that cannot be seen");
    }
    if serde_json::to_vec(&schema).is_ok_and(|bytes| bytes.len() <= SCHEMA) {
        Ok(schema)
    } else {
        Err("its schema is larger than 64 kB")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use vertice_runtime::SystemClock;

    use super::*;

    fn tools(listed: Value) -> (Vec<ListedTool>, Vec<String>) {
        let log = Log::new(Arc::new(SystemClock));
        let tools = bounded(serde_json::from_value(listed).unwrap(), &log);
        (tools, log.lines().into_iter().map(|line| line.text).collect())
    }

    fn tool(name: &str) -> Value {
        json!({"name": name, "inputSchema": {"type": "object"}})
    }

    #[test]
    fn names_that_mcp_does_not_allow_are_left_out() {
        let (kept, notes) = tools(json!([
            tool("fine.Name_1-x"),
            tool(""),
            tool("with space"),
            tool("a/b"),
            tool("naïve"),
            tool("hid\u{200b}den"),
            tool(&"x".repeat(128)),
            tool(&"x".repeat(129)),
            tool("fine.Name_1-x"),
        ]));
        assert_eq!(kept.iter().map(|tool| tool.name.len()).collect::<Vec<_>>(), [13, 128]);
        assert_eq!(notes.len(), 7);
        assert!(notes[4].contains("hidden"), "{}", notes[4]);
    }

    #[test]
    fn large_ones_are_cut_or_left_out() {
        let mut long = tool("long");
        long["description"] = "é".repeat(4_000).into();
        let mut large = tool("large");
        large["inputSchema"]["description"] = "x".repeat(70_000).into();
        let (kept, notes) = tools(json!([long, large]));
        assert_eq!(kept.len(), 1);
        assert!(kept[0].description.len() <= 4_096 && kept[0].description.ends_with('…'));
        assert!(notes[0].contains("larger than 64 kB"), "{notes:?}");
        let many: Vec<_> = (0..10_000).map(|number| tool(&format!("tool_{number}"))).collect();
        let (kept, notes) = tools(many.into());
        assert_eq!((kept.len(), notes.len()), (200, 1));
    }

    #[test]
    fn what_is_said_is_cleaned_and_hints_are_kept() {
        let (kept, _) = tools(json!([{
            "name": "read", "title": "Re\u{202e}ad", "description": "\u{1b}[8mhidden\u{1b}[0m",
            "inputSchema": {"type": "object", "properties": {"path": {"description": "a\u{200b}b", "enum": ["\u{1b}[1mx"]}}},
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        }, {
            "name": "odd", "inputSchema": {"type": "object", "properties": {"pa\u{200b}th": {}}},
        }]));
        assert_eq!(kept.len(), 1);
        let tool = &kept[0];
        assert_eq!((tool.title.as_deref(), &*tool.description), (Some("Read"), "hidden"));
        assert_eq!(tool.input_schema["properties"]["path"], json!({"description": "ab", "enum": ["x"]}));
        assert_eq!((tool.annotations.read_only_hint, tool.annotations.destructive_hint), (Some(true), None));
    }
}
