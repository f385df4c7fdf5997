//! Users' own daily limits, remembered for a few seconds: every reservation asks for one. A change through this process
//! counts at once, one through another within [`KEPT`]. Those who ask at the same time wait for one answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::OnceCell, time::Instant};
use vertice_domain::UserId;

use crate::{database::Database, fault::Fault, rows};

/// How long an answer holds.
const KEPT: Duration = Duration::from_secs(5);
/// The most users whose limits are kept; beyond that all are forgotten.
const MAX_KEPT: usize = 10_000;

type Answer = Arc<OnceCell<Option<u64>>>;

/// What is remembered. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits(Arc<Mutex<HashMap<UserId, (Instant, Answer)>>>);

impl Limits {
    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, (Instant, Answer)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, user: UserId) -> Answer {
        let now = Instant::now();
        let mut kept = self.lock();
        if let Some((_, answer)) = kept.get(&user).filter(|(until, _)| *until > now) {
            return Arc::clone(answer);
        }
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        let answer = Answer::default();
        kept.insert(user, (now + KEPT, Arc::clone(&answer)));
        answer
    }

    /// What is being read at this moment may be from before the change: it is not kept either.
    fn forget(&self, user: UserId) {
        self.lock().remove(&user);
    }
}

pub(super) async fn get(database: &Database, user: UserId) -> Result<Option<u64>, Fault> {
    let answer = database.limits().answer(user);
    answer.get_or_try_init(|| read(database, user)).await.copied()
}

async fn read(database: &Database, user: UserId) -> Result<Option<u64>, Fault> {
    let row = sqlx::query("SELECT daily_token_limit FROM users WHERE id = $1")
        .bind(user.to_string())
        .fetch_optional(database.reader())
        .await?;
    match row {
        Some(row) => rows::optional_count(&row, "daily_token_limit"),
        None => Ok(None),
    }
}

pub(super) async fn set(database: &Database, user: UserId, limit: Option<u64>) -> Result<bool, Fault> {
    let done = sqlx::query("UPDATE users SET daily_token_limit = $1 WHERE id = $2")
        .bind(limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .bind(user.to_string())
        .execute(database.writer())
        .await;
    database.limits().forget(user);
    Ok(done?.rows_affected() == 1)
}
