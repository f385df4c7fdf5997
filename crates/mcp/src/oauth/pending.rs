//! Sign-ins that have begun: a person is at an authorization server and comes back with the word that stands here. Each serves
//! once, for whoever began it, for ten minutes; in this process's memory.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rmcp::transport::auth::AuthorizationManager;
use vertice_domain::{McpServerId, Timestamp, UserId};

use super::record::Client;
use crate::connection::Holder;

const MINUTES_10_MS: i64 = 10 * 60 * 1_000;
/// The most that one user has under way, and that there are in all.
const MOST_OF_ONE: usize = 8;
const MOST: usize = 1_000;

/// A sign-in that has begun.
pub(super) struct Begun {
    pub(super) holder: Holder,
    pub(super) manager: AuthorizationManager,
    pub(super) client: Client,
    pub(super) issuer: Option<String>,
    /// Whether the authorization server promises to say who it is (RFC 9207).
    pub(super) says_issuer: bool,
    pub(super) token_endpoint: String,
    pub(super) resource: String,
    pub(super) asked: Vec<String>,
    pub(super) step_ups: u8,
}

#[derive(Default)]
pub(super) struct Pending(Mutex<HashMap<String, (Timestamp, Begun)>>);

impl Pending {
    pub(super) fn put(&self, state: String, begun: Begun, now: Timestamp) {
        let mut all = self.lock();
        all.retain(|_, (since, _)| is_fresh(*since, now));
        let user = begun.holder.user;
        while all.values().filter(|(_, other)| other.holder.user == user).count() >= MOST_OF_ONE {
            drop_oldest(&mut all, |other| other.holder.user == user);
        }
        if all.len() >= MOST {
            drop_oldest(&mut all, |_| true);
        }
        all.insert(state, (now, begun));
    }

    /// Takes it, if it is that user's. What is somebody else's stays theirs.
    pub(super) fn take(&self, state: &str, user: UserId, now: Timestamp) -> Option<Begun> {
        let mut all = self.lock();
        all.get(state).filter(|(_, begun)| begun.holder.user == user)?;
        let (since, begun) = all.remove(state)?;
        is_fresh(since, now).then_some(begun)
    }

    pub(super) fn forget(&self, user: UserId, server: McpServerId) {
        self.lock().retain(|_, (_, begun)| begun.holder.user != user || begun.holder.server != server);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, Begun)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    (0..MINUTES_10_MS).contains(&(now.as_millis() - since.as_millis()))
}

fn drop_oldest(all: &mut HashMap<String, (Timestamp, Begun)>, which: impl Fn(&Begun) -> bool) {
    let of_these = all.iter().filter(|(_, (_, begun))| which(begun));
    let oldest = of_these.min_by_key(|(_, (since, _))| *since).map(|(state, _)| state.clone());
    oldest.and_then(|state| all.remove(&state));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use url::Url;
    use vertice_ports::Ids as _;
    use vertice_runtime::SystemIds;

    use super::*;
    use crate::{
        connection::{HttpClient, HttpClients},
        oauth::guarded::Guarded,
    };

    struct Nowhere;

    #[async_trait]
    impl HttpClients for Nowhere {
        async fn client(&self, _: &Url, _: bool) -> Result<HttpClient, String> {
            Err("there is no network".into())
        }
    }

    fn user() -> UserId {
        UserId::new(SystemIds.uuid())
    }

    async fn begun(user: UserId) -> Begun {
        let url = Url::parse("https://mcp.example.com/mcp").unwrap();
        let http = Arc::new(Guarded { clients: Arc::new(Nowhere), private_network: false });
        let manager = AuthorizationManager::new_with_oauth_http_client(url.clone(), http).await.unwrap();
        Begun {
            holder: Holder { user, server: McpServerId::new(SystemIds.uuid()), url, private_network: false },
            manager,
            client: Client { id: "c".into(), secret: None, secret_in_body: false },
            issuer: None,
            says_issuer: false,
            token_endpoint: String::new(),
            resource: String::new(),
            asked: Vec::new(),
            step_ups: 0,
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[tokio::test]
    async fn each_serves_once_whoever_began_it_for_ten_minutes() {
        let (pending, ann, bob) = (Pending::default(), user(), user());
        for (taken_by, now, serves) in [
            (ann, 0, true),
            (ann, MINUTES_10_MS - 1, true),
            (ann, MINUTES_10_MS, false),
            // A clock that was set back says nothing.
            (ann, -1, false),
            (bob, 0, false),
        ] {
            pending.put("state".into(), begun(ann).await, at(0));
            assert_eq!(pending.take("state", taken_by, at(now)).is_some(), serves, "{now}");
            let is_left = pending.take("state", ann, at(0)).is_some();
            assert_eq!(is_left, taken_by == bob, "somebody else's stays");
        }
        assert!(pending.take("", ann, at(0)).is_none());
    }

    #[tokio::test]
    async fn nobody_has_more_than_a_few_under_way() {
        let (pending, ann, bob) = (Pending::default(), user(), user());
        pending.put("bob".into(), begun(bob).await, at(0));
        for n in 0..=MOST_OF_ONE {
            pending.put(n.to_string(), begun(ann).await, at(1 + i64::try_from(n).unwrap()));
        }
        assert!(pending.take("0", ann, at(20)).is_none(), "the oldest has gone");
        assert!(pending.take("1", ann, at(20)).is_some() && pending.take("bob", bob, at(20)).is_some());
        let begun = begun(ann).await;
        let server = begun.holder.server;
        pending.put("out".into(), begun, at(20));
        pending.forget(ann, server);
        assert!(pending.take("out", ann, at(20)).is_none() && pending.take("2", ann, at(20)).is_some());
    }
}
