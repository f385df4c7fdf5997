//! Asks one model, once it is its turn: enters the call in the ledger, measures it, and tells an answer that has begun
//! from a failure before it. No request leaves before its row stands.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, ErrorKind, FinishReason, Provider, TokenCounts, TurnFailure,
    event::{CallUsage, Retrying},
};
use vertice_ports::{
    Clock, Prompt,
    ledger::CallOutcome,
    meter::{CallOpening, Closed, Tariff},
    model::{Beginning, CallContext, ModelEvent, ModelStream, Notices, Route},
    quota::Reservation,
};

use super::{
    Gateway,
    entering::{Entering, Unmade},
    reach::Reach,
    routing::EXPECTED_OUTPUT_TOKENS,
    wordless,
};
use crate::{
    call::{self, Patience},
    catalog::Model,
    check, demo,
    fault::{Fault, FaultKind},
    http::{Endpoint, Http, Sent},
    measured::{Measured, MeasuredStream},
    pictures, stop,
};

/// What all attempts of a call have in common.
pub(super) struct Asking<'a> {
    pub(super) actor: &'a Actor,
    pub(super) route: &'a Route,
    pub(super) prompt: &'a Prompt,
    pub(super) context: CallContext,
    pub(super) reservation: Reservation,
    pub(super) beginning: Beginning,
    pub(super) cancel: CancellationToken,
    /// Where pauses before another attempt are told, if anywhere.
    pub(super) notices: Option<Notices>,
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
        let entering = self.entering(asking, reach, reservation);
        let Some(endpoint) = &reach.known.endpoint else {
            return match entering.enter(None).await {
                Ok(call) => Attempt::Begun(self.demo(asking, call)),
                Err(unmade) => unmade.into(),
            };
        };
        let fitted = pictures::fit(asking.prompt, model.provider);
        let prompt = &*check::held_to_its_tool(&fitted, model);
        // Encoded while the row is written.
        let (opened, (request, watched)) = futures::join!(entering.opened(), async {
            let (user, conversation) = (asking.actor.user, asking.context.conversation);
            let (plan, watched) = self.plan(user, conversation, &reach.known, prompt);
            let endpoint = endpoint.for_model(model);
            let body = Self::encode(&reach.known, &endpoint, prompt, &plan);
            let request = call::Request {
                opening: self.openings.of(&endpoint, model),
                endpoint,
                body,
                source: self.source(asking.actor),
                sent: Sent::default(),
            };
            (request, watched)
        });
        let measured = match opened {
            Ok(open) => entering.measured(open, Some(watched)),
            Err(unmade) => return unmade.into(),
        };
        let (own_key, id) = (reach.own_key, model.id.clone());
        let mut call = Call {
            wording: Wording { endpoint: Arc::clone(&request.endpoint), model: id, own_key },
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            stops: stop::texts(prompt, request.endpoint.wire),
            request,
            instead,
            cancel: asking.cancel.clone(),
            notices: asking.notices.clone(),
        };
        match call.ask(measured, patience).await {
            // At a text that ends it, an answer may well end before its first word.
            Attempt::Begun(stream) if prompt.stop.is_empty() => {
                let failure = call.wording.failure(Fault::new(FaultKind::Wordless));
                // An answer has begun: nobody listens for pauses any more.
                call.notices = None;
                let again = async move {
                    match entering.enter(None).await {
                        Ok(measured) => call.ask(measured, Patience::Alone).await.into_stream(),
                        Err(unmade) => Attempt::from(unmade).into_stream(),
                    }
                };
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

    fn entering(&self, asking: &Asking<'_>, reach: &Reach, reservation: Reservation) -> Entering {
        let model = &reach.known.model;
        let input = self.input_tokens(asking.prompt, model.provider);
        // What the router expects of an answer, too.
        let output = model.clamp_output(asking.prompt.sampling.max_tokens).min(EXPECTED_OUTPUT_TOKENS);
        let price = model.price(self.clock.now()).cloned();
        let opening = CallOpening {
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
        };
        let endpoint = reach.known.endpoint.as_ref();
        Entering {
            meter: Arc::clone(&self.meter),
            opening,
            pulse: endpoint.map(|endpoint| self.health.pulse(endpoint, reach.own_key)),
            clock: Arc::clone(&self.clock),
            beginning: asking.beginning.clone(),
            cancel: asking.cancel.clone(),
        }
    }

    fn demo(&self, asking: &Asking<'_>, call: Measured) -> ModelStream {
        let source = demo::answer(asking.prompt, self.http.timing().demo_pace);
        let wording = |_| TurnFailure {
            code: "provider_unavailable".to_owned(),
            message: "The demo broke off. Send the message again.".to_owned(),
            kind: ErrorKind::Upstream,
            retryable: true,
            retry_after_s: None,
        };
        MeasuredStream::new(source, call, asking.cancel.clone(), wording).boxed()
    }
}

impl From<Unmade> for Attempt {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::Cancelled => {
                Self::Begun(stream::iter([Ok(ModelEvent::Stop(FinishReason::Cancelled))]).boxed())
            }
            Unmade::NotEntered(failure) => Self::NotEntered(failure),
        }
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
            Self::NotEntered(failure) => stream::iter([Err(failure)]).boxed(),
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
    notices: Option<Notices>,
}

