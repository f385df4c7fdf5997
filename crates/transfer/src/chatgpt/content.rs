//! What a message of ChatGPT's holds: texts, code, results, thoughts, pictures, in the forms that its exports have had. Pure.

use std::collections::HashMap;

use serde_json::Value;
use vertice_domain::import::Loss;

use crate::{
    found::{Losses, Piece, stand_in},
    json::{list, text},
};

/// Between these stand notes of the app's, like where a sentence comes from, in characters that nobody sees.
const NOTE_BEGINS: char = '\u{e200}';
const NOTE_ENDS: char = '\u{e201}';

/// The most that links in the place of notes may add to a conversation, in bytes: the same link may stand for any number of notes.
const MAX_LINKS: usize = 8 * 1024 * 1024;

/// How much more the links of a conversation may add to it.
pub(super) struct Links {
    left: usize,
    /// There was more.
    pub(super) are_too_large: bool,
}

impl Links {
    pub(super) const fn new() -> Self {
        Self { left: MAX_LINKS, are_too_large: false }
    }

    fn take<'a>(&mut self, link: &'a str) -> &'a str {
        match self.left.checked_sub(link.len()) {
            Some(left) => {
                self.left = left;
                link
            }
            None => {
                self.are_too_large = true;
                ""
            }
        }
    }
}

/// What a message says to everybody.
pub(super) fn said(content: &Value, metadata: &Value, links: &mut Links, losses: &mut Losses) -> Vec<Piece> {
    match text(content, "content_type").unwrap_or("text") {
        "thoughts" => thoughts(content),
        "reasoning_recap" => {
            losses.note(Loss::AppNote);
            Vec::new()
        }
        // What the person has written about themselves, for the model: no message of theirs.
        "user_editable_context" | "model_editable_context" => {
            losses.note(Loss::HiddenMessage);
            Vec::new()
        }
        "code" => {
            let code =
                text(content, "text").map(|code| fenced(code, text(content, "language").unwrap_or_default()));
            code.into_iter().map(Piece::Text).collect()
        }
        _ => {
            let words = plain(content, losses);
            let words = words
                .map(|words| with_sources(&words, metadata, links))
                .filter(|words| !words.trim().is_empty());
            words.into_iter().map(Piece::Text).collect()
        }
    }
}

/// What a message says to a tool.
pub(super) fn call(tool: &str, content: &Value, losses: &mut Losses) -> Vec<Piece> {
    let Some(words) = plain(content, losses) else { return Vec::new() };
    let is_object = serde_json::from_str::<serde_json::Map<String, Value>>(&words).is_ok();
    let arguments = if is_object { words } else { serde_json::json!({"input": words}).to_string() };
    vec![Piece::Call { id: String::new(), name: tool.to_owned(), arguments }]
}

/// What a tool says.
pub(super) fn result(
    tool: &str,
    content: &Value,
    metadata: &Value,
    links: &mut Links,
    losses: &mut Losses,
) -> Vec<Piece> {
    let kind = text(content, "content_type").unwrap_or("text");
    let words = plain(content, losses).map(|words| with_sources(&words, metadata, links));
    let content = words.unwrap_or_default();
    vec![Piece::Result {
        id: String::new(),
        name: tool.to_owned(),
        content,
        is_error: kind == "system_error",
    }]
}

/// Whether it says nothing, as the messages do that only begin a tree.
pub(super) fn is_blank(content: &Value) -> bool {
    let is_text = text(content, "content_type").is_none_or(|kind| kind == "text");
    is_text && plain(content, &mut Losses::default()).is_none_or(|words| words.trim().is_empty())
}

/// The id in `file-service://file-abc` and `sediment://file_abc`.
pub(super) fn file_of(pointer: &str) -> Option<&str> {
    pointer.split_once("://").map(|(_, id)| id)
}

/// The words of any form, in the order said; none: it has none.
fn plain(content: &Value, losses: &mut Losses) -> Option<String> {
    let mut said: Vec<String> =
        list(content, "parts").iter().filter_map(|part| piece(part, losses)).collect();
    if said.is_empty() {
        let title = text(content, "title").or_else(|| text(content, "url"));
        let words = ["text", "result", "content", "summary"].into_iter().find_map(|name| text(content, name));
        match (words, title) {
            (Some(words), Some(title)) => said.push(format!("{title}\n\n{words}")),
            (Some(words), None) => said.push(words.to_owned()),
            (None, _) if content.get("parts").is_none() && content.get("text").is_none() => {
                losses.note(Loss::UnknownPart);
            }
            (None, _) => {}
        }
    }
    (!said.is_empty()).then(|| said.join("\n\n"))
}

/// One of the parts of a text with pictures, or of a talk.
fn piece(part: &Value, losses: &mut Losses) -> Option<String> {
    if let Some(words) = part.as_str() {
        return (!words.is_empty()).then(|| words.to_owned());
    }
    let mut left = |loss, what, name: &str| {
        losses.note(loss);
        Some(stand_in(what, name))
    };
    match text(part, "content_type")? {
        "image_asset_pointer" => {
            let prompt = part.pointer("/metadata/dalle/prompt").and_then(Value::as_str).unwrap_or_default();
            left(Loss::Picture, "Picture", prompt)
        }
        "audio_transcription" => text(part, "text").map(str::to_owned),
        "audio_asset_pointer" | "real_time_user_audio_video_asset_pointer" => {
            left(Loss::Recording, "Recording", "")
        }
        "video_container_asset_pointer" => left(Loss::Recording, "Video", ""),
        _ => match text(part, "text") {
            Some(words) => Some(words.to_owned()),
            None => {
                losses.note(Loss::UnknownPart);
                None
            }
        },
    }
}

fn thoughts(content: &Value) -> Vec<Piece> {
    let thought = |thought: &Value| {
        let (head, body) = (text(thought, "summary"), text(thought, "content"));
        match (head, body) {
            (Some(head), Some(body)) => Some(format!("**{head}**\n\n{body}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    };
    let all: Vec<String> = list(content, "thoughts").iter().filter_map(thought).collect();
    if all.is_empty() { Vec::new() } else { vec![Piece::Thinking(all.join("\n\n"))] }
}

/// A code block whose fence is longer than any row of backticks in it.
fn fenced(code: &str, language: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let language = if language == "unknown" { "" } else { language };
    let language: String =
        language.chars().filter(|c| c.is_ascii_alphanumeric() || "+-#_".contains(*c)).collect();
    format!("{fence}{language}\n{code}\n{fence}")
}

/// The text with the app's notes as it shows them: a link where it has one, else nothing. One pass, whatever the links hold.
fn with_sources(words: &str, metadata: &Value, links: &mut Links) -> String {
    if !words.contains(NOTE_BEGINS) {
        return words.to_owned();
    }
    let reference = |reference| Some((text(reference, "matched_text")?, text(reference, "alt")?));
    // Of two for the same note the first one counts.
    let shown: HashMap<&str, &str> =
        list(metadata, "content_references").iter().rev().filter_map(reference).collect();
    let (mut clean, mut rest) = (String::with_capacity(words.len()), words);
    while let Some(begin) = rest.find(NOTE_BEGINS) {
        let (before, note) = rest.split_at(begin);
        clean.push_str(before);
        let Some(end) = note.find(NOTE_ENDS) else { return clean };
        let (note, after) = note.split_at(end + NOTE_ENDS.len_utf8());
        clean.push_str(links.take(shown.get(note).copied().unwrap_or_default()));
        rest = after;
    }
    clean + rest
}
