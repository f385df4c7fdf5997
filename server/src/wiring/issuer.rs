//! Who vouches for users, besides their passwords.

use std::sync::Arc;

use url::Url;
use vertice_auth::{
    ClientConfig, Identities, Issuer, IssuerConfig, IssuerDependencies, KeysAt, Party, SealingVault,
};
use vertice_domain::Error;
use vertice_egress::{IssuerClient, SystemLookup};
use vertice_ports::Clock;
use vertice_runtime::{SystemClock, Tasks};
use vertice_storage::Database;

use crate::settings::{IssuerSettings, Product, Settings};

/// Whether the issuer's keys can be fetched, for `vertice doctor`; none: there is no issuer.
pub(crate) async fn check_issuer(settings: &Settings) -> Option<Result<String, Error>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let issuer = issuer(settings, &clock, &Tasks::default())?;
    let named = settings.issuer.as_ref().map(|issuer| issuer.issuer.clone()).unwrap_or_default();
    Some(issuer.check().await.map(|()| named))
}

pub(super) fn identities(
    settings: &Settings,
    database: &Database,
    clock: &Arc<dyn Clock>,
    tasks: &Tasks,
) -> Option<Identities> {
    Some(Identities {
        issuer: issuer(settings, clock, tasks)?,
        store: Arc::new(database.clone()),
        vault: Arc::new(SealingVault::new(super::secret(settings))),
    })
}

fn issuer(settings: &Settings, clock: &Arc<dyn Clock>, tasks: &Tasks) -> Option<Issuer> {
    let issuer = settings.issuer.as_ref()?;
    let dependencies = IssuerDependencies {
        http: Arc::new(IssuerClient::new(Arc::new(SystemLookup))),
        clock: Arc::clone(clock),
        tasks: tasks.clone(),
    };
    Some(Issuer::new(config(issuer, settings), dependencies))
}

fn config(issuer: &IssuerSettings, settings: &Settings) -> IssuerConfig {
    let (keys, party) = match &issuer.product {
        Product::Oidc { audience } => (KeysAt::Discovered, Party::Audience(audience.clone())),
        Product::Clerk { audience } => {
            let at = KeysAt::Address(format!("{}/.well-known/jwks.json", issuer.issuer));
            let party = audience.clone().map_or_else(|| Party::Origins(origins(settings)), Party::Audience);
            (at, party)
        }
    };
    let client = issuer.client.as_ref().map(|client| ClientConfig {
        id: client.id.clone(),
        secret: client.secret.as_ref().map(|secret| secret.reveal().to_owned()),
    });
    IssuerConfig { issuer: issuer.issuer.clone(), keys, party, name: name(issuer), client }
}

/// What people call it: what they see in their browser when they are there.
fn name(issuer: &IssuerSettings) -> String {
    if matches!(issuer.product, Product::Clerk { .. }) {
        return "Clerk".to_owned();
    }
    let url = Url::parse(&issuer.issuer).ok();
    url.and_then(|url| Some(url.host_str()?.to_owned())).unwrap_or_else(|| issuer.issuer.clone())
}

/// The pages whose sessions are taken: those that may call the API, and on somebody's own machine ours. What a request calls
/// this server says nothing: whoever has got hold of another site's token would call it by that site's name.
fn origins(settings: &Settings) -> Vec<String> {
    let others = settings.cors_origins.iter().filter_map(|origin| origin.to_str().ok()).map(str::to_owned);
    let port = settings.addr.port();
    let ours = ["localhost", "127.0.0.1"].map(|host| format!("http://{host}:{port}"));
    others.chain(ours.into_iter().filter(|_| settings.addr.ip().is_loopback())).collect()
}
