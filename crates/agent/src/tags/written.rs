//! What was said with calls of tools, as a model reads it that knows none: artifacts as the tags that it writes itself, what came of
//! them where they failed, and what other tools said.
//!
//! What becomes of a message depends on that message and the one before alone, so that a longer conversation begins with the
//! shorter one.

use std::collections::HashMap;

use vertice_domain::{
    Author,
    arguments::{Arguments, Piece},
};
use vertice_ports::prompt::{Block, PromptMessage, ToolCall, ToolResult};

use super::{
    ARTIFACT_ENDS, CREATE, CUT_OFF, EDIT, EDIT_ENDS, FIND, FIND_ENDS, REPLACE, REPLACE_ENDS, REWRITE,
    opening::escaped,
};

/// What stands where the answer goes on after its last tag: a prompt ends with the person's word.
const GO_ON: &str = "That is done. Go on with your answer.";

/// How to go on where an edit failed, for a model that cannot read the artifact.
const INSTEAD: &str = "Find a text that stands there exactly once, or write all of it anew.";

/// The same conversation without calls and results.
pub(crate) fn in_words(messages: Vec<PromptMessage>) -> Vec<PromptMessage> {
    let mut calls = HashMap::new();
    let mut told: Vec<PromptMessage> = Vec::with_capacity(messages.len());
    for PromptMessage { author, blocks } in messages {
        if author == Author::Assistant {
            calls.clear();
        }
        let blocks: Vec<Block> = blocks.into_iter().flat_map(|block| in_word(block, &mut calls)).collect();
        if !blocks.is_empty() {
            told.push(PromptMessage { author, blocks });
        }
    }
    if told.last().is_some_and(|last| last.author == Author::Assistant) {
        told.push(PromptMessage::text(Author::User, GO_ON));
    }
    told
}

fn in_word(block: Block, calls: &mut HashMap<String, ToolCall>) -> Vec<Block> {
    match block {
        Block::ToolCall(call) => {
            let tag = tag(&call).map(Block::Text);
            calls.insert(call.id.clone(), call);
            tag.into_iter().collect()
        }
        Block::ToolResult(result) => {
            let note = calls.get(&result.call_id).and_then(|call| note(call, &result)).map(Block::Text);
            note.into_iter().chain(result.images.into_iter().map(Block::Image)).collect()
        }
        other => vec![other],
    }
}

/// A call as the tag that it is; none: no tag does that.
fn tag(call: &ToolCall) -> Option<String> {
    let fields = fields(&call.arguments);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let attribute = |name: &str, of: &str| {
        fields.get(of).map(|value| format!(" {name}=\"{}\"", escaped(value))).unwrap_or_default()
    };
    let path = attribute("path", "path");
    match call.name.as_str() {
        CREATE | REWRITE => {
            let (title, kind) = (attribute("title", "heading"), attribute("type", "kind"));
            let language = attribute("language", "language");
            let text = field("text");
            Some(format!("<artifact{path}{title}{kind}{language}>\n{text}\n{ARTIFACT_ENDS}"))
        }
        EDIT => {
            let (old, new) = (field("old"), field("new"));
            Some(format!(
                "<artifact_edit{path}>\n{FIND}{old}{FIND_ENDS}\n{REPLACE}{new}{REPLACE_ENDS}\n{EDIT_ENDS}"
            ))
        }
        _ => None,
    }
}

/// What a model is told of a result with the next message; none: that it worked goes without saying.
fn note(call: &ToolCall, result: &ToolResult) -> Option<String> {
    let ToolResult { text, is_error, .. } = result;
    let fields = fields(&call.arguments);
    let path = fields.get("path").map_or("", String::as_str);
    match call.name.as_str() {
        EDIT if *is_error => Some(format!("[Your tag artifact_edit for {path} failed: {text} {INSTEAD}]")),
        CREATE | REWRITE if *is_error => Some(format!("[Your tag artifact for {path} failed: {text}]")),
        CREATE | REWRITE | EDIT => text.ends_with(CUT_OFF).then(|| format!("[{text}]")),
        name => {
            let (failed, arguments) = (if *is_error { " and failed" } else { "" }, &call.arguments);
            Some(format!("[The tool {name} was used with {arguments}{failed}. It said: {text}]"))
        }
    }
}

