//! What a turn's log says so far: the one fold of its events, for the agent, the page, REST, exports and recovery.
//!
//! Pure. Whoever has seen the same events has the same transcript; events that were seen before change nothing.

use crate::{
    Elicitation, FinishReason, LogEntry, LoggedEvent, Message, MessageStatus, Metadata, Part, PartKind,
    SealedPart, SeenEvent, ToolCall, ToolState, TurnEvent, TurnFailure, Usage,
    event::{CallProgress, Retrying, StepStarted},
    message::Receipt,
    part,
};

/// A turn so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// The last entry of the log that is in here; 0: none.
    pub seq: u64,
    /// What the turn is; none: nothing has been logged yet.
    pub metadata: Option<Metadata>,
    /// The latest model call.
    pub step: Option<StepStarted>,
    /// The model is being asked once more, and has said nothing since.
    pub retrying: Option<Retrying>,
    /// How far the calls that run have come, where their tools say it.
    pub progress: Vec<CallProgress>,
    /// What the answer is made of, by position.
    pub parts: Vec<Part>,
    /// What goes back to the provider, by position. Empty wherever only visible events are heard.
    pub sealed: Vec<SealedPart>,
    /// The sum of its calls' bills.
    pub usage: Option<Usage>,
    /// Why the prompt cache served nothing, where that is known.
    pub cache_miss: Option<String>,
    /// What went wrong.
    pub failure: Option<TurnFailure>,
    /// Why it ended; none: it has not.
    pub finish: Option<FinishReason>,
}

