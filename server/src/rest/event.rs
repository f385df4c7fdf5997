//! A turn's events as REST promises them: a projection of the log, numbered by itself from 1 without gaps.
//!
//! The log may change its shape with any version; what is told here may only grow. Pure.

pub mod artifacts;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use vertice_domain::{
    Elicitation, FinishReason, LoggedEvent, Metadata, Part, PartKind, ToolCall, ToolResult, ToolState,
    TurnEvent, TurnFailure, TurnId,
    elicitation::Wanted,
    event::{CallUsage, Done},
    part,
    question::Question,
};

use self::artifacts::{ArtifactEvent, Contents, Draft};

use crate::error::status_of;

/// One event, as it goes out.
#[derive(Debug, PartialEq)]
pub struct RestEvent {
    /// Its number in the turn.
    pub id: u64,
    /// What it is called.
    pub name: &'static str,
    /// Its data, as JSON on one line.
    pub data: String,
    /// Whether it must be told even to those who know its number: the end of a turn whose log a crash may have made
    /// shorter.
    pub insists: bool,
}

/// The data of the event `token`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenEvent<'a> {
    /// Text to append to the answer.
    token: &'a str,
}

/// The data of the event `thinking`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ThinkingEvent<'a> {
    /// Text to append to the model's thinking.
    text: &'a str,
}

/// The data of the event `tool_use`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ToolUseEvent<'a> {
    /// The call's id.
    id: &'a str,
    /// The server that has the tool; empty: this one.
    server: &'a str,
    /// The tool.
    name: &'a str,
    /// Its arguments; a text where the model wrote no JSON.
    #[schema(value_type = Object)]
    input: Value,
}

/// The data of the event `tool_approval`: the turn waits for a decision.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ToolApprovalEvent<'a> {
    #[serde(flatten)]
    call: ToolUseEvent<'a>,
    /// Why a person is asked.
    reason: &'a str,
    /// What exactly is asked for; a decision may name it.
    fingerprint: &'a str,
}

/// The data of the event `question`: the turn waits for answers.
#[derive(Serialize, utoipa::ToSchema)]
pub struct QuestionEvent<'a> {
    /// The call's id.
    id: &'a str,
    questions: Vec<Question>,
}

/// The data of the event `elicitation`: a tool's server asks the person something, and its call waits for the answer.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ElicitationEvent<'a> {
    /// The call's id.
    id: &'a str,
    /// What exactly is asked; an answer may name it.
    fingerprint: &'a str,
    /// Who asks.
    server: &'a str,
    /// What for, in the server's words.
    message: &'a str,
    #[serde(flatten)]
    wanted: &'a Wanted,
}

/// The data of the event `tool_result`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ToolResultEvent<'a> {
    /// The call's id.
    id: &'a str,
    /// The server that has the tool; empty: this one.
    server: &'a str,
    /// The tool.
    name: &'a str,
    /// What it said.
    content: &'a str,
    /// Whether it failed.
    is_error: bool,
    /// How long it ran.
    duration_ms: u64,
}

/// The data of the event `error`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErrorEvent<'a> {
    /// A stable snake_case word.
    code: &'a str,
    /// What happened, then what to do.
    message: &'a str,
    /// The HTTP status that says it best.
    status: u16,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// After how many seconds it is worth trying again, if the provider said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

/// Turns a log, from its first entry on, into what REST tells of it.
#[derive(Debug, Default)]
pub struct Projection {
    told: u64,
    /// The parts so far. Of texts only what they began with is kept: nobody asks for the rest.
    parts: Vec<Part>,
    turn: Option<TurnId>,
    /// Artifacts that calls begin to make, by the places of the calls, with what of their contents is not told.
    drafts: HashMap<u32, (Draft, String)>,
    /// Whether a person was asked. Only a turn that waits goes on after a crash: with other events under numbers that were told
    /// before, if its log had become shorter.
    asked: bool,
}

impl Projection {
    /// The number of the last event told.
    pub const fn last_id(&self) -> u64 {
        self.told
    }

    /// What the next entry means to REST; most mean one event. `contents`: of artifacts that were made in it.
    pub fn tell(&mut self, logged: &LoggedEvent, contents: &Contents, told: &mut Vec<RestEvent>) {
        told.extend(self.first(logged));
        if let Some(TurnEvent::PartStarted(part)) = logged.visible()
            && let PartKind::ToolResult(result) = &part.kind
        {
            told.extend(self.made(result, contents));
        }
    }

