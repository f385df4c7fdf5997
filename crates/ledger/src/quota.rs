//! What users may spend in a day: tokens are held back before a call and settled after it.
//!
//! A counter a user and day admits calls, so that any number of calls at once, on any number of nodes, pass the limit by
//! less than one reservation. The ledger is the truth: a counter that is lost is made anew from it. Days are UTC. It
//! must never refuse a model that runs on this machine: whoever asks does not come here for one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::FutureExt as _;
use tokio::sync::oneshot;
use vertice_domain::{Action, Actor, Error, QuotaStatus, Result, Role, Timestamp, UserId, quota::exceeded};
use vertice_ports::{
    AccountStore, Clock, Counters, Ledger, Quota,
    quota::{Admission, Hold, Left, Reservation},
};
use vertice_runtime::Tasks;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a counter outlives its day, in milliseconds: calls that run past midnight settle against the day in which
/// they began, and the clocks of nodes differ.
const AFTERLIFE_MS: i64 = 60 * 60 * 1_000;
/// How often a counter is made anew for one call before that is given up.
const ATTEMPTS: u32 = 3;

/// Tokens a day by role. 0: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyLimits {
    pub user: u64,
    /// Of premium users.
    pub premium: u64,
    pub admin: u64,
}

impl DailyLimits {
    const fn of(self, role: Role) -> u64 {
        match role {
            Role::User => self.user,
            Role::Premium => self.premium,
            Role::Admin => self.admin,
        }
    }
}

/// What a [`DailyQuota`] works with.
#[derive(Clone)]
pub struct QuotaDependencies {
    /// Where users' own limits are kept.
    pub accounts: Arc<dyn AccountStore>,
    pub ledger: Arc<dyn Ledger>,
    /// What is held back.
    pub counters: Arc<dyn Counters>,
    pub clock: Arc<dyn Clock>,
    /// Where reservations are settled.
    pub tasks: Tasks,
}

/// The users' daily quotas. Cheap to clone.
#[derive(Clone)]
pub struct DailyQuota {
    dependencies: QuotaDependencies,
    limits: DailyLimits,
    held: Arc<Held>,
}

/// The day of a call.
#[derive(Debug, Clone, Copy)]
struct Day {
    began: Timestamp,
    ends: Timestamp,
}

impl Day {
    fn of(now: Timestamp) -> Self {
        let began = Timestamp::from_millis(now.as_millis().div_euclid(DAY_MS) * DAY_MS);
        Self { began, ends: began.plus_millis(DAY_MS) }
    }

    fn number(self) -> i64 {
        self.began.as_millis() / DAY_MS
    }
}

/// Tokens that are to be held back.
struct Request {
    user: UserId,
    user_limit: Option<u64>,
    model: String,
    model_limit: Option<u64>,
    tokens: u64,
}

/// One limit that a call must keep: the user's, or that of one model for the user.
struct Bound<'a> {
    key: String,
    limit: u64,
    model: Option<&'a str>,
}

impl Bound<'_> {
    fn of_user(user: UserId, day: Day, limit: u64) -> Self {
        Self { key: format!("quota:{user}:{}", day.number()), limit, model: None }
    }
}

impl DailyQuota {
    /// Quotas of users with these limits, unless they have one of their own.
    pub fn new(dependencies: QuotaDependencies, limits: DailyLimits) -> Self {
        Self { dependencies, limits, held: Arc::default() }
    }

    /// A user's daily limit; none: no limit.
    async fn limit(&self, actor: &Actor) -> Result<Option<u64>> {
        let own = self.dependencies.accounts.daily_token_limit(actor.user).await?;
        Ok(Some(own.unwrap_or(self.limits.of(actor.role))).filter(|limit| *limit > 0))
    }

    async fn admit(&self, user: UserId, day: Day, bound: &Bound<'_>, tokens: u64) -> Result<bool> {
        let counters = &self.dependencies.counters;
        for _ in 0..ATTEMPTS {
            match counters.admit(&bound.key, tokens, bound.limit).await? {
                Admission::Admitted => return Ok(true),
                Admission::Full => return Ok(false),
                Admission::Missing => {}
            }
            self.seed(user, day, bound).await?;
        }
        tracing::error!("a quota counter is lost as soon as it is made");
        Err(Error::storage_unavailable())
    }

    /// Makes a counter that is missing from the ledger; at what.
    async fn seed(&self, user: UserId, day: Day, bound: &Bound<'_>) -> Result<u64> {
        let spent = self.dependencies.ledger.spent(user, bound.model, day.began).await?.tokens;
        // Calls that run now are in no sum yet. Those of other nodes are not known here: should Redis lose its
        // data, the limit may be passed by what they hold at that moment.
        let value = spent.saturating_add(self.held.of(&bound.key));
        let ends_at = day.ends.plus_millis(AFTERLIFE_MS);
        self.dependencies.counters.seed(&bound.key, value, ends_at).await?;
        Ok(value)
    }

