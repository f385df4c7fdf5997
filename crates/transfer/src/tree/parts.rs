//! The parts of a message out of what an app says of it: steps as our own turns write them, each call with an id of its own, each
//! result at its call. Pure.

use std::collections::{BTreeSet, HashMap, VecDeque};

use vertice_domain::{Author, ImportSource, Outcome, Part, PartKind, ToolCall, ToolResult, ToolState};

use crate::found::Piece;

/// The longest name by which models call a tool (OpenAI's and Anthropic's limit, 2026-11).
const LONGEST_NAME: usize = 64;

pub(super) fn parts(author: Author, source: ImportSource, pieces: &[&Piece]) -> Vec<Part> {
    let step = if author == Author::Assistant { 1 } else { 0 };
    let mut writer =
        Writer { source, parts: Vec::new(), step, calls: 0, open: Open::default(), is_after_result: false };
    for piece in pieces {
        writer.write(piece);
    }
    writer.end();
    writer.parts
}

struct Writer {
    source: ImportSource,
    parts: Vec<Part>,
    step: u32,
    calls: u32,
    open: Open,
    /// The last thing was a result: what follows is another step.
    is_after_result: bool,
}

/// Calls without a result so far, by the places of their parts. What is closed stays in the maps until it is met there.
#[derive(Default)]
struct Open {
    places: BTreeSet<usize>,
    /// By what the app calls them, the first one first.
    by_id: HashMap<String, VecDeque<usize>>,
    /// By the name of their tool, the last one last.
    by_name: HashMap<String, Vec<usize>>,
}

impl Open {
    fn add(&mut self, at: usize, id: &str, name: &str) {
        self.places.insert(at);
        if !id.is_empty() {
            self.by_id.entry(id.to_owned()).or_default().push_back(at);
        }
        self.by_name.entry(name.to_owned()).or_default().push(at);
    }

    /// The call that a result belongs to: the one with its id, else the last one of its tool; without both, the last one.
    fn take(&mut self, id: &str, name: &str) -> Option<usize> {
        let Self { places, by_id, by_name } = self;
        let mut first = by_id.get_mut(id).into_iter().flat_map(|ids| std::iter::from_fn(|| ids.pop_front()));
        let mut last = by_name.get_mut(name).into_iter().flat_map(|names| std::iter::from_fn(|| names.pop()));
        let at = first.find(|at| places.contains(at)).or_else(|| last.find(|at| places.contains(at)));
        let is_nameless = id.is_empty() && name.is_empty();
        let at = at.or_else(|| if is_nameless { places.last().copied() } else { None })?;
        places.remove(&at);
        Some(at)
    }
}

impl Writer {
    fn write(&mut self, piece: &Piece) {
        match piece {
            Piece::Text(text) => self.say(PartKind::Text { text: text.clone() }),
            Piece::Thinking(text) => self.say(PartKind::Thinking { text: text.clone() }),
            Piece::Quote(quote) => self.say(PartKind::Quote(quote.clone())),
            Piece::Call { id, name, arguments } => self.call(id, name, arguments.clone()),
            Piece::Result { id, name, content, is_error } => self.result(id, name, content, *is_error),
        }
    }

    fn say(&mut self, kind: PartKind) {
        if self.is_after_result {
            self.step += 1;
            self.is_after_result = false;
        }
        self.push(self.step, kind);
    }

    fn push(&mut self, step: u32, kind: PartKind) {
        let position = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        self.parts.push(Part { position, step, kind });
    }

    fn call(&mut self, id: &str, name: &str, arguments: String) {
        self.calls += 1;
        let name = if name.trim().is_empty() { "tool" } else { name.trim() };
        let called: String = name
            .chars()
            .take(LONGEST_NAME)
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' })
            .collect();
        let mut call = ToolCall::proposed(format!("call_{}", self.calls), self.source.name(), name);
        call.called = if called == name { String::new() } else { called };
        call.arguments = arguments;
        self.open.add(self.parts.len(), id, name);
        self.say(PartKind::ToolCall(call));
    }

    fn result(&mut self, id: &str, name: &str, content: &str, is_error: bool) {
        let at = match self.open.take(id, name) {
            Some(at) => at,
            None => {
                let at = self.parts.len();
                self.call(id, name, "{}".to_owned());
                self.open.places.remove(&at);
                at
            }
        };
        let outcome = if is_error { Outcome::Failed } else { Outcome::Success };
        let step = self.parts[at].step;
        let PartKind::ToolCall(call) = &mut self.parts[at].kind else { return };
        call.state = ToolState::Ended { outcome };
        let result = ToolResult {
            call: call.id.clone(),
            outcome,
            content: content.to_owned(),
            images: Vec::new(),
            duration_ms: 0,
            trouble: None,
            artifact: None,
        };
        self.push(step, PartKind::ToolResult(result));
        self.is_after_result = self.open.places.is_empty();
    }

    /// What came of the others, nobody says.
    fn end(&mut self) {
        for at in std::mem::take(&mut self.open.places) {
            if let PartKind::ToolCall(call) = &mut self.parts[at].kind {
                call.state = ToolState::Ended { outcome: Outcome::Interrupted };
            }
        }
    }
}
