//! Asks one model, once it is its turn: meters the call, and tells an answer that has begun from a failure before it.

use std::sync::Arc;

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{Actor, FinishReason, Provider, TurnFailure, event::CallUsage};
use vertice_ports::{
    Prompt,
    ledger::CallOutcome,
    model::{CallContext, ModelEvent, ModelStream, Route},
    quota::Reservation,
};

use super::{Gateway, reach::Reach};
use crate::{
    call::{self, Patience},
    catalog::Model,
    demo, estimate,
    fault::{Fault, FaultKind},
    http::Endpoint,
    metered::{CallFacts, EntryKeys, Meter, MeteredStream},
    stop,
};

/// What all attempts of a call have in common.
pub(super) struct Asking<'a> {
    pub(super) actor: &'a Actor,
    pub(super) route: &'a Route,
    pub(super) prompt: &'a Prompt,
    pub(super) context: CallContext,
    pub(super) reservation: Reservation,
    pub(super) cancel: CancellationToken,
}

/// A model that failed before its first word.
pub(super) struct Failed {
    pub(super) kind: FaultKind,
    pub(super) failure: TurnFailure,
    pub(super) bill: Option<CallUsage>,
}

/// What came of asking one model.
pub(super) enum Attempt {
    /// It answers, or was stopped.
    Begun(ModelStream),
    /// It failed before its first word.
    Failed(Failed),
    /// It was not asked, because the user has used up what they may spend on it.
    Refused,
}

impl Gateway {
    /// Asks `reach`, in the place of `first` if that is another model.
    pub(super) async fn attempt(
        &self,
        asking: &Asking<'_>,
        first: &Reach,
        reach: &Reach,
        patience: Patience,
    ) -> Attempt {
        let (first, model) = (&first.known.model, &reach.known.model);
        let instead = first.id != model.id;
        let Some(reservation) = self.hold(asking, first, model).await else { return Attempt::Refused };
        let mut meter = self.meter(asking, reach, reservation);
        match &reach.known.endpoint {
            None => Attempt::Begun(self.demo(asking, meter)),
            Some(endpoint) => {
                let (user, conversation) = (asking.actor.user, asking.context.conversation);
                let (plan, watched) = self.plan(user, conversation, &reach.known, asking.prompt);
                meter.watch(watched);
                let endpoint = &endpoint.for_model(model);
                let body = Self::encode(&reach.known, endpoint, asking.prompt, &plan);
                self.ask(asking, Place { endpoint, own_key: reach.own_key, instead }, body, meter, patience)
                    .await
            }
        }
    }

    /// A model in another's place is charged to what was held back for that one, unless one of them has a limit of its
    /// own: then tokens must not be counted on the wrong model.
    async fn hold(&self, asking: &Asking<'_>, first: &Model, model: &Model) -> Option<Reservation> {
        let shares = first.provider != Provider::Local
            && first.daily_token_limit.is_none()
            && model.daily_token_limit.is_none();
        if first.id == model.id || shares {
            return Some(asking.reservation.clone());
        }
        self.reserve(asking.actor, model, asking.prompt).await.ok()
    }

    fn meter(&self, asking: &Asking<'_>, reach: &Reach, reservation: Reservation) -> Meter {
        let model = &reach.known.model;
        let keys = EntryKeys {
            user: asking.actor.user,
            conversation: asking.context.conversation,
            turn: asking.context.turn,
            token: asking.actor.token(),
            provider: model.provider,
            model: model.id.clone(),
            own_key: reach.own_key,
        };
        let endpoint = reach.known.endpoint.as_ref();
        let facts = CallFacts {
            entry: Meter::blank_entry(self.clock.now(), keys),
            model: Arc::clone(model),
            estimated_input: estimate::tokens_of_prompt(asking.prompt),
            reservation,
            pulse: endpoint.map(|endpoint| self.health.pulse(endpoint, reach.own_key)),
        };
        Meter::start(facts, Arc::clone(&self.ledger), Arc::clone(&self.clock), self.tasks.clone())
    }

    async fn ask(
        &self,
        asking: &Asking<'_>,
        place: Place<'_>,
        body: Vec<u8>,
        mut meter: Meter,
        patience: Patience,
    ) -> Attempt {
        let model = meter.model_id();
        let open = call::open(&self.http, place.endpoint, body, &*self.clock, patience);
        let opened = tokio::select! {
            biased;
            () = asking.cancel.cancelled() => return Attempt::Begun(cancelled(meter).await),
            opened = open.instrument(meter.span()) => opened,
        };
        let (endpoint, own_key) = (Arc::clone(place.endpoint), place.own_key);
        let wording = move |fault: Fault| failure(fault, &endpoint, &model, own_key);
        match opened {
            Ok(opened) => {
                meter.request_id(opened.request_id);
                if place.instead {
                    meter.answers_instead();
                }
                let said = stop::apply(opened.stream, asking.prompt, place.endpoint.wire);
                let stream = MeteredStream::new(said, meter, asking.cancel.clone(), wording);
                Attempt::Begun(stream.boxed())
            }
            Err(fault) => {
                meter.request_id(fault.request_id.clone());
                // These two had been taken on when they broke off.
                let billable = matches!(fault.kind, FaultKind::Timeout | FaultKind::Truncated);
                let (usage, recorded) = meter.settle(CallOutcome::Failed, billable, Some(&fault));
                let _ = recorded.await;
                let bill = billable.then(|| CallUsage { model: meter.model_id(), usage, cache_miss: None });
                Attempt::Failed(Failed { kind: fault.kind, failure: wording(fault), bill })
            }
        }
    }

    fn demo(&self, asking: &Asking<'_>, meter: Meter) -> ModelStream {
        let source = demo::answer(asking.prompt, self.http.timing().demo_pace);
        let wording = |_| TurnFailure {
            code: "provider_unavailable".to_owned(),
            message: "The demo broke off. Send the message again.".to_owned(),
            status: 502,
            retryable: true,
            retry_after_s: None,
        };
        MeteredStream::new(source, meter, asking.cancel.clone(), wording).boxed()
    }
}

/// Where a model is asked, and how.
struct Place<'a> {
    endpoint: &'a Arc<Endpoint>,
    own_key: bool,
    instead: bool,
}

/// A fault in the product's words. What is wrong with a user's own key is theirs to mend, not the admin's.
fn failure(fault: Fault, endpoint: &Endpoint, model: &str, own_key: bool) -> TurnFailure {
    let rejected = fault.kind == FaultKind::Auth;
    let failure = fault.into_failure(endpoint.speaker(model));
    if !(own_key && rejected) {
        return failure;
    }
    let message = format!(
        "{} rejected your own API key when {model} was asked. Replace or remove it in the settings.",
        endpoint.label
    );
    TurnFailure { message, ..failure }
}

/// The stream of a call that was stopped before it said anything.
async fn cancelled(mut meter: Meter) -> ModelStream {
    let (usage, recorded) = meter.settle(CallOutcome::Cancelled, true, None);
    let _ = recorded.await;
    let bill = CallUsage { model: meter.model_id(), usage, cache_miss: None };
    let events = [ModelEvent::Usage(Box::new(bill)), ModelEvent::Stop(FinishReason::Cancelled)];
    futures::stream::iter(events.map(Ok)).boxed()
}
