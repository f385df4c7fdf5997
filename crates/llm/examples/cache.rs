//! What prompt caching saves on whole conversations: beside no caching, beside a bound below the best possible plan (which
//! knows the future), and beside a plan that knows how often each user pauses. Prints figures and judges nothing.
#![expect(clippy::print_stdout, clippy::panic, reason = "a benchmark's product is what it prints")]

#[path = "../tests/caching/bound.rs"]
mod bound;
#[path = "../tests/caching/chain.rs"]
mod chain;
#[path = "../tests/caching/people.rs"]
mod people;
#[path = "../tests/caching/replay.rs"]
mod replay;
#[path = "../tests/caching/scenario.rs"]
mod scenario;

fn main() {
    for model in ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5"] {
        println!("\n{model}");
        let head = ["requests", "hits", "uncached", "planned", "best", "saved", "over best", "odds known"];
        println!("{:<28} {}", "input cost in USD", head.map(|name| format!("{name:>10}")).join(" "));
        for scenario in scenario::all().into_iter().chain(people::all()) {
            let outcome = replay::replay(&scenario, model);
            let usd = |nanos: i64| format!("{:.5}", nanos as f64 / 1e9);
            let figures = [
                scenario.requests.len().to_string(),
                outcome.hits.to_string(),
                usd(outcome.uncached),
                usd(outcome.planned),
                usd(outcome.best),
                format!("{:.1} %", outcome.saved_percent()),
                format!("{:.1} %", outcome.over_best_percent()),
                outcome.informed.map_or_else(String::new, usd),
            ];
            println!("{:<28} {}", scenario.name, figures.map(|figure| format!("{figure:>10}")).join(" "));
        }
    }
}
