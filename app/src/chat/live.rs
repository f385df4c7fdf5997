//! A turn that is being written, as the page follows it. Events are taken in at most once a frame; what changes with
//! every token is told by a trigger, what changes rarely by a signal, so that a token costs the same at any length.

use leptos::prelude::*;
use vertice_domain::{
    FinishReason, Message, Metadata, Part, RunningTurn, SeenEvent, Timestamp, Transcript, TurnEvent,
    TurnFailure, TurnId,
    event::{CallProgress, Retrying},
};

use super::{
    parts::{Slot, outline},
    phase::{self, Phase},
};
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
    pub(crate) outline: Vec<Slot>,
    /// Where a text or thinking is being written.
    pub(crate) growing: Option<u32>,
    /// The model is being asked once more.
    pub(crate) retrying: Option<Retrying>,
}

impl Head {
    fn of(transcript: &Transcript) -> Self {
        let phase = phase::phase(transcript);
        let outline = outline(&transcript.parts, phase);
        let last = outline.last().map(|slot| slot.position);
        Self {
            phase,
            metadata: transcript.metadata.clone(),
            failure: transcript.failure.clone(),
            finish: transcript.finish,
            growing: last.filter(|_| matches!(phase, Phase::Writing | Phase::Thinking)),
            outline,
            retrying: transcript.retrying.clone(),
        }
    }
}

/// A turn being followed. Clones are the same turn.
#[derive(Clone)]
pub(crate) struct Live {
    transcript: ArcStoredValue<Transcript>,
    queue: ArcStoredValue<Vec<SeenEvent>>,
    scheduled: ArcStoredValue<bool>,
    step_began: ArcStoredValue<Timestamp>,
    heard: ArcStoredValue<Timestamp>,
    stop_wanted: ArcStoredValue<bool>,
    abandoned: ArcStoredValue<bool>,
    turn: ArcStoredValue<Option<TurnId>>,
    /// What changes rarely.
    pub(crate) head: ArcRwSignal<Head>,
    /// Tells that text has come.
    pub(crate) frame: ArcTrigger,
    /// Tells that something else has happened.
    pub(crate) changed: ArcTrigger,
    /// How the page is connected to it.
    pub(crate) connection: ArcRwSignal<Connection>,
    pub(crate) begun: Timestamp,
}

impl Live {
    /// A turn that this page starts.
    pub(crate) fn starting() -> Self {
        Self::new(None, browser::now(), Transcript::default())
    }

    /// A turn that runs already, of which `message` holds what was said so far.
    pub(crate) fn joined(running: RunningTurn, message: &Message) -> Self {
        // Where nothing was said yet, its beginning tells why.
        let transcript = if message.parts.is_empty() {
            Transcript::default()
        } else {
            Transcript::resumed(running.seq, message)
        };
        Self::new(Some(running.turn), message.created_at, transcript)
    }

    fn new(turn: Option<TurnId>, begun: Timestamp, transcript: Transcript) -> Self {
        let head = Head::of(&transcript);
        let step_began = if transcript.parts.is_empty() { begun } else { browser::now() };
        Self {
            transcript: ArcStoredValue::new(transcript),
            queue: ArcStoredValue::default(),
            scheduled: ArcStoredValue::default(),
            step_began: ArcStoredValue::new(step_began),
            heard: ArcStoredValue::new(browser::now()),
            stop_wanted: ArcStoredValue::default(),
            abandoned: ArcStoredValue::default(),
            turn: ArcStoredValue::new(turn),
            head: ArcRwSignal::new(head),
            frame: ArcTrigger::new(),
            changed: ArcTrigger::new(),
            connection: ArcRwSignal::default(),
            begun,
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
        self.transcript.with_value(|transcript| transcript.seq)
    }

    /// Whether nothing comes any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.head.with_untracked(|head| head.phase == Phase::Ended)
    }

    /// What was said so far.
    pub(crate) fn with_parts<T>(&self, read: impl FnOnce(&[Part]) -> T) -> T {
        self.transcript.with_value(|transcript| read(&transcript.parts))
    }

    /// How far the call has come that runs, if its tool says so.
    pub(crate) fn progress(&self, call: &str) -> Option<CallProgress> {
        let of_it = |told: &&CallProgress| told.call == call;
        self.transcript.with_value(|transcript| transcript.progress.iter().find(of_it).cloned())
    }

    /// Whether the text at `position` is being written.
    pub(crate) fn is_growing(&self, position: u32) -> bool {
        self.head.with_untracked(|head| head.growing == Some(position))
    }

    /// When the model that answers now was asked.
    pub(crate) fn step_began(&self) -> Timestamp {
        self.step_began.get_value()
    }

    /// When something was heard of it last.
    pub(crate) fn heard(&self) -> Timestamp {
        self.heard.get_value()
    }

    /// The message it writes, as far as the page knows it; `known` is what the server has told of it.
    pub(crate) fn message(&self, known: Option<Message>) -> Option<Message> {
        let total = u64::try_from(browser::now().as_millis() - self.begun.as_millis()).ok();
        self.transcript.with_value(|transcript| {
            let total = total.filter(|_| transcript.finish.is_some());
            phase::message(transcript, known, self.begun, total)
        })
    }

    /// Notes that the user wants it stopped. False: it cannot be yet, and will be once its id is known.
    pub(crate) fn want_stop(&self) -> Option<TurnId> {
        self.stop_wanted.set_value(true);
        self.turn_id()
    }

    /// Takes events that came; they are applied with the next frame. Gives the metadata if these are the turn's first.
    pub(crate) fn receive(&self, events: Vec<SeenEvent>) -> Option<Metadata> {
        let known = self.turn_id().is_some();
        let first = events.iter().find_map(|seen| match &seen.event {
            TurnEvent::Metadata(metadata) if !known => Some(Metadata::clone(metadata)),
            _ => None,
        });
        if let Some(metadata) = &first {
            self.turn.set_value(Some(metadata.turn_id));
        }
        self.heard.set_value(browser::now());
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
        self.transcript.update_value(|transcript| events.iter().for_each(|event| transcript.see(event)));
        if events.iter().any(|seen| matches!(&seen.event, TurnEvent::StepStarted(step) if step.step > 1)) {
            self.step_began.set_value(browser::now());
        }
        self.tell();
        if events.iter().any(|seen| !matches!(seen.event, TurnEvent::PartDelta { .. })) {
            self.changed.notify();
        }
    }

    /// Ends it as the server has stored its message: the end was not heard.
    pub(crate) fn end_as(&self, stored: &Message) {
        self.flush();
        self.transcript.update_value(|transcript| {
            if transcript.finish.is_none() {
                transcript.failure = stored.receipt.as_ref().and_then(|receipt| receipt.failure.clone());
                transcript.finish = Some(stored.finish_reason.unwrap_or(FinishReason::Interrupted));
            }
        });
        self.tell();
        self.changed.notify();
    }

    /// Whether it was ended from this side, and may still run on the server.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.get_value()
    }

    /// Ends it from this side: it cannot be followed any further.
    pub(crate) fn fail(&self, failure: TurnFailure) {
        self.abandoned.set_value(true);
        self.flush();
        self.transcript.update_value(|transcript| {
            transcript.failure = Some(failure);
            transcript.finish = Some(FinishReason::Error);
        });
        self.tell();
        self.changed.notify();
    }

    fn tell(&self) {
        let head = self.transcript.with_value(Head::of);
        if self.head.with_untracked(|old| *old != head) {
            self.head.set(head);
        }
        self.frame.notify();
    }
}
