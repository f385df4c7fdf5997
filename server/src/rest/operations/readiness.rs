//! What the server stands on, asked one by one, at most once a second: who asks meanwhile waits for the same answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use serde::Serialize;
use vertice_ports::{Blobs, Counters, Sandbox, TurnStore, sandbox::Tier};

/// How long a part may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);

/// What became of each check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Checks {
    database: Check,
    cache: Check,
    blob_store: Check,
    /// In what code is run. A server that runs none is ready all the same.
    sandbox: Check,
}

impl Checks {
    pub(super) fn are_ok(&self) -> bool {
        [&self.database, &self.cache, &self.blob_store].into_iter().all(|check| check.status == OK)
    }
}

const OK: &str = "ok";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
struct Check {
    status: &'static str,
    detail: String,
}

impl Check {
    fn of(outcome: Result<&str, String>) -> Self {
        match outcome {
            Ok(detail) => Self { status: OK, detail: detail.to_owned() },
            Err(detail) => Self { status: "down", detail },
        }
    }
}

/// What this server stands on.
pub struct Foundations {
    pub database: Arc<dyn TurnStore>,
    pub counters: Arc<dyn Counters>,
    /// Whether other nodes share them: then they are Redis'.
    pub counters_are_shared: bool,
    /// Where blobs are kept.
    pub blobs: Arc<dyn Blobs>,
    pub sandbox: Arc<dyn Sandbox>,
}

impl Foundations {
    async fn check(self: Arc<Self>) -> Checks {
        let (database, cache, blob_store) = tokio::join!(self.database(), self.cache(), self.blob_store());
        Checks {
            database: Check::of(database),
            cache: Check::of(cache),
            blob_store: Check::of(blob_store),
            sandbox: tier(self.sandbox.tier()),
        }
    }

    async fn database(&self) -> Result<&'static str, String> {
        match tokio::time::timeout(PATIENCE, self.database.ping()).await {
            Ok(Ok(())) => Ok("answers"),
            Ok(Err(error)) => Err(error.message),
            Err(_) => Err("does not answer in time".to_owned()),
        }
    }

    async fn cache(&self) -> Result<&'static str, String> {
        if !self.counters_are_shared {
            return Ok("in-process");
        }
        match tokio::time::timeout(PATIENCE, self.counters.ping()).await {
            Ok(Ok(())) => Ok("Redis answers"),
            Ok(Err(_)) | Err(_) => Err("Redis does not answer".to_owned()),
        }
    }

    async fn blob_store(&self) -> Result<&'static str, String> {
        match tokio::time::timeout(PATIENCE, self.blobs.ping()).await {
            Ok(Ok(())) => Ok("can be used"),
            Ok(Err(error)) => Err(error.message),
            Err(_) => Err("does not answer in time".to_owned()),
        }
    }
}

fn tier(found: Option<Tier>) -> Check {
    let Some(found) = found else {
        return Check { status: "starting", detail: "is being tried".to_owned() };
    };
    let openings = found.openings();
    let Tier { runtime, shortcomings, reasons, .. } = found;
    let reasons = reasons.iter().map(|(runtime, why)| format!("not {}: {why}", runtime.as_str()));
    let because = |more: Vec<String>| reasons.clone().chain(more).collect::<Vec<_>>().join("; ");
    match runtime {
        None => Check { status: "off", detail: because(Vec::new()) },
        Some(runtime) => {
            let status = if shortcomings.is_empty() { OK } else { "degraded" };
            let more = because(shortcomings.into_iter().chain(openings).collect());
            let name = runtime.as_str();
            Check {
                status,
                detail: if more.is_empty() { name.to_owned() } else { format!("{name}; {more}") },
            }
        }
    }
}

type Answer = Shared<BoxFuture<'static, Checks>>;

/// The checks, with the last answer.
#[derive(Clone)]
pub struct Readiness {
    foundations: Arc<Foundations>,
    last: Arc<Mutex<Option<(Instant, Answer)>>>,
}

impl Readiness {
    /// Nothing was asked yet.
    pub fn new(foundations: Foundations) -> Self {
        Self { foundations: Arc::new(foundations), last: Arc::default() }
    }

    /// How it is, or was within the last second.
    pub(crate) async fn checks(&self) -> Checks {
        let answer = self.answer();
        answer.await
    }

    fn answer(&self) -> Answer {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((asked, answer)) if asked.elapsed() < HOLDS => answer.clone(),
            _ => {
                let answer = Arc::clone(&self.foundations).check().boxed().shared();
                *last = Some((Instant::now(), answer.clone()));
                answer
            }
        }
    }
}
