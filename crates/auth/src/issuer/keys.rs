//! [`KeyRing`]: an issuer's keys, as they are found when a token names one. A name that is not there is looked for once more at
//! the issuer, at most once in ten seconds; where it does not answer, the keys from before serve for a day.

use std::sync::Arc;

use vertice_domain::{Error, ErrorKind, Result};
use vertice_ports::IssuerHttp;

use super::{
    IssuerConfig, IssuerDependencies, KeysAt, Refusal, TokenFault,
    discovery::{self, Metadata},
    held::{Held, Pace},
    jwks::{Candidates, KeySet},
};

/// Keys are new for ten minutes: a key that an issuer takes back is good no longer than that.
const KEYS: Pace = Pace { fresh: 10 * 60 * 1_000, pause: 10_000 };
/// An issuer's addresses hardly ever change. They are asked for within an attempt to fetch its keys, so that the pause between
/// these is the one that counts.
const METADATA: Pace = Pace { fresh: 60 * 60 * 1_000, pause: 5_000 };
/// After how long it is worth trying again, in seconds.
const RETRY_S: u64 = 10;

#[derive(Clone)]
pub(super) struct KeyRing {
    issuer: String,
    at: KeysAt,
    http: Arc<dyn IssuerHttp>,
    keys: Arc<Held<KeySet>>,
    metadata: Arc<Held<Metadata>>,
}

impl KeyRing {
    pub(super) fn new(config: &IssuerConfig, dependencies: IssuerDependencies) -> Self {
        let IssuerDependencies { http, clock, tasks } = dependencies;
        Self {
            issuer: config.issuer.clone(),
            at: config.keys.clone(),
            http,
            keys: Held::new(KEYS, Arc::clone(&clock), tasks.clone()),
            metadata: Held::new(METADATA, clock, tasks),
        }
    }

    /// The keys of that name.
    pub(super) async fn find(&self, kid: &str) -> Result<Candidates, Refusal> {
        if let Some(found) = self.keys.fresh().and_then(|keys| keys.named(kid)) {
            return Ok(found);
        }
        self.find_anew(kid).await
    }

    /// The same, whatever is known of that name, unless the issuer was asked just now.
    pub(super) async fn find_anew(&self, kid: &str) -> Result<Candidates, Refusal> {
        self.keys.renew(self.clone().fetch()).await;
        let keys = self.keys.get().ok_or_else(|| Refusal::Silence(silence()))?;
        match keys.named(kid) {
            Some(found) => Ok(found),
            // It may be one that was made while the issuer could not be asked.
            None if self.keys.failed() => Err(Refusal::Silence(silence())),
            None => Err(TokenFault::UnknownKey.into()),
        }
    }

    pub(super) async fn check(&self) -> Result<()> {
        self.fetch_quietly().await.map(drop)
    }

    async fn fetch(self) -> Result<KeySet> {
        let fetched = self.fetch_quietly().await;
        match &fetched {
            Ok(_) => tracing::debug!(issuer = self.issuer, "the issuer's keys were fetched"),
            Err(error) => {
                tracing::warn!(issuer = self.issuer, %error, "the issuer's keys cannot be fetched; those from before serve for a day");
            }
        }
        fetched
    }

    async fn fetch_quietly(&self) -> Result<KeySet> {
        let address = match &self.at {
            KeysAt::Address(address) => address.clone(),
            KeysAt::Discovered => self.metadata().await?.jwks_uri.clone(),
        };
        let document = self.http.get(&address).await?;
        KeySet::parse(&document).map_err(|fault| unusable(&fault.to_string()))
    }

    /// What the issuer says of itself.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>> {
        if let Some(metadata) = self.metadata.fresh() {
            return Ok(metadata);
        }
        let (http, issuer) = (Arc::clone(&self.http), self.issuer.clone());
        let fetch = async move {
            let document = http.get(&discovery::address(&issuer)).await?;
            let parsed = Metadata::parse(&document, &issuer);
            parsed.map_err(|fault| {
                tracing::warn!(issuer, %fault, "the issuer cannot be used");
                unusable(&fault.to_string())
            })
        };
        self.metadata.renew(fetch).await;
        self.metadata.get().ok_or_else(silence)
    }
}

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::Unavailable, "issuer_unavailable", why)
}

fn silence() -> Error {
    let message = "The issuer of this token cannot be asked for its keys right now. Try again in a moment.";
    let error = Error::new(ErrorKind::Unavailable, "issuer_unavailable", message);
    Error { retry_after_s: Some(RETRY_S), ..error }
}
