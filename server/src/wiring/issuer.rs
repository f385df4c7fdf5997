//! Who vouches for users, besides their passwords.

use std::sync::Arc;

use vertice_auth::{Identities, Issuer, IssuerConfig, IssuerDependencies, KeysAt, Party};
use vertice_egress::{IssuerClient, SystemLookup};
use vertice_ports::Clock;
use vertice_runtime::Tasks;
use vertice_storage::Database;

use crate::settings::{IssuerSettings, Product, Settings};

pub(super) fn identities(
    settings: &Settings,
    database: &Database,
    clock: &Arc<dyn Clock>,
    tasks: &Tasks,
) -> Option<Identities> {
    let issuer = settings.issuer.as_ref()?;
    let dependencies = IssuerDependencies {
        http: Arc::new(IssuerClient::new(Arc::new(SystemLookup))),
        clock: Arc::clone(clock),
        tasks: tasks.clone(),
    };
    let config = config(issuer, settings);
    Some(Identities { issuer: Issuer::new(config, dependencies), store: Arc::new(database.clone()) })
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
    IssuerConfig { issuer: issuer.issuer.clone(), keys, party }
}

/// The pages whose sessions are taken: those that may call the API, and on somebody's own machine ours. What a request calls
/// this server says nothing: whoever has got hold of another site's token would call it by that site's name.
fn origins(settings: &Settings) -> Vec<String> {
    let others = settings.cors_origins.iter().filter_map(|origin| origin.to_str().ok()).map(str::to_owned);
    let port = settings.addr.port();
    let ours = ["localhost", "127.0.0.1"].map(|host| format!("http://{host}:{port}"));
    others.chain(ours.into_iter().filter(|_| settings.addr.ip().is_loopback())).collect()
}
