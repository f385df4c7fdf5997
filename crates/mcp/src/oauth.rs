//! Sign-ins at servers (OAuth 2.1): begun, ended, renewed in one flight however many calls wait, sealed at rest. Tokens go to the
//! address that they are for and to the issuer that gave them, and never into a log, a sentence or an address.

mod begin;
mod finish;
mod guarded;
mod pending;
mod record;
mod renewal;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use rmcp::transport::auth::WWWAuthenticateParams;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard, oneshot};
use vertice_domain::{Error, McpServerId, Result, Timestamp, UserId};
use vertice_ports::{Clock, McpStore, Vault};
use vertice_runtime::Tasks;

use self::{
    guarded::Guarded,
    pending::Pending,
    record::{Record, words},
    renewal::NotRenewed,
};
use crate::connection::{Holder, HttpClients, SignIns, clean::clean_to};

/// How long what was read of the store is kept, in milliseconds: as long can it take until a sign-in on another node is heard of.
const KEPT_MS: i64 = 5_000;
/// The most sign-ins that are kept in mind.
const MOST: usize = 4_096;
/// The longest challenge that is remembered, in bytes.
const CHALLENGE: usize = 4 * 1024;
/// How often a user is sent to sign in anew because a server wants more scopes.
const STEP_UPS: u8 = 2;

/// What sign-ins stand on.
pub struct SignInDependencies {
    pub store: Arc<dyn McpStore>,
    pub vault: Arc<dyn Vault>,
    pub http: Arc<dyn HttpClients>,
    pub clock: Arc<dyn Clock>,
    pub tasks: Tasks,
}

/// The sign-ins of all users.
pub struct StoredSignIns {
    shared: Arc<Shared>,
    pending: Pending,
    tasks: Tasks,
}

struct Shared {
    store: Arc<dyn McpStore>,
    vault: Arc<dyn Vault>,
    http: Arc<dyn HttpClients>,
    clock: Arc<dyn Clock>,
    seats: Mutex<HashMap<(UserId, McpServerId), Arc<Seat>>>,
}

/// One user's sign-in at one server. Whoever renews it holds the lock meanwhile.
#[derive(Default)]
struct Seat {
    kept: AsyncMutex<Kept>,
    /// What the server wants, in its own words.
    challenge: Mutex<Option<String>>,
}

#[derive(Default)]
struct Kept {
    record: Option<Record>,
    read: Option<Timestamp>,
}

impl Kept {
    /// What the holder is signed in with; what was for another address is for that one alone.
    fn record(&self, holder: &Holder) -> Option<&Record> {
        self.record.as_ref().filter(|record| record.url == holder.url)
    }
}

impl Seat {
    fn challenge(&self) -> Option<String> {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_challenge(&self, challenge: Option<String>) {
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = challenge;
    }
}

impl StoredSignIns {
    pub fn new(dependencies: SignInDependencies) -> Self {
        let SignInDependencies { store, vault, http, clock, tasks } = dependencies;
        let shared = Shared { store, vault, http, clock, seats: Mutex::default() };
        Self { shared: Arc::new(shared), pending: Pending::default(), tasks }
    }

    /// Whether the holder is signed in. What cannot be read is told by whoever needs it.
    pub(crate) async fn has(&self, holder: &Holder) -> bool {
        let seat = self.shared.seat(holder.user, holder.server);
        let kept = self.shared.kept(holder, &seat).await;
        kept.is_ok_and(|kept| kept.record(holder).is_some())
    }

    /// Signs the user out here. The server's own record of it ends by itself.
    pub(crate) async fn forget(&self, user: UserId, server: McpServerId) -> Result<()> {
        self.pending.forget(user, server);
        let seat = self.shared.seat(user, server);
        let mut kept = seat.kept.lock().await;
        self.shared.store.drop_sign_in(user, server).await?;
        *kept = Kept::default();
        seat.set_challenge(None);
        Ok(())
    }

    /// Another token than `refused`. It goes on if nobody waits for it any more: what is renewed must be kept.
    async fn renewed(&self, holder: &Holder, refused: String) -> Result<Option<String>, String> {
        let (tell, told) = oneshot::channel();
        let (shared, holder) = (Arc::clone(&self.shared), holder.clone());
        self.tasks.spawn(async move {
            let _nobody_waits = tell.send(shared.renew(&holder, &refused).await);
        });
        told.await.unwrap_or_else(|_| Err("This server is shutting down.".into()))
    }
}

impl Shared {
    fn seat(&self, user: UserId, server: McpServerId) -> Arc<Seat> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if seats.len() >= MOST {
            seats.retain(|_, seat| Arc::strong_count(seat) > 1);
        }
        Arc::clone(seats.entry((user, server)).or_default())
    }

    fn guarded(&self, holder: &Holder) -> Guarded {
        Guarded { clients: Arc::clone(&self.http), private_network: holder.private_network }
    }