impl Call {
    async fn ask(&self, call: Measured, patience: Patience) -> Attempt {
        let mut connecting = Connecting { call: Some(call), sent: self.request.sent.clone() };
        let pausing = |fault: &Fault, wait| self.tell_pause(fault, wait);
        let open = call::open(&self.http, &self.request, &*self.clock, patience, pausing);
        let opened = tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            opened = open.instrument(connecting.span()) => Some(opened),
        };
        let sent = self.request.sent.get();
        let mut measured = connecting.done();
        match opened {
            None => Attempt::Begun(cancelled(measured, sent).await),
            Some(Ok(opened)) => {
                measured.request_id(opened.request_id);
                if self.instead {
                    measured.answers_instead();
                }
                let said = stop::apply(opened.stream, self.stops.clone());
                let wording = self.wording.clone();
                let wording = move |fault| wording.failure(fault);
                Attempt::Begun(MeasuredStream::new(said, measured, self.cancel.clone(), wording).boxed())
            }
            Some(Err(fault)) => {
                measured.request_id(fault.request_id.clone());
                // These had been taken on when they broke off.
                let billable =
                    matches!(fault.kind, FaultKind::Timeout | FaultKind::Endless | FaultKind::Truncated);
                let Closed { usage, entered } = measured.close(CallOutcome::Failed, billable, Some(&fault));
                entered.await;
                let model = self.wording.model.clone();
                let bill = billable.then_some(CallUsage { model, usage, cache_miss: None });
                Attempt::Failed(Failed { kind: fault.kind, failure: self.wording.failure(fault), bill })
            }
        }
    }
}

impl Call {
    fn tell_pause(&self, fault: &Fault, wait: Duration) {
        let Some(notices) = &self.notices else { return };
        let retrying = Retrying {
            model: self.wording.model.clone(),
            provider: self.wording.endpoint.provider,
            code: fault.kind.code().to_owned(),
            after_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        };
        // Who asked may be gone.
        let _untold = notices.clone().try_send(retrying);
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

/// A call that has not begun to answer. Dropped before the request has gone out, it costs nothing.
struct Connecting {
    call: Option<Measured>,
    sent: Sent,
}

impl Connecting {
    fn span(&self) -> tracing::Span {
        self.call.as_ref().map_or_else(tracing::Span::none, Measured::span)
    }

    fn done(&mut self) -> Measured {
        self.call.take().expect("it is taken once, here, and was there from the beginning")
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(call) = &mut self.call
            && !self.sent.get()
        {
            let _nobody_waits = call.close(CallOutcome::Cancelled, false, None);
        }
    }
}

/// The stream of a call that was stopped before it said anything. `sent`: whether the provider had the request.
async fn cancelled(mut call: Measured, sent: bool) -> ModelStream {
    let Closed { usage, entered } = call.close(CallOutcome::Cancelled, sent, None);
    entered.await;
    let bill = CallUsage { model: call.model().to_owned(), usage, cache_miss: None };
    let bill = sent.then(|| ModelEvent::Usage(Box::new(bill)));
    stream::iter(bill.into_iter().chain([ModelEvent::Stop(FinishReason::Cancelled)]).map(Ok)).boxed()
}
