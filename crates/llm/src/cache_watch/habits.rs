//! How requests follow one another: counted for each conversation, each user and all users, so that the planner knows what
//! to expect. Who is new is taken to be like the others; what is new, to be like what the user did before. Pure.

use crate::cache_plan::{Odds, Ttl};

const QUICK: Odds = Odds::new(1.0, 0.0, 0.0);
const PAUSE: Odds = Odds::new(0.0, 1.0, 0.0);
const GONE: Odds = Odds::new(0.0, 0.0, 1.0);
/// A pause can always come, however long there was none, and the more there is to lose: what keeps it costs little.
const LEAST_PAUSE: f64 = 0.02;
/// What an observation is worth after the next one, so that new habits count: half of it after 70 more.
const FADING: f64 = 0.99;
/// As many observations the odds of all users count beside those of one user.
const OTHERS: f64 = 0.5;

/// What follows a step of a tool loop: nearly always the next one. Pauses come after the last one, and what stood before
/// the loop is kept for them by the mark of its first request.
pub(super) const STEP: Odds = Odds::new(95.0, 0.5, 4.5);

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Messages of a conversation.
    Conversation,
    /// Stateless calls that begin with the same message: callers may keep the conversation themselves.
    Call,
    /// Calls with the same tools and instructions, whatever comes after them.
    Frozen,
}

impl Kind {
    /// As many observations the odds of something new count beside what is seen of it.
    const fn weight(self) -> f64 {
        match self {
            Self::Conversation => 4.0,
            Self::Call => 2.0,
            Self::Frozen => 0.5,
        }
    }

    /// What is taken to be likely before anything was seen, and as how many observations. Set so that the conversations of
    /// the benchmark cost least: nobody has pauses for sure, a stateless question is mostly asked once, and instructions
    /// that are long enough to be cached are mostly an application's, which sends them with each call.
    const fn first_guess(self) -> Odds {
        match self {
            Self::Conversation => Odds::new(2.9, 0.4, 0.65),
            Self::Call => Odds::new(0.3, 0.1, 1.6),
            Self::Frozen => Odds::new(0.3, 0.05, 0.15),
        }
    }
}

/// What followed requests, as counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Habits(Odds);

impl Default for Habits {
    fn default() -> Self {
        Self(Odds::new(0.0, 0.0, 0.0))
    }
}

impl Habits {
    /// Counts what came after `gap_ms`.
    pub(super) fn note(&mut self, gap_ms: i64) {
        self.count(match gap_ms {
            _ if gap_ms > Ttl::Long.millis() => GONE,
            _ if gap_ms > Ttl::Short.millis() => PAUSE,
            _ => QUICK,
        });
    }

    /// Counts that something has begun: it will end, and nothing follows then.
    pub(super) fn begin(&mut self) {
        self.count(GONE);
    }

    /// Counts that something went on before anybody looked.
    pub(super) fn went_on(&mut self) {
        self.count(QUICK);
    }

    /// The odds by these counts.
    pub(super) fn odds(self) -> Odds {
        let Odds { quick, pause, gone } = self.0;
        Odds::new(quick, pause.max(LEAST_PAUSE * (quick + gone)), gone)
    }

    fn count(&mut self, one: Odds) {
        self.0 = self.0.times(FADING).plus(one);
    }
}

/// What is to be expected of something new of `kind`, by what its user and all users did.
pub(super) fn expected(kind: Kind, user: Habits, everyone: Habits) -> Habits {
    let guess = kind.first_guess();
    let others = guess.plus(everyone.0).weighing(OTHERS);
    Habits(others.plus(user.0).weighing(kind.weight()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: Kind = Kind::Conversation;

    fn pauses(habits: Habits) -> f64 {
        let Odds { quick, pause, gone } = habits.odds();
        pause / (quick + pause + gone)
    }

    fn noted(mut habits: Habits, times: usize, gap_ms: i64) -> Habits {
        (0..times).for_each(|_| habits.note(gap_ms));
        habits
    }

    #[test]
    fn habits_are_learned_and_unlearned() {
        let new = Habits::default();
        let user = noted(new, 6, 900_000);
        assert!(pauses(expected(CHAT, new, new)) < 0.15 && pauses(expected(CHAT, user, new)) > 0.5);
        assert!(pauses(expected(CHAT, noted(user, 400, 20_000), new)) < 0.05);
    }

    #[test]
    fn who_is_new_is_like_the_others_unless_they_are_not() {
        let new = Habits::default();
        let others = noted(new, 30, 900_000);
        assert!(pauses(expected(CHAT, new, others)) > 0.5);
        assert!(pauses(expected(CHAT, noted(new, 30, 20_000), others)) < 0.1);
    }

    #[test]
    fn the_conversation_itself_counts_most() {
        let new = Habits::default();
        let user = noted(new, 60, 20_000);
        assert!(pauses(noted(expected(CHAT, user, new), 3, 900_000)) > 0.4);
    }

    #[test]
    fn a_pause_can_always_come() {
        assert!(pauses(noted(Habits::default(), 10_000, 20_000)) > 0.01);
    }
}
