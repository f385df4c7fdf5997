//! ChatGPT's export: `conversations.json`, a list of trees whose messages stand in `mapping` by their ids. Newer ones come as
//! several such files. Pure.

mod content;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use vertice_domain::{
    Author, ImportSource,
    import::{Loss, SkipCode},
};

use self::content::Links;
use crate::{
    found::{Found, Losses, Node, Piece, Refusal},
    json::{is_true, list, owned, text, time},
};

/// Everybody: whoever reads the chat. Other recipients are tools.
const EVERYBODY: &str = "all";

/// None: it is no conversation of ChatGPT's.
pub(crate) fn read(value: &Value, fallback: &str) -> Option<Result<Found, Refusal>> {
    let mapping = value.get("mapping")?.as_object()?;
    let (mut links, mut losses) = (Links::new(), Losses::default());
    let mut nodes = Vec::with_capacity(mapping.len());
    for id in in_order(mapping) {
        nodes.push(node(id, &mapping[id], &mut links, &mut losses));
        if links.are_too_large {
            let why = "The links in its texts make it larger than one conversation may be.".to_owned();
            return Some(Err(Refusal { why, code: SkipCode::TooLarge }));
        }
    }
    let id = text(value, "conversation_id").or_else(|| text(value, "id")).unwrap_or(fallback);
    Some(Ok(Found {
        source: ImportSource::ChatGpt,
        id: id.to_owned(),
        title: owned(value, "title"),
        created: time(value, "create_time"),
        updated: time(value, "update_time"),
        pinned: is_true(value, "is_starred") || time(value, "pinned_time").is_some(),
        archived: is_true(value, "is_archived"),
        head: owned(value, "current_node"),
        nodes,
        losses,
    }))
}

/// The ids, parents before their children, and these in the order in which their parent names them: JSON's own order says
/// nothing. What hangs on nothing comes at last.
fn in_order(mapping: &Map<String, Value>) -> Vec<&str> {
    let parent =
        |id: &str| mapping[id].get("parent").and_then(Value::as_str).filter(|id| mapping.contains_key(*id));
    let mut unnamed: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut begins = Vec::new();
    for id in mapping.keys() {
        match parent(id) {
            Some(parent) => unnamed.entry(parent).or_default().push(id),
            None => begins.push(id.as_str()),
        }
    }
    let (mut order, mut seen) = (Vec::with_capacity(mapping.len()), HashSet::new());
    for begin in begins.into_iter().chain(mapping.keys().map(String::as_str)) {
        let mut waiting = vec![begin];
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            order.push(id);
            let named = list(&mapping[id], "children").iter().filter_map(Value::as_str);
            let named =
                named.filter_map(|child| mapping.get_key_value(child)).map(|(child, _)| child.as_str());
            let others = unnamed.remove(id).unwrap_or_default();
            let children: Vec<&str> = named.chain(others).collect();
            waiting.extend(children.into_iter().rev().filter(|child| !seen.contains(child)));
        }
    }
    order
}

fn node(id: &str, value: &Value, links: &mut Links, losses: &mut Losses) -> Node {
    let mut node = Node {
        id: id.to_owned(),
        parent: owned(value, "parent"),
        author: Author::Assistant,
        pieces: Vec::new(),
        at: None,
        model: None,
        is_cut: false,
    };
    let Some(message) = value.get("message").filter(|message| message.is_object()) else { return node };
    let none = Value::Null;
    let (author, metadata) =
        (message.get("author").unwrap_or(&none), message.get("metadata").unwrap_or(&none));
    let role = text(author, "role").unwrap_or_default();
    node.at = time(message, "create_time");
    node.author = if role == "user" { Author::User } else { Author::Assistant };
    let Some(content) = message.get("content").filter(|content| content.is_object()) else { return node };
    if role == "system" || is_true(metadata, "is_visually_hidden_from_conversation") {
        if !content::is_blank(content) {
            losses.note(Loss::HiddenMessage);
        }
        return node;
    }
    node.model = owned(metadata, "model_slug");
    node.is_cut = matches!(text(message, "status"), Some("in_progress" | "finished_partial_completion"));
    let recipient = text(message, "recipient").unwrap_or(EVERYBODY);
    let tool = owned(author, "name").unwrap_or_default();
    let mut pieces = match (role, recipient) {
        ("tool", _) => content::result(&tool, content, metadata, links, losses),
        ("user", _) | (_, EVERYBODY) => content::said(content, metadata, links, losses),
        (_, tool) => content::call(tool, content, losses),
    };
    if node.author == Author::User {
        pieces.extend(attachments(content, metadata, losses));
    }
    node.pieces = pieces;
    node
}

/// Files that were attached, of which an export holds the names only. Pictures stand in the content, too.
fn attachments(content: &Value, metadata: &Value, losses: &mut Losses) -> Vec<Piece> {
    let shown: HashSet<&str> = list(content, "parts")
        .iter()
        .filter_map(|part| text(part, "asset_pointer"))
        .filter_map(content::file_of)
        .collect();
    let mut pieces = Vec::new();
    for file in list(metadata, "attachments") {
        if text(file, "id").is_some_and(|id| shown.contains(id)) {
            continue;
        }
        losses.note(Loss::File);
        let name = text(file, "name").unwrap_or_default();
        pieces.push(Piece::Text(crate::found::stand_in("File", name)));
    }
    pieces
}

#[cfg(test)]
mod tests;
