//! The door to every model: [`Models`] over the providers, the local servers and the demo.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, Error, FinishReason, ModelChoice, ModelInfo, Provider, ProviderStatus, Result, RoutedBy,
    Timestamp, TokenCounts, TurnFailure, Usd, event::CallUsage,
};
use vertice_ports::{
    Clock, Ledger, Models, Prompt, ProviderKeys, Quota, Tasks,
    ledger::CallOutcome,
    model::{CallContext, ModelCall, ModelEvent, ModelStream, Planned, Route},
    quota::Reservation,
};

use crate::{
    anthropic,
    cache_plan::CachePlan,
    call,
    catalog::Model,
    config::{ConfigError, GatewayConfig},
    demo, estimate,
    fault::{Fault, FaultKind},
    gemini,
    http::{Endpoint, Http, Wire},
    metered::{CallFacts, EntryKeys, Meter, MeteredStream},
    openai,
    registry::{Known, Registry},
    responses,
    route::{self, Offer},
};

/// Output tokens that the router expects of an answer, where more are allowed.
const EXPECTED_OUTPUT_TOKENS: u64 = 1_000;

/// The models of this server.
pub struct Gateway {
    registry: Registry,
    http: Http,
    caching: bool,
    ledger: Arc<dyn Ledger>,
    quota: Arc<dyn Quota>,
    #[expect(dead_code, reason = "skeleton")]
    keys: Arc<dyn ProviderKeys>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
}

/// What a [`Gateway`] works with.
pub struct Parts {
    /// Where calls are entered.
    pub ledger: Arc<dyn Ledger>,
    /// What users may spend.
    pub quota: Arc<dyn Quota>,
    /// The users' own keys.
    pub keys: Arc<dyn ProviderKeys>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where detached work runs.
    pub tasks: Tasks,
}

impl Gateway {
    /// Checks the configuration and the catalogue. Asks nobody yet. A TLS provider must be installed before.
    pub fn new(config: &GatewayConfig, parts: Parts) -> Result<Self, ConfigError> {
        let Parts { ledger, quota, keys, clock, tasks } = parts;
        let http = Http::new(config)?;
        let registry = Registry::new(config, &http, &tasks)?;
        Ok(Self { registry, http, caching: config.caching, ledger, quota, keys, clock, tasks })
    }

    fn named(&self, known: &Known, prompt: &Prompt) -> Result<Route> {
        let input = estimate::tokens_of_prompt(prompt);
        if let Some(limit) = known.model.input_limit().filter(|limit| input > *limit) {
            return Err(too_long(&known.model.id, input, limit));
        }
        let offer = offer(&known.model, prompt, self.clock.now());
        Ok(Route {
            model: known.model.id.clone(),
            provider: known.model.provider,
            intent: route::intent(prompt),
            routed_by: RoutedBy::User,
            reason: "You chose this model.".to_owned(),
            candidates: vec![offer.candidate()],
            fallbacks: Vec::new(),
        })
    }

    fn chosen(&self, at_hand: &[Known], prompt: &Prompt) -> Result<Route> {
        let now = self.clock.now();
        let available = at_hand.iter().filter(|known| known.available);
        let offers: Vec<Offer> = available.map(|known| offer(&known.model, prompt, now)).collect();
        let (intent, input) = (route::intent(prompt), estimate::tokens_of_prompt(prompt));
        let Some(choice) = route::choose(intent, input, &offers) else {
            let widest = offers.iter().filter_map(|offer| Some((offer.input_limit?, &offer.model))).max();
            let (limit, model) = widest.ok_or_else(Error::internal)?;
            return Err(too_long(model, input, limit));
        };
        let offer = &offers[choice.index];
        Ok(Route {
            model: offer.model.clone(),
            provider: offer.provider,
            intent,
            routed_by: RoutedBy::Router,
            reason: choice.reason,
            candidates: choice.candidates,
            fallbacks: Vec::new(),
        })
    }

    fn encode(&self, known: &Known, endpoint: &Endpoint, prompt: &Prompt) -> Vec<u8> {
        let plan = CachePlan::default();
        match endpoint.wire {
            Wire::Anthropic => anthropic::encode(prompt, &known.model, &plan),
            Wire::OpenAi => openai::encode(prompt, &known.model, known.quirks(), &plan),
            Wire::Responses => responses::encode(prompt, &known.model, &plan),
            Wire::Gemini => gemini::encode(prompt, &known.model),
        }
    }

    fn meter(
        &self,
        actor: &Actor,
        known: &Known,
        prompt: &Prompt,
        context: CallContext,
        reservation: Reservation,
    ) -> Meter {
        let keys = EntryKeys {
            user: actor.user,
            conversation: context.conversation,
            turn: context.turn,
            token: actor.token(),
            provider: known.model.provider,
            model: known.model.id.clone(),
        };
        let facts = CallFacts {
            entry: Meter::blank_entry(self.clock.now(), keys),
            model: Arc::clone(&known.model),
            estimated_input: estimate::tokens_of_prompt(prompt),
            reservation,
        };
        Meter::start(facts, Arc::clone(&self.ledger), self.tasks.clone())
    }

