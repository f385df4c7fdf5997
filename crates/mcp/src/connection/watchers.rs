//! The calls of a connection that are under way, and those that were given up: who hears of their progress, and whom the
//! server's questions reach.

mod given_up;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use self::given_up::GivenUp;
use super::{Progress, asking::Asking, clean::clean_to, limits::WORDS};

/// The calls that are under way, and those that were given up.
#[derive(Clone)]
pub(super) struct Watchers {
    calls: Arc<Mutex<Calls>>,
    /// How long a call that was given up may still ask.
    patience: Duration,
}

#[derive(Default)]
struct Calls {
    /// By numbers of our own: a call is watched before it is sent, and its token known after that.
    running: HashMap<u64, Watcher>,
    last: u64,
    given_up: GivenUp,
}

struct Watcher {
    /// What its progress is told with.
    token: Option<ProgressToken>,
    alive: Arc<Notify>,
    heard: Option<mpsc::Sender<Progress>>,
    asking: Option<Asking>,
}

/// Watches one call until it is dropped.
pub(super) struct Watched {
    watchers: Watchers,
    number: u64,
    /// Told with every progress.
    pub(super) alive: Arc<Notify>,
    is_answered: bool,
}

impl Watchers {
    pub(super) fn new(patience: Duration) -> Self {
        Self { calls: Arc::default(), patience }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn watch(&self, heard: Option<mpsc::Sender<Progress>>, asking: Option<Asking>) -> Watched {
        let alive = Arc::new(Notify::new());
        let watcher = Watcher { token: None, alive: Arc::clone(&alive), heard, asking };
        let mut calls = self.lock();
        calls.last += 1;
        let number = calls.last;
        calls.running.insert(number, watcher);
        Watched { watchers: self.clone(), number, alive, is_answered: false }
    }

    /// In the midst of which call a server asks, which says so in no revision: if all that run, and all that it may still
    /// work at though nobody waits for them, are one person's at one place, it is one of these.
    pub(super) fn asking(&self) -> Result<Asking, &'static str> {
        let calls = self.lock();
        let mut running = calls.running.values();
        let first = running.next().ok_or("no call runs")?;
        let asking = first.asking.as_ref().ok_or("there is nobody to be asked")?;
        let place = asking.place();
        if !running.all(|other| other.asking.as_ref().map(Asking::place) == Some(place)) {
            return Err("calls of several people or conversations run");
        }
        if calls.given_up.is_of_others(place, Instant::now()) {
            return Err("it may belong to a call of another person or conversation that was given up");
        }
        Ok(asking.clone())
    }

    pub(super) fn tell(&self, notice: ProgressNotificationParam) {
        let calls = self.lock();
        let is_meant = |watcher: &&Watcher| watcher.token.as_ref() == Some(&notice.progress_token);
        let Some(watcher) = calls.running.values().find(is_meant) else { return };
        watcher.alive.notify_one();
        if let Some(heard) = &watcher.heard {
            let message = notice.message.map(|message| clean_to(&message, WORDS));
            // Whoever is too slow to listen to one hears the next.
            let _full = heard.try_send(Progress { done: notice.progress, of: notice.total, message });
        }
    }
}

impl Watched {
    /// The call was sent, with this token.
    pub(super) fn sent(&self, token: &ProgressToken) {
        if let Some(watcher) = self.watchers.lock().running.get_mut(&self.number) {
            watcher.token = Some(token.clone());
        }
    }

    /// The server has answered: it asks nothing more.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut calls = self.watchers.lock();
        let gone = calls.running.remove(&self.number);
        if let Some(watcher) = gone.filter(|_| !self.is_answered) {
            let place = watcher.asking.as_ref().map(Asking::place);
            calls.given_up.note(place, Instant::now() + self.watchers.patience);
        }
    }
}
