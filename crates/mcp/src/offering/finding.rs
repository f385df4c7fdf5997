//! Where all tools would cost too much of a model's window: those that the conversation is about are offered, and two tools of
//! ours find and call the others. The list stays the same for the whole conversation, so that the prompt cache holds.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vertice_ports::{
    mcp::StoredServer,
    prompt::ToolSpec,
    tools::{Need, Tool},
};

use super::spec;
use crate::{
    search::{self, Entry},
    view::{SeenTool, View},
};

/// The part of the window that tools may cost.
const SHARE: u64 = 10;
/// Tools that a search tells of.
const MOST_FOUND: usize = 8;

pub(super) const FIND: &str = "find_tools";
pub(super) const USE: &str = "use_tool";

/// A tool that is on offer, and whose it is.
pub(super) type Offer<'a> = (&'a StoredServer, &'a SeenTool);

/// The tools that are offered by themselves, in their order, and whether there are more.
pub(super) fn chosen<'a>(all: Vec<Offer<'a>>, need: Need<'_>) -> (Vec<Offer<'a>>, bool) {
    let cost = |(_, tool): &Offer<'_>| tool.definition.tokens();
    let Some(most) = need.window.map(|window| window / SHARE) else { return (all, false) };
    if all.iter().map(cost).sum::<u64>() <= most {
        return (all, false);
    }
    let mut left = most;
    let mut places = Vec::new();
    for place in search::matches(&entries(&all), need.topic) {
        let cost = cost(&all[place]);
        if cost <= left {
            left -= cost;
            places.push(place);
        }
    }
    places.sort_unstable();
    (places.into_iter().map(|place| all[place]).collect(), true)
}

/// The two tools of ours.
pub(super) fn own_tools() -> [Tool; 2] {
    let find = ToolSpec {
        name: FIND.to_owned(),
        description: "Finds tools that are not listed here, by words that say what they do. More tools are connected than are listed."
            .to_owned(),
        input_schema: json!({
            "type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"],
        }),
    };
    let call = ToolSpec {
        name: USE.to_owned(),
        description: "Calls a tool that find_tools has found, with arguments that fit its schema.".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {
                "tool": {"type": "string", "description": "Its name, as find_tools tells it."},
                "arguments": {"type": "object"},
            },
            "required": ["tool", "arguments"],
        }),
    };
    [find, call].map(|spec| Tool { server: String::new(), name: spec.name.clone(), spec })
}

#[derive(Deserialize)]
struct Query {
    query: String,
}

/// What a search has found, for the model: a tool a line.
pub(super) fn found(all: &[Offer<'_>], arguments: &Value) -> Result<String, String> {
    let Query { query } =
        Query::deserialize(arguments).map_err(|error| format!("The query cannot be read: {error}."))?;
    let places = search::matches(&entries(all), &query);
    if places.is_empty() {
        let mut servers: Vec<&str> = all.iter().map(|(server, _)| server.name.as_str()).collect();
        servers.dedup();
        return Ok(format!(
            "No tool shares a word with this query. These servers are connected: {}.",
            servers.join(", ")
        ));
    }
    let lines = places.into_iter().take(MOST_FOUND).map(|place| {
        let ToolSpec { name, description, input_schema } = spec(all[place].0, all[place].1);
        json!({"tool": name, "description": description, "arguments": input_schema}).to_string()
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

#[derive(Deserialize)]
struct Use {
    tool: String,
    #[serde(default)]
    arguments: Map<String, Value>,
}

/// The tool that is to be called in the end, and with what.
pub(super) fn used<'a>(view: &'a View, arguments: &Value) -> Result<(&'a SeenTool, Value), String> {
    let Use { tool, arguments } =
        Use::deserialize(arguments).map_err(|error| format!("The call cannot be read: {error}."))?;
    let found = view.tools.iter().find(|seen| seen.model_name == tool);
    let found =
        found.ok_or_else(|| format!("There is no tool named {tool:?}. Ask find_tools for its name."))?;
    Ok((found, Value::Object(arguments)))
}

fn entries<'a>(all: &[Offer<'a>]) -> Vec<Entry<'a>> {
    let entry = |(server, tool): &Offer<'a>| Entry {
        server: server.name.as_str(),
        name: &tool.name,
        description: &tool.definition.description,
    };
    all.iter().map(entry).collect()
}
