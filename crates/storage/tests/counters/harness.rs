//! Counters for tests.

use std::sync::Arc;

use vertice_runtime::SystemClock;
use vertice_storage::{MemoryCounters, RedisCounters};

/// Where a Redis listens in which tests may make keys.
const REDIS_URL: &str = "VERTICE_TEST_REDIS_URL";

pub(crate) fn memory() -> MemoryCounters {
    MemoryCounters::new(Arc::new(SystemClock))
}

/// None: there is no server to test with, which only a developer's machine may lack.
pub(crate) async fn redis() -> Option<RedisCounters> {
    let Some(url) = variable(REDIS_URL) else {
        assert!(variable("CI").as_deref() != Some("true"), "{REDIS_URL} must be set in CI");
        eprintln!("skipped on Redis: {REDIS_URL} is not set");
        return None;
    };
    Some(RedisCounters::connect(&url).await.unwrap())
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to read it from")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
