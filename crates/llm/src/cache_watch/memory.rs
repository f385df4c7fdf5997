//! What the watch keeps, in memory and bounded.

use std::num::NonZeroUsize;

use lru::LruCache;
use vertice_domain::{ConversationId, Timestamp, UserId};

use super::{
    habits::{self, Habits, Kind},
    print::Print,
};
use crate::cache_plan::{CachePlan, Mark, Odds, Ttl};

/// Conversations, instructions and users that are remembered, of each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not 0");

/// Requests that go on from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Thread {
    /// A conversation of the product.
    Conversation(ConversationId),
    /// Stateless calls with the same beginning: a client that keeps the conversation itself.
    Call(u64),
}

impl Thread {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Conversation(_) => Kind::Conversation,
            Self::Call(_) => Kind::Call,
        }
    }
}

/// The last request of a thread.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) print: Print,
    pub(super) at: Timestamp,
    /// Tokens up to its last mark.
    pub(super) written: u64,
    pub(super) long: Option<Mark>,
    pub(super) habits: Habits,
}

/// The last request with certain tools and instructions.
#[derive(Debug, Clone, Copy)]
struct Frozen {
    at: Timestamp,
    /// How long its mark keeps them; none: it had none.
    ttl: Option<Ttl>,
    habits: Habits,
}

impl Frozen {
    fn gap_ms(&self, now: Timestamp) -> i64 {
        now.as_millis() - self.at.as_millis()
    }

    fn lives(&self, now: Timestamp) -> bool {
        self.ttl.is_some_and(|ttl| self.gap_ms(now) <= ttl.millis())
    }
}

/// One count for each [`Kind`].
type Counts = [Habits; 3];

/// All that is remembered.
pub(super) struct Memory {
    threads: LruCache<(UserId, Thread), Seen>,
    frozen: LruCache<(UserId, u64), Frozen>,
    users: LruCache<UserId, Counts>,
    everyone: Counts,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            threads: LruCache::new(CAPACITY),
            frozen: LruCache::new(CAPACITY),
            users: LruCache::new(CAPACITY),
            everyone: Counts::default(),
        }
    }
}

impl Memory {
    pub(super) fn thread(&mut self, user: UserId, thread: Thread) -> Option<Seen> {
        self.threads.get(&(user, thread)).cloned()
    }

    pub(super) fn note_thread(&mut self, user: UserId, thread: Thread, seen: Seen) {
        self.threads.put((user, thread), seen);
    }

    /// What is to be expected of something new.
    pub(super) fn expected(&mut self, user: UserId, kind: Kind) -> Habits {
        let user = self.users.get(&user).copied().unwrap_or_default();
        habits::expected(kind, user[kind as usize], self.everyone[kind as usize])
    }

    /// Counts what came after `gap_ms`; none: the first of its kind.
    pub(super) fn count(&mut self, user: UserId, kind: Kind, gap_ms: Option<i64>) {
        let user = self.users.get_or_insert_mut(user, Counts::default);
        for habits in [&mut user[kind as usize], &mut self.everyone[kind as usize]] {
            match gap_ms {
                Some(gap_ms) => habits.note(gap_ms),
                None => habits.begin(),
            }
        }
    }

    /// The odds of the same tools and instructions, and their tokens if they can be read now.
    pub(super) fn frozen(&mut self, user: UserId, print: &Print, now: Timestamp) -> (Odds, u64) {
        let known = print.frozen().and_then(|(key, tokens)| Some((*self.frozen.get(&(user, key))?, tokens)));
        let Some((frozen, tokens)) = known else { return (self.expected(user, Kind::Frozen).odds(), 0) };
        let mut habits = frozen.habits;
        habits.note(frozen.gap_ms(now));
        (habits.odds(), if frozen.lives(now) { tokens } else { 0 })
    }

    /// Notes the tools and instructions as they are sent.
    pub(super) fn note_frozen(&mut self, user: UserId, print: &Print, plan: &CachePlan, now: Timestamp) {
        let Some((key, _)) = print.frozen() else { return };
        let is_frozen = |(mark, _): &&(Mark, Ttl)| matches!(mark, Mark::System | Mark::Tools);
        let mut ttl = plan.marks.iter().find(is_frozen).map(|(_, ttl)| *ttl);
        let known = self.frozen.get(&(user, key)).copied();
        let gap_ms = known.map(|known| known.gap_ms(now));
        let mut habits = known.map_or_else(|| self.expected(user, Kind::Frozen), |known| known.habits);
        // What is read lives on as it was written.
        if let Some(known) = known.filter(|known| known.lives(now)) {
            ttl = ttl.max(known.ttl);
        }
        if !print.is_step() {
            gap_ms.into_iter().for_each(|gap_ms| habits.note(gap_ms));
            self.count(user, Kind::Frozen, gap_ms);
        }
        self.frozen.put((user, key), Frozen { at: now, ttl, habits });
    }
}
