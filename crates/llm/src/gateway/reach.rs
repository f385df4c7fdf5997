//! What one user can ask: the server's models, and with their own keys the providers of those too. A user's own key goes
//! before the server's. It goes to the provider itself, never to an address that was set for the server's key.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use vertice_domain::{Actor, HealthState, ModelInfo, Provider, Result, Timestamp, Usd};
use vertice_ports::provider_keys::PlainKey;

use super::Gateway;
use crate::{health::Health, http::Endpoint, registry::Known};

/// A model as one user reaches it.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// The model, and where it is asked with this user's key.
    pub(super) known: Known,
    /// Whether that key is the user's own.
    pub(super) own_key: bool,
}

/// A user's own keys.
pub(super) struct OwnKeys(Vec<(Provider, PlainKey)>);

impl OwnKeys {
    pub(super) fn of(&self, provider: Provider) -> Option<&PlainKey> {
        self.0.iter().find(|(own, _)| *own == provider).map(|(_, key)| key)
    }
}

impl Gateway {
    pub(super) async fn own_keys(&self, actor: &Actor) -> Result<OwnKeys> {
        Ok(OwnKeys(self.keys.reveal(actor.user).await?))
    }

    /// Every model, those that the actor can ask first.
    pub(super) async fn all(&self, own: &OwnKeys) -> Vec<Reach> {
        self.reaches(self.registry.all().await, own)
    }

    /// The models that the actor can ask, without waiting for the lists of the great providers.
    pub(super) async fn at_hand(&self, own: &OwnKeys) -> Vec<Reach> {
        let mut all = self.reaches(self.registry.at_hand().await, own);
        all.retain(|reach| reach.known.available);
        all
    }

    fn reaches(&self, all: Vec<Known>, own: &OwnKeys) -> Vec<Reach> {
        let mut all: Vec<Reach> = all.into_iter().map(|known| self.reach(known, own)).collect();
        all.sort_by_key(|reach| !reach.known.available);
        all
    }

    /// The model of that name, if the actor can ask it; else an error that says what to do.
    pub(super) async fn find(&self, own: &OwnKeys, id: &str) -> Result<Reach> {
        let error = match self.registry.find(id).await {
            Ok(known) => return Ok(self.reach(known, own)),
            Err(error) => error,
        };
        let of_catalog = self.registry.catalog().model(id).map(|model| Known {
            model: Arc::clone(model),
            endpoint: None,
            available: false,
        });
        let known = of_catalog.or_else(|| self.registry.presumed(id));
        let reach = known.map(|known| self.reach(known, own));
        reach.filter(|reach| reach.known.endpoint.is_some()).ok_or(error)
    }

    fn reach(&self, known: Known, own: &OwnKeys) -> Reach {
        let provider = known.model.provider;
        let keyed = own.of(provider).zip(self.registry.own_place(provider)).and_then(|(key, place)| {
            let elsewhere = known.endpoint.as_ref().is_some_and(|endpoint| !endpoint.is_at(place));
            // What only the address of the server's key is known to have is asked there.
            let has_it = !elsewhere || self.registry.catalog().has(&known.model);
            has_it.then(|| with_key(place, key)).flatten().map(|endpoint| (endpoint, elsewhere))
        });
        match keyed {
            None => Reach { known, own_key: false },
            Some((endpoint, elsewhere)) => {
                // Without a list from there, what the catalogue knows can be asked.
                let available = known.available || known.endpoint.is_none() || elsewhere;
                let endpoint = Some(Arc::new(endpoint));
                Reach { known: Known { endpoint, available, ..known }, own_key: true }
            }
        }
    }

    /// Where a provider is asked for the actor, and whether with their own key.
    pub(super) fn place(&self, provider: Provider, own: &OwnKeys) -> Option<(Arc<Endpoint>, bool)> {
        let keyed = own.of(provider).zip(self.registry.own_place(provider));
        match keyed.and_then(|(key, place)| with_key(place, key)) {
            Some(endpoint) => Some((Arc::new(endpoint), true)),
            None => self.registry.place(provider).map(|place| (Arc::clone(place), false)),
        }
    }
}

/// The same place, asked with that key; none: it cannot be sent as a header.
fn with_key(place: &Endpoint, key: &PlainKey) -> Option<Endpoint> {
    let key = key.reveal();
    let (name, value) = match place.provider {
        Provider::Anthropic => (HeaderName::from_static("x-api-key"), key.to_owned()),
        Provider::Gemini => (HeaderName::from_static("x-goog-api-key"), key.to_owned()),
        _ => (AUTHORIZATION, format!("Bearer {key}")),
    };
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    let mut endpoint = Endpoint { key_variable: None, ..place.clone() };
    endpoint.headers.insert(name, value);
    Some(endpoint)
}

/// A model as users see it.
pub(super) fn info(reach: &Reach, health: &Health, now: Timestamp) -> ModelInfo {
    let model = &reach.known.model;
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
        available: reach.known.available,
        health: reach.known.endpoint.as_ref().map_or(HealthState::Healthy, |place| health.of(place, now)),
        tools: model.tools,
        vision: model.vision,
        thinking: model.thinking.is_some(),
    }
}
