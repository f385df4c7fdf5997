//! The turn of a model that calls no tools: the tags in its text become the calls that they mean, made one after the other while it
//! writes. What it says meanwhile waits, so that everything stands in the order said; it is not called again for their results.

use std::collections::{HashSet, VecDeque};

use serde_json::{Map, Value, json};
use vertice_domain::{ArtifactPath, FinishReason, Outcome, PartKind, ToolCall, ToolState, TurnEvent};
use vertice_ports::{model::ModelEvent, tools::ToolOutput};

use super::{Effect, Input, TurnState};
use crate::tags::{CREATE, CUT_OFF, EDIT, Opening, Piece, REWRITE, Reader};

/// What is said of an edit whose tags are not whole.
const NOT_WHOLE: &str = "The edit is not whole, and nothing was changed.";

/// What is read of such a model's text.
#[derive(Debug, Clone, Default)]
pub(super) struct InText {
    reader: Reader,
    /// What the artifacts of the conversation are called, as paths are compared.
    paths: HashSet<String>,
    call: Option<Call>,
    /// What comes while a call is made.
    waits: VecDeque<Input>,
    /// Whether the answer was stopped before the model had said everything.
    is_cut: bool,
}

/// The call that is written or made.
#[derive(Debug, Clone)]
struct Call {
    id: String,
    position: u32,
    /// Whether it has been written to its end.
    is_written: bool,
    /// Whether the answer was cut off in it.
    is_cut: bool,
}

/// What is to be taken in next.
enum Next {
    Piece(Piece),
    Input(Input),
}

impl TurnState {
    /// The same turn, of a model that calls no tools, in a conversation with artifacts at these paths.
    pub(crate) fn in_text(mut self, paths: &[ArtifactPath]) -> Self {
        let open = self.open.and_then(|position| self.transcript.part(position)?.kind.text());
        let reader = open.map_or_else(Reader::default, Reader::after);
        let paths = paths.iter().map(ArtifactPath::key).collect();
        self.tags = Some(InText { reader, paths, ..InText::default() });
        self
    }

    /// Whether its model writes tags.
    pub(crate) const fn is_in_text(&self) -> bool {
        self.tags.is_some()
    }

    /// Whether what the model says has to wait for a call.
    fn makes_a_call(&self) -> bool {
        let call = self.tags.as_ref().and_then(|tags| tags.call.as_ref()).filter(|call| call.is_written);
        let made = call.and_then(|call| self.transcript.call(&call.id));
        made.is_some_and(|call| !matches!(call.state, ToolState::Ended { .. }))
    }

    /// Keeps what the model says while a call is made; what can be taken in now.
    pub(super) fn in_order(&mut self, input: Input) -> Option<Input> {
        let is_the_models = matches!(input, Input::Model(_) | Input::Failed(_) | Input::Closed);
        if !is_the_models || !self.makes_a_call() {
            return Some(input);
        }
        self.tags.as_mut()?.waits.push_back(input);
        None
    }

    /// Takes in more text, if it is to be read for tags.
    pub(super) fn reads(&mut self, text: &str) -> bool {
        let Some(tags) = &mut self.tags else { return false };
        tags.reader.push(text);
        true
    }

    /// Before the model's last word counts, what is open is closed, and its calls are made. Whether it has to wait for that.
    pub(super) fn reads_to_the_end(&mut self, last: &Input) -> bool {
        let Some(tags) = self.tags.as_mut().filter(|tags| !tags.reader.has_ended()) else { return false };
        tags.reader.end();
        tags.is_cut = !matches!(last, Input::Model(ModelEvent::Stop(FinishReason::Stop)));
        tags.waits.push_front(last.clone());
        true
    }

    /// The model is to be called once more; nothing of the call before counts any more.
    pub(super) fn call_again(&mut self, out: &mut Vec<Effect>) {
        if let Some(tags) = &mut self.tags {
            tags.waits.clear();
        }
        out.push(Effect::CallModel);
    }

    /// The model is called once more, and begins anew.
    pub(super) fn reads_anew(&mut self) {
        if let Some(tags) = self.tags.as_mut().filter(|tags| tags.reader.has_ended()) {
            (tags.reader, tags.is_cut) = (Reader::default(), false);
        }
    }

    /// Nothing comes of the model any more, and its call is given up on.
    pub(super) fn gives_up_reading(&mut self, out: &mut Vec<Effect>) -> bool {
        self.interrupt_running(out);
        if self.makes_a_call() {
            self.drop_calls(|_| true, out);
        }
        let Some(tags) = &mut self.tags else { return false };
        tags.waits.push_back(Input::Closed);
        true
    }

