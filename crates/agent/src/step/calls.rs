//! The tool calls of a step: judged, run, decided about, ended.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vertice_domain::{
    FinishReason, Outcome, PartKind, ToolCall, ToolResult, ToolState, TurnEvent, elicitation::Answer,
    question,
};
use vertice_ports::{
    chat::Verdict,
    tools::{Permission, Tool, ToolOutput},
};

use super::{Effect, Stage, StopCause, TurnState};

/// The arguments of a call, as it is to be made.
pub(crate) fn arguments(call: &ToolCall) -> Result<Value, String> {
    let text = call.edited.as_deref().unwrap_or(&call.arguments);
    if text.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("The arguments must be a JSON object.".to_owned()),
        Err(error) => Err(format!("The arguments are not valid JSON: {error}.")),
    }
}

/// What the model is told where a person would have to be asked.
const NOBODY_TO_ASK: &str = "This call was not made: a person must allow it, and nobody can be asked here. Its owner can allow \
                             this tool for good in Settings, MCP servers, or ask in a conversation.";

impl TurnState {
    pub(super) fn has_open_calls(&self) -> bool {
        self.transcript.calls().any(|(_, call)| is_open(&call.state))
    }

    /// The calls that the model has just made are to be judged, all of them at once.
    pub(super) fn propose(&mut self, at_ms: u64, out: &mut Vec<Effect>) {
        self.stage = Stage::Tools;
        for call in self.calls_in(|state| matches!(state, ToolState::Proposed)) {
            if self.is_callers(&call) {
                continue;
            }
            match self.flaw(&call) {
                Some(flaw) => self.end_call(&call.id, ToolOutput::told(Outcome::Failed, flaw), 0, out),
                None if call.is_question() => self.ask(&call, out),
                None => out.push(Effect::Judge(call.id)),
            }
        }
        self.settle(at_ms, out);
    }

    /// Whether it is for whoever asked to make the call.
    fn is_callers(&self, call: &ToolCall) -> bool {
        call.server.is_empty() && self.callers.contains(&call.name)
    }

    pub(super) fn flaw(&self, call: &ToolCall) -> Option<String> {
        if !self.offered.contains_key(call.model_name()) {
            return Some(format!("There is no tool named {:?}.", call.model_name()));
        }
        let arguments = match arguments(call) {
            Ok(arguments) => arguments,
            Err(flaw) => return Some(flaw),
        };
        let unreadable = call.is_question().then(|| question::read(&arguments).err()).flatten();
        unreadable.or_else(|| self.is_loop(call))
    }

    /// A question needs no permission, and its answer comes from a person.
    fn ask(&mut self, call: &ToolCall, out: &mut Vec<Effect>) {
        let state = ToolState::Waiting { reason: String::new(), fingerprint: self.fingerprint(call) };
        self.emit(TurnEvent::ToolState { call: call.id.clone(), state }, out);
    }

    pub(super) fn judged(&mut self, id: &str, permission: Permission, at_ms: u64, out: &mut Vec<Effect>) {
        let Some(call) = self.transcript.call(id).filter(|call| call.state == ToolState::Proposed).cloned()
        else {
            return;
        };
        match permission {
            Permission::Allow => self.run(&call, out),
            // While a model writes, nobody is waited for.
            Permission::Ask(_) if !self.attended || self.is_in_text() => {
                self.end_call(id, ToolOutput::told(Outcome::Denied, NOBODY_TO_ASK), 0, out);
            }
            Permission::Ask(reason) => {
                let state = ToolState::Waiting { reason, fingerprint: self.fingerprint(&call) };
                self.emit(TurnEvent::ToolState { call: call.id, state }, out);
            }
            Permission::Deny(reason) => self.end_call(id, ToolOutput::told(Outcome::Denied, reason), 0, out),
            Permission::Invalid(flaw) => self.end_call(id, ToolOutput::told(Outcome::Failed, flaw), 0, out),
        }
        self.settle(at_ms, out);
    }

