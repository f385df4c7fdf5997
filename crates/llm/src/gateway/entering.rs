//! Enters calls in the ledger: no request leaves before its row stands.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use vertice_domain::{Error, ErrorKind, TurnFailure};
use vertice_ports::{
    Clock, Meter,
    meter::{CallOpening, OpenCall},
    model::Beginning,
};

use crate::{
    cache_watch::Watched,
    health::Pulse,
    measured::{CallFacts, Measured},
};

/// Enters calls of one model in the ledger: every call is a row of its own.
pub(super) struct Entering {
    pub(super) meter: Arc<dyn Meter>,
    pub(super) opening: CallOpening,
    pub(super) pulse: Option<Pulse>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) beginning: Beginning,
    pub(super) cancel: CancellationToken,
}

/// A call whose row stands while something else is still being stored. Dropped meanwhile, it is not made.
struct Unmet(Option<Box<dyn OpenCall>>);

impl Unmet {
    fn done(&mut self) -> Box<dyn OpenCall> {
        self.0.take().expect("it is taken once, here, and was there from the beginning")
    }
}

impl Drop for Unmet {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call.take_back();
        }
    }
}

/// Why a call was not made: nothing was asked, and there is nothing to be paid.
pub(super) enum Unmade {
    /// It was stopped before, or what it belongs to could not be stored.
    Cancelled,
    /// It could not be entered.
    NotEntered(TurnFailure),
}

impl Entering {
    /// Waits until a row stands, and what the call belongs to is stored. One commit may take both, as they are asked for
    /// together.
    pub(super) async fn opened(&self) -> Result<Box<dyn OpenCall>, Unmade> {
        let row = async { self.meter.open(self.opening.clone()).await.map(|open| Unmet(Some(open))) };
        let unmade = tokio::select! {
            biased;
            () = self.cancel.cancelled() => Unmade::Cancelled,
            opened = futures::future::join(row, self.beginning.stored()) => match opened {
                (Ok(mut met), true) => return Ok(met.done()),
                (_, false) => Unmade::Cancelled,
                (Err(error), true) => Unmade::NotEntered(not_entered(&error)),
            },
        };
        self.pulse.as_ref().inspect(|pulse| pulse.stopped(self.clock.now()));
        Err(unmade)
    }

    /// Begins to measure a call whose row stands.
    pub(super) fn measured(&self, open: Box<dyn OpenCall>, watched: Option<Watched>) -> Measured {
        let facts = CallFacts {
            provider: self.opening.provider,
            model: self.opening.model.clone(),
            estimated_input: self.opening.estimate.input,
            pulse: self.pulse.clone(),
            watched,
            clock: Arc::clone(&self.clock),
        };
        Measured::start(open, facts)
    }

    pub(super) async fn enter(&self, watched: Option<Watched>) -> Result<Measured, Unmade> {
        Ok(self.measured(self.opened().await?, watched))
    }
}

/// A call that could not be entered was not made.
fn not_entered(error: &Error) -> TurnFailure {
    TurnFailure {
        code: error.code.clone(),
        message: "The model was not asked, because the database cannot be written right now and the call could not be \
                  entered in the ledger. Try again in a moment."
            .to_owned(),
        kind: ErrorKind::Unavailable,
        retryable: true,
        retry_after_s: None,
    }
}
