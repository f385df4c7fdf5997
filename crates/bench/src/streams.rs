//! Streams at several loads, each on every target in turn.

use std::{ops::RangeInclusive, time::Duration};

use anyhow::Result;
use tokio::time::sleep;

use crate::{
    load::{self, Pace},
    report::{self, Round},
    targets::{Target, Targets},
};

/// Streams, tokens a stream, and milliseconds a token. At 20 ms a token, 500 streams fill two slow cores with the test
/// programs alone: the slower pace is for such machines.
const LOADS: [(usize, usize, u64); 6] =
    [(1, 200, 20), (100, 200, 20), (500, 200, 100), (500, 200, 20), (1_000, 200, 20), (2_000, 200, 100)];

/// Runs the loads with that many streams and prints a table.
pub(crate) async fn measure(targets: &Targets, wanted: RangeInclusive<usize>, rounds: usize) -> Result<()> {
    report::loads_head();
    for (streams, tokens, every) in LOADS.into_iter().filter(|(streams, ..)| wanted.contains(streams)) {
        let mut seen = Target::ALL.map(|_| Vec::with_capacity(rounds));
        for _ in 0..rounds {
            for (target, seen) in Target::ALL.into_iter().zip(&mut seen) {
                seen.push(round(targets, target, streams, tokens, every).await?);
            }
        }
        let name = format!("{streams} × {tokens} at {every} ms");
        let [_, relay, ..] = &seen;
        for (target, seen) in Target::ALL.into_iter().zip(&seen) {
            report::load(&name, target.name(), seen, relay);
        }
    }
    println!();
    Ok(())
}

async fn round(
    targets: &Targets,
    target: Target,
    streams: usize,
    tokens: usize,
    every: u64,
) -> Result<Round> {
    let prompt = format!("[[stamp tokens={tokens} every={every}ms]]");
    let (process, measured) = targets.process(target);
    let requests = targets.requests(target, &prompt, streams).await?;
    let (cpu, memory) = (process.cpu_seconds()?, process.memory()?.resident);
    let ideal = Duration::from_millis(every * tokens as u64);
    let ramp = Duration::from_millis(streams as u64).max(Duration::from_millis(every));
    let running = load::run(requests, Pace { tokens, ramp, limit: ideal * 4 + Duration::from_secs(30) });
    let peak = async {
        sleep(ramp + ideal / 2).await;
        process.memory()
    };
    let (outcome, height) = tokio::join!(running, peak);
    let growth = height?.resident.saturating_sub(memory) as f64 / streams as f64;
    Ok(Round {
        outcome,
        cpu_seconds: if measured { Some(process.cpu_seconds()? - cpu) } else { None },
        kb_per_stream: measured.then_some(growth),
        ideal: ideal + ramp,
    })
}
