//! Asks one model, once it is its turn: enters the call in the ledger, measures it, and tells an answer that has begun
//! from a failure before it. No request leaves before its row stands.

use std::sync::Arc;

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, Error, FinishReason, Provider, TokenCounts, TurnFailure, event::CallUsage,
};
use vertice_ports::{
    Prompt,
    ledger::CallOutcome,
    meter::{CallOpening, Closed, OpenCall, Tariff},
    model::{CallContext, ModelEvent, ModelStream, Route},
    quota::Reservation,
};

use super::{Gateway, reach::Reach, routing::EXPECTED_OUTPUT_TOKENS};
use crate::{
    body::Body,
    cache_watch::Watched,
    call::{self, Patience},
    catalog::Model,
    demo,
    fault::{Fault, FaultKind},
    http::Endpoint,
    measured::{CallFacts, Measured, MeasuredStream},
    pictures,
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
    /// Nobody can be asked: the call could not be entered in the ledger.
    NotEntered(TurnFailure),
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
        let endpoint = reach.known.endpoint.as_ref();
        let pulse = endpoint.map(|endpoint| self.health.pulse(endpoint, reach.own_key));
        // Encoded while the row is written.
        let (entered, request) = futures::join!(
            self.enter(asking, self.opening(asking, reach, reservation)),
            async { endpoint.map(|endpoint| self.request(asking, reach, endpoint)) },
        );
        let open = match entered {
            Ok(open) => open,
            Err(unmade) => {
                pulse.inspect(|pulse| pulse.stopped(self.clock.now()));
                return unmade;
            }
        };
        let facts = CallFacts {
            provider: model.provider,
            model: model.id.clone(),
            estimated_input: self.input_tokens(asking.prompt, model.provider),
            pulse,
            watched: None,
            clock: Arc::clone(&self.clock),
        };
        match request {
            None => Attempt::Begun(self.demo(asking, Measured::start(open, facts))),
            Some(Request { endpoint, body, watched }) => {
                let call = Measured::start(open, CallFacts { watched: Some(watched), ..facts });
                let place = Place { endpoint: &endpoint, own_key: reach.own_key, instead };
                self.ask(asking, place, body, call, patience).await
            }
        }
    }

    fn request(&self, asking: &Asking<'_>, reach: &Reach, endpoint: &Arc<Endpoint>) -> Request {
        let (user, conversation) = (asking.actor.user, asking.context.conversation);
        let prompt = &*pictures::fit(asking.prompt, reach.known.model.provider);
        let (plan, watched) = self.plan(user, conversation, &reach.known, prompt);
        let endpoint = endpoint.for_model(&reach.known.model);
        let body = Self::encode(&reach.known, &endpoint, prompt, &plan);
        Request { endpoint, body, watched }
    }

    /// Waits until the call's row stands. Otherwise nothing was asked, and there is nothing to be paid.
    async fn enter(
        &self,
        asking: &Asking<'_>,
        opening: CallOpening,
    ) -> std::result::Result<Box<dyn OpenCall>, Attempt> {
        tokio::select! {
            biased;
            () = asking.cancel.cancelled() => {
                let stopped = futures::stream::iter([Ok(ModelEvent::Stop(FinishReason::Cancelled))]);
                Err(Attempt::Begun(stopped.boxed()))
            }
            opened = self.meter.open(opening) => opened.map_err(|error| Attempt::NotEntered(not_entered(&error))),
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

    fn opening(&self, asking: &Asking<'_>, reach: &Reach, reservation: Reservation) -> CallOpening {
        let model = &reach.known.model;
        let input = self.input_tokens(asking.prompt, model.provider);
        // What the router expects of an answer, too.
        let output = model.clamp_output(asking.prompt.sampling.max_tokens).min(EXPECTED_OUTPUT_TOKENS);
        let price = model.price(self.clock.now()).cloned();
        CallOpening {
            user: asking.actor.user,
            conversation: asking.context.conversation,
            turn: asking.context.turn,
            token: asking.actor.token(),
            provider: model.provider,
            model: model.id.clone(),
            own_key: reach.own_key,
            estimate: TokenCounts { input, output, ..TokenCounts::default() },
            tariff: price.map(|price| Arc::new(price) as Arc<dyn Tariff>),
            reservation,
        }
    }

    async fn ask(
        &self,
        asking: &Asking<'_>,
        place: Place<'_>,
        body: Body,
        mut call: Measured,
        patience: Patience,
    ) -> Attempt {
        let model = call.model().to_owned();
        let source = self.source(asking.actor);
        let open = call::open(&self.http, place.endpoint, &body, &source, &*self.clock, patience);
        let opened = tokio::select! {
            biased;
            () = asking.cancel.cancelled() => return Attempt::Begun(cancelled(call).await),
            opened = open.instrument(call.span()) => opened,
        };
        let (endpoint, own_key) = (Arc::clone(place.endpoint), place.own_key);
        let wording = move |fault: Fault| failure(fault, &endpoint, &model, own_key);
        match opened {
            Ok(opened) => {
                call.request_id(opened.request_id);
                if place.instead {
                    call.answers_instead();
                }
                let said = stop::apply(opened.stream, asking.prompt, place.endpoint.wire);
                let stream = MeasuredStream::new(said, call, asking.cancel.clone(), wording);
                Attempt::Begun(stream.boxed())
            }
            Err(fault) => {
                call.request_id(fault.request_id.clone());
                // These two had been taken on when they broke off.
                let billable = matches!(fault.kind, FaultKind::Timeout | FaultKind::Truncated);
                let Closed { usage, entered } = call.close(CallOutcome::Failed, billable, Some(&fault));
                entered.await;
                let bill =
                    billable.then(|| CallUsage { model: call.model().to_owned(), usage, cache_miss: None });
                Attempt::Failed(Failed { kind: fault.kind, failure: wording(fault), bill })
            }
        }
    }

    fn demo(&self, asking: &Asking<'_>, call: Measured) -> ModelStream {
        let source = demo::answer(asking.prompt, self.http.timing().demo_pace);
        let wording = |_| TurnFailure {
            code: "provider_unavailable".to_owned(),
            message: "The demo broke off. Send the message again.".to_owned(),
            status: 502,
            retryable: true,
            retry_after_s: None,
        };
        MeasuredStream::new(source, call, asking.cancel.clone(), wording).boxed()
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

/// A request that is ready to be sent.
struct Request {
    endpoint: Arc<Endpoint>,
    body: Body,
    watched: Watched,
}

/// The stream of a call that was stopped before it said anything.
async fn cancelled(mut call: Measured) -> ModelStream {
    let Closed { usage, entered } = call.close(CallOutcome::Cancelled, true, None);
    entered.await;
    let bill = CallUsage { model: call.model().to_owned(), usage, cache_miss: None };
    let events = [ModelEvent::Usage(Box::new(bill)), ModelEvent::Stop(FinishReason::Cancelled)];
    futures::stream::iter(events.map(Ok)).boxed()
}

/// A call that could not be entered was not made.
fn not_entered(error: &Error) -> TurnFailure {
    TurnFailure {
        code: error.code.clone(),
        message: "The model was not asked, because the database cannot be written right now and the call could not be \
                  entered in the ledger. Try again in a moment."
            .to_owned(),
        status: 503,
        retryable: true,
        retry_after_s: None,
    }
}
