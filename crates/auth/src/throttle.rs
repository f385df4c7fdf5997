//! Slows down guessing: after five failures in a row an address has to wait, longer each time.
//!
//! Pure but for its memory, which is bounded and gone with the process. An attempt counts as failed until it has
//! succeeded, so that many at once are no way around the wait.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use vertice_domain::{Error, ErrorKind, Result, Timestamp};

/// Failures in a row that cost nothing.
const FREE: u32 = 5;
/// The first wait, in seconds; it doubles with each further failure.
const FIRST_WAIT_S: i64 = 30;
/// The longest wait, in seconds.
const LONGEST_WAIT_S: i64 = 15 * 60;
/// Failures are forgotten when nothing was tried for so long, in milliseconds.
const FORGET_MS: i64 = 60 * 60 * 1_000;
/// The most addresses that are remembered.
const MAX_ADDRESSES: usize = 10_000;

#[derive(Clone, Copy)]
struct Record {
    failures: u32,
    last: Timestamp,
    locked_until: Timestamp,
}

#[derive(Default)]
pub(crate) struct Throttle {
    records: Mutex<HashMap<String, Record>>,
}

impl Throttle {
    /// Counts an attempt for `address`, or refuses it.
    pub(crate) fn attempt(&self, address: &str, now: Timestamp) -> Result<()> {
        let mut records = self.lock();
        let fresh = Record { failures: 0, last: now, locked_until: now };
        let known = records.get(address).copied().filter(|record| !is_stale(record, now));
        let before = known.unwrap_or(fresh);
        if before.locked_until > now {
            return Err(too_many(before.locked_until.as_millis() - now.as_millis()));
        }
        if !records.contains_key(address) {
            make_room(&mut records, now);
        }
        let failures = before.failures.saturating_add(1);
        let locked_until = now.plus_millis(wait_s(failures) * 1_000);
        records.insert(address.to_owned(), Record { failures, last: now, locked_until });
        Ok(())
    }

    /// The attempt succeeded: the address starts afresh.
    pub(crate) fn clear(&self, address: &str) {
        self.lock().remove(address);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_stale(record: &Record, now: Timestamp) -> bool {
    record.locked_until.plus_millis(FORGET_MS) <= now
}

fn wait_s(failures: u32) -> i64 {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(beyond) => (FIRST_WAIT_S << beyond.min(8)).min(LONGEST_WAIT_S),
    }
}

fn make_room(records: &mut HashMap<String, Record>, now: Timestamp) {
    if records.len() < MAX_ADDRESSES {
        return;
    }
    records.retain(|_, record| !is_stale(record, now));
    while records.len() >= MAX_ADDRESSES {
        let least = records.iter().min_by_key(|(_, record)| (record.failures, record.last));
        let Some(address) = least.map(|(address, _)| address.clone()) else { return };
        records.remove(&address);
    }
}

fn too_many(wait_ms: i64) -> Error {
    let seconds = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1_000).max(1);
    let when = match seconds {
        1 => "1 second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    let message = format!("Too many failed attempts for this address. Try again in {when}.");
    Error { retry_after_s: Some(seconds), ..Error::new(ErrorKind::RateLimited, "too_many_attempts", message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn wait(throttle: &Throttle, seconds: i64) -> Option<u64> {
        throttle.attempt("a", at(seconds)).err().and_then(|error| error.retry_after_s)
    }

    #[test]
    fn the_wait_begins_after_five_and_doubles() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            assert_eq!(wait(&throttle, 0), None);
        }
        assert_eq!(wait(&throttle, 0), Some(30));
        assert_eq!(wait(&throttle, 29), Some(1));
        assert_eq!(throttle.attempt("b", at(29)), Ok(()));
        let mut now = 30;
        for expected in [60, 120, 240, 480, 900, 900] {
            assert_eq!(wait(&throttle, now), None);
            assert_eq!(wait(&throttle, now), Some(expected));
            now += i64::try_from(expected).unwrap();
        }
        throttle.clear("a");
        assert_eq!((wait(&throttle, now), wait(&throttle, now)), (None, None));
    }

    #[test]
    fn the_message_says_when() {
        let message = |wait_ms| too_many(wait_ms).message;
        assert!(message(29_001).ends_with("in 30 seconds.") && message(900_000).ends_with("in 15 minutes."));
    }

    #[test]
    fn memory_is_bounded_and_keeps_the_worst() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.attempt("a", at(0)).unwrap();
        }
        for n in 0..MAX_ADDRESSES + 3 {
            throttle.attempt(&n.to_string(), at(1)).unwrap();
        }
        assert_eq!(throttle.lock().len(), MAX_ADDRESSES);
        assert_eq!(wait(&throttle, 1), Some(29));
        assert_eq!(wait(&throttle, 5_000), None, "an hour later it is forgotten");
    }
}
