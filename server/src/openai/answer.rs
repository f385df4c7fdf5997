//! What a model says, in the words of a chat completion.

use futures::stream::BoxStream;
use serde_json::{Value, json};
use vertice_domain::{FinishReason, Provider, RoutedBy, TurnId, Usage, Usd, UserId};
use vertice_ports::{
    model::{ModelEvent, Route, ToolCallDelta},
    prompt::{Block, PromptMessage, Replay, ToolCall},
};

use super::{
    Replays,
    replays::{BeforeCall, Steps},
    wire::{AnswerCall, AnswerMessage, Choice, Completion, CompletionUsage},
};
use crate::error::Failure;

/// Ids of calls that are shorter are numbers or a few random letters: not unique among a user's calls.
const UNIQUE_ID_CHARS: usize = 16;

/// What stands between the texts of two steps.
const BETWEEN_STEPS: &str = "\n\n";

/// What is said, and how it fails, as this door tells it.
pub(super) type Events = BoxStream<'static, Result<Said, Failure>>;

/// One thing that is said.
pub(super) enum Said {
    /// By a model.
    Model(ModelEvent),
    /// A model is asked once more, with the results of tools: what was sealed so far belongs to steps that are over.
    Step,
    /// What the whole answer is for a model, told right before its end.
    Steps(Vec<PromptMessage>),
}

/// Who answers.
pub(super) struct Answering {
    pub(super) model: String,
    pub(super) provider: Provider,
    pub(super) routed_by: RoutedBy,
}

impl From<&Route> for Answering {
    fn from(route: &Route) -> Self {
        Self { model: route.model.clone(), provider: route.provider, routed_by: route.routed_by }
    }
}

pub(super) struct PartialCompletion {
    user: UserId,
    turn: TurnId,
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created: i64,
    /// The model that answers.
    pub(super) model: String,
    pub(super) provider: Provider,
    /// Who chose it.
    pub(super) routed_by: RoutedBy,
    text: String,
    /// Whether a text has begun in this step.
    speaks: bool,
    thinking: String,
    calls: Vec<ToolCall>,
    /// What stood before the text.
    before_text: Vec<Replay>,
    waiting: Vec<Replay>,
    usage: Option<Usage>,
    /// Why it ended; none: it has not.
    pub(super) finish: Option<FinishReason>,
}

impl PartialCompletion {
    /// Nothing was said yet.
    pub(super) fn new(user: UserId, turn: TurnId, answers: Answering) -> Self {
        let Answering { model, provider, routed_by } = answers;
        let (seconds, _) = turn.as_uuid().get_timestamp().map_or((0, 0), |time| time.to_unix());
        Self {
            user,
            turn,
            id: format!("chatcmpl-{}", turn.as_uuid().simple()),
            created: i64::try_from(seconds).unwrap_or_default(),
            model,
            provider,
            routed_by,
            text: String::new(),
            speaks: false,
            thinking: String::new(),
            calls: Vec::new(),
            before_text: Vec::new(),
            waiting: Vec::new(),
            usage: None,
            finish: None,
        }
    }

    /// Another model answers.
    pub(super) fn rerouted(&mut self, route: &Route) {
        self.model.clone_from(&route.model);
        self.provider = route.provider;
        self.routed_by = route.routed_by;
    }

    /// Takes in what the model says; keeps what must be replayed with a call. Gives the piece of the stream that it is,
    /// if it is one.
    pub(super) fn take(&mut self, said: Said, replays: &Replays) -> Option<Value> {
        match said {
            Said::Model(event) => self.hear(event, replays),
            Said::Step => {
                self.speaks = false;
                self.waiting.clear();
                self.before_text.clear();
                None
            }
            Said::Steps(messages) => {
                if let Some(call) = self.calls.first() {
                    let messages =
                        messages.into_iter().map(|message| self.with_unique_ids(message)).collect();
                    let steps = Some(Steps { text: self.text.clone(), messages });
                    let kept = replays.before(self.user, &call.id);
                    replays.keep(self.user, &call.id, BeforeCall { steps, ..kept });
                }
                None
            }
        }
    }

    fn hear(&mut self, event: ModelEvent, replays: &Replays) -> Option<Value> {
        match event {
            ModelEvent::Rerouted(route) => {
                self.rerouted(&route);
                None
            }
            ModelEvent::Text(mut text) => {
                if !std::mem::replace(&mut self.speaks, true) {
                    if self.calls.is_empty() {
                        self.before_text = std::mem::take(&mut self.waiting);
                    }
                    if !self.text.is_empty() {
                        text.insert_str(0, BETWEEN_STEPS);
                    }
                }
                self.text.push_str(&text);
                Some(json!({"content": text}))
            }
            ModelEvent::Thinking(text) => {
                self.thinking.push_str(&text);
                Some(json!({"reasoning_content": text}))
            }
            ModelEvent::ToolCall(delta) => self.call(delta, replays),
            ModelEvent::Replay(replay) => {
                self.waiting.push(replay);
                None
            }
            ModelEvent::Usage(bill) => {
                self.usage = Some(self.usage.map_or(bill.usage, |before| before.plus(bill.usage)));
                None
            }
            ModelEvent::Stop(reason) => {
                self.finish = Some(reason);
                None
            }
        }
    }

