//! A turn that is being written, as the page follows it. Events are taken in at most once a frame; what changes with
//! every token is told by a trigger, what changes rarely by a signal, so that a token costs the same at any length.

use leptos::prelude::*;
use vertice_domain::{FinishReason, LoggedEvent, Message, Metadata, Timestamp, TurnFailure, TurnId};

use super::turn_state::{Phase, TurnState};
use crate::ui::browser;

/// How the page is connected to the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Connection {
    /// All is well, and always was.
    #[default]
    Fine,
    /// Broken.
    Lost,
    /// Back again.
    Resumed,
}

/// What changes rarely in a turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) phase: Phase,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) failure: Option<TurnFailure>,
    pub(crate) finish: Option<FinishReason>,
    /// Whether the model thought aloud.
    pub(crate) thought: bool,
    /// For how many milliseconds it did, once it is done with it.
    pub(crate) thought_ms: Option<i64>,
}

/// A turn being followed. Clones are the same turn.
#[derive(Clone)]
pub(crate) struct Live {
    state: ArcStoredValue<TurnState>,
    queue: ArcStoredValue<Vec<LoggedEvent>>,
    scheduled: ArcStoredValue<bool>,
    thinking_since: ArcStoredValue<Option<Timestamp>>,
    stop_wanted: ArcStoredValue<bool>,
    abandoned: ArcStoredValue<bool>,
    turn: ArcStoredValue<Option<TurnId>>,
    /// What changes rarely.
    pub(crate) head: ArcRwSignal<Head>,
    /// Tells that text has come.
    pub(crate) frame: ArcTrigger,
    /// How the page is connected to it.
    pub(crate) connection: ArcRwSignal<Connection>,
    /// When it began.
    pub(crate) begun: Timestamp,
    /// How much of the answer (bytes) the page shows already, by the server's rendering.
    pub(crate) covered: usize,
}

impl Live {
    /// A turn that this page starts.
    pub(crate) fn starting() -> Self {
        Self::new(None, browser::now(), 0)
    }

    /// A turn that runs already, with `covered` bytes of its answer on the page.
    pub(crate) fn joined(turn: TurnId, begun: Timestamp, covered: usize) -> Self {
        Self::new(Some(turn), begun, covered)
    }

    fn new(turn: Option<TurnId>, begun: Timestamp, covered: usize) -> Self {
        Self {
            state: ArcStoredValue::default(),
            queue: ArcStoredValue::default(),
            scheduled: ArcStoredValue::default(),
            thinking_since: ArcStoredValue::default(),
            stop_wanted: ArcStoredValue::default(),
            abandoned: ArcStoredValue::default(),
            turn: ArcStoredValue::new(turn),
            head: ArcRwSignal::default(),
            frame: ArcTrigger::new(),
            connection: ArcRwSignal::default(),
            begun,
            covered,
        }
    }

    /// Whether `other` is the same turn.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.head == other.head
    }

    /// The turn's id, once it is known.
    pub(crate) fn turn_id(&self) -> Option<TurnId> {
        self.turn.get_value()
    }

    /// The last event taken in.
    pub(crate) fn seq(&self) -> u64 {
        self.state.with_value(|state| state.seq)
    }

    /// Whether nothing comes any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.head.with_untracked(|head| head.phase == Phase::Ended)
    }

    /// The answer so far.
    pub(crate) fn with_text<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        self.state.with_value(|state| read(&state.text))
    }

    /// The thinking so far.
    pub(crate) fn with_thinking<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        self.state.with_value(|state| read(&state.thinking))
    }

    /// The message it writes, as far as the page knows it.
    pub(crate) fn message(&self) -> Option<Message> {
        let total = u64::try_from(browser::now().as_millis() - self.begun.as_millis()).ok();
        self.state.with_value(|state| state.message(self.begun, total.filter(|_| state.finish.is_some())))
    }

    /// Notes that the user wants it stopped. False: it cannot be yet, and will be once its id is known.
    pub(crate) fn want_stop(&self) -> Option<TurnId> {
        self.stop_wanted.set_value(true);
        self.turn_id()
    }

    /// Takes events that came; they are applied with the next frame. Gives the metadata if these are the turn's first.
    pub(crate) fn receive(&self, events: Vec<LoggedEvent>) -> Option<Metadata> {
        let known = self.turn_id().is_some();
        let first = events.iter().find_map(|logged| match &logged.event {
            vertice_domain::TurnEvent::Metadata(metadata) if !known => Some(Metadata::clone(metadata)),
            _ => None,
        });
        if let Some(metadata) = &first {
            self.turn.set_value(Some(metadata.turn_id));
        }
        self.queue.update_value(|queue| queue.extend(events));
        if !self.scheduled.get_value() {
            self.scheduled.set_value(true);
            let live = self.clone();
            request_animation_frame(move || live.flush());
        }
        first
    }

    /// Whether the user wanted it stopped before its id was known.
    pub(crate) fn stop_is_wanted(&self) -> bool {
        self.stop_wanted.get_value()
    }

    /// Takes in everything that came.
    pub(crate) fn flush(&self) {
        self.scheduled.set_value(false);
        let events = self.queue.try_update_value(std::mem::take).unwrap_or_default();
        if events.is_empty() {
            return;
        }
        self.state.update_value(|state| events.into_iter().for_each(|event| state.apply(event)));
        self.tell();
    }

    /// Ends it as the server has stored its message: the end was not heard.
    pub(crate) fn end_as(&self, stored: &Message) {
        self.flush();
        self.state.update_value(|state| {
            if state.finish.is_none() {
                state.failure = stored.receipt.as_ref().and_then(|receipt| receipt.failure.clone());
                state.finish = Some(stored.finish_reason.unwrap_or(FinishReason::Interrupted));
            }
        });
        self.tell();
    }

    /// Whether it was ended from this side, and may still run on the server.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.get_value()
    }

    /// Ends it from this side: it cannot be followed any further.
    pub(crate) fn fail(&self, failure: TurnFailure) {
        self.abandoned.set_value(true);
        self.flush();
        self.state.update_value(|state| {
            state.failure = Some(failure);
            state.finish = Some(FinishReason::Error);
        });
        self.tell();
    }

    fn tell(&self) {
        let mut head = self.state.with_value(|state| Head {
            phase: state.phase(),
            metadata: state.metadata.clone(),
            failure: state.failure.clone(),
            finish: state.finish,
            thought: !state.thinking.is_empty(),
            thought_ms: None,
        });
        head.thought_ms = self.thought_ms(&head);
        if self.head.with_untracked(|old| *old != head) {
            self.head.set(head);
        }
        self.frame.notify();
    }

    fn thought_ms(&self, head: &Head) -> Option<i64> {
        if let Some(known) = self.head.with_untracked(|old| old.thought_ms) {
            return Some(known);
        }
        match (head.phase, self.thinking_since.get_value()) {
            (Phase::Thinking, None) => {
                self.thinking_since.set_value(Some(browser::now()));
                None
            }
            (Phase::Writing | Phase::Ended, Some(since)) => {
                Some(browser::now().as_millis() - since.as_millis())
            }
            _ => None,
        }
    }
}
