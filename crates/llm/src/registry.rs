//! Which models there are right now, and where each of them is asked.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use vertice_domain::{Error, Provider, Result};
use vertice_runtime::Tasks;

use crate::{
    catalog::{Catalog, Model, ProviderEntry, Quirks},
    config::{self, ConfigError, GatewayConfig, ProviderConfig},
    demo,
    http::{Endpoint, Http, Wire},
    listing::{self, Listed, Listing},
    local::{self, LocalServer},
    refresh::Refreshed,
};

/// A model and where it is asked.
#[derive(Debug, Clone)]
pub struct Known {
    pub model: Arc<Model>,
    /// Where; none: nowhere (the demo needs no place, the others then wait for their provider's key).
    pub endpoint: Option<Arc<Endpoint>>,
    /// Whether it can be asked now.
    pub available: bool,
}

impl Known {
    /// The dialect it is asked in.
    pub fn quirks(&self) -> Quirks {
        let usual = match self.model.provider {
            Provider::Openai => Quirks::OPENAI,
            Provider::Groq => Quirks::GROQ,
            _ => Quirks::COMPATIBLE,
        };
        self.model.quirks.unwrap_or(usual)
    }
}

struct Configured {
    endpoint: Arc<Endpoint>,
    listing: Listing,
}

pub struct Registry {
    catalog: Catalog,
    configured: Vec<Configured>,
    /// Where providers are asked with a user's own key.
    own: Vec<Arc<Endpoint>>,
    local: Option<Refreshed<Vec<LocalServer>>>,
    demo: Arc<Model>,
}

impl Registry {
    /// Checks the configuration. Asks nobody yet.
    pub fn new(config: &GatewayConfig, http: &Http, tasks: &Tasks) -> Result<Self, ConfigError> {
        let catalog = Catalog::load(config.catalog_override.as_deref())?;
        let (mut configured, mut own) = (Vec::new(), Vec::new());
        for entry in catalog.providers() {
            let provider = match entry.id {
                Provider::Anthropic => &config.anthropic,
                Provider::Openai => &config.openai,
                Provider::Gemini => &config.gemini,
                Provider::Groq => &config.groq,
                Provider::Local | Provider::Demo => continue,
            };
            own.push(Arc::new(own_place(entry, provider.as_ref())?));
            // Many servers that speak OpenAI's protocol want no key; the other providers always do.
            let asked = provider
                .as_ref()
                .filter(|provider| provider.api_key.is_some() || entry.id == Provider::Openai);
            if let Some(provider) = asked {
                let endpoint = Arc::new(endpoint(entry, provider)?);
                let listing = listing::of(Arc::clone(&endpoint), http.clone(), tasks.clone());
                configured.push(Configured { endpoint, listing });
            }
        }
        let ollama = config.ollama_host.as_deref().map(config::ollama_base).transpose()?;
        let local = (config.detect_local || ollama.is_some()).then(|| {
            let ollama = ollama.unwrap_or_else(|| local::OLLAMA.to_owned());
            local::watch(ollama, config.detect_local, http.clone(), tasks.clone())
        });
        Ok(Self { catalog, configured, own, local, demo: Arc::new(demo::model()) })
    }

    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where a provider is asked with the server's key, or without one where a server wants none.
    pub fn place(&self, provider: Provider) -> Option<&Arc<Endpoint>> {
        self.configured.iter().map(|known| &known.endpoint).find(|endpoint| endpoint.provider == provider)
    }

    /// Where a provider is asked with a user's own key, which is still to be added.
    pub fn own_place(&self, provider: Provider) -> Option<&Arc<Endpoint>> {
        self.own.iter().find(|endpoint| endpoint.provider == provider)
    }

    /// Every model, the available ones first: providers, local servers, the demo, then what lacks a key. Waits for
    /// the providers' lists the first time.
    pub async fn all(&self) -> Vec<Known> {
        let lists = futures::future::join_all(self.configured.iter().map(|provider| provider.listing.get()));
        let (lists, local) = futures::join!(lists, self.local());
        self.assemble(&lists.into_iter().map(Some).collect::<Vec<_>>(), local)
    }

