//! The parts of a message out of what an app says of it: steps as our own turns write them, each call with an id of its own, each
//! result at its call. Pure.

use vertice_domain::{Author, ImportSource, Outcome, Part, PartKind, ToolCall, ToolResult, ToolState};

use crate::found::Piece;

/// The longest name by which models call a tool (OpenAI's and Anthropic's limit, 2026-11).
const LONGEST_NAME: usize = 64;

pub(super) fn parts(author: Author, source: ImportSource, pieces: &[&Piece]) -> Vec<Part> {
    let step = if author == Author::Assistant { 1 } else { 0 };
    let mut writer = Writer { source, step, ..Writer::default() };
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
    /// Calls without a result so far: where each is, and what the app calls it.
    open: Vec<(usize, String)>,
    /// The last thing was a result: what follows is another step.
    is_after_result: bool,
}

impl Default for Writer {
    fn default() -> Self {
        let source = ImportSource::Vertice;
        Self { source, parts: Vec::new(), step: 0, calls: 0, open: Vec::new(), is_after_result: false }
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
        self.open.push((self.parts.len(), id.to_owned()));
        self.say(PartKind::ToolCall(call));
    }

    fn result(&mut self, id: &str, name: &str, content: &str, is_error: bool) {
        let named = |(at, _): &(usize, String)| matches!(&self.parts[*at].kind, PartKind::ToolCall(call) if call.name == name);
        let by_id = self.open.iter().position(|(_, open)| !id.is_empty() && open == id);
        let open = by_id.or_else(|| self.open.iter().rposition(named));
        let open = open
            .or_else(|| if name.is_empty() && id.is_empty() { self.open.len().checked_sub(1) } else { None });
        let at = match open {
            Some(open) => self.open.remove(open).0,
            None => {
                self.call(id, name, "{}".to_owned());
                self.open.pop().map_or(0, |(at, _)| at)
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
        self.is_after_result = self.open.is_empty();
    }

    /// What came of the others, nobody says.
    fn end(&mut self) {
        for (at, _) in std::mem::take(&mut self.open) {
            if let PartKind::ToolCall(call) = &mut self.parts[at].kind {
                call.state = ToolState::Ended { outcome: Outcome::Interrupted };
            }
        }
    }
}
