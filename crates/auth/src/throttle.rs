//! Slows down guessing. Wrong passwords are counted for each network that tries an account, for each network, and for
//! each browser that an account knows; beyond a few, the next attempt has to wait, some seconds at first, a minute at most.
//!
//! An account as such is never closed: whoever comes from elsewhere, or from a browser that it knows, does not wait for
//! what strangers did. Pure but for its memory, which is bounded and gone with the process. An attempt counts as failed
//! until it has succeeded, so that many at once are no way around the wait.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use vertice_domain::{Email, Error, ErrorKind, Result, Timestamp, UserId};

use crate::devices::DeviceId;

/// The longest wait, in seconds.
const LONGEST_WAIT_S: i64 = 60;
/// A failure is forgotten for each such time in which nothing was tried, in milliseconds.
const FORGET_MS: i64 = 60 * 1_000;
/// The most buckets that are remembered.
const MAX_BUCKETS: usize = 10_000;

/// What failures are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// A network that tries one account.
    Account(Option<IpAddr>, Email),
    /// A network, whatever accounts it tries: an office with many people, or one thief with many addresses of mail.
    Network(Option<IpAddr>),
    /// A browser that the account knows.
    Device(DeviceId),
    /// A user who is signed in and says their password once more.
    User(UserId),
}

impl Bucket {
    /// Failures that cost nothing.
    const fn free(&self) -> u32 {
        match self {
            Self::Account(..) | Self::Device(_) | Self::User(_) => 5,
            Self::Network(_) => 20,
        }
    }

    fn wait_s(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free()) {
            None => 0,
            Some(beyond) => (1_i64 << beyond.min(8)).min(LONGEST_WAIT_S),
        }
    }
}

#[derive(Clone, Copy)]
struct Record {
    failures: u32,
    last: Timestamp,
    locked_until: Timestamp,
}

impl Record {
    /// What is left of it by `now`.
    fn by(self, now: Timestamp) -> Self {
        let idle_ms = now.as_millis().saturating_sub(self.locked_until.as_millis()).max(0);
        let forgotten = u32::try_from(idle_ms / FORGET_MS).unwrap_or(u32::MAX);
        Self { failures: self.failures.saturating_sub(forgotten), ..self }
    }
}

/// Where somebody stands if their attempt fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// How many more may fail before one has to wait.
    pub(crate) left: u32,
    /// How long the next one has to wait, in seconds.
    pub(crate) wait_s: Option<u64>,
}

#[derive(Default)]
pub(crate) struct Throttle {
    records: Mutex<HashMap<Bucket, Record>>,
}

impl Throttle {
    /// Counts an attempt in all of the buckets, or refuses it and counts it in none.
    pub(crate) fn attempt(&self, buckets: &[Bucket], now: Timestamp) -> Result<Standing> {
        let mut records = self.lock();
        let locked_until = buckets.iter().filter_map(|bucket| Some(records.get(bucket)?.locked_until)).max();
        if let Some(locked_until) = locked_until.filter(|locked_until| *locked_until > now) {
            return Err(too_many(locked_until.as_millis() - now.as_millis()));
        }
        let (mut left, mut wait_s) = (u32::MAX, 0);
        for bucket in buckets {
            let before = records.get(bucket).map_or(0, |record| record.by(now).failures);
            if !records.contains_key(bucket) {
                make_room(&mut records, now);
            }
            let failures = before.saturating_add(1);
            left = left.min(bucket.free().saturating_sub(failures));
            wait_s = wait_s.max(bucket.wait_s(failures));
            let locked_until = now.plus_millis(bucket.wait_s(failures) * 1_000);
            records.insert(bucket.clone(), Record { failures, last: now, locked_until });
        }
        Ok(Standing { left, wait_s: u64::try_from(wait_s).ok().filter(|wait| *wait > 0) })
    }

    /// The attempt succeeded: who made it starts afresh. A network's other failures stay, or a thief would wash them away
    /// with an account of their own.
    pub(crate) fn succeeded(&self, buckets: &[Bucket], now: Timestamp) {
        let mut records = self.lock();
        for bucket in buckets {
            match bucket {
                Bucket::Account(..) | Bucket::Device(_) | Bucket::User(_) => {
                    records.remove(bucket);
                }
                Bucket::Network(_) => take_back(&mut records, bucket, now),
            }
        }
    }