    /// The same for the way of a message, which must not wait for the lists of the great providers. Behind another
    /// address anything may be served, so its list is waited for, once.
    pub async fn at_hand(&self) -> Vec<Known> {
        let lists = futures::future::join_all(self.configured.iter().map(|provider| async {
            if provider.endpoint.official {
                provider.listing.peek_or_start()
            } else {
                Some(provider.listing.get().await)
            }
        }));
        let (lists, local) = futures::join!(lists, self.local());
        self.assemble(&lists, local)
    }

    /// The model of that name, if it can be asked; else an error that says what to do.
    pub async fn find(&self, id: &str) -> Result<Known> {
        let found = |known: Vec<Known>| known.into_iter().find(|known| known.model.is_called(id));
        let known = match found(self.at_hand().await) {
            Some(known) => Some(known),
            None => found(self.all().await),
        };
        match known.or_else(|| self.presumed(id)) {
            // A catalogue's model that a list leaves out is asked all the same when it is named: lists have gaps.
            Some(known) if known.available || known.endpoint.is_some() => Ok(known),
            Some(known) => Err(self.not_configured(&known.model)),
            None => Err(Error::invalid_field(
                "model",
                format!("there is no model named {id:?}; GET /api/v1/models lists the models"),
            )),
        }
    }

    async fn local(&self) -> Vec<LocalServer> {
        match &self.local {
            Some(local) => local.get().await.to_vec(),
            None => Vec::new(),
        }
    }

    fn assemble(&self, lists: &[Option<Arc<Listed>>], local: Vec<LocalServer>) -> Vec<Known> {
        let mut all: Vec<Known> = Vec::new();
        for model in self.catalog.models().iter().filter(|model| model.provider != Provider::Local) {
            let place = self.configured.iter().position(|known| known.endpoint.provider == model.provider);
            let list = place.and_then(|place| lists.get(place)?.as_deref()?.as_ref());
            let listed = list.is_none_or(|list| list.iter().any(|item| model.is_called(&item.id)));
            let endpoint = place.map(|place| Arc::clone(&self.configured[place].endpoint));
            all.push(Known { model: Arc::clone(model), available: endpoint.is_some() && listed, endpoint });
        }
        for (configured, list) in self.configured.iter().zip(lists) {
            let listed = list.iter().flat_map(|list| list.iter()).flatten();
            for model in listed {
                add(&mut all, Arc::clone(model), &configured.endpoint);
            }
        }
        for server in local {
            for model in &server.models {
                let own = self.catalog.model(&model.id).filter(|own| own.provider == Provider::Local);
                let model = own.map_or_else(|| Arc::clone(model), |own| described(own, model));
                add(&mut all, model, &server.endpoint);
            }
        }
        all.push(Known { model: Arc::clone(&self.demo), endpoint: None, available: true });
        all.sort_by_key(|known| !known.available);
        all
    }

    /// A name in a provider's style, where the provider has no list to look it up in.
    pub(crate) fn presumed(&self, id: &str) -> Option<Known> {
        let provider = match id {
            _ if id.starts_with("claude-") => Provider::Anthropic,
            _ if id.starts_with("gpt-") => Provider::Openai,
            _ if id.starts_with("gemini-") => Provider::Gemini,
            _ => return None,
        };
        let mut model = Model::unknown(id, provider);
        let configured = self.configured.iter().find(|known| known.endpoint.provider == provider);
        if let Some(configured) = configured {
            let listing = configured.listing.peek();
            if listing.is_some_and(|list| list.is_some()) {
                return None;
            }
            model.refuses_temperature = configured.endpoint.official || provider == Provider::Anthropic;
            model.vision = true;
        }
        let endpoint = configured.map(|known| Arc::clone(&known.endpoint));
        Some(Known { model: Arc::new(model), available: endpoint.is_some(), endpoint })
    }

    fn not_configured(&self, model: &Model) -> Error {
        let variable = self.catalog.provider(model.provider).map(|entry| entry.key_variable.as_str());
        let provider = model.provider.label();
        let what = match variable {
            Some(variable) => {
                format!("needs a key for {provider}: set {variable} on the server and restart it")
            }
            None => "is not running on this machine: start its server".to_owned(),
        };
        Error::invalid_field(
            "model",
            format!("{} {what}, or choose another model; GET /api/v1/models lists the models", model.id),
        )
    }
}

