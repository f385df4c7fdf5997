//! What the server says in English, in the visitor's language: errors, reasons of routes, failures of turns. It is composed
//! in English in many rooms, stored so, and told so to programs; here, at the door of the page, a sentence is known again by
//! its template and said anew. What no template knows stays English.
//!
//! In a template `{name}` is taken over as it is; `{?name}` is put into the other language if it is known there; `{~name}`
//! is a sentence of the server's itself, or nothing, or the template does not fit.

pub(super) mod groups;

use vertice_domain::{Error, FieldError, Message, Part, PartKind, ThreadMessage, ToolState, TurnEvent};

use super::{Language, Piece as _};
pub(super) use groups::Said;

/// The longest text that is looked at, in bytes: far beyond what the server composes.
const LONGEST: usize = 4_096;

/// How deep sentences are looked for in sentences: a reason in a failure in another one.
const DEEPEST: u32 = 3;

/// `text` in `language`, if it is known there.
fn translated(language: Language, text: &str, depth: u32) -> Option<String> {
    if language == Language::English || text.is_empty() || text.len() > LONGEST || depth == DEEPEST {
        return None;
    }
    let (mut english, mut own) = (Vec::new(), Vec::new());
    Language::English.said().list(&mut english);
    language.said().list(&mut own);
    // The template that says most of it by itself knows it best.
    let fits = english.into_iter().zip(own).filter_map(|(template, own)| {
        let mut found = Vec::new();
        fit(template, text, &mut found, &|name, text| value(language, name, text, depth)).then_some((
            template.len(),
            own,
            found,
        ))
    });
    let (_, own, found) = fits.max_by_key(|(length, ..)| *length)?;
    let values: Vec<(&str, &str)> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(super::fill(own, &values))
}

/// Says what is put in the place of a name; none: that text does not fit there.
type Value<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// Whether `text` is `template` with something in its places, which `found` then holds, the last place first. What follows
/// a place is looked at before what stands in it, since that may be long to know.
fn fit(
    template: &'static str,
    text: &str,
    found: &mut Vec<(&'static str, String)>,
    value: Value<'_>,
) -> bool {
    let Some((before, rest)) = template.split_once('{') else { return template == text };
    let Some((name, after)) = rest.split_once('}') else { return false };
    let Some(text) = text.strip_prefix(before) else { return false };
    let next = after.split('{').next().unwrap_or_default();
    // Every place where what follows stands may be its end; where nothing follows, the end of the text.
    let ends = text.match_indices(next).map(|(at, _)| at).filter(|at| !after.is_empty() || *at == text.len());
    for end in ends {
        let known = found.len();
        if fit(after, &text[end..], found, value)
            && let Some(value) = value(name, &text[..end])
        {
            found.push((name, value));
            return true;
        }
        found.truncate(known);
    }
    false
}

fn value(language: Language, name: &str, text: &str, depth: u32) -> Option<String> {
    match name.as_bytes().first() {
        Some(b'~') if text.is_empty() => Some(String::new()),
        Some(b'~') => translated(language, text, depth + 1),
        Some(b'?') => Some(translated(language, text, depth + 1).unwrap_or_else(|| text.to_owned())),
        _ if text.is_empty() && name != "advice" => None,
        _ => Some(text.to_owned()),
    }
}

/// Says `text` in `language`, as far as it is known there.
pub(crate) fn say(language: Language, text: &mut String) {
    if let Some(own) = translated(language, text, 0) {
        *text = own;
    }
}

/// Says an error in `language`. Faults of fields that are said in another language are whole sentences.
pub(crate) fn error(language: Language, mut error: Error) -> Error {
    let one = error.fields.first().is_some_and(|field| {
        error.fields.len() == 1 && error.message == format!("{}: {}", field.field, field.message)
    });
    for field in &mut error.fields {
        say(language, &mut field.message);
    }
    match error.fields.first() {
        Some(field) if one && language != Language::English => error.message.clone_from(&field.message),
        _ => say(language, &mut error.message),
    }
    error
}

/// Fields of requests that people know nothing of; all others are the names of files.
const UNNAMED: [&str; 4] = ["archive", "path", "title", "content"];

/// What REST has refused, in `language`: what is wrong, with the name of the file that it is wrong with, one a line; or the message.
pub(crate) fn refusal(language: Language, mut message: String, fields: Vec<FieldError>) -> String {
    let lines = fields.into_iter().map(|FieldError { field, message: mut fault }| {
        let before = fault.clone();
        say(language, &mut fault);
        let stands_alone = fault != before && UNNAMED.contains(&field.as_str());
        if stands_alone { fault } else { format!("{field}: {fault}") }
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        say(language, &mut message);
        return message;
    }
    lines.join("\n")
}

/// Says a turn's event in `language`.
pub(crate) fn event(language: Language, event: &mut TurnEvent) {
    match event {
        TurnEvent::Metadata(metadata) => say(language, &mut metadata.reason),
        TurnEvent::Error(failure) => say(language, &mut failure.message),
        TurnEvent::PartStarted(started) => part(language, started),
        TurnEvent::ToolState { state, .. } => state_of_call(language, state),
        TurnEvent::Usage(usage) => usage.cache_miss.iter_mut().for_each(|why| say(language, why)),
        _ => {}
    }
}

/// Says why a person is asked.
fn state_of_call(language: Language, state: &mut ToolState) {
    if let ToolState::Waiting { reason, .. } = state {
        say(language, reason);
    }
}

/// Says what stood between a call and its server. What tools themselves say stays theirs.
fn part(language: Language, part: &mut Part) {
    match &mut part.kind {
        PartKind::ToolCall(call) => state_of_call(language, &mut call.state),
        PartKind::ToolResult(result) if result.trouble.is_some() => say(language, &mut result.content),
        _ => {}
    }
}

fn message(language: Language, message: &mut Message) {
    message.parts.iter_mut().for_each(|told| part(language, told));
    let Some(receipt) = &mut message.receipt else { return };
    say(language, &mut receipt.reason);
    receipt.cache_miss.iter_mut().for_each(|why| say(language, why));
    receipt.failure.iter_mut().for_each(|failure| say(language, &mut failure.message));
}

/// Says what a thread tells of its answers in `language`.
pub(crate) fn messages(language: Language, messages: &mut [ThreadMessage]) {
    for told in messages {
        message(language, &mut told.message);
    }
}

#[cfg(test)]
mod tests;
