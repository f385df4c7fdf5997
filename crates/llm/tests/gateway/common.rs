//! A gateway, a scripted provider and a ledger, wired up.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Author, ModelChoice, Result, Role, TurnFailure, TurnId, chat::Sampling};
use vertice_llm::{ConfigError, Gateway, GatewayConfig, ProviderConfig, Secret, Timing};
use vertice_ports::{
    Clock, Models as _, Prompt,
    model::{CallContext, ModelCall, ModelEvent, ModelStream, Planned, Route},
    prompt::PromptMessage,
};
use vertice_runtime::Tasks;
use vertice_testkit::{
    FixedClock, FixedKeys, MemoryBlobs, NoLimits, RecordingLedger, RecordingMeter, Upstream,
};

pub(crate) type Events = Vec<std::result::Result<ModelEvent, TurnFailure>>;

pub(crate) struct World {
    pub(crate) upstream: Upstream,
    pub(crate) ledger: Arc<RecordingLedger>,
    pub(crate) gateway: Gateway,
    pub(crate) blobs: Arc<MemoryBlobs>,
}

pub(crate) fn actor() -> Actor {
    vertice_testkit::actor(Role::User)
}

pub(crate) fn keyless() -> GatewayConfig {
    let timing = Timing {
        first_byte: Duration::from_millis(400),
        idle: Duration::from_millis(200),
        backoff: Duration::from_millis(1),
        demo_pace: Duration::ZERO,
        ..Timing::default()
    };
    GatewayConfig { detect_local: false, timing, ..GatewayConfig::default() }
}

pub(crate) fn config(url: &str) -> GatewayConfig {
    let provider = |base_url: String| {
        Some(ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: Some(base_url) })
    };
    GatewayConfig { anthropic: provider(url.to_owned()), openai: provider(format!("{url}/v1")), ..keyless() }
}

pub(crate) fn gateway(config: &GatewayConfig, world: &World) -> Gateway {
    build(config, &world.ledger, &world.blobs)
}

fn build(config: &GatewayConfig, ledger: &Arc<RecordingLedger>, blobs: &Arc<MemoryBlobs>) -> Gateway {
    built(config, ledger, blobs).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn try_gateway(
    config: &GatewayConfig,
    ledger: &Arc<RecordingLedger>,
) -> std::result::Result<Gateway, ConfigError> {
    built(config, ledger, &Arc::default())
}

fn built(
    config: &GatewayConfig,
    ledger: &Arc<RecordingLedger>,
    blobs: &Arc<MemoryBlobs>,
) -> std::result::Result<Gateway, ConfigError> {
    // Whichever test comes first installs it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let dependencies = vertice_llm::GatewayDependencies {
        meter: Arc::new(RecordingMeter::new(Arc::clone(ledger), Arc::clone(&clock))),
        quota: Arc::new(NoLimits),
        keys: Arc::new(FixedKeys::default()),
        blobs: Arc::clone(blobs) as _,
        clock,
        tasks: Tasks::default(),
    };
    Gateway::new(config, dependencies)
}

pub(crate) fn prompt(text: &str) -> Prompt {
    let sampling =
        Sampling { max_tokens: 1_000, temperature: 0.8, caching: true, effort: None, spoken: false };
    Prompt::new(Some("Be brief.".into()), vec![PromptMessage::text(Author::User, text)], sampling)
}

impl World {
    pub(crate) async fn new() -> Self {
        let upstream = Upstream::start().await;
        let ledger = Arc::new(RecordingLedger::new());
        let blobs = Arc::default();
        let gateway = build(&config(&upstream.url()), &ledger, &blobs);
        Self { upstream, ledger, gateway, blobs }
    }

    pub(crate) async fn without_keys() -> Self {
        let ledger = Arc::new(RecordingLedger::new());
        let blobs = Arc::default();
        let gateway = build(&keyless(), &ledger, &blobs);
        Self { upstream: Upstream::start().await, gateway, ledger, blobs }
    }

    pub(crate) async fn plan(&self, choice: ModelChoice, text: &str) -> Result<Planned> {
        self.gateway.route(&actor(), &choice, &prompt(text)).await
    }

    pub(crate) async fn route(&self, choice: ModelChoice, text: &str) -> Result<Route> {
        Ok(self.plan(choice, text).await?.route)
    }

    pub(crate) async fn call(
        &self,
        model: &str,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        let planned = self.plan(model.to_owned().into(), "hello").await.unwrap();
        let turn = TurnId::new(uuid::Uuid::from_u128(7));
        let context = CallContext { turn, conversation: None };
        let call = ModelCall::new(planned, prompt("hello"), context);
        self.gateway.call(&actor(), call, cancel).await
    }

    pub(crate) async fn events(&self, model: &str) -> Events {
        rest(self.call(model, CancellationToken::new()).await.unwrap()).await
    }

    pub(crate) async fn failure(&self, model: &str) -> TurnFailure {
        match self.call(model, CancellationToken::new()).await {
            Err(failure) => failure,
            // The bill of a call that had begun comes before its failure.
            Ok(stream) => match rest(stream).await.pop() {
                Some(Err(failure)) => failure,
                last => panic!("it answered: {last:?}"),
            },
        }
    }
}

pub(crate) async fn rest(stream: ModelStream) -> Events {
    stream.collect().await
}

pub(crate) async fn next(stream: &mut ModelStream) -> Option<std::result::Result<ModelEvent, TurnFailure>> {
    stream.next().await
}

/// The text and the thinking.
pub(crate) fn texts(events: &Events) -> (String, String) {
    let (mut text, mut thinking) = (String::new(), String::new());
    for event in events.iter().flatten() {
        match event {
            ModelEvent::Text(piece) => text.push_str(piece),
            ModelEvent::Thinking(piece) => thinking.push_str(piece),
            _ => {}
        }
    }
    (text, thinking)
}