    fn call(&mut self, delta: ToolCallDelta, replays: &Replays) -> Option<Value> {
        match delta {
            ToolCallDelta::Start { index, id, name } => {
                let id = self.unique(id);
                let before_text = std::mem::take(&mut self.before_text);
                let before_call = std::mem::take(&mut self.waiting);
                replays.keep(self.user, &id, BeforeCall { before_text, before_call, steps: None });
                let function = json!({"name": name, "arguments": ""});
                let call = json!({"index": index, "id": id, "type": "function", "function": function});
                self.calls.push(ToolCall { id, name, arguments: String::new() });
                Some(json!({"tool_calls": [call]}))
            }
            ToolCallDelta::Arguments { index, json } => {
                if let Some(call) = self.calls.get_mut(index as usize) {
                    call.arguments.push_str(&json);
                }
                Some(json!({"tool_calls": [{"index": index, "function": {"arguments": json}}]}))
            }
        }
    }

    /// The same message with the ids that the caller knows.
    fn with_unique_ids(&self, mut message: PromptMessage) -> PromptMessage {
        for block in &mut message.blocks {
            match block {
                Block::ToolCall(call) => call.id = self.unique(std::mem::take(&mut call.id)),
                Block::ToolResult(result) => {
                    result.call_id = self.unique(std::mem::take(&mut result.call_id));
                }
                Block::Text(_) | Block::Image(_) | Block::Replay(_) => {}
            }
        }
        message
    }

    /// An id that no other call of the user's has. What a provider's id begins with stays: encoders know by it which ids
    /// were made up.
    fn unique(&self, id: String) -> String {
        if id.len() >= UNIQUE_ID_CHARS { id } else { format!("{id}_{}", self.turn.as_uuid().simple()) }
    }

    /// Why it ended, in OpenAI's words.
    pub(super) fn finish_reason(&self) -> &'static str {
        match self.finish {
            Some(FinishReason::MaxTokens | FinishReason::ToolLimit) => "length",
            Some(FinishReason::Refusal) => "content_filter",
            _ if !self.calls.is_empty() => "tool_calls",
            _ => "stop",
        }
    }

    /// The bill.
    pub(super) fn usage(&self) -> CompletionUsage {
        self.usage.unwrap_or_default().into()
    }

    /// What it cost; none: unknown.
    pub(super) fn cost(&self) -> Option<Usd> {
        self.usage.and_then(|usage| usage.cost_usd)
    }

    pub(super) fn whole(self) -> Completion {
        let (finish_reason, usage) = (self.finish_reason(), self.usage());
        let has_content = !self.text.is_empty() || self.calls.is_empty();
        let message = AnswerMessage {
            role: "assistant",
            content: has_content.then_some(self.text),
            refusal: None,
            reasoning_content: (!self.thinking.is_empty()).then_some(self.thinking),
            tool_calls: self.calls.into_iter().map(AnswerCall::from).collect(),
        };
        Completion {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: vec![Choice { index: 0, message, logprobs: None, finish_reason }],
            usage,
        }
    }

    /// One chunk of the stream.
    pub(super) fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        self.envelope(&json!([choice]))
    }

    /// A chunk with these choices.
    pub(super) fn envelope(&self, choices: &Value) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::Intent;
    use vertice_ports::Ids as _;
    use vertice_runtime::SystemIds;

    use super::*;

    fn route() -> Route {
        Route {
            model: "m".into(),
            provider: Provider::Gemini,
            intent: Intent::Simple,
            routed_by: RoutedBy::User,
            reason: String::new(),
            candidates: Vec::new(),
            fallbacks: Vec::new(),
        }
    }

    fn signed(data: &str) -> Replay {
        Replay { provider: Provider::Gemini, model: "m".into(), data: data.into() }
    }

    #[test]
    fn calls_of_two_answers_are_not_mixed_up() {
        let (replays, user) = (Replays::default(), SystemIds.user());
        // Where a provider gives no ids, every answer numbers its calls from 0.
        let call = |signature: &str, id: &str| {
            let mut answer = PartialCompletion::new(user, SystemIds.turn(), Answering::from(&route()));
            answer.take(Said::Model(ModelEvent::Replay(signed(signature))), &replays);
            let start = ToolCallDelta::Start { index: 0, id: id.into(), name: "f".into() };
            answer.take(Said::Model(ModelEvent::ToolCall(start)), &replays);
            answer.calls[0].id.clone()
        };
        let (first, second) = (call("1", "gemini_call_0"), call("2", "gemini_call_0"));
        assert!(first.starts_with("gemini_call_0") && second.starts_with("gemini_call_0"));
        assert_eq!(replays.before(user, &first).before_call, [signed("1")]);
        assert_eq!(replays.before(user, &second).before_call, [signed("2")]);
        assert_eq!(
            call("3", "toolu_01ABCDEFGHIJKLMN"),
            "toolu_01ABCDEFGHIJKLMN",
            "an id of a provider's stays"
        );
    }
}
