//! The bus of one process: the turns that run in it, those that ended a moment ago, and every user's open pages.
//!
//! Every look-up takes the owner: another user's turn is no turn. Ended turns leave by themselves.

mod feeds;
mod topic;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    sync::Notify,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{FeedEvent, LoggedEvent, Result, TurnId, UserId};
use vertice_ports::{
    Bus,
    chat::{EventStream, FeedStream},
};
use vertice_runtime::Tasks;

use self::{feeds::Feeds, topic::Topic};

/// How long an ended turn is kept for late listeners.
const LINGER: Duration = Duration::from_secs(60);
/// The most ended turns that are kept; older ones are read from the store.
const MAX_ENDED: usize = 256;

/// A turn that is told of.
struct LiveTurn {
    owner: UserId,
    topic: Arc<Topic>,
    cancel: CancellationToken,
}

/// Turns and feeds in memory. Cheap to clone.
#[derive(Clone)]
pub struct MemoryBus {
    shared: Arc<Shared>,
    feeds: Feeds,
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

impl MemoryBus {
    /// An empty bus, which forgets ended turns after a while. Call it inside the runtime.
    pub fn start(tasks: &Tasks) -> Self {
        let bus = Self { shared: Arc::default(), feeds: Feeds::new(tasks.shutdown_token()) };
        tasks.spawn(sweep(bus.clone(), tasks.shutdown_token()));
        bus
    }

    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.shared.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, owner: UserId, turn: TurnId) -> Option<Arc<LiveTurn>> {
        self.lock().by_id.get(&turn).filter(|live| live.owner == owner).cloned()
    }

    fn next_due(&self) -> Option<Instant> {
        self.lock().ended.front().map(|(due, _)| *due)
    }

    fn forget_due(&self) {
        let now = Instant::now();
        let mut turns = self.lock();
        while let Some((_, turn)) = turns.ended.pop_front_if(|(due, _)| *due <= now) {
            turns.forget(turn);
        }
    }
}

impl Turns {
    /// A turn that was told of anew meanwhile stays.
    fn forget(&mut self, turn: TurnId) {
        if self.by_id.get(&turn).is_some_and(|live| live.topic.has_ended()) {
            self.by_id.remove(&turn);
        }
    }
}

#[async_trait]
impl Bus for MemoryBus {
    fn open(&self, owner: UserId, turn: TurnId) -> CancellationToken {
        let cancel = CancellationToken::new();
        let live = LiveTurn { owner, topic: Arc::default(), cancel: cancel.clone() };
        self.lock().by_id.insert(turn, Arc::new(live));
        cancel
    }

    fn publish(&self, turn: TurnId, events: &[Arc<LoggedEvent>]) {
        let live = self.lock().by_id.get(&turn).cloned();
        if let Some(live) = live {
            live.topic.append(events);
        }
    }

    fn close(&self, turn: TurnId) {
        {
            let mut turns = self.lock();
            let Some(live) = turns.by_id.get(&turn) else { return };
            live.topic.close();
            // It never began, or sleeps, or is another node's: whoever asks for it now reads the store.
            if !live.topic.is_whole() {
                turns.by_id.remove(&turn);
                return;
            }
            turns.ended.push_back((Instant::now() + LINGER, turn));
            if turns.ended.len() > MAX_ENDED
                && let Some((_, oldest)) = turns.ended.pop_front()
            {
                turns.forget(oldest);
            }
        }
        self.shared.ended.notify_one();
    }

    async fn follow(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Option<EventStream>> {
        Ok(self.get(owner, turn).map(|live| live.topic.clone().listen(after)))
    }

    async fn cancel(&self, owner: UserId, turn: TurnId) -> Result<bool> {
        let live = self.get(owner, turn);
        if let Some(live) = &live {
            live.cancel.cancel();
        }
        Ok(live.is_some())
    }

    fn announce(&self, user: UserId, event: FeedEvent) {
        self.feeds.publish(user, event);
    }

    fn feed(&self, user: UserId) -> FeedStream {
        self.feeds.subscribe(user)
    }
}

async fn sweep(bus: MemoryBus, shutdown: CancellationToken) {
    loop {
        let due = async {
            match bus.next_due() {
                Some(due) => time::sleep_until(due).await,
                None => bus.shared.ended.notified().await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = due => bus.forget_due(),
        }
    }
}
