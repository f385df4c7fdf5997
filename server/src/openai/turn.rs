//! An answer for which this server calls tools by itself: a turn outside of conversations, told as what its models say. Of our
//! tools' calls and results the caller hears nothing; those of the caller's own come out, and end the turn.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt as _, stream};
use vertice_domain::{
    Actor, Error, FinishReason, LogEntry, LoggedEvent, Metadata, PartKind, Result, ToolCall, Transcript,
    TurnEvent, chat::ToolChoice,
};
use vertice_ports::{
    Services,
    chat::{Completion, EventStream},
    model::{ModelEvent, Route, ToolCallDelta},
    prompt::{Block, PromptMessage, Replay},
};

use super::{
    answer::{Answering, Events, PartialCompletion, Said},
    completions::restarting,
    request::ParsedRequest,
};
use crate::error::Failure;

/// Begins the turn; gone with its events.
pub(super) async fn begin(
    services: &Services,
    actor: &Actor,
    request: &ParsedRequest,
) -> Result<(PartialCompletion, Events)> {
    let completion = Completion {
        model: request.choice.clone(),
        prompt: request.prompt.clone(),
        tools: ToolChoice::Named(request.server_tools.names.clone()),
        attended: false,
    };
    let mut started = services.chat.complete(actor, completion).await?;
    let first = started.events.next().await.ok_or_else(Error::internal)??;
    let mut teller = Teller::new(request.prompt.tools.iter().map(|tool| tool.name.clone()).collect());
    let told = first.iter().flat_map(|logged| teller.tell(logged)).collect::<Vec<_>>();
    let metadata = teller.said.metadata.as_ref().ok_or_else(Error::internal)?;
    let answering = Answering::from(&route(metadata));
    let answer = PartialCompletion::new(actor.user, started.turn_id, answering);
    Ok((answer, stream::iter(told).chain(teller.rest(started.events)).boxed()))
}

/// Tells what a turn's log means to a caller.
struct Teller {
    /// The names of the caller's own tools.
    callers: HashSet<String>,
    /// What the log has said so far.
    said: Transcript,
    /// The caller's calls by their place, numbered from 0.
    calls: HashMap<u32, u32>,
}

impl Teller {
    fn new(callers: HashSet<String>) -> Self {
        Self { callers, said: Transcript::default(), calls: HashMap::new() }
    }

    fn rest(mut self, events: EventStream) -> impl futures::Stream<Item = Result<Said, Failure>> + Send {
        events.flat_map(move |batch| {
            let told = match batch {
                Ok(batch) => batch.iter().flat_map(|logged| self.tell(logged)).collect(),
                Err(error) => vec![Err(error.into())],
            };
            stream::iter(told)
        })
    }

    fn tell(&mut self, logged: &LoggedEvent) -> Vec<Result<Said, Failure>> {
        self.said.apply(logged);
        let event = match &logged.entry {
            LogEntry::Sealed(part) => {
                let sealed = part.sealed.clone();
                let replay = Replay { provider: sealed.provider, model: sealed.model, data: sealed.data };
                return vec![Ok(Said::Model(ModelEvent::Replay(replay)))];
            }
            LogEntry::Event(event) => event,
        };
        match event {
            TurnEvent::Metadata(metadata) => model(ModelEvent::Rerouted(Box::new(route(metadata)))),
            TurnEvent::StepStarted(_) => vec![Ok(Said::Step)],
            TurnEvent::PartStarted(part) => match &part.kind {
                PartKind::ToolCall(call) if self.is_callers(call) => self.begin_call(part.position, call),
                kind => piece(kind, kind.text().unwrap_or_default()),
            },
            TurnEvent::PartDelta { position, text } => match self.calls.get(position) {
                Some(&index) => {
                    model(ModelEvent::ToolCall(ToolCallDelta::Arguments { index, json: text.clone() }))
                }
                None => self.said.part(*position).map(|part| piece(&part.kind, text)).unwrap_or_default(),
            },
            TurnEvent::Usage(bill) => model(ModelEvent::Usage(bill.clone())),
            TurnEvent::Error(failure) => vec![Err(Failure::from((**failure).clone()))],
            TurnEvent::Done(done) => self.end(done.finish_reason),
            _ => Vec::new(),
        }
    }

    fn is_callers(&self, call: &ToolCall) -> bool {
        call.server.is_empty() && self.callers.contains(&call.name)
    }

    fn begin_call(&mut self, position: u32, call: &ToolCall) -> Vec<Result<Said, Failure>> {
        let index = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        // A part is told again when it changes.
        if self.calls.insert(position, index).is_some() {
            return Vec::new();
        }
        let start = ToolCallDelta::Start { index, id: call.id.clone(), name: call.name.clone() };
        let arguments = (!call.arguments.is_empty())
            .then(|| ToolCallDelta::Arguments { index, json: call.arguments.clone() });
        let deltas = std::iter::once(start).chain(arguments);
        deltas.map(|delta| Ok(Said::Model(ModelEvent::ToolCall(delta)))).collect()
    }

    fn end(&self, reason: FinishReason) -> Vec<Result<Said, Failure>> {
        match reason {
            // Nobody else stops it: whoever asked has not gone.
            FinishReason::Cancelled | FinishReason::Interrupted => vec![Err(restarting())],
            reason => {
                let steps = self.steps().map(|messages| Ok(Said::Steps(messages)));
                steps.into_iter().chain([Ok(Said::Model(ModelEvent::Stop(reason)))]).collect()
            }
        }
    }

    /// What a model is to be shown of this answer when the caller brings the results of its own tools; none, if it is one step
    /// without tools of ours, which OpenAI's format has room for.
    fn steps(&self) -> Option<Vec<PromptMessage>> {
        let has_ours = self.said.calls().any(|(_, call)| !self.is_callers(call));
        if self.calls.is_empty() || !has_ours {
            return None;
        }
        let callers: HashSet<&str> = self
            .said
            .calls()
            .filter(|(_, call)| self.is_callers(call))
            .map(|(_, call)| call.id.as_str())
            .collect();
        let mut messages = vertice_agent::answer_as_shown(&self.said.parts, &self.said.sealed);
        for message in &mut messages {
            message.blocks.retain(
                |block| !matches!(block, Block::ToolResult(result) if callers.contains(result.call_id.as_str())),
            );
        }
        messages.retain(|message| !message.blocks.is_empty());
        Some(messages)
    }
}

fn model(event: ModelEvent) -> Vec<Result<Said, Failure>> {
    vec![Ok(Said::Model(event))]
}

/// A piece of text or thinking.
fn piece(kind: &PartKind, text: &str) -> Vec<Result<Said, Failure>> {
    match kind {
        _ if text.is_empty() => Vec::new(),
        PartKind::Text { .. } => model(ModelEvent::Text(text.to_owned())),
        PartKind::Thinking { .. } => model(ModelEvent::Thinking(text.to_owned())),
        _ => Vec::new(),
    }
}

fn route(told: &Metadata) -> Route {
    Route {
        model: told.model.clone(),
        provider: told.provider,
        intent: told.intent,
        routed_by: told.routed_by,
        reason: told.reason.clone(),
        candidates: told.candidates.clone(),
        fallbacks: Vec::new(),
    }
}
