//! Two providers at addresses of their own, an admin's catalogue, and a quota, keys and a clock that a test can turn.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vertice_domain::{
    Actor, ConversationId, Error, ModelChoice, Provider, QuotaStatus, Result, Timestamp, TurnFailure, TurnId,
    Usd, quota,
};
use vertice_llm::{Gateway, GatewayConfig, ProviderConfig, Secret};
use vertice_ports::{
    Models as _, Prompt, Quota,
    model::{CallContext, ModelCall, ModelStream, Planned, Route},
    quota::{Hold, Left, Reservation},
};
use vertice_runtime::Tasks;
use vertice_testkit::{FixedClock, FixedKeys, MemoryBlobs, RecordingLedger, RecordingMeter, Upstream};

use crate::common::{self, Events, actor};

/// What a quota was asked for, and what it then had to count.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) reserved: Vec<(String, Option<u64>, u64)>,
    pub(crate) charged: Vec<(String, u64)>,
}

/// A day's quota as a test sets it.
#[derive(Debug, Default)]
pub(crate) struct DayQuota {
    /// Limit and what is left of it.
    pub(crate) left: Mutex<Option<(u64, u64)>>,
    /// A model whose own limit is used up.
    pub(crate) used_up: Mutex<Option<String>>,
    pub(crate) book: Arc<Mutex<Book>>,
}

struct Entry(String, Arc<Mutex<Book>>);

impl Hold for Entry {
    fn charge(&self, tokens: u64) {
        self.1.lock().unwrap().charged.push((self.0.clone(), tokens));
    }
}

#[async_trait]
impl Quota for DayQuota {
    async fn status(&self, _: &Actor) -> Result<QuotaStatus> {
        let left = *self.left.lock().unwrap();
        Ok(QuotaStatus {
            tokens_used: left.map_or(0, |(limit, left)| limit - left),
            tokens_remaining: left.map(|(_, left)| left),
            daily_limit: left.map(|(limit, _)| limit),
            cost_usd: Usd::ZERO,
            resets_at: Timestamp::from_millis(0),
        })
    }

    async fn left(&self, _: &Actor) -> Result<Option<Left>> {
        Ok(self.left.lock().unwrap().map(|(limit, tokens)| Left { tokens, limit }))
    }

    async fn reserve(&self, _: &Actor, model: &str, own: Option<u64>, tokens: u64) -> Result<Reservation> {
        self.book.lock().unwrap().reserved.push((model.to_owned(), own, tokens));
        let exceeded = |model| -> Error { quota::exceeded(1, model, Timestamp::from_millis(0)) };
        if matches!(*self.left.lock().unwrap(), Some((_, 0))) {
            return Err(exceeded(None));
        }
        if self.used_up.lock().unwrap().as_deref() == Some(model) {
            return Err(exceeded(Some(model)));
        }
        Ok(Reservation::of(Entry(model.to_owned(), Arc::clone(&self.book))))
    }
}

pub(crate) struct Duo {
    pub(crate) anthropic: Upstream,
    pub(crate) openai: Upstream,
    pub(crate) ledger: Arc<RecordingLedger>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) keys: Arc<FixedKeys>,
    pub(crate) quota: Arc<DayQuota>,
    pub(crate) gateway: Gateway,
    _catalog: NamedTempFile,
}

impl Duo {
    /// With the catalogue of this build.
    pub(crate) async fn new() -> Self {
        Self::with_catalog("").await
    }

    /// With an admin's catalogue on top.
    pub(crate) async fn with_catalog(catalog: &str) -> Self {
        let (anthropic, openai) = (Upstream::start().await, Upstream::start().await);
        let provider = |base_url| {
            Some(ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: Some(base_url) })
        };
        let mut config = common::keyless();
        config.anthropic = provider(anthropic.url());
        config.openai = provider(format!("{}/v1", openai.url()));
        Self::built(config, catalog, anthropic, openai)
    }

    /// With a catalogue that says that the providers themselves are there.
    pub(crate) async fn at_home() -> Self {
        let (anthropic, openai) = (Upstream::start().await, Upstream::start().await);
        let catalog = home(Provider::Anthropic, &anthropic.url())
            + &home(Provider::Openai, &format!("{}/v1", openai.url()));
        let key = || Some(ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: None });
        let config = GatewayConfig { anthropic: key(), openai: key(), ..common::keyless() };
        Self::built(config, &catalog, anthropic, openai)
    }

    /// Without keys of the server's.
    pub(crate) async fn keyless() -> Self {
        Self::built(common::keyless(), "", Upstream::start().await, Upstream::start().await)
    }

    pub(crate) fn built(config: GatewayConfig, catalog: &str, anthropic: Upstream, openai: Upstream) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(catalog.as_bytes()).unwrap();
        let config = GatewayConfig { catalog_override: Some(file.path().to_owned()), ..config };
        let ledger = Arc::new(RecordingLedger::new());
        let (clock, keys) = (Arc::new(FixedClock::new()), Arc::new(FixedKeys::default()));
        let quota = Arc::new(DayQuota::default());
        let dependencies = vertice_llm::GatewayDependencies {
            meter: Arc::new(RecordingMeter::new(Arc::clone(&ledger), Arc::clone(&clock) as _)),
            quota: Arc::clone(&quota) as _,
            keys: Arc::clone(&keys) as _,
            blobs: Arc::new(MemoryBlobs::default()),
            clock: Arc::clone(&clock) as _,
            tasks: Tasks::default(),
        };
        let gateway = Gateway::new(&config, dependencies).unwrap_or_else(|error| panic!("{error}"));
        Self { anthropic, openai, ledger, clock, keys, quota, gateway, _catalog: file }
    }

    pub(crate) async fn plan(&self, model: &str, prompt: &Prompt) -> Result<Planned> {
        self.gateway.route(&actor(), &ModelChoice::from(model.to_owned()), prompt).await
    }

    pub(crate) async fn route(&self, model: &str, text: &str) -> Route {
        self.plan(model, &common::prompt(text)).await.unwrap().route
    }

    /// Routes and calls.
    pub(crate) async fn call(
        &self,
        model: &str,
        prompt: Prompt,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        let planned = self.plan(model, &prompt).await.unwrap();
        let context =
            CallContext { turn: TurnId::new(Uuid::from_u128(7)), conversation: prompt.conversation };
        self.gateway.call(&actor(), ModelCall::new(planned, prompt, context), cancel).await
    }

    /// Everything that comes of it; a failure at the beginning is its only item.
    pub(crate) async fn events(&self, model: &str, text: &str) -> Events {
        match self.call(model, common::prompt(text), CancellationToken::new()).await {
            Ok(stream) => common::rest(stream).await,
            Err(failure) => vec![Err(failure)],
        }
    }
}

/// The catalogue's entry of a provider that is at `base`.
pub(crate) fn home(provider: Provider, base: &str) -> String {
    let (id, name) = (provider.as_str(), provider.as_str().to_uppercase());
    let version = if provider == Provider::Anthropic { "api_version = \"2026-10-21\"\n" } else { "" };
    format!(
        "[[provider]]\nid = \"{id}\"\nbase_url = \"{base}\"\n{version}\
         key_variable = \"{name}_API_KEY\"\nbase_variable = \"{name}_BASE_URL\"\n"
    )
}

pub(crate) fn conversation() -> ConversationId {
    ConversationId::new(Uuid::from_u128(9))
}
