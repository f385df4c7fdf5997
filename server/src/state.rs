//! What handlers are given. Cheap to clone; made in [`crate::wiring`] alone.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;
use vertice_ports::{
    Accounts, Artifacts, Chat, Files, Ids, Imports, Library, McpServers, Models, ProviderKeys, Quota,
    Reports, Services, Workspaces,
};

use crate::{
    layers::rate_limit::RateLimit,
    openai::Replays,
    rest::operations::{Figures, Readiness},
    settings::{Environment, Settings, TrustedProxies},
    spool::Spool,
};

/// What handlers are given. Every layer of the router holds one, and the router is cloned with every request: it is one
/// pointer.
#[derive(Clone)]
pub struct AppState(Arc<AppParts>);

impl From<AppParts> for AppState {
    fn from(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// What is in it.
pub struct AppParts {
    /// The doors' services.
    pub services: Services,
    /// What `/ready` asks.
    pub readiness: Readiness,
    /// What `/metrics` shows.
    pub figures: Figures,
    /// New request ids.
    pub ids: Arc<dyn Ids>,
    /// What tool calls of OpenAI's clients take with them.
    pub replays: Arc<Replays>,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
    /// Every caller's bucket.
    pub rate_limit: Arc<RateLimit>,
    /// Where large uploads lie.
    pub spool: Spool,
    pub settings: Arc<Settings>,
    /// What the pages' renderer needs.
    pub leptos: LeptosOptions,
}

macro_rules! parts {
    ($($part:ty: $state:ident => $value:expr;)+) => {$(
        impl FromRef<AppState> for $part {
            fn from_ref($state: &AppState) -> Self {
                $value
            }
        }
    )+};
}

parts! {
    Services: state => state.services.clone();
    Arc<dyn Accounts>: state => Arc::clone(&state.services.accounts);
    Arc<dyn Artifacts>: state => Arc::clone(&state.services.artifacts);
    Arc<dyn Chat>: state => Arc::clone(&state.services.chat);
    Arc<dyn Imports>: state => Arc::clone(&state.services.imports);
    Arc<dyn Files>: state => Arc::clone(&state.services.files);
    Arc<dyn Library>: state => Arc::clone(&state.services.library);
    Arc<dyn McpServers>: state => Arc::clone(&state.services.mcp);
    Arc<dyn Workspaces>: state => Arc::clone(&state.services.workspaces);
    Arc<dyn Models>: state => Arc::clone(&state.services.models);
    Arc<dyn Ids>: state => Arc::clone(&state.ids);
    Arc<Replays>: state => Arc::clone(&state.replays);
    CancellationToken: state => state.stopping.clone();
    Arc<dyn Quota>: state => Arc::clone(&state.services.quota);
    Arc<dyn Reports>: state => Arc::clone(&state.services.reports);
    Arc<dyn ProviderKeys>: state => Arc::clone(&state.services.provider_keys);
    Arc<RateLimit>: state => Arc::clone(&state.rate_limit);
    Spool: state => state.spool.clone();
    Readiness: state => state.readiness.clone();
    Figures: state => state.figures.clone();
    TrustedProxies: state => state.settings.trusted_proxies.clone();
    Arc<Settings>: state => Arc::clone(&state.settings);
    Environment: state => state.settings.environment;
    LeptosOptions: state => state.leptos.clone();
}