    /// Goes on with what was read and with what waited, as far as that can be done now.
    pub(super) fn read_on(&mut self, at_ms: u64, out: &mut Vec<Effect>) {
        while self.finish.is_none()
            && let Some(next) = self.next_read()
        {
            match next {
                Next::Piece(piece) => self.take_piece(piece, out),
                Next::Input(input) => self.take_one(input, at_ms, out),
            }
        }
    }

    fn next_read(&mut self) -> Option<Next> {
        if self.makes_a_call() {
            return None;
        }
        let tags = self.tags.as_mut()?;
        let piece = tags.reader.next().map(Next::Piece);
        piece.or_else(|| tags.waits.pop_front().map(Next::Input))
    }

    fn take_piece(&mut self, piece: Piece, out: &mut Vec<Effect>) {
        match piece {
            Piece::Text(text) => self.write(PartKind::Text { text }, out),
            Piece::Opens(opening) => self.begin_call(opening, out),
            Piece::More(text) => self.write_arguments(inside(&text), out),
            Piece::Turns => self.write_arguments("\",\"new\":\"".to_owned(), out),
            Piece::Ends { closed } => self.end_writing(closed, out),
        }
    }

    fn begin_call(&mut self, opening: Opening, out: &mut Vec<Effect>) {
        self.close_part(out);
        let (name, begun) = self.meant(opening);
        let id = self.unused(&format!("tag-{}", self.transcript.next_position()));
        let call = ToolCall::proposed(id.clone(), "", name);
        let position = self.place(self.step_number(), PartKind::ToolCall(call), out);
        if let Some(tags) = &mut self.tags {
            tags.call = Some(Call { id, position, is_written: false, is_cut: false });
        }
        self.write_arguments(begun, out);
    }

    /// Which tool a tag means, and how its arguments begin: up to the text that follows.
    fn meant(&self, opening: Opening) -> (&'static str, String) {
        match opening {
            Opening::Edit { path } => (EDIT, arguments(&json!({ "path": path }), "old")),
            Opening::Artifact { path, .. } if self.knows(&path) => {
                (REWRITE, arguments(&json!({ "path": path }), "text"))
            }
            Opening::Artifact { path, title, kind, language } => {
                let facts = [
                    ("heading", title),
                    ("kind", kind.map(|kind| kind.as_str().to_owned())),
                    ("language", language),
                    ("path", Some(path)),
                ];
                let said =
                    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
                (CREATE, arguments(&Value::Object(said.collect::<Map<_, _>>()), "text"))
            }
        }
    }

    fn knows(&self, path: &str) -> bool {
        let path = path.strip_prefix("./").or_else(|| path.strip_prefix('/')).unwrap_or(path);
        let key = ArtifactPath::parse(path).map(|path| path.key());
        key.is_ok_and(|key| self.tags.as_ref().is_some_and(|tags| tags.paths.contains(&key)))
    }

    fn write_arguments(&mut self, text: String, out: &mut Vec<Effect>) {
        let Some(position) = self.tags.as_ref().and_then(|tags| Some(tags.call.as_ref()?.position)) else {
            return;
        };
        self.emit(TurnEvent::PartDelta { position, text }, out);
    }

    /// The call is written, and is made now.
    fn end_writing(&mut self, closed: bool, out: &mut Vec<Effect>) {
        self.write_arguments("\"}".to_owned(), out);
        let Some(tags) = &mut self.tags else { return };
        let is_cut = tags.is_cut;
        let Some(call) = &mut tags.call else { return };
        (call.is_written, call.is_cut) = (true, is_cut && !closed);
        let (id, position) = (call.id.clone(), call.position);
        self.emit(TurnEvent::PartEnded { position }, out);
        let Some(call) = self.transcript.call(&id).cloned() else { return };
        let flaw = if call.name == EDIT && !closed { Some(NOT_WHOLE.to_owned()) } else { self.flaw(&call) };
        match flaw {
            Some(flaw) => self.end_call(&id, ToolOutput::told(Outcome::Failed, flaw), 0, out),
            None => out.push(Effect::Judge(id)),
        }
    }

    /// What came of a call that stands in the text: the paths that it makes are known from now on, and the model is to hear where its
    /// answer was cut off.
    pub(super) fn heard_of(&mut self, id: &str, output: ToolOutput) -> ToolOutput {
        let Some(tags) = &mut self.tags else { return output };
        let Some(made) = &output.artifact else { return output };
        tags.paths.insert(made.path.key());
        let is_cut = tags.call.as_ref().is_some_and(|call| call.id == id && call.is_cut);
        let content = if is_cut { format!("{} {CUT_OFF}", output.content) } else { output.content };
        ToolOutput { content, ..output }
    }
}

/// The beginning of an object with these fields and a text under `last`, up to that text.
fn arguments(fields: &Value, last: &str) -> String {
    let whole = fields.to_string();
    format!("{},\"{last}\":\"", whole.trim_end_matches('}'))
}

/// A text as it stands between the quotes of JSON.
fn inside(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
