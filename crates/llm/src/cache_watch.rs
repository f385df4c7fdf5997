//! Remembers what each conversation's last request looked like: so that the planner knows its pauses, and so that a miss of
//! the prompt cache can be explained. In memory and bounded: what is forgotten is planned like new and not explained.

mod habits;
mod memory;
mod print;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vertice_domain::{ConversationId, Timestamp, TokenCounts, UserId};
use vertice_ports::Prompt;

use crate::{
    cache_plan::{CachePlan, Costs, Expectation, Mark, Ttl},
    catalog::Model,
};
use habits::{Habits, STEP};
use memory::{Memory, Seen, Thread};
use print::{Change, Print};

/// A read of less than this share of what was there to be read is explained; estimates are not exact. In percent.
const GOOD_SHARE: u64 = 60;

/// Whose request, and of which conversation; none: a stateless call.
pub type Key = (UserId, Option<ConversationId>);

/// All conversations. Cheap to clone.
#[derive(Clone, Default)]
pub struct CacheWatch(Arc<Mutex<Memory>>);

/// A request that is about to be made.
pub struct Watched {
    user: UserId,
    thread: Thread,
    print: Print,
    model: Arc<Model>,
    before: Option<Before>,
    /// What followed its conversation's requests so far.
    habits: Habits,
    expected: Expectation,
    caching: bool,
}

/// What is known of the request before.
struct Before {
    change: Option<Change>,
    gap_ms: i64,
    /// Tokens that both have in common.
    common_tokens: u64,
    /// What was written for an hour, if it can still be read by the request now.
    long: Option<Mark>,
    /// How long something of it was kept.
    kept: Ttl,
    /// Tokens from the beginning that can still be read.
    readable: u64,
}

impl CacheWatch {
    /// Looks at a request before it is planned. `enabled`: the server uses prompt caches at all.
    pub fn look(
        &self,
        (user, conversation): Key,
        prompt: &Prompt,
        model: &Arc<Model>,
        enabled: bool,
        now: Timestamp,
    ) -> Watched {
        let print = Print::of(prompt, model);
        let thread = conversation.map_or_else(|| Thread::Call(print.beginning()), Thread::Conversation);
        let mut memory = self.lock();
        let seen = memory.thread(user, thread);
        let before = seen.as_ref().map(|seen| Before::of(seen, &print, now));
        let mut habits =
            seen.as_ref().map_or_else(|| memory.expected(user, thread.kind()), |seen| seen.habits);
        match &before {
            Some(before) if !print.is_step() => habits.note(before.gap_ms),
            None if !print.is_first() => habits.went_on(),
            _ => {}
        }
        let (frozen, frozen_tokens) = memory.frozen(user, &print, now);
        let next = if print.is_step() { STEP } else { habits.odds() };
        drop(memory);
        let readable = before.as_ref().map_or(0, |before| before.readable).max(frozen_tokens);
        let long = before.as_ref().and_then(|before| before.long);
        let expected = Expectation { next, frozen, readable, long, costs: Costs::of(model.price(now)) };
        let caching = enabled && prompt.sampling.caching;
        Watched { user, thread, print, model: Arc::clone(model), before, habits, expected, caching }
    }

    /// Notes the request as it is sent.
    pub fn note(&self, watched: &Watched, plan: &CachePlan, now: Timestamp) {
        let Watched { user, thread, print, before, habits, .. } = watched;
        let mut memory = self.lock();
        if !print.is_step() {
            memory.count(*user, thread.kind(), before.as_ref().map(|before| before.gap_ms));
        }
        memory.note_frozen(*user, print, plan, now);
        let written = plan.marks.last().map_or(0, |(mark, _)| print.tokens_to(*mark));
        let seen = Seen { print: print.clone(), at: now, written, long: plan.last_long(), habits: *habits };
        memory.note_thread(*user, *thread, seen);
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Before {
    fn of(seen: &Seen, print: &Print, now: Timestamp) -> Self {
        let (change, common_tokens) = seen.print.compare(print);
        let gap_ms = now.as_millis() - seen.at.as_millis();
        let is_kept = |mark: &Mark| common_tokens >= seen.print.tokens_to(*mark);
        let written_long = seen.long.filter(is_kept);
        let kept = if written_long.is_some() { Ttl::Long } else { Ttl::Short };
        let long = written_long.filter(|_| gap_ms <= Ttl::Long.millis());
        let readable = match long {
            _ if gap_ms <= Ttl::Short.millis() => seen.written.min(common_tokens),
            Some(long) => seen.print.tokens_to(long),
            None => 0,
        };
        Self { change, gap_ms, common_tokens, long, kept, readable }
    }
}

impl Watched {
    /// What the planner may expect.
    pub const fn expectation(&self) -> &Expectation {
        &self.expected
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
        let passed = match before.gap_ms {
            gap_ms if gap_ms > before.kept.millis() => before.kept,
            // Part of it was kept longer.
            gap_ms if gap_ms > Ttl::Short.millis() => Ttl::Short,
            _ => return None,
        };
        let time = if passed == Ttl::Long { "an hour" } else { "5 minutes" };
        Some(format!(
            "More than {time} passed since the last message, so that the cache had forgotten what was said."
        ))
    }
}

fn too_short(name: &str, minimum: u64) -> String {
    format!("The conversation is still shorter than the {minimum} tokens that {name} caches.")
}
