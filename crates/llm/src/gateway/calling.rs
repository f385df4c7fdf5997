//! Makes a call: the chosen model first, then those that may answer in its place, until one of them says its first word.
//! After the first word nobody else is ever asked: the user has seen it.

use std::sync::Arc;

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{Actor, Error, FinishReason, Provider, RoutedBy, TurnFailure, event::CallUsage};
use vertice_ports::{
    Prompt,
    ledger::CallOutcome,
    model::{CallContext, ModelCall, ModelEvent, ModelStream, Planned, Route},
    quota::Reservation,
};

use super::{
    Gateway,
    reach::{OwnKeys, Reach},
};
use crate::{
    call::{self, Patience},
    catalog::Model,
    demo, estimate,
    fault::{Fault, FaultKind},
    http::Endpoint,
    metered::{CallFacts, EntryKeys, Meter, MeteredStream},
    route::failover::{self, Cause},
};

/// What all attempts of a call have in common.
struct Asking<'a> {
    actor: &'a Actor,
    route: &'a Route,
    prompt: &'a Prompt,
    context: CallContext,
    reservation: Reservation,
    cancel: CancellationToken,
}

/// What came of asking one model.
enum Attempt {
    /// It answers, or was stopped.
    Begun(ModelStream),
    /// It failed before its first word.
    Failed { kind: FaultKind, failure: TurnFailure, bill: Option<CallUsage> },
    /// It was not asked, because the user has used up what they may spend on it.
    Refused,
}

/// How far a call has come.
#[derive(Default)]
struct Progress {
    cause: Option<Cause>,
    first_failure: Option<TurnFailure>,
    tried: Vec<String>,
    bills: Vec<CallUsage>,
}

impl Progress {
    fn failed(&mut self, reach: &Reach, kind: FaultKind, failure: TurnFailure, bill: Option<CallUsage>) {
        self.cause.get_or_insert(Cause::Failed(kind));
        self.bills.extend(bill);
        match &self.first_failure {
            None => self.first_failure = Some(failure),
            Some(_) => self.tried.push(reach.known.model.name.clone()),
        }
    }

    /// Nobody answered: the first failure is told, with what else was tried.
    fn end(self) -> std::result::Result<ModelStream, TurnFailure> {
        let mut failure = self.first_failure.unwrap_or_else(|| gone(&Error::internal()));
        failure.message = failover::with_tried(&failure.message, &self.tried);
        if self.bills.is_empty() {
            return Err(failure);
        }
        let bills = self.bills.into_iter().map(|bill| Ok(ModelEvent::Usage(Box::new(bill))));
        Ok(futures::stream::iter(bills.chain([Err(failure)]).collect::<Vec<_>>()).boxed())
    }
}

impl Gateway {
    pub(super) async fn ask_in_turn(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        let ModelCall { planned: Planned { route, reservation }, prompt, context } = call;
        let own = self.own_keys(actor).await.map_err(|error| gone(&error))?;
        let chain = self.chain(&own, &route).await?;
        let asking = Asking { actor, route: &route, prompt: &prompt, context, reservation, cancel };
        let order = self.in_reach(&chain);
        let mut progress = Progress::default();
        if order.first() != Some(&0) {
            progress.cause = Some(Cause::NotAsked);
        }
        for (position, index) in order.iter().enumerate() {
            let (reach, more) = (&chain[*index], position + 1 < order.len());
            if !self.is_let_through(reach) && (more || progress.first_failure.is_some()) {
                progress.cause.get_or_insert(Cause::NotAsked);
                continue;
            }
            let patience = if more { Patience::WithFallback } else { Patience::Alone };
            match self.attempt(&asking, &chain[0], reach, patience).await {
                Attempt::Begun(stream) => return Ok(self.answer(&asking, &chain[0], reach, progress, stream)),
                Attempt::Refused => {}
                Attempt::Failed { kind, failure, bill } => {
                    progress.failed(reach, kind, failure, bill);
                    if *index == 0 && !failover::passes_on(kind) {
                        break;
                    }
                }
            }
        }
        progress.end()
    }

    /// The chosen model and those that may answer in its place, as far as they are still there.
    async fn chain(&self, own: &OwnKeys, route: &Route) -> std::result::Result<Vec<Reach>, TurnFailure> {
        let mut chain = vec![self.find(own, &route.model).await.map_err(|error| gone(&error))?];
        for id in &route.fallbacks {
            chain.extend(self.find(own, id).await.ok());
        }
        Ok(chain)
    }