/// The admin's description of a local model; it stays free unless the admin put a price on it.
fn described(own: &Arc<Model>, found: &Arc<Model>) -> Arc<Model> {
    let mut model = Model::clone(own);
    if model.prices == crate::price::Prices::default() {
        model.prices = found.prices.clone();
    }
    model.context_window = model.context_window.or(found.context_window);
    model.forced_tool_choice &= found.forced_tool_choice;
    Arc::new(model)
}

/// Adds a model, unless one of that name can be asked elsewhere.
fn add(all: &mut Vec<Known>, model: Arc<Model>, endpoint: &Arc<Endpoint>) {
    let known = all.iter_mut().find(|known| known.model.is_called(&model.id));
    let found = Known { model, endpoint: Some(Arc::clone(endpoint)), available: true };
    match known {
        None => all.push(found),
        Some(known) if known.endpoint.is_none() => *known = found,
        Some(_) => {}
    }
}

/// A user's own key is the provider's, so it goes to the provider. An address that was set without a key was set for the
/// users' keys; one that was set with a key is for that key alone.
fn own_place(entry: &ProviderEntry, config: Option<&ProviderConfig>) -> Result<Endpoint, ConfigError> {
    let address = config.filter(|config| config.api_key.is_none());
    let base_url = address.and_then(|config| config.base_url.clone());
    endpoint(entry, &ProviderConfig { api_key: None, base_url })
}

fn endpoint(entry: &ProviderEntry, config: &ProviderConfig) -> Result<Endpoint, ConfigError> {
    let base = config.base_url.as_deref().unwrap_or(&entry.base_url);
    let root = |base| config::root(&entry.base_variable, base, &entry.base_url);
    let (wire, base) = match entry.id {
        Provider::Anthropic => (Wire::Anthropic, root(base)?),
        Provider::Gemini => (Wire::Gemini, root(base)?),
        Provider::Groq => (Wire::OpenAi, root(base)?),
        _ => (Wire::OpenAi, config::openai_base(&entry.base_variable, base, &entry.base_url)?),
    };
    let (call, models) = match entry.id {
        Provider::Anthropic => ("/v1/messages", "/v1/models?limit=1000"),
        Provider::Gemini => ("/v1beta/models", "/v1beta/models?pageSize=1000"),
        Provider::Groq => ("/openai/v1/chat/completions", "/openai/v1/models"),
        _ => ("/chat/completions", "/models"),
    };
    Ok(Endpoint {
        provider: entry.id,
        wire,
        label: entry.id.label().to_owned(),
        call_url: format!("{base}{call}"),
        models_url: format!("{base}{models}"),
        headers: headers(entry, config, wire)?,
        key_variable: Some(entry.key_variable.clone()),
        base_variable: entry.base_variable.clone(),
        official: base == entry.base_url,
    })
}

fn headers(entry: &ProviderEntry, config: &ProviderConfig, wire: Wire) -> Result<HeaderMap, ConfigError> {
    let key_error = |fault| ConfigError::Key { variable: entry.key_variable.clone(), fault };
    let mut headers = HeaderMap::new();
    if let Some(key) = &config.api_key {
        let key = key.expose();
        if key.is_empty() {
            return Err(key_error("is empty"));
        }
        let (name, value) = match wire {
            Wire::Anthropic => (HeaderName::from_static("x-api-key"), key.to_owned()),
            Wire::Gemini => (HeaderName::from_static("x-goog-api-key"), key.to_owned()),
            Wire::OpenAi | Wire::Responses => (AUTHORIZATION, format!("Bearer {key}")),
        };
        let mut value =
            HeaderValue::from_str(&value).map_err(|_| key_error("holds characters that no key has"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    if let Some(version) = &entry.api_version {
        let value = HeaderValue::from_str(version).map_err(|_| ConfigError::Catalog {
            file: "catalogue".to_owned(),
            fault: format!("api_version {version:?} of {} is not a header value", entry.id.as_str()),
        })?;
        headers.insert("anthropic-version", value);
    }
    Ok(headers)
}
