//! Claude's export: `conversations.json`, a list of conversations whose messages stand in `chat_messages`, each with blocks and
//! with the text that these make together. Pure.

use std::collections::HashSet;

use serde_json::Value;
use vertice_domain::{Author, ImportSource, Quote, import::Loss};

use crate::{
    found::{Found, Losses, Node, Piece, stand_in},
    json::{is_true, list, owned, text, time},
};

/// None: it is no conversation of Claude's.
pub(crate) fn read(value: &Value, fallback: &str) -> Option<Found> {
    let messages = value.get("chat_messages")?.as_array()?;
    let mut losses = Losses::default();
    let mut nodes: Vec<Node> = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        let above = nodes.last().map(|node| node.id.clone());
        nodes.push(node(at, message, above, &mut losses));
    }
    Some(Found {
        source: ImportSource::Claude,
        id: text(value, "uuid").unwrap_or(fallback).to_owned(),
        title: owned(value, "name"),
        created: time(value, "created_at"),
        updated: time(value, "updated_at"),
        pinned: is_true(value, "is_starred"),
        archived: false,
        head: owned(value, "current_leaf_message_uuid").or_else(|| nodes.last().map(|node| node.id.clone())),
        nodes,
        losses,
    })
}

/// `above`: the message before it, which it answers where it does not say so itself.
fn node(at: usize, message: &Value, above: Option<String>, losses: &mut Losses) -> Node {
    let author = match text(message, "sender") {
        Some("human" | "user") => Author::User,
        _ => Author::Assistant,
    };
    // The first one names a parent that is nobody.
    let parent =
        message.get("parent_message_uuid").map_or(above, |parent| parent.as_str().map(str::to_owned));
    let mut pieces = attachments(message, losses);
    pieces.extend(blocks(message, losses));
    pieces.retain(
        |piece| !matches!(piece, Piece::Text(words) | Piece::Thinking(words) if words.trim().is_empty()),
    );
    Node {
        id: owned(message, "uuid").unwrap_or_else(|| format!("message {at}")),
        parent,
        author,
        pieces,
        at: time(message, "created_at"),
        model: owned(message, "model"),
        is_cut: matches!(text(message, "stop_reason"), Some("user_canceled" | "max_tokens")),
    }
}

fn blocks(message: &Value, losses: &mut Losses) -> Vec<Piece> {
    let pieces: Vec<Piece> =
        list(message, "content").iter().filter_map(|block| piece(block, losses)).collect();
    match text(message, "text") {
        // Older exports have the text alone.
        Some(words) if pieces.is_empty() => vec![Piece::Text(words.to_owned())],
        _ => pieces,
    }
}

fn piece(block: &Value, losses: &mut Losses) -> Option<Piece> {
    match text(block, "type")? {
        "text" => owned(block, "text").map(Piece::Text),
        "thinking" => owned(block, "thinking").map(Piece::Thinking),
        "voice_note" => owned(block, "text").map(Piece::Text),
        "tool_use" => {
            let input = block.get("input").filter(|input| input.is_object());
            Some(Piece::Call {
                id: owned(block, "id").unwrap_or_default(),
                name: owned(block, "name").unwrap_or_default(),
                arguments: input.map_or_else(|| "{}".to_owned(), Value::to_string),
            })
        }
        "tool_result" => Some(Piece::Result {
            id: owned(block, "tool_use_id").unwrap_or_default(),
            name: owned(block, "name").unwrap_or_default(),
            content: result(block, losses),
            is_error: is_true(block, "is_error"),
        }),
        "image" => {
            losses.note(Loss::Picture);
            Some(Piece::Text(stand_in("Picture", "")))
        }
        "token_budget" | "flag" | "redacted_thinking" => {
            losses.note(Loss::AppNote);
            None
        }
        _ => match owned(block, "text") {
            Some(words) => Some(Piece::Text(words)),
            None => {
                losses.note(Loss::UnknownPart);
                None
            }
        },
    }
}

/// What a tool said: a text, or blocks of text, pages and pictures.
fn result(block: &Value, losses: &mut Losses) -> String {
    if let Some(words) = text(block, "content") {
        return words.to_owned();
    }
    let said = |part: &Value| match text(part, "type") {
        Some("image") => {
            losses.note(Loss::Picture);
            Some(stand_in("Picture", ""))
        }
        _ => match (text(part, "title"), text(part, "text"), text(part, "url")) {
            (Some(title), Some(words), _) => Some(format!("{title}\n\n{words}")),
            (_, Some(words), _) => Some(words.to_owned()),
            (Some(title), None, Some(url)) => Some(format!("{title}\n{url}")),
            (one, None, other) => {
                losses.note(Loss::UnknownPart);
                one.or(other).map(str::to_owned)
            }
        },
    };
    list(block, "content").iter().filter_map(said).collect::<Vec<_>>().join("\n\n")
}

/// Files with the text that was read out of them, and those of which only the name is there.
fn attachments(message: &Value, losses: &mut Losses) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let name = |file: &Value| owned(file, "file_name").or_else(|| owned(file, "name")).unwrap_or_default();
    for file in list(message, "attachments") {
        let named = name(file);
        pieces.push(match text(file, "extracted_content") {
            Some(words) => {
                // What is pasted is a file without a name.
                let named = if named.is_empty() { "Pasted text".to_owned() } else { named };
                Piece::Quote(Quote::of_import(ImportSource::Claude.name(), &named, words.to_owned()))
            }
            None => {
                losses.note(Loss::File);
                Piece::Text(stand_in("File", &named))
            }
        });
    }
    let read: HashSet<String> = list(message, "attachments").iter().map(name).collect();
    let newer = list(message, "files_v2");
    for file in if newer.is_empty() { list(message, "files") } else { newer } {
        let named = name(file);
        // Its text is here.
        if !named.is_empty() && read.contains(&named) {
            continue;
        }
        let is_picture = text(file, "file_kind") == Some("image") || is_picture(&named);
        let (loss, what) = if is_picture { (Loss::Picture, "Picture") } else { (Loss::File, "File") };
        losses.note(loss);
        pieces.push(Piece::Text(stand_in(what, &named)));
    }
    pieces
}

fn is_picture(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "heic")
}

#[cfg(test)]
mod tests;