    /// Who is asked, in order: nobody whose circuit is open, unless that is everybody. With nobody else to ask, the first
    /// one is asked all the same, since refusing would be certain failure.
    fn in_reach(&self, chain: &[Reach]) -> Vec<usize> {
        let now = self.clock.now();
        let is_down = |reach: &Reach| {
            let endpoint = reach.known.endpoint.as_ref();
            endpoint
                .is_some_and(|endpoint| self.health.of(endpoint, now) == vertice_domain::HealthState::Down)
        };
        let order: Vec<usize> = (0..chain.len()).filter(|index| !is_down(&chain[*index])).collect();
        if order.is_empty() { vec![0] } else { order }
    }

    fn is_let_through(&self, reach: &Reach) -> bool {
        let endpoint = reach.known.endpoint.as_ref();
        endpoint.is_none_or(|endpoint| self.health.admit(endpoint, self.clock.now()))
    }

    async fn attempt(
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
                let stream = MeteredStream::new(opened.stream, meter, asking.cancel.clone(), wording);
                Attempt::Begun(stream.boxed())
            }
            Err(fault) => {
                meter.request_id(fault.request_id.clone());
                // These two had been taken on when they broke off.
                let billable = matches!(fault.kind, FaultKind::Timeout | FaultKind::Truncated);
                let (usage, recorded) = meter.settle(CallOutcome::Failed, billable, Some(&fault));
                let _ = recorded.await;
                let bill = billable.then(|| CallUsage { model: meter.model_id(), usage, cache_miss: None });
                Attempt::Failed { kind: fault.kind, failure: wording(fault), bill }
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

    /// The answer, after the word that another model gives it and the bills of those that failed.
    fn answer(
        &self,
        asking: &Asking<'_>,
        first: &Reach,
        reach: &Reach,
        progress: Progress,
        stream: ModelStream,
    ) -> ModelStream {
        let (asked, answers) = (&first.known.model, &reach.known.model);
        self.note_warm(asking, answers);
        let mut before = Vec::new();
        if let Some(cause) = progress.cause.filter(|_| asked.id != answers.id) {
            let (from, to) = (asked.provider.as_str(), answers.provider.as_str());
            metrics::counter!("vertice_failovers_total", "from" => from, "to" => to).increment(1);
            tracing::info!(from = asked.id, to = answers.id, ?cause, "another model answers");
            before.push(ModelEvent::Rerouted(Box::new(self.rerouted(asking, asked, reach, cause))));
        }
        before.extend(progress.bills.into_iter().map(|bill| ModelEvent::Usage(Box::new(bill))));
        if before.is_empty() {
            return stream;
        }
        futures::stream::iter(before.into_iter().map(Ok)).chain(stream).boxed()
    }

    fn rerouted(&self, asking: &Asking<'_>, asked: &Model, reach: &Reach, cause: Cause) -> Route {
        let answers = &reach.known.model;
        let mut candidates = asking.route.candidates.clone();
        let own = candidates.iter().position(|candidate| candidate.model == answers.id);
        let own = match own {
            Some(place) => candidates.remove(place),
            None => self.offer(reach, asking.prompt, self.clock.now()).candidate(),
        };
        candidates.insert(0, own);
        let rest = asking.route.fallbacks.iter().skip_while(|id| **id != answers.id).skip(1);
        Route {
            model: answers.id.clone(),
            provider: answers.provider,
            intent: asking.route.intent,
            routed_by: RoutedBy::Failover,
            reason: failover::reason(&asked.name, cause, &answers.name),
            candidates,
            fallbacks: rest.cloned().collect(),
        }
    }

    /// From now on the model's provider has the conversation in its cache, if it has caches.
    fn note_warm(&self, asking: &Asking<'_>, model: &Model) {
        let caches = self.caching.is_some() && asking.prompt.sampling.caching;
        let remote = !matches!(model.provider, Provider::Local | Provider::Demo);
        if let Some(conversation) = asking.context.conversation.filter(|_| caches && remote) {
            self.warm.note(conversation, &model.id, self.clock.now());
        }
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

/// The model was there when it was chosen and is not any more (a local server was stopped).
fn gone(error: &Error) -> TurnFailure {
    TurnFailure {
        code: "model_unavailable".to_owned(),
        message: format!("The chosen model cannot be asked any more. {}.", error.message),
        status: 422,
        retryable: false,
        retry_after_s: None,
    }
}
