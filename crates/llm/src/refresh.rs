//! A value that is fetched from outside and kept for a while. Only the first reader ever waits for it; later, an old
//! value is given at once and a new one fetched behind it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::time::Instant;
use vertice_runtime::Tasks;

type Fetch<T> = Box<dyn Fn() -> BoxFuture<'static, T> + Send + Sync>;

struct State<T> {
    value: Option<Arc<T>>,
    fetched_at: Option<Instant>,
    fetching: bool,
}

struct Inner<T> {
    state: Mutex<State<T>>,
    first: tokio::sync::Mutex<()>,
    fetch: Fetch<T>,
    max_age: Duration,
    tasks: Tasks,
}

/// The value. Cheap to clone.
pub struct Refreshed<T>(Arc<Inner<T>>);

impl<T> Clone for Refreshed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> Refreshed<T> {
    /// A value that `fetch` gets, again once it is older than `max_age` and somebody asks. Fetches nothing yet.
    pub fn new(
        max_age: Duration,
        tasks: Tasks,
        fetch: impl Fn() -> BoxFuture<'static, T> + Send + Sync + 'static,
    ) -> Self {
        let state = Mutex::new(State { value: None, fetched_at: None, fetching: false });
        let first = tokio::sync::Mutex::new(());
        Self(Arc::new(Inner { state, first, fetch: Box::new(fetch), max_age, tasks }))
    }

    /// The value; waits for the first one.
    pub async fn get(&self) -> Arc<T> {
        if let Some(value) = self.peek() {
            return value;
        }
        let _first = self.0.first.lock().await;
        if let Some(value) = self.0.known() {
            return value;
        }
        let value = Arc::new((self.0.fetch)().await);
        self.0.keep(Arc::clone(&value));
        value
    }

    /// The value if there is one already. Never waits; has a new one fetched if there is none or an old one.
    pub fn peek(&self) -> Option<Arc<T>> {
        let (value, start) = self.0.look();
        // Without a value `get` fetches it itself, for those who wait.
        if start && value.is_some() {
            self.refresh();
        }
        value
    }

    /// Like [`Self::peek`], and has the first value fetched as well.
    pub fn peek_or_start(&self) -> Option<Arc<T>> {
        let (value, start) = self.0.look();
        if start {
            self.refresh();
        }
        value
    }

    fn refresh(&self) {
        self.0.state().fetching = true;
        let inner = Arc::clone(&self.0);
        let shutdown = self.0.tasks.shutdown_token();
        self.0.tasks.spawn(async move {
            if let Some(value) = shutdown.run_until_cancelled((inner.fetch)()).await {
                inner.keep(Arc::new(value));
            }
        });
    }
}

impl<T> Inner<T> {
    fn state(&self) -> std::sync::MutexGuard<'_, State<T>> {
        // Nothing panics while it is held; a poisoned value would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<Arc<T>> {
        self.state().value.clone()
    }

    fn look(&self) -> (Option<Arc<T>>, bool) {
        let state = self.state();
        let old = state.fetched_at.is_none_or(|at| at.elapsed() >= self.max_age);
        (state.value.clone(), old && !state.fetching)
    }

    fn keep(&self, value: Arc<T>) {
        let mut state = self.state();
        state.value = Some(value);
        state.fetched_at = Some(Instant::now());
        state.fetching = false;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn only_the_first_reader_waits() {
        let count = Arc::new(AtomicU32::new(0));
        let tasks = Tasks::default();
        let value = Refreshed::new(Duration::ZERO, tasks.clone(), move || {
            let count = Arc::clone(&count);
            async move { count.fetch_add(1, Ordering::Relaxed) }.boxed()
        });
        assert!(value.peek().is_none(), "nobody waits who does not want to");
        assert_eq!(*value.get().await, 0);
        assert_eq!(*value.get().await, 0, "an old value is given at once");
        tasks.shut_down().await;
    }
}
