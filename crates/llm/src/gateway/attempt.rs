//! Asks one model, once it is its turn: meters the call, and tells an answer that has begun from a failure before it.

use std::sync::Arc;

use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{Actor, FinishReason, Provider, TurnFailure, event::CallUsage};
use vertice_ports::{
    Clock, Prompt,
    ledger::CallOutcome,
    model::{CallContext, ModelEvent, ModelStream, Route},
    quota::Reservation,
};

use super::{Gateway, reach::Reach, wordless};
use crate::{
    call::{self, Patience},
    catalog::Model,
    check, demo, estimate,
    fault::{Fault, FaultKind},
    http::{Endpoint, Http, Sent},
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
        let meters = self.meters(asking, reach, reservation);
        let mut meter = meters();
        let Some(endpoint) = &reach.known.endpoint else { return Attempt::Begun(self.demo(asking, meter)) };
        let prompt = &*check::held_to_its_tool(asking.prompt, model);
        let (user, conversation) = (asking.actor.user, asking.context.conversation);
        let (plan, watched) = self.plan(user, conversation, &reach.known, prompt);
        meter.watch(watched);
        let endpoint = endpoint.for_model(model);
        let body = Self::encode(&reach.known, &endpoint, prompt, &plan);
        let (own_key, id) = (reach.own_key, model.id.clone());
        let call = Call {
            wording: Wording { endpoint: Arc::clone(&endpoint), model: id, own_key },
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            stops: stop::texts(prompt, endpoint.wire),
            request: call::Request {
                opening: self.openings.of(&endpoint, model),
                endpoint,
                body: Bytes::from(body),
                sent: Sent::default(),
            },
            instead,
            cancel: asking.cancel.clone(),
        };
        match call.ask(meter, patience).await {
            // At a text that ends it, an answer may well end before its first word.
            Attempt::Begun(stream) if prompt.stop.is_empty() => {
                let failure = call.wording.failure(Fault::new(FaultKind::Wordless));
                let again = async move { call.ask(meters(), Patience::Alone).await.into_stream() };
                Attempt::Begun(wordless::asked_again(stream, again.boxed(), failure))
            }
            attempt => attempt,
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

    /// Makes a meter for each call to `reach`: every call is a row of its own.
    fn meters(
        &self,
        asking: &Asking<'_>,
        reach: &Reach,
        reservation: Reservation,
    ) -> impl Fn() -> Meter + Send + Sync + use<> {
        let model = Arc::clone(&reach.known.model);
        let (actor, context, own_key) = (asking.actor.clone(), asking.context, reach.own_key);
        let estimated_input = estimate::tokens_of_prompt(asking.prompt);
        let endpoint = reach.known.endpoint.as_ref();
        let pulse = endpoint.map(|endpoint| self.health.pulse(endpoint, own_key));
        let (ledger, clock, tasks) = (Arc::clone(&self.ledger), Arc::clone(&self.clock), self.tasks.clone());
        move || {
            let keys = EntryKeys {
                user: actor.user,
                conversation: context.conversation,
                turn: context.turn,
                token: actor.token(),
                provider: model.provider,
                model: model.id.clone(),
                own_key,
            };
            let facts = CallFacts {
                entry: Meter::blank_entry(clock.now(), keys),
                model: Arc::clone(&model),
                estimated_input,
                reservation: reservation.clone(),
                pulse: pulse.clone(),
            };
            Meter::start(facts, Arc::clone(&ledger), Arc::clone(&clock), tasks.clone())
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

impl Attempt {
    /// What came of it as a stream: a failure is its last item.
    fn into_stream(self) -> ModelStream {
        match self {
            Self::Begun(stream) => stream,
            Self::Failed(Failed { failure, bill, .. }) => {
                let bill = bill.map(|bill| Ok(ModelEvent::Usage(Box::new(bill))));
                stream::iter(bill.into_iter().chain([Err(failure)])).boxed()
            }
            Self::Refused => stream::empty().boxed(),
        }
    }
}

/// A model, and all that it takes to ask it, now or once more.
struct Call {
    http: Http,
    clock: Arc<dyn Clock>,
    request: call::Request,
    stops: Vec<String>,
    wording: Wording,
    /// Whether it answers in the place of another model.
    instead: bool,
    cancel: CancellationToken,
}

impl Call {
    async fn ask(&self, meter: Meter, patience: Patience) -> Attempt {
        let mut connecting = Connecting { meter: Some(meter), sent: self.request.sent.clone() };
        let open = call::open(&self.http, &self.request, &*self.clock, patience);
        let opened = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            opened = open.instrument(connecting.span()) => Some(opened),
        };
        let sent = self.request.sent.get();
        let mut meter = connecting.done();
        match opened {
            None => Attempt::Begun(cancelled(meter, sent).await),
            Some(Ok(opened)) => {
                meter.request_id(opened.request_id);
                if self.instead {
                    meter.answers_instead();
                }
                let said = stop::apply(opened.stream, self.stops.clone());
                let wording = self.wording.clone();
                let wording = move |fault| wording.failure(fault);
                Attempt::Begun(MeteredStream::new(said, meter, self.cancel.clone(), wording).boxed())
            }
            Some(Err(fault)) => {
                meter.request_id(fault.request_id.clone());
                // These had been taken on when they broke off.
                let billable =
                    matches!(fault.kind, FaultKind::Timeout | FaultKind::Endless | FaultKind::Truncated);
                let (usage, recorded) = meter.settle(CallOutcome::Failed, billable, Some(&fault));
                let _ = recorded.await;
                let model = self.wording.model.clone();
                let bill = billable.then_some(CallUsage { model, usage, cache_miss: None });
                Attempt::Failed(Failed { kind: fault.kind, failure: self.wording.failure(fault), bill })
            }
        }
    }
}

/// Whose faults are told, and to whom. Without the request itself, which may be large.
#[derive(Clone)]
struct Wording {
    endpoint: Arc<Endpoint>,
    model: String,
    own_key: bool,
}

impl Wording {
    /// A fault in the product's words. What is wrong with a user's own key is theirs to mend, not the admin's.
    fn failure(&self, fault: Fault) -> TurnFailure {
        let (endpoint, model) = (&self.endpoint, &self.model);
        let rejected = fault.kind == FaultKind::Auth;
        let failure = fault.into_failure(endpoint.speaker(model));
        if !(self.own_key && rejected) {
            return failure;
        }
        let message = format!(
            "{} rejected your own API key when {model} was asked. Replace or remove it in the settings.",
            endpoint.label
        );
        TurnFailure { message, ..failure }
    }
}

/// The meter of a call that has not begun to answer. Dropped before the request has gone out, the call costs nothing.
struct Connecting {
    meter: Option<Meter>,
    sent: Sent,
}

impl Connecting {
    fn span(&self) -> tracing::Span {
        self.meter.as_ref().map_or_else(tracing::Span::none, Meter::span)
    }

    fn done(&mut self) -> Meter {
        self.meter.take().expect("it is taken once, here, and was there from the beginning")
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(meter) = &mut self.meter
            && !self.sent.get()
        {
            let _nobody_waits = meter.settle(CallOutcome::Cancelled, false, None);
        }
    }
}

/// The stream of a call that was stopped before it said anything. `sent`: whether the provider had the request.
async fn cancelled(mut meter: Meter, sent: bool) -> ModelStream {
    let (usage, recorded) = meter.settle(CallOutcome::Cancelled, sent, None);
    let _ = recorded.await;
    let bill = CallUsage { model: meter.model_id(), usage, cache_miss: None };
    let bill = sent.then(|| ModelEvent::Usage(Box::new(bill)));
    stream::iter(bill.into_iter().chain([ModelEvent::Stop(FinishReason::Cancelled)]).map(Ok)).boxed()
}
