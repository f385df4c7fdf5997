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
