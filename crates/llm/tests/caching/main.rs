//! What prompt caching saves, on whole conversations, against a cache with the real rules: at least 85 % of the input's cost
//! in a long chat, never dearer than no caching, near the best that anybody could have planned.
#![expect(clippy::panic, reason = "a test may fail by panicking")]

mod bound;
mod chain;
mod people;
mod replay;
mod scenario;

use std::sync::LazyLock;

use replay::{Outcome, replay};

/// Replayed once for all tests.
static OUTCOMES: LazyLock<Vec<(String, Outcome)>> = LazyLock::new(outcomes);

fn outcomes() -> Vec<(String, Outcome)> {
    let models = ["claude-sonnet-5-5", "claude-haiku-4-5"];
    let all = models.iter().flat_map(|model| {
        scenario::all()
            .into_iter()
            .map(move |scenario| (format!("{} {model}", scenario.name), replay(&scenario, model)))
    });
    all.collect()
}

#[test]
fn a_long_chat_saves_85_percent_of_its_input() {
    // Haiku 4.5 caches nothing below 4,096 tokens: the best possible plan saves 83 % there.
    let long = |name: &str| name.starts_with("40-turn chat") && !name.ends_with("haiku-4-5");
    let outcomes = &*OUTCOMES;
    assert_eq!(outcomes.iter().filter(|(name, _)| long(name)).count(), 1);
    for (name, outcome) in outcomes.iter().filter(|(name, _)| long(name)) {
        assert!(outcome.saved_percent() >= 85.0, "{name}: {outcome:?}");
    }
}

#[test]
fn caching_is_never_dearer_than_none() {
    for (name, outcome) in &*OUTCOMES {
        assert!(outcome.planned <= outcome.uncached, "{name}: {outcome:?}");
    }
}

#[test]
fn the_plan_is_within_5_percent_of_the_best() {
    for (name, outcome) in &*OUTCOMES {
        // Who has never paused before cannot be known to pause: the first pause costs what was written for 5 minutes.
        let most = if name.contains("never seen before") { 40.0 } else { 5.0 };
        assert!(outcome.over_best_percent() <= most, "{name}: {outcome:?}");
    }
}

#[test]
fn the_bound_is_one() {
    for (name, outcome) in &*OUTCOMES {
        assert!(outcome.best <= outcome.planned && outcome.best <= outcome.uncached, "{name}: {outcome:?}");
    }
}