/// The texts among the arguments, also of a call that broke off.
fn fields(arguments: &str) -> HashMap<String, String> {
    let mut fields = HashMap::<String, String>::new();
    Arguments::default().feed(arguments, |piece| match piece {
        Piece::Begins { field } => {
            fields.insert(field.to_owned(), String::new());
        }
        Piece::More { field, text } => {
            if let Some(known) = fields.get_mut(field) {
                known.push_str(text);
            }
        }
        Piece::Ends { .. } => {}
    });
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(name: &str, arguments: &str) -> Block {
        Block::ToolCall(ToolCall { id: name.into(), name: name.into(), arguments: arguments.into() })
    }

    fn result(call: &str, text: &str, is_error: bool) -> Block {
        let (call_id, text) = (call.to_owned(), text.to_owned());
        Block::ToolResult(ToolResult { call_id, text, images: Vec::new(), is_error })
    }

    fn text(text: &str) -> Block {
        Block::Text(text.into())
    }

    fn by(author: Author, blocks: Vec<Block>) -> PromptMessage {
        PromptMessage { author, blocks }
    }

    #[test]
    fn calls_are_the_tags_that_they_were() {
        let create =
            json!({"heading": "A \"b\"", "kind": "react", "path": "a.tsx", "text": "x\ny"}).to_string();
        let edit = json!({"path": "a.tsx", "old": "x", "new": ""}).to_string();
        let messages = vec![
            by(Author::User, vec![text("Write.")]),
            by(Author::Assistant, vec![text("Here."), call(CREATE, &create)]),
            by(Author::User, vec![result(CREATE, "Created.", false)]),
            by(Author::Assistant, vec![call(EDIT, &edit), call("look", "{}")]),
            by(
                Author::User,
                vec![result(EDIT, "It stands there twice.", true), result("look", "Dark.", false)],
            ),
            by(Author::Assistant, vec![text("So."), call(REWRITE, r#"{"path":"b","text":"half"#)]),
            by(Author::User, vec![result(REWRITE, &format!("Rewrote b. {CUT_OFF}"), false)]),
            by(Author::Assistant, vec![call(CREATE, &create)]),
            by(Author::User, vec![result(CREATE, "Created.", false)]),
        ];
        let tag = "<artifact path=\"a.tsx\" title=\"A &quot;b&quot;\" type=\"react\">\nx\ny\n</artifact>";
        let edited = "<artifact_edit path=\"a.tsx\">\n<find>x</find>\n<replace></replace>\n</artifact_edit>";
        let expected = vec![
            by(Author::User, vec![text("Write.")]),
            by(Author::Assistant, vec![text("Here."), text(tag)]),
            by(Author::Assistant, vec![text(edited)]),
            by(
                Author::User,
                vec![
                    text(&format!(
                        "[Your tag artifact_edit for a.tsx failed: It stands there twice. {INSTEAD}]"
                    )),
                    text("[The tool look was used with {}. It said: Dark.]"),
                ],
            ),
            by(Author::Assistant, vec![text("So."), text("<artifact path=\"b\">\nhalf\n</artifact>")]),
            by(Author::User, vec![text(&format!("[Rewrote b. {CUT_OFF}]"))]),
            by(Author::Assistant, vec![text(tag)]),
            by(Author::User, vec![text(GO_ON)]),
        ];
        let told = in_words(messages.clone());
        assert_eq!(told, expected);
        // Cut anywhere, a conversation begins as it goes on.
        for length in 0..messages.len() {
            let mut shorter = in_words(messages[..length].to_vec());
            shorter.retain(|message| message != &by(Author::User, vec![text(GO_ON)]));
            assert!(told.starts_with(&shorter), "{length}");
        }
    }

    #[test]
    fn what_is_written_back_reads_as_the_same() {
        for content in ["", "a", "a\n", "\n a", "<b>\n</b>\n\n", "a </artifact> b"] {
            let arguments = json!({"path": "x \"1\".txt", "text": content}).to_string();
            let Block::ToolCall(made) = call(CREATE, &arguments) else { panic!() };
            let mut reader = super::super::Reader::default();
            reader.push(&tag(&made).unwrap());
            reader.end();
            let (mut said, mut closed) = (String::new(), false);
            while let Some(piece) = reader.next() {
                match piece {
                    super::super::Piece::More(text) => said.push_str(&text),
                    super::super::Piece::Ends { closed: by_tag } => closed = by_tag,
                    _ => {}
                }
            }
            assert_eq!((said.as_str(), closed), (content, true), "{content:?}");
        }
    }
}
