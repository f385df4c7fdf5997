//! Figures, and lines of Markdown tables. Of several rounds the median is told.

use std::{collections::BTreeMap, time::Duration};

use crate::load::Outcome;

/// The `percent`th percentile in milliseconds.
pub(crate) fn percentile(latencies: &[u64], percent: usize) -> f64 {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    sorted[last * percent / 100] as f64 / 1_000.0
}

/// The median; the lower one of two.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// How busy the machine is, with everything that runs on it.
pub(crate) fn machine() -> anyhow::Result<()> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    let cores = std::thread::available_parallelism()?;
    println!("{cores} cores, load average {}\n", load.join(" "));
    Ok(())
}

/// Tells what became of streams that failed.
pub(crate) fn failures<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in outcomes {
        for (failure, count) in &outcome.failures {
            *all.entry(failure).or_default() += count;
        }
    }
    for (failure, count) in all {
        println!("  failed: {count} × {failure}");
    }
}

/// One load on one target, once.
pub(crate) struct Round {
    /// What was seen.
    pub(crate) outcome: Outcome,
    /// CPU seconds that the program used; none: not measured (the upstream itself).
    pub(crate) cpu_seconds: Option<f64>,
    /// Growth of its memory at the height of the load, in kB a stream.
    pub(crate) kb_per_stream: Option<f64>,
    /// How long the load takes when nothing is late.
    pub(crate) ideal: Duration,
}

impl Round {
    /// CPU seconds for a million tokens.
    pub(crate) fn cpu_per_million(&self) -> Option<f64> {
        self.cpu_seconds.map(|seconds| seconds * 1e6 / self.outcome.tokens.len() as f64)
    }

    fn rate(&self) -> f64 {
        (100.0 * self.ideal.as_secs_f64() / self.outcome.took.as_secs_f64()).min(100.0)
    }
}

/// Prints the head of the loads' table.
pub(crate) fn loads_head() {
    println!(
        "| load | target | failed | first token p50 / p99 ms | token+ p50 / p99 ms | rate % | CPU s per 1M | × relay | kB a stream |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
}

/// Prints a row: the medians of `rounds`, and how they compare with the relay's, round by round.
pub(crate) fn load(load: &str, target: &str, rounds: &[Round], relay: &[Round]) {
    let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure));
    let optional = |values: Vec<f64>, digits: usize| {
        if values.is_empty() { "-".to_owned() } else { format!("{:.digits$}", median(values)) }
    };
    let ratios = rounds
        .iter()
        .zip(relay)
        .filter_map(|(round, relay)| Some(round.cpu_per_million()? / relay.cpu_per_million()?));
    println!(
        "| {load} | {target} | {} | {:.1} / {:.1} | {:.2} / {:.1} | {:.1} | {} | {} | {} |",
        rounds.iter().map(|round| round.outcome.failed()).sum::<usize>(),
        of(&|round| percentile(&round.outcome.first, 50)),
        of(&|round| percentile(&round.outcome.first, 99)),
        of(&|round| percentile(&round.outcome.tokens, 50)),
        of(&|round| percentile(&round.outcome.tokens, 99)),
        of(&Round::rate),
        optional(rounds.iter().filter_map(Round::cpu_per_million).collect(), 1),
        optional(ratios.collect(), 2),
        optional(rounds.iter().filter_map(|round| round.kb_per_stream).collect(), 1),
    );
    failures(rounds.iter().map(|round| &round.outcome));
}