impl Transcript {
    /// What this log says.
    pub fn fold<'a>(log: impl IntoIterator<Item = &'a LoggedEvent>) -> Self {
        let mut transcript = Self::default();
        log.into_iter().for_each(|logged| transcript.apply(logged));
        transcript
    }

    /// What a message that is being written says, as of entry `seq`: later events continue it.
    pub fn resumed(seq: u64, message: &Message) -> Self {
        Self { seq, parts: message.parts.clone(), usage: message.usage, ..Self::default() }
    }

    /// Takes in the next entry of the log.
    pub fn apply(&mut self, logged: &LoggedEvent) {
        match &logged.entry {
            LogEntry::Event(event) => self.hear(logged.seq, event),
            LogEntry::Sealed(sealed) if logged.seq > self.seq => {
                self.seq = logged.seq;
                self.sealed.push(SealedPart::clone(sealed));
            }
            LogEntry::Sealed(_) => {}
        }
    }

    /// Takes in the next event, as the browser hears it.
    pub fn see(&mut self, seen: &SeenEvent) {
        self.hear(seen.seq, &seen.event);
    }

    /// The end counts whatever its number: after a crash the stored log may be shorter than what was heard.
    fn hear(&mut self, seq: u64, event: &TurnEvent) {
        if seq <= self.seq && !(event.is_last() && self.finish.is_none()) {
            return;
        }
        self.seq = self.seq.max(seq);
        self.retrying = None;
        match event {
            TurnEvent::Retrying(retrying) => self.retrying = Some(Retrying::clone(retrying)),
            TurnEvent::Metadata(metadata) => self.metadata = Some(Metadata::clone(metadata)),
            TurnEvent::StepStarted(step) => self.step = Some(StepStarted::clone(step)),
            TurnEvent::PartStarted(part) => self.place(Part::clone(part)),
            TurnEvent::PartDelta { position, text } => {
                if let Some(growing) = self.part_mut(*position).and_then(|part| part.kind.growing()) {
                    growing.push_str(text);
                }
            }
            TurnEvent::ToolProgress(progress) => {
                self.progress.retain(|other| other.call != progress.call);
                self.progress.push(CallProgress::clone(progress));
            }
            TurnEvent::ToolState { call, state } => {
                self.progress.retain(|other| other.call != *call);
                if let Some(found) = self.call_mut(call) {
                    found.state = state.clone();
                }
            }
            TurnEvent::Usage(call) => {
                self.usage = Some(self.usage.map_or(call.usage, |before| before.plus(call.usage)));
                self.cache_miss.clone_from(&call.cache_miss);
            }
            TurnEvent::Error(failure) => self.failure = Some(TurnFailure::clone(failure)),
            TurnEvent::Done(done) => self.finish = Some(done.finish_reason),
            TurnEvent::PartEnded { .. } | TurnEvent::Unknown => {}
        }
    }

    fn place(&mut self, part: Part) {
        match self.parts.binary_search_by_key(&part.position, |other| other.position) {
            Ok(at) => self.parts[at] = part,
            Err(at) => self.parts.insert(at, part),
        }
    }

    pub fn part(&self, position: u32) -> Option<&Part> {
        let at = self.parts.binary_search_by_key(&position, |part| part.position).ok()?;
        self.parts.get(at)
    }

    fn part_mut(&mut self, position: u32) -> Option<&mut Part> {
        let at = self.parts.binary_search_by_key(&position, |part| part.position).ok()?;
        self.parts.get_mut(at)
    }

    /// The place of the next part.
    pub fn next_position(&self) -> u32 {
        let visible = self.parts.last().map(|part| part.position);
        let sealed = self.sealed.last().map(|part| part.position);
        visible.max(sealed).map_or(0, |last| last + 1)
    }

    /// The tool calls, in the order said.
    pub fn calls(&self) -> impl Iterator<Item = (&Part, &ToolCall)> {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::ToolCall(call) => Some((part, call)),
            _ => None,
        })
    }

    pub fn call(&self, id: &str) -> Option<&ToolCall> {
        self.calls().map(|(_, call)| call).find(|call| call.id == id)
    }

    fn call_mut(&mut self, id: &str) -> Option<&mut ToolCall> {
        self.parts.iter_mut().rev().find_map(|part| match &mut part.kind {
            PartKind::ToolCall(call) if call.id == id => Some(call),
            _ => None,
        })
    }

    /// The call that a person is asked about.
    pub fn waiting(&self) -> Option<&ToolCall> {
        self.calls().map(|(_, call)| call).find(|call| matches!(call.state, ToolState::Waiting { .. }))
    }

    /// What servers ask the person and wait for, with its places.
    pub fn asks(&self) -> impl Iterator<Item = (&Part, &Elicitation)> {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::Elicitation(asked) if asked.is_open() && self.finish.is_none() => Some((part, asked)),
            _ => None,
        })
    }

    /// What the call's server asks the person and waits for.
    pub fn asked_in(&self, call: &str) -> Option<&Elicitation> {
        self.asks().map(|(_, asked)| asked).find(|asked| asked.call == call)
    }

    /// The answer's text so far.
    pub fn text(&self) -> String {
        part::joined_text(&self.parts)
    }

    /// Whether nothing was said: no word, no tool call.
    pub fn is_silent(&self) -> bool {
        !self.parts.iter().any(|part| match &part.kind {
            PartKind::Text { text } => !text.trim().is_empty(),
            PartKind::ToolCall(_) | PartKind::Image { .. } => true,
            _ => false,
        })
    }

    /// How far the answer has come.
    pub fn status(&self) -> MessageStatus {
        self.finish.map_or(MessageStatus::Streaming, FinishReason::message_status)
    }

    /// What the footer under the answer says. The times count from the request, in milliseconds, where known.
    pub fn receipt(&self, first_token_ms: Option<u64>, total_ms: Option<u64>) -> Receipt {
        let metadata = self.metadata.as_ref();
        Receipt {
            reason: metadata.map(|metadata| metadata.reason.clone()).unwrap_or_default(),
            first_token_ms,
            total_ms,
            failure: self.failure.clone(),
            intent: metadata.map(|metadata| metadata.intent),
            routed_by: metadata.map(|metadata| metadata.routed_by),
            candidates: metadata.map(|metadata| metadata.candidates.clone()).unwrap_or_default(),
            cache_miss: self.cache_miss.clone(),
        }
    }

    /// `message`, a message that this turn writes, as far as it has come.
    #[must_use]
    pub fn written(&self, message: Message) -> Message {
        let metadata = self.metadata.as_ref();
        Message {
            parts: self.parts.clone(),
            status: self.status(),
            model: metadata.map(|metadata| metadata.model.clone()).or(message.model),
            provider: metadata.map(|metadata| metadata.provider).or(message.provider),
            finish_reason: self.finish,
            usage: self.usage,
            ..message
        }
    }
}

#[cfg(test)]
mod tests;
