//! Counters of this process, for one node.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use vertice_domain::{Result, Timestamp};
use vertice_ports::{Clock, Counters, quota::Admission};

/// Expired counters are swept out when this many more have been made.
const SWEEP_EVERY: usize = 1_024;

/// Counters in memory. Every call is over as soon as it is polled.
pub struct MemoryCounters {
    inside: Mutex<Inside>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Inside {
    counters: HashMap<String, Counter>,
    made: usize,
}

struct Counter {
    value: u64,
    expires_at: Timestamp,
}

impl MemoryCounters {
    /// No counters yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { inside: Mutex::default(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A counter is changed by a single assignment, so it is whole even after a panic.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn live(&mut self, key: &str, now: Timestamp) -> Option<&mut Counter> {
        self.counters.get_mut(key).filter(|counter| counter.expires_at > now)
    }
}

#[async_trait]
impl Counters for MemoryCounters {
    async fn admit(&self, key: &str, amount: u64, limit: u64) -> Result<Admission> {
        let now = self.clock.now();
        Ok(match self.lock().live(key, now) {
            None => Admission::Missing,
            Some(counter) if counter.value >= limit => Admission::Full,
            Some(counter) => {
                counter.value = counter.value.saturating_add(amount);
                Admission::Admitted
            }
        })
    }

    async fn value(&self, key: &str) -> Result<Option<u64>> {
        let now = self.clock.now();
        Ok(self.lock().live(key, now).map(|counter| counter.value))
    }

    async fn seed(&self, key: &str, value: u64, expires_at: Timestamp) -> Result<()> {
        let now = self.clock.now();
        let mut inside = self.lock();
        if inside.live(key, now).is_some() {
            return Ok(());
        }
        inside.made += 1;
        if inside.made.is_multiple_of(SWEEP_EVERY) {
            inside.counters.retain(|_, counter| counter.expires_at > now);
        }
        inside.counters.insert(key.to_owned(), Counter { value, expires_at });
        Ok(())
    }

    async fn add(&self, key: &str, delta: i64) -> Result<()> {
        let now = self.clock.now();
        if let Some(counter) = self.lock().live(key, now) {
            counter.value = counter.value.saturating_add_signed(delta);
        }
        Ok(())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