    fn first(&mut self, logged: &LoggedEvent) -> Option<RestEvent> {
        match logged.visible()? {
            TurnEvent::Metadata(metadata) => {
                self.turn = Some(metadata.turn_id);
                Some(self.event::<Metadata>("metadata", metadata))
            }
            TurnEvent::PartStarted(part) => self.started(part),
            TurnEvent::PartDelta { position, text } => self.grown(*position, text),
            TurnEvent::PartEnded { position } => self.ended(*position),
            TurnEvent::ToolState { call, state: ToolState::Waiting { reason, fingerprint } } => {
                self.asked = true;
                let call = self.call(call)?.clone();
                if let Some(questions) = call.questions() {
                    return Some(self.event("question", &QuestionEvent { id: &call.id, questions }));
                }
                let asked = ToolApprovalEvent { call: used(&call), reason, fingerprint };
                Some(self.event("tool_approval", &asked))
            }
            TurnEvent::Usage(bill) => Some(self.event::<CallUsage>("usage", bill)),
            TurnEvent::Error(failure) => Some(self.event("error", &error(failure))),
            TurnEvent::Done(done) => {
                let insists = self.asked || done.finish_reason == FinishReason::Interrupted;
                Some(RestEvent { insists, ..self.event::<Done>("done", done) })
            }
            TurnEvent::StepStarted(_)
            | TurnEvent::Retrying(_)
            | TurnEvent::ToolProgress(_)
            | TurnEvent::ToolState { .. }
            | TurnEvent::Unknown => None,
        }
    }

    fn event<T: Serialize>(&mut self, name: &'static str, data: &T) -> RestEvent {
        self.told += 1;
        let data = serde_json::to_string(data)
            .expect("these types have string keys only and cannot fail to serialise");
        RestEvent { id: self.told, name, data, insists: false }
    }

    fn started(&mut self, part: &Part) -> Option<RestEvent> {
        let known = self.parts.iter().position(|other| other.position == part.position);
        if let Some(known) = known {
            // A person has changed what a call is made with.
            self.parts[known] = part.clone();
            return None;
        }
        let told = match &part.kind {
            PartKind::Text { text } if !text.is_empty() => {
                let token = format!("{}{text}", part::separator(&self.parts, part));
                Some(self.event("token", &TokenEvent { token: &token }))
            }
            PartKind::Thinking { text } if !text.is_empty() => {
                Some(self.event("thinking", &ThinkingEvent { text }))
            }
            PartKind::Elicitation(asked) if asked.is_open() => Some(self.elicited(asked)),
            PartKind::ToolResult(result) => self.result(result),
            PartKind::ToolCall(call) => {
                let draft = Draft::of(self.turn, call).map(|draft| (part.position, (draft, String::new())));
                self.drafts.extend(draft);
                self.drafted(part.position, &call.arguments)
            }
            _ => None,
        };
        self.parts.push(part.clone());
        told
    }

    fn grown(&mut self, position: u32, more: &str) -> Option<RestEvent> {
        let part = self.parts.iter_mut().rev().find(|part| part.position == position)?;
        match &mut part.kind {
            PartKind::Text { .. } => Some(self.event("token", &TokenEvent { token: more })),
            PartKind::Thinking { .. } => Some(self.event("thinking", &ThinkingEvent { text: more })),
            PartKind::ToolCall(call) => {
                call.arguments.push_str(more);
                self.drafted(position, more)
            }
            _ => None,
        }
    }

    fn ended(&mut self, position: u32) -> Option<RestEvent> {
        let part = self.parts.iter().rev().find(|part| part.position == position)?;
        let PartKind::ToolCall(call) = &part.kind else { return None };
        // Questions that can be read are told as such.
        if call.questions().is_some() {
            return None;
        }
        let call = call.clone();
        Some(self.event("tool_use", &used(&call)))
    }

    fn result(&mut self, result: &ToolResult) -> Option<RestEvent> {
        let call = self.call(&result.call)?.clone();
        let told = ToolResultEvent {
            id: &call.id,
            server: &call.server,
            name: &call.name,
            content: &result.content,
            is_error: result.outcome.is_error(),
            duration_ms: result.duration_ms,
        };
        Some(self.event("tool_result", &told))
    }

    /// More of a call that makes an artifact.
    fn drafted(&mut self, position: u32, more: &str) -> Option<RestEvent> {
        let (mut draft, mut waiting) = self.drafts.remove(&position)?;
        let op = draft.grow(more, &mut waiting);
        let told = op.map(|op| self.event::<ArtifactEvent<'_>>("artifact", &draft.event(op, &waiting)));
        if told.is_some() {
            waiting.clear();
        }
        self.drafts.insert(position, (draft, waiting));
        told
    }

    /// The version that a call has made, where it was not told while it came.
    fn made(&mut self, result: &ToolResult, contents: &Contents) -> Option<RestEvent> {
        let made = result.artifact.as_ref()?;
        let position = self.parts.iter().find_map(|part| match &part.kind {
            PartKind::ToolCall(call) if call.id == result.call => Some(part.position),
            _ => None,
        });
        if position
            .and_then(|position| self.drafts.get(&position))
            .is_some_and(|(draft, _)| draft.has_begun())
        {
            return None;
        }
        let event = artifacts::replaced(made, contents)?;
        Some(self.event("artifact", &event))
    }

    fn elicited(&mut self, asked: &Elicitation) -> RestEvent {
        let Elicitation { id, call, server, message, wanted, .. } = asked;
        self.event("elicitation", &ElicitationEvent { id: call, fingerprint: id, server, message, wanted })
    }

    fn call(&self, id: &str) -> Option<&ToolCall> {
        self.parts.iter().rev().find_map(|part| match &part.kind {
            PartKind::ToolCall(call) if call.id == id => Some(call),
            _ => None,
        })
    }
}

pub fn used(call: &ToolCall) -> ToolUseEvent<'_> {
    ToolUseEvent { id: &call.id, server: &call.server, name: &call.name, input: input(call) }
}

