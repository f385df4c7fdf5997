//! Providers as their user sees them, and whether a key is any good.

use vertice_domain::{Actor, Error, ErrorKind, KeySource, Provider, ProviderKey, ProviderStatus, Result};

use super::{
    Gateway,
    reach::{OwnKeys, Reach},
};
use crate::{
    fault::{Fault, FaultKind},
    http::Endpoint,
};

impl Gateway {
    pub(super) async fn statuses(&self, actor: &Actor) -> Result<Vec<ProviderStatus>> {
        let own = self.own_keys(actor).await?;
        let keys = self.keys.list(actor).await?;
        let models = self.all(&own).await;
        let found = |provider| models.iter().any(|reach| reach.known.model.provider == provider);
        let catalog = self.registry.catalog().providers().iter().map(|entry| entry.id);
        let local = found(Provider::Local).then_some(Provider::Local);
        Ok(catalog.chain(local).map(|provider| self.status(provider, &own, &keys, &models)).collect())
    }

    fn status(
        &self,
        provider: Provider,
        own: &OwnKeys,
        keys: &[ProviderKey],
        models: &[Reach],
    ) -> ProviderStatus {
        let health = self.health.of_provider(provider, self.clock.now());
        let of_provider = |reach: &&Reach| reach.known.model.provider == provider && reach.known.available;
        ProviderStatus {
            provider,
            key: self.key_source(provider, own),
            own_key_address: self.registry.own_place(provider).map(|place| place.address()),
            own_key: keys.iter().find(|key| key.provider == provider).cloned(),
            models: u32::try_from(models.iter().filter(of_provider).count()).unwrap_or(u32::MAX),
            health: health.state,
            since: health.since,
            median_first_token_ms: health.median_first_token_ms,
        }
    }

    fn key_source(&self, provider: Provider, own: &OwnKeys) -> KeySource {
        if provider == Provider::Local {
            return KeySource::NotNeeded;
        }
        match self.place(provider, own) {
            None => KeySource::Missing,
            Some((_, true)) => KeySource::Own,
            Some((place, false)) if place.headers.values().any(|value| value.is_sensitive()) => {
                KeySource::Server
            }
            Some(_) => KeySource::NotNeeded,
        }
    }

    pub(super) async fn test_key(&self, actor: &Actor, provider: Provider) -> Result<()> {
        let own = self.own_keys(actor).await?;
        let (place, own_key) = match provider {
            Provider::Demo => return Ok(()),
            Provider::Local => {
                let models = self.registry.all().await;
                let local = models.into_iter().find(|known| known.model.provider == Provider::Local);
                let place = local.and_then(|known| known.endpoint).ok_or_else(no_local_server)?;
                (place, false)
            }
            _ => self.place(provider, &own).ok_or_else(|| no_key(provider))?,
        };
        let checked = self.http.check(&place, self.clock.now()).await;
        checked.map_err(|fault| key_error(&fault, &place, own_key))
    }
}

fn no_local_server() -> Error {
    let message = "No model server was found on this machine. Start Ollama, LM Studio, llama.cpp or vLLM and try again.";
    Error::new(ErrorKind::Upstream, "provider_unavailable", message)
}

fn no_key(provider: Provider) -> Error {
    let message = format!("there is no key for {}; paste one and save it first", provider.label());
    Error::invalid_field("key", message)
}

/// What is wrong with a key or the way to its provider, and what to do.
fn key_error(fault: &Fault, place: &Endpoint, own_key: bool) -> Error {
    let provider = &place.label;
    let address = &place.base_variable;
    let upstream = |code: &str, message: String| Error {
        retry_after_s: fault.retry_after.map(|wait| wait.as_secs()),
        ..Error::new(ErrorKind::Upstream, code, message)
    };
    let code = fault.kind.code();
    match fault.kind {
        FaultKind::Auth if own_key => Error::invalid_field(
            "key",
            format!(
                "{provider} rejects this key; copy it again from {provider}'s console, or make a new one there"
            ),
        ),
        FaultKind::Auth => {
            let key = place.key_variable.as_deref().unwrap_or("the key");
            upstream(code, format!("{provider} rejects the server's key. Check {key} on the server."))
        }
        FaultKind::Permission => upstream(
            code,
            format!(
                "{provider} knows the key but does not let it list models. Give it that right there, or make another key."
            ),
        ),
        FaultKind::Region => upstream(
            code,
            format!("{provider} does not serve the country this server is in. The key itself may be right."),
        ),
        FaultKind::Billing => upstream(
            code,
            format!("The key is right, but the {provider} account has no credit. Add credit there."),
        ),
        FaultKind::Connect => upstream(
            code,
            format!(
                "{provider} cannot be reached. Check the server's network and any proxy, and {address} if it is set."
            ),
        ),
        FaultKind::Timeout => {
            upstream(code, format!("{provider} did not answer within 10 s. Try again in a moment."))
        }
        FaultKind::NotFound | FaultKind::WebPage | FaultKind::BadResponse => upstream(
            code,
            format!(
                "What answers there is not {provider}'s API. Check {address} on the server and any proxy on the way."
            ),
        ),
        FaultKind::RateLimited | FaultKind::Overloaded => upstream(
            code,
            format!("{provider} has too much to do to say whether the key is right. Try again in a moment."),
        ),
        _ => {
            let said = fault.said();
            upstream(code, format!("{provider} refused to say whether the key is right.{said}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_key_says_what_to_do() {
        let place = |key_variable: Option<&str>| Endpoint {
            key_variable: key_variable.map(str::to_owned),
            ..Endpoint::unreachable()
        };
        let cases = [
            (FaultKind::Auth, "", "OPENAI_API_KEY"),
            (FaultKind::Permission, "Missing scopes: api.model.read", "does not let it list models"),
            (FaultKind::Region, "Country, region, or territory not supported", "does not serve the country"),
            (
                FaultKind::Region,
                "User location is not supported for the API use.",
                "does not serve the country",
            ),
            (FaultKind::Rejected, "Organization disabled", "It said: Organization disabled."),
            (FaultKind::Billing, "", "has no credit"),
            (FaultKind::Connect, "", "OPENAI_BASE_URL"),
            (FaultKind::Timeout, "", "within 10 s"),
            (FaultKind::WebPage, "", "is not OpenAI's API"),
            (FaultKind::Overloaded, "", "too much to do"),
        ];
        for (kind, said, expected) in cases {
            let error = key_error(&Fault::new(kind).with_detail(said), &place(Some("OPENAI_API_KEY")), false);
            assert!(
                error.kind == ErrorKind::Upstream && error.message.contains(expected),
                "{kind:?}: {error}"
            );
        }
        let error = key_error(&Fault::new(FaultKind::Auth), &place(None), true);
        assert_eq!((error.kind, error.fields[0].field.as_str()), (ErrorKind::Invalid, "key"));
    }
}
