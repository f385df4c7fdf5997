//! Remembers what each conversation's last request looked like: so that the planner knows its pauses, and so that a miss of
//! the prompt cache can be explained. In memory and bounded: what is forgotten is planned like new and not explained.

mod habits;
mod print;

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use vertice_domain::{ConversationId, Timestamp, TokenCounts, UserId};
use vertice_ports::Prompt;

use crate::{
    cache_plan::{CachePlan, Expectation, Mark, Ttl},
    catalog::Model,
};
use habits::Habits;
use print::{Change, Print};

/// Conversations that are remembered.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not 0");
/// A read of less than this share of what was there to be read is explained; estimates are not exact. In percent.
const GOOD_SHARE: u64 = 60;

/// Whose conversation.
pub type Key = (UserId, ConversationId);

/// All conversations. Cheap to clone.
#[derive(Clone)]
pub struct CacheWatch(Arc<Mutex<Memory>>);

struct Memory {
    conversations: LruCache<Key, Seen>,
    /// How users pause, over all their conversations: known when a new one begins.
    habits: LruCache<UserId, Habits>,
}

/// The last request of a conversation.
#[derive(Clone)]
struct Seen {
    print: Print,
    at: Timestamp,
    long: Option<Mark>,
    /// Pauses over an hour in a row.
    abandoned: u32,
}

/// A request that is about to be made.
pub struct Watched {
    print: Print,
    model: Arc<Model>,
    before: Option<Before>,
    caching: bool,
    abandoned: u32,
    habits: Habits,
}

/// What is known of the request before.
struct Before {
    change: Option<Change>,
    gap_ms: i64,
    /// Tokens that both have in common.
    common_tokens: u64,
    /// What was written for an hour, if the request now is the same up to there.
    long: Option<Mark>,
}

impl Default for CacheWatch {
    fn default() -> Self {
        let memory = Memory { conversations: LruCache::new(CAPACITY), habits: LruCache::new(CAPACITY) };
        Self(Arc::new(Mutex::new(memory)))
    }
}

impl CacheWatch {
    /// Looks at a request before it is planned. `enabled`: the server uses prompt caches at all. Without a key it belongs to no conversation, and nothing is known of it.
    pub fn look(
        &self,
        key: Option<Key>,
        prompt: &Prompt,
        model: &Arc<Model>,
        enabled: bool,
        now: Timestamp,
    ) -> Watched {
        let print = Print::of(prompt, model);
        let (seen, habits) = match key {
            None => (None, Habits::default()),
            Some(key) => {
                let mut memory = self.lock();
                let habits = memory.habits.get(&key.0).copied().unwrap_or_default();
                (memory.conversations.get(&key).cloned(), habits)
            }
        };
        let abandoned = seen.as_ref().map_or(0, |seen| seen.abandoned);
        let before = seen.map(|seen| {
            let (change, common_tokens) = seen.print.compare(&print);
            let long = seen.long.filter(|mark| seen.print.shares(&print, *mark));
            Before { change, gap_ms: now.as_millis() - seen.at.as_millis(), common_tokens, long }
        });
        Watched {
            print,
            model: Arc::clone(model),
            before,
            caching: enabled && prompt.sampling.caching,
            abandoned,
            habits,
        }
    }

    /// Notes the request as it is sent.
    pub fn note(&self, key: Option<Key>, watched: &Watched, plan: &CachePlan, now: Timestamp) {
        let Some(key) = key else { return };
        let long = plan.last_long();
        let seen = Seen { print: watched.print.clone(), at: now, long, abandoned: watched.abandoned_now() };
        let mut memory = self.lock();
        memory.conversations.put(key, seen);
        if let Some(before) = &watched.before {
            let habits = memory.habits.get_or_insert_mut(key.0, Habits::default);
            habits.note(before.gap_ms);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// What the planner may expect, for a request of a conversation.
    pub fn expectation(&self) -> Expectation {
        let gap = self.before.as_ref().map(|before| before.gap_ms);
        let paused = gap.is_some_and(|gap| gap > millis(Ttl::Short) && gap <= millis(Ttl::Long));
        let lives = gap.is_some_and(|gap| gap <= millis(Ttl::Long));
        let unchanged = |before: &&Before| {
            !matches!(before.change, Some(Change::Model(..) | Change::Tools | Change::System))
        };
        let long = self.before.as_ref().filter(unchanged).and_then(|before| before.long).filter(|_| lives);
        let paused = paused || self.habits.pauses_often();
        Expectation::Conversation { paused, long, abandoned: self.abandoned_now() >= 2 }
    }

    fn abandoned_now(&self) -> u32 {
        match &self.before {
            Some(before) if before.gap_ms > millis(Ttl::Long) => self.abandoned + 1,
            _ => 0,
        }
    }

    /// Why the cache served less than it could have; none: it did what it can, or nobody knows. `tokens`: the call's bill.
    pub fn explain(&self, tokens: TokenCounts) -> Option<String> {
        let minimum = self.model.cache_min_tokens?;
        let name = &self.model.name;
        if !self.caching {
            return Some("Caching was switched off for this message.".to_owned());
        }
        let input = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_long;
        let Some(before) = &self.before else {
            let first = self.print.is_first() && tokens.cache_read == 0;
            return first.then(|| match input < minimum {
                true => too_short(name, minimum),
                false => "It is the first message of this conversation; the next ones are served from it."
                    .to_owned(),
            });
        };
        if tokens.cache_read * 100 >= before.common_tokens.max(1) * GOOD_SHARE && before.change.is_none() {
            return None;
        }
        if let Some(change) = &before.change {
            return Some(change.sentence());
        }
        if input < minimum {
            return Some(too_short(name, minimum));
        }
        let kept = if before.long.is_some() { Ttl::Long } else { Ttl::Short };
        (before.gap_ms > millis(kept)).then(|| match kept {
            Ttl::Short => {
                "More than 5 minutes passed since the last message, so that the cache had forgotten it."
                    .to_owned()
            }
            Ttl::Long => {
                "More than an hour passed since the last message, so that the cache had forgotten it."
                    .to_owned()
            }
        })
    }
}

fn too_short(name: &str, minimum: u64) -> String {
    format!("The conversation is still shorter than the {minimum} tokens that {name} caches.")
}

fn millis(ttl: Ttl) -> i64 {
    i64::try_from(ttl.duration().as_millis()).unwrap_or(i64::MAX)
}