/// The arguments of a call; a text where the model wrote no JSON.
pub fn input(call: &ToolCall) -> Value {
    let text = call.edited.as_deref().unwrap_or(&call.arguments);
    match text.trim() {
        "" => Value::Object(serde_json::Map::new()),
        text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

fn error(failure: &TurnFailure) -> ErrorEvent<'_> {
    ErrorEvent {
        code: &failure.code,
        message: &failure.message,
        status: status_of(failure.kind).as_u16(),
        retryable: failure.retryable,
        retry_after_s: failure.retry_after_s,
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::{LogEntry, MessageId, Outcome, Provider, Sealed, SealedPart};

    use super::*;

    fn told(entries: Vec<LogEntry>) -> Vec<(u64, &'static str, String)> {
        let mut projection = Projection::default();
        let log = (1..).zip(entries).map(|(seq, entry)| LoggedEvent { seq, entry });
        let mut told = Vec::new();
        log.for_each(|logged| projection.tell(&logged, &Contents::new(), &mut told));
        told.into_iter().map(|told| (told.id, told.name, told.data)).collect()
    }

    fn part(position: u32, step: u32, kind: PartKind) -> LogEntry {
        LogEntry::Event(TurnEvent::PartStarted(Box::new(Part { position, step, kind })))
    }

    fn text(text: &str) -> PartKind {
        PartKind::Text { text: text.into() }
    }

    fn sealed(position: u32) -> LogEntry {
        let sealed = Sealed { provider: Provider::Gemini, model: "m".into(), data: "secret".into() };
        LogEntry::Sealed(Box::new(SealedPart { position, step: 1, sealed }))
    }

    #[test]
    fn a_turn_with_a_tool_as_programs_hear_it() {
        let call = ToolCall::proposed("c", "files", "look");
        let state = |state| LogEntry::Event(TurnEvent::ToolState { call: "c".into(), state });
        let delta =
            |position, text: &str| LogEntry::Event(TurnEvent::PartDelta { position, text: text.into() });
        let result = ToolResult {
            call: "c".into(),
            outcome: Outcome::Denied,
            content: "no".into(),
            images: Vec::new(),
            duration_ms: 0,
            trouble: None,
            artifact: None,
        };
        let done = Done { finish_reason: FinishReason::Stop, message_id: MessageId::new(uuid::Uuid::nil()) };
        let events = told(vec![
            part(0, 1, text("He")),
            delta(0, "llo"),
            sealed(1),
            part(2, 1, text(".")),
            part(3, 1, PartKind::ToolCall(call)),
            delta(3, r#"{"at":1}"#),
            LogEntry::Event(TurnEvent::PartEnded { position: 3 }),
            state(ToolState::Waiting { reason: "Sure?".into(), fingerprint: "f".into() }),
            state(ToolState::Ended { outcome: Outcome::Denied }),
            part(4, 1, PartKind::ToolResult(result)),
            LogEntry::Event(TurnEvent::Unknown),
            part(5, 2, text("Well.")),
            LogEntry::Event(TurnEvent::Done(done)),
        ]);
        let expected = [
            (1, "token", r#"{"token":"He"}"#),
            (2, "token", r#"{"token":"llo"}"#),
            (3, "token", r#"{"token":"."}"#),
            (4, "tool_use", r#"{"id":"c","server":"files","name":"look","input":{"at":1}}"#),
            (
                5,
                "tool_approval",
                r#"{"id":"c","server":"files","name":"look","input":{"at":1},"reason":"Sure?","fingerprint":"f"}"#,
            ),
            (
                6,
                "tool_result",
                r#"{"id":"c","server":"files","name":"look","content":"no","is_error":true,"duration_ms":0}"#,
            ),
            (7, "token", r#"{"token":"\n\nWell."}"#),
            (8, "done", r#"{"finish_reason":"stop","message_id":"00000000-0000-0000-0000-000000000000"}"#),
        ];
        let expected: Vec<_> = expected.map(|(id, name, data)| (id, name, data.to_owned())).into();
        assert_eq!(events, expected);
    }
}
