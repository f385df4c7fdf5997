//! [`Actors`]: who holds which session or token, remembered for a few seconds, so that a request does not cost a query.
//!
//! What ends here in this process is forgotten at once; what ends elsewhere (another node, the command line), within
//! [`KEPT_MS`]. Requests that ask at the same time wait for one answer. Only what is found is kept: guesses of strangers
//! fill nothing.

use std::{
    future::Future,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use tokio::sync::OnceCell;
use vertice_domain::{Actor, Result, Timestamp, UserId};
use vertice_ports::store::SecretHash;

/// How long an answer holds, in milliseconds.
const KEPT_MS: i64 = 5_000;
/// The most answers that are kept; the one used least recently goes first.
const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");

/// A credential that was found.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) actor: Actor,
    /// When the credential ends; none: never.
    pub(crate) ends_at: Option<Timestamp>,
}

type Answer = Arc<OnceCell<Result<Option<Found>>>>;

struct Entry {
    until: Timestamp,
    answer: Answer,
}

pub(crate) struct Actors {
    entries: Mutex<LruCache<SecretHash, Entry>>,
}

impl Actors {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::new(LruCache::new(MAX_KEPT)) }
    }

    /// Who holds the secret, from memory or by `read`.
    pub(crate) async fn get(
        &self,
        hash: SecretHash,
        now: Timestamp,
        read: impl Future<Output = Result<Option<Found>>>,
    ) -> Result<Option<Actor>> {
        let answer = self.answer(hash, now);
        let found = answer.get_or_init(|| read).await.clone();
        if !matches!(found, Ok(Some(_))) {
            self.drop_answer(&hash, &answer);
        }
        let held = found?.filter(|found| found.ends_at.is_none_or(|ends_at| ends_at > now));
        Ok(held.map(|found| found.actor))
    }

    /// The user's credentials have changed. What is being read at this moment may be from before.
    pub(crate) fn forget(&self, user: UserId) {
        let mut entries = self.lock();
        let is_stale = |entry: &Entry| match entry.answer.get() {
            Some(Ok(Some(found))) => found.actor.user == user,
            Some(_) | None => true,
        };
        let stale: Vec<SecretHash> =
            entries.iter().filter(|(_, entry)| is_stale(entry)).map(|(hash, _)| *hash).collect();
        for hash in stale {
            entries.pop(&hash);
        }
    }

    fn answer(&self, hash: SecretHash, now: Timestamp) -> Answer {
        let mut entries = self.lock();
        if let Some(entry) = entries.get(&hash).filter(|entry| entry.until > now) {
            return Arc::clone(&entry.answer);
        }
        let answer = Answer::default();
        entries.put(hash, Entry { until: now.plus_millis(KEPT_MS), answer: Arc::clone(&answer) });
        answer
    }

    fn drop_answer(&self, hash: &SecretHash, answer: &Answer) {
        let mut entries = self.lock();
        if entries.peek(hash).is_some_and(|entry| Arc::ptr_eq(&entry.answer, answer)) {
            entries.pop(hash);
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<SecretHash, Entry>> {
        // Whatever a panic left half done is only a memory of what the store knows.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use uuid::Uuid;
    use vertice_domain::{Error, Role, account::Credential};

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn found(user: u128, ends_at: Option<Timestamp>) -> Found {
        let user = UserId::new(Uuid::from_u128(user));
        Found { actor: Actor { user, role: Role::User, credential: Credential::Console }, ends_at }
    }

    #[derive(Default)]
    struct Store(AtomicUsize);

    impl Store {
        async fn read(&self, answer: Result<Option<Found>>) -> Result<Option<Found>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            answer
        }

        fn reads(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn many_at_once_cost_one_read_and_an_answer_holds_for_seconds() {
        let (actors, store) = (Actors::new(), Store::default());
        let ask = |now| actors.get([1; 32], at(now), store.read(Ok(Some(found(1, Some(at(7_000)))))));
        for held in futures_of(100, || ask(0)).await {
            assert!(held.unwrap().is_some());
        }
        assert!(ask(4_999).await.unwrap().is_some());
        assert_eq!(store.reads(), 1);
        assert!(ask(5_000).await.unwrap().is_some());
        assert_eq!(store.reads(), 2);
        assert!(ask(7_000).await.unwrap().is_none(), "it has ended, whatever is remembered");
    }

    async fn futures_of<F: Future>(count: usize, make: impl Fn() -> F) -> Vec<F::Output> {
        let mut all: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
        // All of them have begun before the first one ends.
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for future in &mut all {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        let mut outputs = Vec::new();
        for future in all {
            outputs.push(future.await);
        }
        outputs
    }

    #[tokio::test]
    async fn what_is_not_found_or_fails_is_asked_for_again() {
        let (actors, store) = (Actors::new(), Store::default());
        for _ in 0..3 {
            assert!(actors.get([1; 32], at(0), store.read(Ok(None))).await.unwrap().is_none());
            assert!(actors.get([1; 32], at(0), store.read(Err(Error::internal()))).await.is_err());
        }
        assert_eq!((store.reads(), actors.lock().len()), (6, 0));
    }

    #[tokio::test]
    async fn a_change_is_seen_at_once_even_while_it_is_read() {
        let (actors, store) = (Actors::new(), Store::default());
        let ask = |key: u8, user| actors.get([key; 32], at(0), store.read(Ok(Some(found(user, None)))));
        ask(1, 1).await.unwrap();
        ask(2, 2).await.unwrap();
        let mut reading = Box::pin(ask(3, 1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(reading.as_mut().poll(&mut context).is_pending());
        actors.forget(UserId::new(Uuid::from_u128(1)));
        reading.await.unwrap();
        assert_eq!(actors.lock().iter().map(|(hash, _)| hash[0]).collect::<Vec<_>>(), [2]);
        ask(1, 1).await.unwrap();
        ask(2, 2).await.unwrap();
        assert_eq!(store.reads(), 4, "only the changed user's is read again");
    }

    #[tokio::test]
    async fn memory_is_bounded() {
        let (actors, store) = (Actors::new(), Store::default());
        for n in 0..MAX_KEPT.get() + 5 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_le_bytes());
            actors.get(hash, at(0), store.read(Ok(Some(found(1, None))))).await.unwrap();
        }
        assert_eq!(actors.lock().len(), MAX_KEPT.get());
    }
}