    fn run(&mut self, call: &ToolCall, out: &mut Vec<Effect>) {
        self.emit(TurnEvent::ToolState { call: call.id.clone(), state: ToolState::Running }, out);
        out.push(Effect::RunTool(call.id.clone()));
    }

    pub(super) fn decided(&mut self, id: &str, verdict: Verdict, at_ms: u64, out: &mut Vec<Effect>) {
        let waits = |call: &&ToolCall| matches!(call.state, ToolState::Waiting { .. });
        let Some(call) = self.transcript.call(id).filter(waits).cloned() else {
            return self.settle(at_ms, out);
        };
        match verdict {
            Verdict::Allow { .. } if !is_as_asked(&call, self.offered.get(call.model_name())) => {
                self.ask_again(&call, out);
            }
            Verdict::Allow { input, .. } => {
                let unchanged = |input: &Value| arguments(&call).is_ok_and(|said| said == *input);
                let edited = input.filter(|input| !unchanged(input)).map(|input| input.to_string());
                let call = ToolCall { edited, ..call };
                if call.edited.is_some() {
                    self.replace(&call, out);
                }
                self.allowed.insert(call.id.clone());
                self.run(&call, out);
            }
            Verdict::Deny { reason: None } if call.is_question() => {
                let content =
                    "The person passed over these questions. Go on without an answer, or say what you need.";
                self.refuse(id, ToolOutput::told(Outcome::Denied, content), out);
            }
            Verdict::Deny { reason } => {
                let said = reason.map_or_else(String::new, |reason| format!(" They said: {reason}"));
                let content = format!("The person did not allow this call.{said}");
                self.refuse(id, ToolOutput::told(Outcome::Denied, content), out);
            }
            Verdict::Respond { content } => {
                self.refuse(id, ToolOutput::told(Outcome::Answered, content), out);
            }
            Verdict::Dismiss => return self.settle(at_ms, out),
            Verdict::Answer { answers } => {
                let told_of = call.questions().and_then(|asked| question::answered(&asked, &answers).ok());
                let Some(content) = told_of else { return self.settle(at_ms, out) };
                self.refuse(id, ToolOutput::told(Outcome::Answered, content), out);
            }
        }
        // What a crash left unjudged is judged now.
        for call in self.calls_in(|state| matches!(state, ToolState::Proposed)) {
            if call.is_question() { self.ask(&call, out) } else { out.push(Effect::Judge(call.id)) }
        }
        self.settle(at_ms, out);
    }

    /// A permission is for what was seen: it does not hold for a tool that has changed or gone since.
    fn ask_again(&mut self, call: &ToolCall, out: &mut Vec<Effect>) {
        let ToolState::Waiting { reason, .. } = &call.state else { return };
        let state = ToolState::Waiting { reason: reason.clone(), fingerprint: self.fingerprint(call) };
        self.emit(TurnEvent::ToolState { call: call.id.clone(), state }, out);
    }

    /// A person does not let the call be made.
    fn refuse(&mut self, id: &str, output: ToolOutput, out: &mut Vec<Effect>) {
        self.end_call(id, output, 0, out);
        out.push(Effect::NoteDecision(id.to_owned()));
    }

    /// Tells of a call's part anew: a person has changed its arguments.
    fn replace(&mut self, call: &ToolCall, out: &mut Vec<Effect>) {
        let place = self.transcript.calls().find(|(_, other)| other.id == call.id);
        let Some(mut part) = place.map(|(part, _)| part.clone()) else { return };
        part.kind = PartKind::ToolCall(call.clone());
        self.emit(TurnEvent::PartStarted(Box::new(part)), out);
    }

    pub(super) fn end_call(&mut self, id: &str, output: ToolOutput, duration_ms: u64, out: &mut Vec<Effect>) {
        let found = self.transcript.calls().find(|(_, call)| call.id == id && is_open(&call.state));
        let Some(step) = found.map(|(part, _)| part.step) else { return };
        self.close_questions(|asked| asked.call == id, &Answer::Lapsed, out);
        let ToolOutput { outcome, content, images, trouble, artifact } = output;
        let state = ToolState::Ended { outcome };
        self.emit(TurnEvent::ToolState { call: id.to_owned(), state }, out);
        let result =
            ToolResult { call: id.to_owned(), outcome, content, images, duration_ms, trouble, artifact };
        self.place(step, PartKind::ToolResult(result), out);
    }

