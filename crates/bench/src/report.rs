//! Figures as lines of a Markdown table.

use crate::load::Outcome;

/// The `percent`th percentile in milliseconds.
fn percentile(sorted: &[u64], percent: usize) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    sorted[last * percent / 100] as f64 / 1_000.0
}

/// Prints the head of the table.
pub(crate) fn head() {
    println!(
        "| load | target | failed | first token p50 / p99 ms | token+ p50 / p99 ms | rate % | CPU s per 1M | kB a stream |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
}

/// One measured load.
pub(crate) struct Row<'a> {
    pub(crate) load: &'a str,
    pub(crate) target: &'a str,
    /// What was seen.
    pub(crate) outcome: Outcome,
    /// CPU seconds that the program used; none: not measured (the upstream itself).
    pub(crate) cpu_seconds: Option<f64>,
    /// Growth of its memory at the height of the load, in kB a stream.
    pub(crate) kb_per_stream: Option<f64>,
    /// How long the load takes when nothing is late.
    pub(crate) ideal_seconds: f64,
}

pub(crate) fn row(row: Row<'_>) {
    let Row { load, target, mut outcome, cpu_seconds, kb_per_stream, ideal_seconds } = row;
    outcome.first.sort_unstable();
    outcome.tokens.sort_unstable();
    let millions = outcome.tokens.len() as f64 / 1e6;
    let optional = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    println!(
        "| {load} | {target} | {} | {:.1} / {:.1} | {:.2} / {:.1} | {:.1} | {} | {} |",
        outcome.failed,
        percentile(&outcome.first, 50),
        percentile(&outcome.first, 99),
        percentile(&outcome.tokens, 50),
        percentile(&outcome.tokens, 99),
        (100.0 * ideal_seconds / outcome.took.as_secs_f64()).min(100.0),
        optional(cpu_seconds.map(|seconds| seconds / millions)),
        optional(kb_per_stream),
    );
}