    async fn ask(
        &self,
        endpoint: Arc<Endpoint>,
        body: Vec<u8>,
        mut meter: Meter,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        let model = meter.model_id();
        let open = call::open(&self.http, &endpoint, body, &*self.clock).instrument(meter.span());
        let opened = tokio::select! {
            biased;
            () = cancel.cancelled() => return Ok(cancelled(meter).await),
            opened = open => opened,
        };
        match opened {
            Ok(opened) => {
                meter.request_id(opened.request_id);
                let wording = move |fault: Fault| fault.into_failure(endpoint.speaker(&model));
                Ok(MeteredStream::new(opened.stream, meter, cancel, wording).boxed())
            }
            Err(fault) => {
                meter.request_id(fault.request_id.clone());
                // These two had been taken on when they broke off.
                let billable = matches!(fault.kind, FaultKind::Timeout | FaultKind::Truncated);
                let (_, recorded) = meter.settle(CallOutcome::Failed, billable, Some(&fault));
                let _ = recorded.await;
                Err(fault.into_failure(endpoint.speaker(&model)))
            }
        }
    }
}

/// The stream of a call that was stopped before it said anything.
async fn cancelled(mut meter: Meter) -> ModelStream {
    let (usage, recorded) = meter.settle(CallOutcome::Cancelled, true, None);
    let _ = recorded.await;
    let bill = CallUsage { model: meter.model_id(), usage, cache_miss: None };
    let events = [ModelEvent::Usage(Box::new(bill)), ModelEvent::Stop(FinishReason::Cancelled)];
    futures::stream::iter(events.map(Ok)).boxed()
}

fn offer(model: &Model, prompt: &Prompt, now: Timestamp) -> Offer {
    let output = model.clamp_output(prompt.sampling.max_tokens).min(EXPECTED_OUTPUT_TOKENS);
    let tokens = TokenCounts { input: estimate::tokens_of_prompt(prompt), output, ..TokenCounts::default() };
    Offer {
        model: model.id.clone(),
        provider: model.provider,
        tier: model.tier,
        input_limit: model.input_limit(),
        estimated: model.price(now).and_then(|price| price.bill(tokens)).map(|bill| bill.cost),
    }
}

fn too_long(model: &str, input: u64, limit: u64) -> Error {
    let over = input - limit;
    let message = format!(
        "about {input} tokens, {over} more than the {limit} that {model} takes; start a new conversation, shorten it, or choose a model with a larger window"
    );
    Error { code: "context_too_long".to_owned(), ..Error::invalid_field("messages", message) }
}

fn info(known: &Known, now: Timestamp) -> ModelInfo {
    let model = &known.model;
    let rates = model.price(now).map(|price| price.rates);
    let usd = |pick: fn(&crate::price::Rates) -> Usd| rates.as_ref().map(pick);
    ModelInfo {
        id: model.id.clone(),
        name: model.name.clone(),
        provider: model.provider,
        tier: model.tier,
        context_window: model.context_window,
        max_output_tokens: model.max_output_tokens,
        input_usd_per_mtok: usd(|rates| rates.input),
        output_usd_per_mtok: usd(|rates| rates.output),
        available: known.available,
        tools: false,
        vision: false,
        thinking: false,
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("caching", &self.caching).finish_non_exhaustive()
    }
}

#[async_trait]
impl Models for Gateway {
    async fn list(&self, _actor: &Actor) -> Result<Vec<ModelInfo>> {
        let now = self.clock.now();
        Ok(self.registry.all().await.iter().map(|known| info(known, now)).collect())
    }

    async fn route(&self, actor: &Actor, choice: &ModelChoice, prompt: &Prompt) -> Result<Planned> {
        let route = match choice {
            ModelChoice::Named(id) => self.named(&self.registry.find(id).await?, prompt),
            ModelChoice::Auto => self.chosen(&self.registry.at_hand().await, prompt),
        }?;
        let known = self.registry.find(&route.model).await?;
        let tokens =
            estimate::tokens_of_prompt(prompt) + known.model.clamp_output(prompt.sampling.max_tokens);
        let reservation = match route.provider {
            Provider::Local => Reservation::unlimited(),
            _ => self.quota.reserve(actor, &route.model, None, tokens).await?,
        };
        Ok(Planned { route, reservation })
    }

    async fn call(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        let ModelCall { planned: Planned { route, reservation }, prompt, context } = call;
        let known = self.registry.find(&route.model).await.map_err(|error| gone(&error))?;
        let meter = self.meter(actor, &known, &prompt, context, reservation);
        let Some(endpoint) = known.endpoint.clone() else {
            let source = demo::answer(&prompt, self.http.timing().demo_pace);
            let wording = |_| TurnFailure {
                code: "provider_unavailable".to_owned(),
                message: "The demo broke off. Send the message again.".to_owned(),
                status: 502,
                retryable: true,
                retry_after_s: None,
            };
            return Ok(MeteredStream::new(source, meter, cancel, wording).boxed());
        };
        debug_assert!(known.model.provider != Provider::Demo, "the demo has no endpoint");
        let body = self.encode(&known, &endpoint, &prompt);
        self.ask(endpoint, body, meter, cancel).await
    }

    async fn providers(&self, _actor: &Actor) -> Result<Vec<ProviderStatus>> {
        todo!()
    }

    async fn check_key(&self, _actor: &Actor, _provider: Provider) -> Result<()> {
        todo!()
    }
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
