//! Makes a call: the chosen model first, then those that may answer in its place, until one of them says its first word.
//! After the first word nobody else is ever asked: the user has seen it.

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Error, Provider, RoutedBy, TurnFailure, event::CallUsage};
use vertice_ports::model::{ModelCall, ModelEvent, ModelStream, Planned, Route};

use super::{
    Gateway,
    attempt::{Asking, Attempt, Failed},
    reach::{OwnKeys, Reach},
};
use crate::{
    call::Patience,
    catalog::Model,
    route::{
        MAX_CANDIDATES,
        failover::{self, Cause},
    },
};

/// How far a call has come: why the first model does not answer, if it was asked, and what else there is to tell.
#[derive(Default)]
struct Progress {
    cause: Option<Cause>,
    first_failure: Option<TurnFailure>,
    tried: Vec<String>,
    bills: Vec<CallUsage>,
}

impl Progress {
    fn failed(&mut self, name: &str, failed: Failed) {
        self.bills.extend(failed.bill);
        match &self.first_failure {
            None => self.first_failure = Some(failed.failure),
            Some(_) => self.tried.push(name.to_owned()),
        }
    }

    /// Nobody can be asked any more, for a reason that is no provider's.
    fn end_with(mut self, failure: TurnFailure) -> std::result::Result<ModelStream, TurnFailure> {
        self.first_failure = Some(failure);
        self.tried.clear();
        self.end()
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
        let ModelCall { planned: Planned { route, reservation }, mut prompt, context, beginning, notices } =
            call;
        self.leave_out_gone(actor, &mut prompt).await.map_err(|error| unread(&error))?;
        let own = self.own_keys(actor).await.map_err(|error| gone(&error))?;
        let chain = self.chain(&own, &route).await?;
        let asking = Asking {
            actor,
            route: &route,
            prompt: &prompt,
            context,
            reservation,
            beginning,
            cancel,
            notices,
        };
        let order = self.in_reach(&chain);
        let mut progress = Progress::default();
        for (position, index) in order.iter().enumerate() {
            let more = position + 1 < order.len();
            if !self.is_let_through(&chain[*index]) && (more || progress.first_failure.is_some()) {
                continue;
            }
            if progress.first_failure.is_some() && self.is_resting(&chain[*index]) {
                continue;
            }
            let patience = if more { Patience::WithFallback } else { Patience::Alone };
            match self.attempt(&asking, &chain[0], &chain[*index], patience).await {
                Attempt::Begun(stream) => {
                    return Ok(self.answer(&asking, &chain[0], &chain[*index], progress, stream));
                }
                Attempt::Failed(failed) => {
                    let kind = failed.kind;
                    progress.failed(&chain[*index].known.model.name, failed);
                    if *index == 0 {
                        progress.cause = Some(Cause::Failed(kind));
                        if !failover::passes_on(kind, asking.route.routed_by) {
                            break;
                        }
                    }
                }
                Attempt::NotEntered(failure) => return progress.end_with(failure),
                Attempt::Refused => {}
            }
        }
        if progress.first_failure.is_some() {
            return progress.end();
        }
        // Nobody could be asked in its place.
        match self.attempt(&asking, &chain[0], &chain[0], Patience::Alone).await {
            Attempt::Begun(stream) => return Ok(stream),
            Attempt::Failed(failed) => progress.failed(&chain[0].known.model.name, failed),
            Attempt::NotEntered(failure) => return progress.end_with(failure),
            Attempt::Refused => {}
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
            endpoint.is_some_and(|endpoint| self.health.is_open(endpoint, now))
        };
        let order: Vec<usize> = (0..chain.len()).filter(|index| !is_down(&chain[*index])).collect();
        if order.is_empty() { vec![0] } else { order }
    }

    fn is_let_through(&self, reach: &Reach) -> bool {
        let endpoint = reach.known.endpoint.as_ref();
        endpoint.is_none_or(|endpoint| self.health.admit(endpoint, self.clock.now()))
    }

    /// Whether its provider has just refused to work at all.
    fn is_resting(&self, reach: &Reach) -> bool {
        let endpoint = reach.known.endpoint.as_ref();
        endpoint.is_some_and(|endpoint| self.health.is_resting(endpoint, self.clock.now()))
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
        if asked.id != answers.id {
            let cause = progress.cause.unwrap_or(Cause::NotAsked);
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
        candidates.truncate(MAX_CANDIDATES);
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

/// The pictures of the conversation cannot be looked up.
fn unread(error: &Error) -> TurnFailure {
    TurnFailure {
        code: error.code.clone(),
        message: error.message.clone(),
        kind: error.kind,
        retryable: true,
        retry_after_s: None,
    }
}

/// The model was there when it was chosen and is not any more (a local server was stopped).
fn gone(error: &Error) -> TurnFailure {
    TurnFailure {
        code: "model_unavailable".to_owned(),
        message: format!("The chosen model cannot be asked any more. {}.", error.message),
        kind: vertice_domain::ErrorKind::Invalid,
        retryable: false,
        retry_after_s: None,
    }
}
