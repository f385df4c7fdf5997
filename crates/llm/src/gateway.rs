//! The door to every model: [`Models`] over the providers, the local servers and the demo.

mod attempt;
mod calling;
mod entering;
mod openings;
mod pictures;
mod providers;
mod reach;
mod routing;
mod warm;
mod wordless;

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Action, Actor, ConversationId, ModelChoice, ModelInfo, Provider, ProviderStatus, Result, TurnFailure,
    UserId,
};
use vertice_ports::{
    Blobs, Clock, Meter, Models, Prompt, ProviderKeys, Quota,
    model::{ModelCall, ModelStream, Notices, Planned},
};
use vertice_runtime::Tasks;

use crate::{
    anthropic,
    body::Body,
    cache_plan::{self, CachePlan},
    cache_watch::{CacheWatch, Watched},
    config::{ConfigError, GatewayConfig},
    gemini,
    health::Health,
    http::{Endpoint, Http, Wire},
    openai,
    pictures::Ruler,
    registry::{Known, Registry},
    responses,
};

/// The models of this server.
pub struct Gateway {
    registry: Registry,
    http: Http,
    /// None: prompt caching is switched off for the whole server.
    caching: Option<cache_plan::Settings>,
    watch: CacheWatch,
    health: Health,
    warm: warm::Warm,
    openings: openings::Openings,
    meter: Arc<dyn Meter>,
    quota: Arc<dyn Quota>,
    keys: Arc<dyn ProviderKeys>,
    blobs: Arc<dyn Blobs>,
    ruler: Ruler,
    clock: Arc<dyn Clock>,
}

/// What a [`Gateway`] works with.
pub struct GatewayDependencies {
    /// Where calls are metered and entered in the ledger.
    pub meter: Arc<dyn Meter>,
    /// What users may spend.
    pub quota: Arc<dyn Quota>,
    /// The users' own keys.
    pub keys: Arc<dyn ProviderKeys>,
    /// The users' pictures.
    pub blobs: Arc<dyn Blobs>,
    pub clock: Arc<dyn Clock>,
    /// Where detached work runs.
    pub tasks: Tasks,
}

impl Gateway {
    /// Checks the configuration and the catalogue. Asks nobody yet. A TLS provider must be installed before.
    pub fn new(config: &GatewayConfig, dependencies: GatewayDependencies) -> Result<Self, ConfigError> {
        let GatewayDependencies { meter, quota, keys, blobs, clock, tasks } = dependencies;
        let http = Http::new(config)?;
        let registry = Registry::new(config, &http, &tasks)?;
        let settings = cache_plan::Settings { min_tokens: config.cache_min_tokens, ttl: config.cache_ttl };
        let caching = config.caching.then_some(settings);
        Ok(Self {
            registry,
            http,
            caching,
            watch: CacheWatch::default(),
            health: Health::default(),
            warm: warm::Warm::default(),
            openings: openings::Openings::default(),
            meter,
            quota,
            keys,
            blobs,
            ruler: Ruler::default(),
            clock,
        })
    }

    /// The plan for a call's prompt cache, and what explains a miss of it.
    fn plan(
        &self,
        user: UserId,
        conversation: Option<ConversationId>,
        known: &Known,
        prompt: &Prompt,
    ) -> (CachePlan, Watched) {
        let now = self.clock.now();
        let watched =
            self.watch.look((user, conversation), prompt, &known.model, self.caching.is_some(), now);
        let Some(settings) = self.caching else { return (CachePlan::default(), watched) };
        // Random ids, so that the provider learns nothing of anybody.
        let name = Some(conversation.map_or_else(|| user.to_string(), |id| id.to_string()));
        let plan = cache_plan::plan(prompt, &known.model, settings, watched.expectation(), name);
        self.watch.note(&watched, &plan, now);
        (plan, watched)
    }

    fn encode(known: &Known, endpoint: &Endpoint, prompt: &Prompt, plan: &CachePlan) -> Body {
        match endpoint.wire {
            Wire::Anthropic => anthropic::encode(prompt, &known.model, plan),
            Wire::OpenAi => openai::encode(prompt, &known.model, known.quirks(), plan),
            Wire::Responses => responses::encode(prompt, &known.model, plan),
            Wire::Gemini => gemini::encode(prompt, &known.model),
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("caching", &self.caching.is_some()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Models for Gateway {
    async fn list(&self, actor: &Actor) -> Result<Vec<ModelInfo>> {
        actor.may(Action::ReadModels)?;
        let own = self.own_keys(actor).await?;
        let now = self.clock.now();
        Ok(self.all(&own).await.iter().map(|reach| reach::info(reach, &self.health, now)).collect())
    }

    async fn route(&self, actor: &Actor, choice: &ModelChoice, prompt: &Prompt) -> Result<Planned> {
        actor.may(Action::Chat)?;
        self.ruler.measure(prompt, &self.source(actor)).await;
        match choice {
            ModelChoice::Named(id) => self.named(actor, id, prompt).await,
            ModelChoice::Auto => self.auto(actor, prompt).await,
        }
    }

    async fn call(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        actor.may(Action::Chat)?;
        self.ask_in_turn(actor, call, cancel, None).await
    }

    async fn call_telling(
        &self,
        actor: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
        notices: Notices,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        actor.may(Action::Chat)?;
        self.ask_in_turn(actor, call, cancel, Some(notices)).await
    }

    async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderStatus>> {
        actor.may(Action::ReadProviders)?;
        self.statuses(actor).await
    }

    async fn check_key(&self, actor: &Actor, provider: Provider) -> Result<()> {
        actor.may(Action::WriteProviderKeys)?;
        self.test_key(actor, provider).await
    }
}