    /// Goes on when no call is judged or runs any more: to sleep, to the model, or to the end.
    pub(super) fn settle(&mut self, at_ms: u64, out: &mut Vec<Effect>) {
        if self.stage != Stage::Tools || self.finish.is_some() {
            return;
        }
        let busy = |state: &ToolState| matches!(state, ToolState::Proposed | ToolState::Running);
        if self.transcript.calls().any(|(_, call)| busy(&call.state) && !self.is_callers(call)) {
            return;
        }
        let waits = self.transcript.waiting().is_some();
        if waits && matches!(self.stopping, None | Some(StopCause::Shutdown)) {
            out.push(Effect::Sleep);
        } else if self.stopping.is_some() {
            self.end(FinishReason::Cancelled, out);
        } else if self.transcript.calls().any(|(_, call)| is_open(&call.state) && self.is_callers(call)) {
            // Whoever asked makes them, and goes on with their results in a turn of its own.
            self.end(FinishReason::Stop, out);
        } else if let Some(limit) = self.reached(at_ms) {
            self.end_at(limit, out);
        } else {
            self.stage = Stage::Model;
            out.push(Effect::CallModel);
        }
    }

    /// What still runs a while after a stop is given up on: whether it had an effect is not known.
    pub(super) fn give_up(&mut self, at_ms: u64, out: &mut Vec<Effect>) {
        self.interrupt_running(out);
        self.settle(at_ms, out);
    }

    pub(super) fn interrupt_running(&mut self, out: &mut Vec<Effect>) {
        for call in self.calls_in(|state| matches!(state, ToolState::Running)) {
            let content = "The server stopped while this call ran. Whether it had an effect is not known: find out before \
                           you make it again.";
            self.end_call(&call.id, ToolOutput::told(Outcome::Interrupted, content), 0, out);
        }
    }

    /// Ends calls that will not be made.
    pub(super) fn drop_calls(&mut self, which: impl Fn(&ToolState) -> bool, out: &mut Vec<Effect>) {
        for call in self.calls_in(|state| is_open(state) && which(state)) {
            self.end_call(
                &call.id,
                ToolOutput::told(
                    Outcome::Cancelled,
                    "This call was not made: the answer was stopped before it.",
                ),
                0,
                out,
            );
        }
    }

    fn calls_in(&self, wanted: impl Fn(&ToolState) -> bool) -> Vec<ToolCall> {
        let calls = self.transcript.calls().map(|(_, call)| call);
        calls.filter(|call| wanted(&call.state)).cloned().collect()
    }

    pub(crate) fn fingerprint(&self, call: &ToolCall) -> String {
        fingerprint(call, self.offered.get(call.model_name()))
    }
}

/// What exactly is asked for: the tool as it is offered, and the arguments.
fn fingerprint(call: &ToolCall, tool: Option<&Tool>) -> String {
    let schema = tool.map(|tool| tool.spec.input_schema.to_string());
    let arguments = arguments(call).map(|arguments| arguments.to_string());
    let mut hash = Sha256::new();
    for piece in [&call.server, &call.name, &schema.unwrap_or_default(), &arguments.unwrap_or_default()] {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the tool on offer is still the one that a person is asked about.
pub(crate) fn is_as_asked(call: &ToolCall, tool: Option<&Tool>) -> bool {
    let ToolState::Waiting { fingerprint: asked, .. } = &call.state else { return false };
    tool.is_some_and(|tool| tool.server == call.server) && fingerprint(call, tool) == *asked
}

const fn is_open(state: &ToolState) -> bool {
    !matches!(state, ToolState::Ended { .. } | ToolState::Unknown)
}
