//! The turns that run now, and those that ended a moment ago, by id.
//!
//! Every look-up takes the owner: another user's turn is no turn. Ended turns leave by themselves.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{TurnId, UserId};
use vertice_ports::Tasks;

use crate::log::TurnLog;

/// How long an ended turn is kept for late listeners.
const LINGER: Duration = Duration::from_secs(60);
/// The most ended turns that are kept; older ones are read from the store.
const MAX_ENDED: usize = 256;

/// A turn in memory.
pub(crate) struct LiveTurn {
    pub(crate) owner: UserId,
    pub(crate) log: Arc<TurnLog>,
    pub(crate) cancel: CancellationToken,
}

/// All of them. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct LiveTurns {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    turns: Mutex<Turns>,
    ended: Notify,
}

#[derive(Default)]
struct Turns {
    by_id: HashMap<TurnId, Arc<LiveTurn>>,
    ended: VecDeque<(Instant, TurnId)>,
}

impl LiveTurns {
    /// An empty map, which forgets ended turns after a while.
    pub(crate) fn start(tasks: &Tasks) -> Self {
        let live = Self::default();
        tasks.spawn(sweep(live.clone(), tasks.shutdown_token()));
        live
    }

    /// Enters a turn that begins.
    pub(crate) fn insert(&self, turn: TurnId, owner: UserId) -> Arc<LiveTurn> {
        let live = Arc::new(LiveTurn { owner, log: Arc::default(), cancel: CancellationToken::new() });
        self.lock().by_id.insert(turn, live.clone());
        live
    }

    /// The owner's turn of that id.
    pub(crate) fn get(&self, owner: UserId, turn: TurnId) -> Option<Arc<LiveTurn>> {
        self.lock().by_id.get(&turn).filter(|live| live.owner == owner).cloned()
    }

    /// Forgets a turn that did not begin after all.
    pub(crate) fn remove(&self, turn: TurnId) {
        self.lock().by_id.remove(&turn);
    }

    /// Notes that a turn has ended: it is forgotten a little later.
    pub(crate) fn retire(&self, turn: TurnId) {
        {
            let mut turns = self.lock();
            turns.ended.push_back((Instant::now() + LINGER, turn));
            if turns.ended.len() > MAX_ENDED
                && let Some((_, oldest)) = turns.ended.pop_front()
            {
                turns.by_id.remove(&oldest);
            }
        }
        self.shared.ended.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.shared.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_due(&self) -> Option<Instant> {
        self.lock().ended.front().map(|(due, _)| *due)
    }

    fn forget_due(&self) {
        let now = Instant::now();
        let mut turns = self.lock();
        while let Some((_, turn)) = turns.ended.pop_front_if(|(due, _)| *due <= now) {
            turns.by_id.remove(&turn);
        }
    }
}

async fn sweep(live: LiveTurns, shutdown: CancellationToken) {
    loop {
        let due = async {
            match live.next_due() {
                Some(due) => time::sleep_until(due).await,
                None => live.shared.ended.notified().await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = due => live.forget_due(),
        }
    }
}
