//! [`Held`]: a document of an issuer, kept while it is fresh, and longer where the issuer cannot be asked. Whoever needs it anew
//! at the same time waits for one answer, and an issuer is not asked again at once, whatever it has answered.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use vertice_domain::{Result, Timestamp};
use vertice_ports::Clock;
use vertice_runtime::Tasks;

/// How long a document serves where it cannot be fetched anew, in milliseconds: a day.
const SERVES_MS: i64 = 24 * 60 * 60 * 1_000;

/// How often it is asked for, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// For how long it counts as new.
    pub(super) fresh: i64,
    /// How long one waits between two attempts.
    pub(super) pause: i64,
}

struct Inner<T> {
    document: Option<(Arc<T>, Timestamp)>,
    tried: Option<Timestamp>,
    /// Whether the last attempt came to nothing.
    failed: bool,
    /// Closed as soon as the attempt under way is over.
    running: Option<watch::Receiver<()>>,
}

pub(super) struct Held<T> {
    inner: Mutex<Inner<T>>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
}

impl<T: Send + Sync + 'static> Held<T> {
    pub(super) fn new(pace: Pace, clock: Arc<dyn Clock>, tasks: Tasks) -> Arc<Self> {
        let inner = Inner { document: None, tried: None, failed: false, running: None };
        Arc::new(Self { inner: Mutex::new(inner), pace, clock, tasks })
    }

    /// The document, as long as it serves.
    pub(super) fn get(&self) -> Option<Arc<T>> {
        self.not_older_than(SERVES_MS)
    }

    /// The document, if it counts as new.
    pub(super) fn fresh(&self) -> Option<Arc<T>> {
        self.not_older_than(self.pace.fresh)
    }

    /// Whether the last attempt to fetch it came to nothing.
    pub(super) fn failed(&self) -> bool {
        self.lock().failed
    }

    /// Fetches it, unless that was tried just now; returns when the attempt is over, whoever has begun it. An attempt goes on
    /// when nobody waits for it any more.
    pub(super) async fn renew(self: &Arc<Self>, fetch: impl Future<Output = Result<T>> + Send + 'static) {
        let Some(mut running) = self.begin(fetch) else { return };
        // It is never written to: it closes.
        let _closed = running.changed().await;
    }

    fn begin(
        self: &Arc<Self>,
        fetch: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Option<watch::Receiver<()>> {
        let now = self.clock.now();
        let mut inner = self.lock();
        if let Some(running) = inner.running.as_ref().filter(|running| running.has_changed().is_ok()) {
            return Some(running.clone());
        }
        if inner.tried.is_some_and(|tried| is_within(tried, now, self.pace.pause)) {
            return None;
        }
        let (over, running) = watch::channel(());
        inner.tried = Some(now);
        inner.running = Some(running.clone());
        drop(inner);
        let held = Arc::clone(self);
        self.tasks.spawn(async move {
            let fetched = fetch.await;
            held.keep(fetched);
            drop(over);
        });
        Some(running)
    }

    fn keep(&self, fetched: Result<T>) {
        let now = self.clock.now();
        let mut inner = self.lock();
        inner.failed = fetched.is_err();
        if let Ok(document) = fetched {
            inner.document = Some((Arc::new(document), now));
        }
    }

    fn not_older_than(&self, age: i64) -> Option<Arc<T>> {
        let now = self.clock.now();
        let inner = self.lock();
        let (document, since) = inner.document.as_ref()?;
        is_within(*since, now, age).then(|| Arc::clone(document))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // Every change is one assignment: nothing can be half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back says nothing.
fn is_within(since: Timestamp, now: Timestamp, age: i64) -> bool {
    (0..age).contains(&(now.as_millis() - since.as_millis()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vertice_domain::Error;
    use vertice_testkit::FixedClock;

    use super::*;

    fn held(clock: &Arc<FixedClock>) -> Arc<Held<usize>> {
        let pace = Pace { fresh: 600_000, pause: 10_000 };
        Held::new(pace, Arc::<FixedClock>::clone(clock), Tasks::default())
    }

    #[tokio::test]
    async fn many_who_ask_at_once_wait_for_one_answer() {
        let (clock, asked) = (Arc::new(FixedClock::new()), Arc::new(AtomicUsize::new(0)));
        let held = held(&clock);
        let fetch = || {
            let asked = Arc::clone(&asked);
            async move {
                tokio::task::yield_now().await;
                Ok(asked.fetch_add(1, Ordering::SeqCst))
            }
        };
        let mut all: Vec<_> = (0..100).map(|_| held.begin(fetch()).unwrap()).collect();
        for one in &mut all {
            assert!(one.changed().await.is_err(), "it closes");
            assert_eq!(held.get().as_deref(), Some(&0));
        }
        clock.advance_millis(9_999);
        held.renew(fetch()).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        clock.advance_millis(1);
        held.renew(fetch()).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_is_old_serves_for_a_day_where_there_is_nothing_new() {
        let clock = Arc::new(FixedClock::new());
        let held = held(&clock);
        held.renew(async { Ok(1) }).await;
        assert!(held.fresh().is_some() && !held.failed());
        clock.advance_millis(600_000);
        held.renew(async { Err(Error::internal()) }).await;
        assert!(held.fresh().is_none() && held.failed());
        assert_eq!(held.get().as_deref(), Some(&1));
        clock.advance_millis(SERVES_MS - 600_000);
        assert_eq!(held.get(), None);
    }

    #[tokio::test]
    async fn an_attempt_goes_on_without_whoever_began_it() {
        let clock = Arc::new(FixedClock::new());
        let held = held(&clock);
        drop(held.begin(async { Ok(1) }));
        held.renew(async { Ok(2) }).await;
        assert_eq!(held.get().as_deref(), Some(&1));
    }
}
