//! One suite for both kinds of counters. Redis' half needs the URL of a server in `VERTICE_TEST_REDIS_URL`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic where it stands")]

mod harness;

use futures::future::join_all;
use vertice_domain::{ErrorKind, Timestamp};
use vertice_ports::{Clock as _, Counters, Ids as _, quota::Admission};
use vertice_runtime::{SystemClock, SystemIds};
use vertice_storage::RedisCounters;

/// A key that no other test has.
fn key() -> String {
    format!("test:{}", SystemIds.uuid())
}

/// Later than any test runs.
fn later() -> Timestamp {
    SystemClock.now().plus_millis(600_000)
}

/// The value of a counter that is there, asked by what it still admits: `admit` with nothing to add changes nothing.
async fn stands_at(counters: &dyn Counters, key: &str, value: u64) -> bool {
    counters.admit(key, 0, value).await.unwrap() == Admission::Full
        && counters.admit(key, 0, value + 1).await.unwrap() == Admission::Admitted
}

/// Makes two tests of each function: one for each kind.
macro_rules! conformance {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&crate::harness::memory()).await;
            })+
        }

        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(counters) = crate::harness::redis().await else { return };
                super::$name(&counters).await;
                counters.close().await;
            })+
        }
    };
}

conformance! {
    a_missing_counter_admits_nothing_and_stays_missing,
    a_seed_sets_only_what_is_missing,
    below_the_limit_is_admitted_whole,
    additions_never_go_below_zero,
    an_expired_counter_is_missing,
    counters_know_nothing_of_each_other,
    a_hundred_at_once_pass_the_limit_by_less_than_one,
    what_answers_can_be_used,
}

async fn a_missing_counter_admits_nothing_and_stays_missing(counters: &dyn Counters) {
    let key = key();
    counters.add(&key, 5).await.unwrap();
    for _ in 0..2 {
        assert_eq!(counters.admit(&key, 5, 10).await.unwrap(), Admission::Missing);
    }
}

async fn a_seed_sets_only_what_is_missing(counters: &dyn Counters) {
    let key = key();
    counters.seed(&key, 7, later()).await.unwrap();
    counters.seed(&key, 99, later()).await.unwrap();
    assert!(stands_at(counters, &key, 7).await);
}

async fn below_the_limit_is_admitted_whole(counters: &dyn Counters) {
    let key = key();
    counters.seed(&key, 9, later()).await.unwrap();
    assert_eq!(counters.admit(&key, 1_000, 10).await.unwrap(), Admission::Admitted);
    assert!(stands_at(counters, &key, 1_009).await);
    assert_eq!(counters.admit(&key, 1, 1_009).await.unwrap(), Admission::Full);
    assert_eq!(counters.admit(&key, 1, 10).await.unwrap(), Admission::Full);
    assert!(stands_at(counters, &key, 1_009).await);
    assert_eq!(counters.admit(&key, 1, u64::MAX).await.unwrap(), Admission::Admitted);
}

async fn additions_never_go_below_zero(counters: &dyn Counters) {
    let key = key();
    counters.seed(&key, 10, later()).await.unwrap();
    counters.add(&key, -4).await.unwrap();
    assert!(stands_at(counters, &key, 6).await);
    counters.add(&key, 3).await.unwrap();
    assert!(stands_at(counters, &key, 9).await);
    counters.add(&key, -1_000).await.unwrap();
    assert_eq!(counters.admit(&key, 0, 1).await.unwrap(), Admission::Admitted);
    counters.add(&key, 2).await.unwrap();
    assert!(stands_at(counters, &key, 2).await);
}

async fn an_expired_counter_is_missing(counters: &dyn Counters) {
    let key = key();
    counters.seed(&key, 1, SystemClock.now().plus_millis(-1_000)).await.unwrap();
    assert_eq!(counters.admit(&key, 1, 10).await.unwrap(), Admission::Missing);
    counters.seed(&key, 4, later()).await.unwrap();
    assert!(stands_at(counters, &key, 4).await);
}

async fn counters_know_nothing_of_each_other(counters: &dyn Counters) {
    let (one, other) = (key(), key());
    counters.seed(&one, 1, later()).await.unwrap();
    counters.seed(&other, 5, later()).await.unwrap();
    counters.add(&one, 1).await.unwrap();
    assert!(stands_at(counters, &one, 2).await && stands_at(counters, &other, 5).await);
}

async fn a_hundred_at_once_pass_the_limit_by_less_than_one(counters: &dyn Counters) {
    let key = key();
    counters.seed(&key, 0, later()).await.unwrap();
    let admissions = join_all((0..100).map(|_| counters.admit(&key, 70, 1_000))).await;
    let admitted = admissions.iter().filter(|one| *one.as_ref().unwrap() == Admission::Admitted).count();
    // 14 calls of 70 are 980: one more is admitted, which makes 1,050.
    assert_eq!(admitted, 15);
    assert!(stands_at(counters, &key, 1_050).await);
}

async fn what_answers_can_be_used(counters: &dyn Counters) {
    counters.ping().await.unwrap();
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_told_without_its_password() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = RedisCounters::connect(&format!("redis://:hunter2@{free}")).await.err().unwrap();
    assert!(refused.to_string().starts_with("Redis cannot be used: "));
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
}

#[tokio::test]
async fn counters_of_a_lost_redis_are_unavailable() {
    let Some(counters) = harness::redis().await else { return };
    counters.close().await;
    assert_eq!(counters.ping().await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(counters.admit(&key(), 1, 2).await.unwrap_err().kind, ErrorKind::Unavailable);
}