    async fn hold(&self, request: &Request) -> Result<Reservation> {
        let now = self.dependencies.clock.now();
        let day = Day::of(now);
        let (user, number) = (request.user, day.number());
        let of_user = request.user_limit.map(|limit| Bound::of_user(user, day, limit));
        let of_model = request.model_limit.filter(|limit| *limit > 0).map(|limit| Bound {
            key: format!("quota:{user}:{number}:{}", request.model),
            limit,
            model: Some(request.model.as_str()),
        });
        // What was admitted is given back when the hold is dropped, also by a later refusal.
        let mut hold = DayHold::new(&self.dependencies, &self.held, request.tokens);
        for bound in of_user.into_iter().chain(of_model) {
            if !self.admit(user, day, &bound, request.tokens).await? {
                let wait_ms = day.ends.as_millis() - now.as_millis();
                let retry_after_s = u64::try_from(wait_ms).ok().map(|wait| wait.div_ceil(1_000));
                return Err(Error { retry_after_s, ..exceeded(bound.limit, bound.model, day.ends) });
            }
            hold.admitted(bound.key);
        }
        Ok(if hold.keys.is_empty() { Reservation::unlimited() } else { Reservation::of(hold) })
    }
}

#[async_trait]
impl Quota for DailyQuota {
    async fn status(&self, actor: &Actor) -> Result<QuotaStatus> {
        actor.may(Action::ReadQuota)?;
        let day = Day::of(self.dependencies.clock.now());
        let daily_limit = self.limit(actor).await?;
        let spent = self.dependencies.ledger.spent(actor.user, None, day.began).await?;
        Ok(QuotaStatus {
            tokens_used: spent.tokens,
            tokens_remaining: daily_limit.map(|limit| limit.saturating_sub(spent.tokens)),
            daily_limit,
            cost_usd: spent.cost,
            resets_at: day.ends,
        })
    }

    async fn left(&self, actor: &Actor) -> Result<Option<Left>> {
        let Some(limit) = self.limit(actor).await? else { return Ok(None) };
        let day = Day::of(self.dependencies.clock.now());
        let bound = Bound::of_user(actor.user, day, limit);
        let spent = match self.dependencies.counters.value(&bound.key).await? {
            Some(value) => value,
            None => self.seed(actor.user, day, &bound).await?,
        };
        Ok(Some(Left { tokens: limit.saturating_sub(spent), limit }))
    }

    async fn reserve(
        &self,
        actor: &Actor,
        model: &str,
        model_limit: Option<u64>,
        tokens: u64,
    ) -> Result<Reservation> {
        let user_limit = self.limit(actor).await?;
        let request = Request { user: actor.user, user_limit, model: model.to_owned(), model_limit, tokens };
        // A caller who goes away must not leave a counter behind that was changed and never is settled: the work goes
        // on by itself, and what it reserved for nobody is given back.
        let (sender, reserved) = oneshot::channel();
        let mut work = {
            let quota = self.clone();
            async move {
                let _ = sender.send(quota.hold(&request).await);
            }
            .boxed()
        };
        if (&mut work).now_or_never().is_none() {
            self.dependencies.tasks.spawn(work);
        }
        reserved.await.map_err(|_| Error::internal())?
    }
}

/// What this process holds back, by counter.
#[derive(Default)]
struct Held(Mutex<HashMap<String, u64>>);

impl Held {
    fn of(&self, key: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied().unwrap_or(0)
    }

    fn change(&self, key: &str, change: impl FnOnce(u64) -> u64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match change(held.get(key).copied().unwrap_or(0)) {
            0 => held.remove(key),
            now => held.insert(key.to_owned(), now),
        };
    }
}

/// Tokens held back in the counters of one day.
struct DayHold {
    keys: Vec<String>,
    left: Mutex<u64>,
    held: Arc<Held>,
    counters: Arc<dyn Counters>,
    tasks: Tasks,
}

impl DayHold {
    fn new(dependencies: &QuotaDependencies, held: &Arc<Held>, tokens: u64) -> Self {
        Self {
            keys: Vec::new(),
            left: Mutex::new(tokens),
            held: Arc::clone(held),
            counters: Arc::clone(&dependencies.counters),
            tasks: dependencies.tasks.clone(),
        }
    }

    fn admitted(&mut self, key: String) {
        let tokens = *self.left.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.held.change(&key, |held| held.saturating_add(tokens));
        self.keys.push(key);
    }

    fn let_go(&self, tokens: u64) {
        for key in &self.keys {
            self.held.change(key, |held| held.saturating_sub(tokens));
        }
    }

    /// Changes the counters, at once where they are in this process.
    fn add(&self, delta: i64) {
        if delta == 0 {
            return;
        }
        for key in self.keys.clone() {
            let counters = Arc::clone(&self.counters);
            let mut work = async move {
                if let Err(error) = counters.add(&key, delta).await {
                    // It stays too high or too low until the day ends or it is lost; the ledger is right.
                    tracing::warn!(code = error.code, "a quota counter could not be settled");
                }
            }
            .boxed();
            if (&mut work).now_or_never().is_none() {
                self.tasks.spawn(work);
            }
        }
    }
}

impl Hold for DayHold {
    fn charge(&self, tokens: u64) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let out_of_hold = tokens.min(*left);
        *left -= out_of_hold;
        drop(left);
        self.let_go(out_of_hold);
        self.add(signed(tokens - out_of_hold));
    }
}

impl Drop for DayHold {
    fn drop(&mut self) {
        let left = std::mem::take(self.left.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.let_go(left);
        self.add(-signed(left));
    }
}

fn signed(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
