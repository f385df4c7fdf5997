//! Where a running turn's log goes: to its followers at once, to the store a moment later.

use std::sync::Arc;

use vertice_domain::{LoggedEvent, TurnId};
use vertice_ports::Bus;

use crate::writer::Tail;

/// The log of one running turn.
pub(crate) struct Recorder {
    turn: TurnId,
    bus: Arc<dyn Bus>,
    /// None: a stateless call, of which nothing is stored.
    tail: Option<Arc<Tail>>,
}

impl Recorder {
    pub(crate) fn new(turn: TurnId, bus: Arc<dyn Bus>, tail: Option<Arc<Tail>>) -> Self {
        Self { turn, bus, tail }
    }

    /// What carries it to the store.
    pub(crate) fn tail(&self) -> Option<&Arc<Tail>> {
        self.tail.as_ref()
    }

    /// Adds entries, numbered already, to the log.
    pub(crate) fn append(&self, events: Vec<LoggedEvent>) {
        let events: Vec<_> = events.into_iter().map(Arc::new).collect();
        if let Some(tail) = &self.tail {
            tail.push(&events);
        }
        self.bus.publish(self.turn, &events);
    }

    /// Tells what is stored already, or is not to be.
    pub(crate) fn tell(&self, events: &[Arc<LoggedEvent>]) {
        self.bus.publish(self.turn, events);
    }
}
