//! Bearer tokens of an issuer, as programs send them: who is let in, as whom, and who is not.

mod hosted;
mod keys;
mod refusals;
mod routes;
mod users;

use std::sync::Arc;

use serde_json::{Value, json};
use vertice_ports::Clock as _;
use vertice_server::wiring::World;
use vertice_testkit::{FixedClock, issuer::Issuer};

use crate::harness::{Reply, Server};

/// A server whose users are those of an issuer beside it, at a time that stands still.
pub(crate) struct Hosted {
    pub(crate) issuer: Issuer,
    pub(crate) server: Server,
    clock: Arc<FixedClock>,
}

impl Hosted {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::on(Issuer::listen().await.unwrap(), variables).await
    }

    async fn on(issuer: Issuer, variables: &[(&str, &str)]) -> Self {
        let url = issuer.url.clone();
        let all: Vec<_> =
            [("OIDC_ISSUER", &*url), ("OIDC_AUDIENCE", "vertice")].iter().chain(variables).copied().collect();
        Self::at(issuer, &all).await
    }

    /// As Clerk is configured.
    async fn clerk(variables: &[(&str, &str)]) -> Self {
        let issuer = Issuer::listen().await.unwrap();
        let url = issuer.url.clone();
        let all: Vec<_> = [("CLERK_DOMAIN", &*url)].iter().chain(variables).copied().collect();
        Self::at(issuer, &all).await
    }

    async fn at(issuer: Issuer, variables: &[(&str, &str)]) -> Self {
        let clock = Arc::new(FixedClock::new());
        let world = World { clock: Arc::<FixedClock>::clone(&clock), ..World::default() };
        let server = Server::within(variables, "", world).await;
        Self { issuer, server, clock }
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millis() / 1_000
    }

    fn forward(&self, seconds: i64) {
        self.clock.advance_millis(seconds * 1_000);
    }

    /// The time in so many seconds, as the API writes it.
    fn time_in(&self, seconds: i64) -> String {
        self.clock.now().plus_millis(seconds * 1_000).to_string()
    }

    /// Claims that are good, with others in their place.
    fn claims(&self, changes: &Value) -> Value {
        self.issuer.claims(self.now(), changes)
    }

    /// A token of such claims, for RS256.
    pub(crate) fn token(&self, changes: &Value) -> String {
        self.issuer.token("rsa-1", &self.claims(changes))
    }

    async fn me(&self, token: &str) -> Reply {
        self.server.get(token, "/api/v1/users/me").await
    }

    /// The status of somebody's own account, and the code of a refusal.
    async fn told(&self, token: &str) -> (u16, String) {
        let reply = self.me(token).await;
        (reply.status.as_u16(), reply.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn nothing() -> Value {
    json!({})
}