    /// The attempt came to nothing, neither right nor wrong.
    pub(crate) fn did_not_happen(&self, buckets: &[Bucket], now: Timestamp) {
        let mut records = self.lock();
        for bucket in buckets {
            take_back(&mut records, bucket, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Bucket, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_back(records: &mut HashMap<Bucket, Record>, bucket: &Bucket, now: Timestamp) {
    if let Some(record) = records.get_mut(bucket) {
        record.failures = record.failures.saturating_sub(1);
        record.locked_until = record.locked_until.min(now);
    }
}

fn make_room(records: &mut HashMap<Bucket, Record>, now: Timestamp) {
    if records.len() < MAX_BUCKETS {
        return;
    }
    records.retain(|_, record| record.by(now).failures > 0);
    while records.len() >= MAX_BUCKETS {
        let least = records.iter().min_by_key(|(_, record)| (record.failures, record.last));
        let Some(bucket) = least.map(|(bucket, _)| bucket.clone()) else { return };
        records.remove(&bucket);
    }
}

fn too_many(wait_ms: i64) -> Error {
    let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
    let when = if seconds == 1 { "1 second".to_owned() } else { format!("{seconds} seconds") };
    let message = format!("Too many wrong passwords from here. Try again in {when}.");
    Error { retry_after_s: Some(seconds), ..Error::new(ErrorKind::RateLimited, "too_many_attempts", message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn account(network: u8, email: &str) -> Bucket {
        Bucket::Account(Some([192, 0, 2, network].into()), email.parse().unwrap())
    }

    fn network(network: u8) -> Bucket {
        Bucket::Network(Some([192, 0, 2, network].into()))
    }

    fn wait(throttle: &Throttle, buckets: &[Bucket], seconds: i64) -> Option<u64> {
        throttle.attempt(buckets, at(seconds)).err().and_then(|error| error.retry_after_s)
    }

    #[test]
    fn the_wait_begins_after_five_and_doubles_up_to_a_minute() {
        let throttle = Throttle::default();
        let here = [account(1, "ann@example.com")];
        for _ in 0..5 {
            assert_eq!(wait(&throttle, &here, 0), None);
        }
        assert_eq!(wait(&throttle, &here, 0), Some(1));
        let mut now = 1;
        for expected in [2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(wait(&throttle, &here, now), None);
            assert_eq!(wait(&throttle, &here, now), Some(expected));
            now += i64::try_from(expected).unwrap();
        }
        for elsewhere in [account(2, "ann@example.com"), account(1, "bob@example.com")] {
            assert_eq!(wait(&throttle, &[elsewhere], 0), None);
        }
        throttle.succeeded(&here, at(now));
        assert_eq!((wait(&throttle, &here, now), wait(&throttle, &here, now)), (None, None));
    }

    #[test]
    fn a_network_that_tries_many_accounts_waits_and_an_account_of_its_own_washes_nothing_away() {
        let throttle = Throttle::default();
        let attempt = |n: usize| [account(1, &format!("user{n}@example.com")), network(1)];
        for n in 0..20 {
            assert_eq!(wait(&throttle, &attempt(n), 0), None);
        }
        assert_eq!(wait(&throttle, &attempt(20), 0), Some(1));
        assert_eq!(wait(&throttle, &attempt(21), 1), None);
        throttle.succeeded(&attempt(21), at(1));
        assert_eq!(wait(&throttle, &attempt(22), 1), None);
        assert_eq!(wait(&throttle, &attempt(23), 1), Some(2));
        assert_eq!(wait(&throttle, &[account(2, "user1@example.com"), network(2)], 1), None);
    }

    #[test]
    fn one_is_told_how_many_are_left_and_then_how_long_to_wait() {
        let throttle = Throttle::default();
        let here = [account(1, "ann@example.com"), network(1)];
        let told: Vec<Standing> = (0..5).map(|_| throttle.attempt(&here, at(0)).unwrap()).collect();
        assert_eq!(told.iter().map(|told| told.left).collect::<Vec<_>>(), [4, 3, 2, 1, 0]);
        assert_eq!((told[3].wait_s, told[4].wait_s), (None, Some(1)));
        assert_eq!(throttle.attempt(&here, at(1)).unwrap(), Standing { left: 0, wait_s: Some(2) });
    }

    #[test]
    fn time_forgives_one_by_one() {
        let throttle = Throttle::default();
        let here = [account(1, "ann@example.com")];
        for _ in 0..5 {
            throttle.attempt(&here, at(0)).unwrap();
        }
        // Locked until second 1; two minutes later two are forgotten.
        for _ in 0..2 {
            assert_eq!(wait(&throttle, &here, 121), None);
        }
        assert_eq!(wait(&throttle, &here, 121), Some(1));
        throttle.did_not_happen(&here, at(121));
        assert_eq!(wait(&throttle, &here, 121), None);
    }

    #[test]
    fn memory_is_bounded_and_keeps_the_worst() {
        let throttle = Throttle::default();
        let here = [account(1, "ann@example.com")];
        for _ in 0..6 {
            throttle.attempt(&here, at(1)).unwrap_or_default();
        }
        for n in 0..MAX_BUCKETS + 3 {
            throttle.attempt(&[account(2, &format!("{n}@example.com"))], at(1)).unwrap();
        }
        assert_eq!(throttle.lock().len(), MAX_BUCKETS);
        assert_eq!(wait(&throttle, &here, 1), Some(1));
    }

    #[test]
    fn the_message_says_when() {
        assert!(too_many(29_001).message.ends_with("in 30 seconds."));
        assert!(too_many(900).message.ends_with("in 1 second."));
    }
}
