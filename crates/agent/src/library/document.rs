//! Conversations as documents. Pure. The page it makes runs no script and loads nothing from anywhere.

use std::fmt::Write as _;

use serde::Serialize;
use vertice_domain::{
    AttachedFile, Author, Conversation, Error, Message, MessageDocument, MessageStatus, PartKind, Result,
    Thread, ToolCall, ToolState, artifact::language_of,
};

use super::{
    artifacts::{Exported, LeftOut},
    files::ExportedFile,
};

/// The version of the JSON form; imports look at it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Export<'a> {
    version: u32,
    conversation: &'a Conversation,
    messages: Vec<MessageDocument>,
    files: &'a [ExportedFile],
    artifacts: &'a [Exported],
}

/// Everything: the conversation, the messages of all its branches, their files, and its artifacts.
pub(super) fn json(
    conversation: &Conversation,
    messages: Vec<Message>,
    files: &[ExportedFile],
    artifacts: &[Exported],
) -> Result<String> {
    let messages = messages.into_iter().map(MessageDocument::from).collect();
    let export = Export { version: VERSION, conversation, messages, files, artifacts };
    serde_json::to_string_pretty(&export).map_err(|error| {
        tracing::error!(%error, "an export could not be serialised");
        Error::internal()
    })
}

/// The shown branch as Markdown, each message under its author, and then the artifacts.
pub(super) fn markdown(thread: &Thread, files: &[ExportedFile], artifacts: &[Exported]) -> String {
    let mut text = format!("# {}\n", one_line(&thread.conversation.title));
    for shown in &thread.messages {
        let message = &shown.message;
        let _ = write!(text, "\n## {}\n\n{}\n", author(message), body(message, files).trim());
        if let Some(note) = note(message) {
            let _ = write!(text, "\n_{note}_\n");
        }
    }
    if !artifacts.is_empty() {
        text.push_str("\n## Artifacts\n");
    }
    for exported in artifacts {
        let path = exported.artifact.path.as_str();
        let _ = write!(text, "\n### {path}\n\n");
        match (&exported.content, exported.left_out) {
            (Some(content), _) => text.push_str(&fenced(content, exported.artifact.language.as_deref())),
            (None, left_out) => {
                let _ = writeln!(text, "_{}_", why_left_out(left_out));
            }
        }
    }
    text
}

/// A code block whose fence is longer than any row of backticks in it.
fn fenced(content: &str, language: Option<&str>) -> String {
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let language: String =
        language.unwrap_or_default().chars().filter(|c| *c != '`' && !c.is_whitespace()).collect();
    let end = if content.is_empty() || content.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{content}{end}{fence}\n")
}

const fn why_left_out(left_out: Option<LeftOut>) -> &'static str {
    match left_out {
        Some(LeftOut::TooLarge) => "Too large for this page. It is in the archive of the artifacts.",
        Some(LeftOut::Unreadable) | None => "It could not be read when this was exported.",
    }
}

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
color:#1c1b1a;background:#fff}h1{font-size:1.5rem}article{margin:1.5rem 0;border-top:1px solid #ddd}\
h2{font-size:.875rem;color:#555}.text{white-space:pre-wrap;overflow-wrap:anywhere}.note{color:#8a3b12}\
@media (prefers-color-scheme:dark){body{color:#eee;background:#171615}h2{color:#aaa}article{border-color:#333}\
.note{color:#f0a37a}}";

/// The shown branch and the artifacts as one self-contained page.
pub(super) fn html(thread: &Thread, files: &[ExportedFile], artifacts: &[Exported]) -> String {
    let title = escape(&thread.conversation.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for shown in &thread.messages {
        let message = &shown.message;
        let (author, content) = (escape(&author(message)), escape(body(message, files).trim()));
        let _ = write!(page, "<article>\n<h2>{author}</h2>\n<div class=\"text\">{content}</div>\n");
        if let Some(note) = note(message) {
            let _ = writeln!(page, "<p class=\"note\">{}</p>", escape(note));
        }
        page.push_str("</article>\n");
    }
    for exported in artifacts {
        let path = escape(exported.artifact.path.as_str());
        let content = match (&exported.content, exported.left_out) {
            (Some(content), _) => format!("<pre class=\"text\">{}</pre>", escape(content)),
            (None, left_out) => format!("<p class=\"note\">{}</p>", why_left_out(left_out)),
        };
        let _ = write!(page, "<article>\n<h2>{path}</h2>\n{content}\n</article>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// What the message says, with its files, and which tools it used.
fn body(message: &Message, files: &[ExportedFile]) -> String {
    let pieces = message.parts.iter().filter_map(|part| match &part.kind {
        PartKind::Text { text } => Some(text.trim().to_owned()),
        PartKind::ToolCall(call) => Some(format!("[{}]", used(call))),
        PartKind::File(file) => Some(attached(file, files)),
        PartKind::Quote(quote) => {
            Some(format!("[Attached: {}, of {}]", one_line(&quote.title), one_line(&quote.server)))
        }
        PartKind::Steering { text } => Some(format!("[You, meanwhile: {}]", text.trim())),
        _ => None,
    });
    pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A file's name, and its text as it is in the export.
fn attached(file: &AttachedFile, files: &[ExportedFile]) -> String {
    let name = one_line(&file.name);
    let found = files.iter().find(|known| known.file.file_id == file.file_id && known.file.text == file.text);
    let content = match found {
        Some(ExportedFile { content: Some(content), .. }) => fenced(content, language_of(&file.name)),
        Some(ExportedFile { left_out: Some(LeftOut::TooLarge), .. }) => "Too large for this page.".to_owned(),
        _ => why_left_out(None).to_owned(),
    };
    format!("[Attached: {name}]\n\n{content}")
}

fn used(call: &ToolCall) -> String {
    let outcome = match &call.state {
        ToolState::Ended { outcome } => outcome.as_str(),
        _ => "not ended",
    };
    format!("Tool {}: {outcome}", one_line(&call.name))
}

fn author(message: &Message) -> String {
    match (message.role, &message.model) {
        (Author::User, _) => "You".to_owned(),
        (Author::Assistant, Some(model)) => format!("Assistant ({})", one_line(model)),
        (Author::Assistant, None) => "Assistant".to_owned(),
    }
}

const fn note(message: &Message) -> Option<&'static str> {
    match message.status {
        MessageStatus::Complete => None,
        MessageStatus::Streaming => Some("Still being written when this was exported."),
        MessageStatus::Interrupted => Some("Interrupted by a restart of the server."),
        MessageStatus::Cancelled => Some("Stopped."),
        MessageStatus::Error => Some("Ended by an error."),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