    async fn read(&self, user: UserId, server: McpServerId, kept: &mut Kept) -> Result<()> {
        let sealed = self.store.sign_in(user, server).await?;
        let text = match sealed {
            Some(sealed) => self.vault.open(&Record::purpose(user, server), &sealed).await?,
            None => None,
        };
        // What was sealed with another secret is no sign-in any more.
        kept.record = text.and_then(|text| serde_json::from_str(&text).ok());
        kept.read = Some(self.clock.now());
        Ok(())
    }

    /// Stores it. `false`: the user does not see the server (any more).
    async fn put(&self, holder: &Holder, kept: &mut Kept, record: Record) -> Result<bool> {
        let json = serde_json::to_string(&record).map_err(|error| {
            tracing::error!(%error, "a sign-in at an MCP server cannot be written as JSON");
            Error::internal()
        })?;
        (kept.record, kept.read) = (Some(record), Some(self.clock.now()));
        let sealed = self.vault.seal(&Record::purpose(holder.user, holder.server), &json).await?;
        self.store.put_sign_in(holder.user, holder.server, &sealed).await
    }

    async fn kept<'a>(&self, holder: &Holder, seat: &'a Seat) -> Result<MutexGuard<'a, Kept>, String> {
        let mut kept = seat.kept.lock().await;
        let age = kept.read.map(|read| self.clock.now().as_millis() - read.as_millis());
        if !age.is_some_and(|age| (0..KEPT_MS).contains(&age)) {
            self.read(holder.user, holder.server, &mut kept).await.map_err(|error| error.message)?;
        }
        Ok(kept)
    }

    async fn renew(&self, holder: &Holder, refused: &str) -> Result<Option<String>, String> {
        let seat = self.seat(holder.user, holder.server);
        let mut kept = seat.kept.lock().await;
        // Whoever held the lock before, or another node, may have renewed it.
        self.read(holder.user, holder.server, &mut kept).await.map_err(|error| error.message)?;
        let Some(mut record) = kept.record(holder).cloned() else { return Ok(None) };
        if record.access_token != refused {
            return Ok(Some(record.access_token));
        }
        let outcome = match &record.refresh_token {
            Some(token) => renewal::renew(&self.guarded(holder), &record, token).await,
            None => Err(NotRenewed::Over),
        };
        match outcome {
            Ok(granted) => {
                record.take(granted, self.clock.now());
                let token = record.access_token.clone();
                self.put(holder, &mut kept, record).await.map_err(|error| error.message)?;
                Ok(Some(token))
            }
            Err(NotRenewed::Over) => {
                kept.record = None;
                let dropped = self.store.drop_sign_in(holder.user, holder.server).await;
                dropped.map_err(|error| error.message)?;
                Ok(None)
            }
            Err(NotRenewed::Later(why)) => {
                Err(format!("The sign-in at the server could not be renewed: {why}."))
            }
        }
    }
}

#[async_trait]
impl SignIns for StoredSignIns {
    async fn token(&self, holder: &Holder) -> Result<Option<String>, String> {
        let seat = self.shared.seat(holder.user, holder.server);
        let now = self.shared.clock.now();
        let (token, is_over) = {
            let kept = self.shared.kept(holder, &seat).await?;
            let Some(record) = kept.record(holder) else { return Ok(None) };
            let token = record.access_token.clone();
            if !record.is_due(now) || (record.refresh_token.is_none() && !record.is_over(now)) {
                return Ok(Some(token));
            }
            (token, record.is_over(now))
        };
        match self.renewed(holder, token.clone()).await {
            // It is good for some seconds yet.
            Err(_) if !is_over => Ok(Some(token)),
            renewed => renewed,
        }
    }

    async fn another(&self, holder: &Holder, refused: &str) -> Result<Option<String>, String> {
        self.renewed(holder, refused.to_owned()).await
    }

    async fn wanted(&self, holder: &Holder, challenge: &str) {
        let seat = self.shared.seat(holder.user, holder.server);
        seat.set_challenge(Some(challenge.to_owned()).filter(|challenge| challenge.len() <= CHALLENGE));
    }

    async fn too_little(&self, holder: &Holder, challenge: &str) -> Result<(), String> {
        let wanted = WWWAuthenticateParams::parse(challenge, &holder.url);
        if !wanted.is_insufficient_scope() {
            return Err(
                "The server does not allow this to the account that you are signed in with there.".into()
            );
        }
        let scope = wanted.scope.unwrap_or_default();
        let seat = self.shared.seat(holder.user, holder.server);
        let kept = self.shared.kept(holder, &seat).await?;
        let Some(record) = kept.record(holder) else { return Ok(()) };
        let is_new = words(&scope).iter().any(|word| !record.asked.contains(word));
        if !is_new || record.step_ups >= STEP_UPS {
            return Err(format!(
                "The server does not allow this to the account that you are signed in with there: it lacks {}, for which it was \
                 asked already.",
                clean_to(&scope, 200)
            ));
        }
        self.wanted(holder, challenge).await;
        Ok(())
    }
}
