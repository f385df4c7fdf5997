//! How a user pauses between messages. Pure.

use crate::cache_plan::Ttl;

/// Gaps from which on there is a habit.
const ENOUGH: u32 = 6;
/// The share of pauses from which on an hour is worth its price, in percent: written for an hour, a token costs 0.75 of its
/// price more; lost in a pause, 1.15 to 1.2 more to be written again. A conversation has several chances for a pause.
const OFTEN: u32 = 35;
/// Counts are halved here, so that new habits count.
const MOST: u32 = 64;

/// Counts of a user's gaps of up to an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Habits {
    quick: u32,
    paused: u32,
}

impl Habits {
    /// Counts a gap. Longer ones than an hour say nothing: no cache outlives them.
    pub(super) fn note(&mut self, gap_ms: i64) {
        match gap_ms {
            _ if gap_ms > super::millis(Ttl::Long) => {}
            _ if gap_ms > super::millis(Ttl::Short) => self.paused += 1,
            _ => self.quick += 1,
        }
        if self.quick + self.paused > MOST {
            self.quick /= 2;
            self.paused /= 2;
        }
    }

    /// Whether a pause of 5 to 60 minutes is to be expected.
    pub(super) fn pauses_often(self) -> bool {
        let all = self.quick + self.paused;
        all >= ENOUGH && self.paused * 100 >= all * OFTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn habits_are_learned_and_unlearned() {
        let mut habits = Habits::default();
        [40_000, 600_000, 900_000, 30_000, 700_000].into_iter().for_each(|gap| habits.note(gap));
        assert!(!habits.pauses_often(), "too few to tell");
        habits.note(800_000);
        assert!(habits.pauses_often());
        (0..100).for_each(|_| habits.note(20_000));
        assert!(!habits.pauses_often());
        let before = habits;
        habits.note(5_000_000);
        assert_eq!(habits, before);
    }
}
