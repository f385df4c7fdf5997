//! Many turns that begin at almost the same time, each in a conversation of its own.

use std::time::Duration;

use anyhow::Result;

use crate::{
    load::{self, Outcome, Pace},
    report::{self, median, percentile},
    targets::{Target, Targets},
};

/// How many turns.
const TURNS: usize = 1_000;
/// Tokens of each answer, and milliseconds between them: all turns are still running when the last one begins.
const ANSWER: (usize, u64) = (50, 100);
/// Over which time they begin, in words and in milliseconds.
const RAMPS: [(&str, u64); 2] = [("within a second", 1_000), ("at once", 0)];

/// Begins turns on the relay and on the server and prints a table.
pub(crate) async fn measure(targets: &Targets, rounds: usize) -> Result<()> {
    println!(
        "| {TURNS} turns begun | target | failed | last begun after s | begin p50 / p99 ms | \
         first token p50 / p99 ms | all ended after s |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|");
    for (name, ramp) in RAMPS {
        let measured = [Target::Relay, Target::Stateless, Target::Stored];
        let mut seen = measured.map(|_| Vec::with_capacity(rounds));
        for _ in 0..rounds {
            for (target, seen) in measured.into_iter().zip(&mut seen) {
                seen.push(round(targets, target, Duration::from_millis(ramp)).await?);
            }
        }
        for (target, seen) in measured.into_iter().zip(&seen) {
            row(name, target, seen);
        }
    }
    println!();
    Ok(())
}

async fn round(targets: &Targets, target: Target, ramp: Duration) -> Result<Outcome> {
    let (tokens, every) = ANSWER;
    let prompt = format!("[[stamp tokens={tokens} every={every}ms]]");
    let requests = targets.requests(target, &prompt, TURNS).await?;
    let limit = Duration::from_millis(every * tokens as u64) * 4 + Duration::from_secs(30);
    Ok(load::run(requests, Pace { tokens, ramp, limit }).await)
}

fn row(name: &str, target: Target, rounds: &[Outcome]) {
    let of = |figure: &dyn Fn(&Outcome) -> f64| median(rounds.iter().map(figure));
    println!(
        "| {name} | {} | {} | {:.2} | {:.0} / {:.0} | {:.0} / {:.0} | {:.1} |",
        target.name(),
        rounds.iter().map(Outcome::failed).sum::<usize>(),
        of(&|outcome| outcome.all_begun.as_secs_f64()),
        of(&|outcome| percentile(&outcome.begun, 50)),
        of(&|outcome| percentile(&outcome.begun, 99)),
        of(&|outcome| percentile(&outcome.first, 50)),
        of(&|outcome| percentile(&outcome.first, 99)),
        of(&|outcome| outcome.took.as_secs_f64()),
    );
    report::failures(rounds);
}
