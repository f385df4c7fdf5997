//! What prompt caching saves on whole conversations, against a cache with the real rules: at least 85 % of the input's cost
//! in a long chat, never dearer than no caching where anybody could know, near the best that anybody could have planned.
#![expect(clippy::panic, reason = "a test may fail by panicking")]

mod bound;
mod chain;
mod exhaustive;
mod people;
mod replay;
mod scenario;

use std::sync::LazyLock;

use replay::{Outcome, replay};

/// Replayed once for all tests.
static OUTCOMES: LazyLock<Vec<(String, Outcome)>> = LazyLock::new(outcomes);

fn outcomes() -> Vec<(String, Outcome)> {
    let of_model = |model: &'static str| {
        let scenarios = scenario::all().into_iter().chain(people::all());
        let named =
            scenarios.map(|scenario| (format!("{} {model}", scenario.name), replay(&scenario, model)));
        named.collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads =
            ["claude-sonnet-5-5", "claude-haiku-4-5"].map(|model| scope.spawn(move || of_model(model)));
        let done =
            threads.map(|thread| thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        done.into_iter().flatten().collect()
    })
}

/// Those whose pauses nobody who plans could know: the first ones of somebody new, and those that chance decides. They are
/// measured against a plan that knows how often the user pauses, where that can be said.
const BY_CHANCE: [&str; 5] = ["new user", "idle gaps", "client, pauses", "every 20 min", "user:"];

fn by_chance(name: &str) -> bool {
    BY_CHANCE.iter().any(|part| name.contains(part))
}

#[test]
fn a_long_chat_saves_85_percent_of_its_input() {
    // Haiku 4.5 caches nothing below 4,096 tokens: the best possible plan saves 83 % there.
    let long = |name: &str| name.starts_with("40-turn chat") && !name.ends_with("haiku-4-5");
    let outcomes = &*OUTCOMES;
    assert_eq!(outcomes.iter().filter(|(name, _)| long(name)).count(), 1);
    for (name, outcome) in outcomes.iter().filter(|(name, _)| long(name)) {
        assert!(outcome.saved_percent() >= 85.0, "{name}: {outcome:?}");
        assert_eq!(outcome.hits, 39, "every request but the first reads");
    }
}

#[test]
fn caching_is_not_dearer_than_none() {
    // Who comes back only after hours, or never, is known by that after the first times; those cost a little.
    let gambles = ["every 2 hours", "hours apart", "single questions"];
    for (name, outcome) in &*OUTCOMES {
        let most = if gambles.iter().any(|part| name.contains(part)) { -5.0 } else { 0.0 };
        assert!(outcome.saved_percent() >= most, "{name}: {outcome:?}");
    }
}

#[test]
fn the_plan_is_within_5_percent_of_the_best() {
    let foreseeable = OUTCOMES.iter().filter(|(name, _)| !by_chance(name));
    assert_eq!(foreseeable.clone().count(), 20);
    for (name, outcome) in foreseeable {
        assert!(outcome.over_best_percent() <= 5.0, "{name}: {outcome:?}");
    }
}

#[test]
fn where_chance_decides_it_is_within_5_percent_of_one_who_knows_the_odds() {
    let outcomes = OUTCOMES.iter().filter_map(|(name, outcome)| Some((name, outcome, outcome.informed?)));
    assert_eq!(outcomes.clone().count(), 14);
    for (name, outcome, informed) in outcomes {
        // A new user with a large smallest prefix pays for the first pause.
        let most = if name.contains("new user") { 1.10 } else { 1.05 };
        assert!(outcome.planned as f64 <= informed as f64 * most, "{name}: {outcome:?}");
    }
}

#[test]
fn the_first_pauses_cost_no_more_than_a_quarter() {
    for (name, outcome) in OUTCOMES.iter().filter(|(name, _)| by_chance(name) && !name.contains("user:")) {
        assert!(outcome.over_best_percent() <= 25.0, "{name}: {outcome:?}");
    }
}

#[test]
fn the_bound_is_one() {
    for (name, outcome) in &*OUTCOMES {
        assert!(outcome.best <= outcome.planned && outcome.best <= outcome.uncached, "{name}: {outcome:?}");
    }
}
