//! What a run took, as people read it.

use std::time::Duration;

use leptos::prelude::*;
use vertice_domain::sandbox::RunReport;

use crate::{
    chat::format::{seconds, thousands, whole_seconds},
    strings::{drawn, fill, t},
};

/// From here on a meter warns, in percent of its limit.
const NEARLY: u64 = 90;
/// What a shorter run takes of the processor says nothing of how much it wants, in seconds.
const SHORTEST: f64 = 1.0;

/// Bytes: `214 B`, `14 KB`, `1.2 MB`, `25 MB`.
pub(super) fn bytes(bytes: u64) -> String {
    const KILO: u64 = 1024;
    let (number, template) = match bytes {
        ..KILO => (bytes.to_string(), drawn().run.bytes),
        KILO..=1_047_552 => (bytes.div_ceil(KILO).to_string(), drawn().run.kilobytes),
        _ => {
            let tenths = (bytes * 10 + KILO * KILO / 2) / (KILO * KILO);
            let number = if tenths >= 100 || tenths.is_multiple_of(10) {
                thousands((tenths + 5) / 10)
            } else {
                format!("{}{}{}", tenths / 10, t().figures.decimal, tenths % 10)
            };
            (number, drawn().run.megabytes)
        }
    };
    fill(template, &[("number", &number)])
}

pub(super) const fn megabytes(number: u32) -> u64 {
    number as u64 * 1024 * 1024
}

/// A length of time.
pub(super) fn time(taken: f64) -> String {
    let taken = Duration::try_from_secs_f64(taken).unwrap_or_default();
    seconds(u64::try_from(taken.as_millis()).unwrap_or(u64::MAX))
}

/// A limit of time.
pub(super) fn limit_of_time(timeout_s: u32) -> String {
    whole_seconds(i64::from(timeout_s) * 1_000)
}

/// How much it took of each thing that it may take.
pub(super) fn meters(report: &RunReport) -> AnyView {
    let (texts, limits) = (&drawn().run, &report.limits);
    let percent = |number: f64| fill(texts.percent, &[("number", &format!("{number:.0}"))]);
    let (memory, disk) = (megabytes(limits.memory_mb), megabytes(limits.disk_mb));
    // How much of the processor it had, on average; what it took beyond its limit for a moment is not told.
    let cpu = report.cpu_seconds.map(|cpu| cpu * 100.0 / report.execution_time.max(SHORTEST));
    let cpu = cpu.map(|cpu| cpu.min(f64::from(limits.cpu_percent)));
    view! {
        <div class="grid grid-cols-2 gap-x-8 gap-y-3 border-t px-4 py-3 sm:grid-cols-4">
            {meter(
                texts.time,
                Some((time(report.execution_time), share(report.execution_time, f64::from(limits.timeout_s)))),
                &limit_of_time(limits.timeout_s),
            )}
            {meter(
                texts.memory,
                report.memory_bytes.map(|taken| (part(taken, memory), of(taken, memory))),
                &bytes(memory),
            )}
            {meter(
                texts.processor,
                cpu.map(|taken| (percent(taken), share(taken, f64::from(limits.cpu_percent)))),
                &percent(f64::from(limits.cpu_percent)),
            )}
            {meter(
                texts.disk,
                report.disk_bytes.map(|taken| (part(taken, disk), of(taken, disk))),
                &bytes(disk),
            )}
        </div>
    }
    .into_any()
}

/// Bytes as a part of others: without the unit where it is the same, which stands behind those.
fn part(taken: u64, whole: u64) -> String {
    let (taken, whole) = (bytes(taken), bytes(whole));
    match (taken.rsplit_once(' '), whole.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => number.to_owned(),
        _ => taken,
    }
}

/// In percent.
const fn of(taken: u64, limit: u64) -> u64 {
    match limit {
        0 => 100,
        _ => taken * 100 / limit,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1,000 percent"
)]
fn share(taken: f64, limit: f64) -> u64 {
    (taken * 100.0 / limit.max(1.0)).clamp(0.0, 1_000.0) as u64
}

/// `taken`: in words, and in percent of the limit; none: the host cannot tell.
fn meter(label: &'static str, taken: Option<(String, u64)>, limit: &str) -> AnyView {
    let of_limit = fill(drawn().run.of, &[("limit", limit)]);
    let Some((value, share)) = taken else {
        return view! {
            <div class="text-2xs">
                <p class="text-muted-foreground">{label}</p>
                <p class="text-muted-foreground">{drawn().run.not_measured}</p>
            </div>
        }
        .into_any();
    };
    let colour = match share {
        100.. => "!bg-destructive",
        NEARLY.. => "!bg-warning",
        _ => "!bg-foreground/70",
    };
    let share = share.min(100);
    view! {
        <div>
            <div class="flex flex-wrap items-baseline justify-between gap-x-2 text-2xs">
                <span class="text-muted-foreground">{label}</span>
                <span class="num">
                    {value.clone()} " " <span class="text-muted-foreground">{of_limit.clone()}</span>
                </span>
            </div>
            <div
                class="meter mt-1.5"
                role="meter"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=share.to_string()
                aria-valuetext=format!("{value} {of_limit}")
            >
                <i style=format!("width:{share}%") class=colour></i>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let sizes = [0, 1023, 1024, 14_000, 1_047_552, 1_047_553, 1_300_000, 26_004_685, 536_870_912];
        Owner::new().with(|| {
            let read = sizes.map(bytes);
            assert_eq!(
                read,
                ["0 B", "1023 B", "1 KB", "14 KB", "1023 KB", "1 MB", "1.2 MB", "25 MB", "512 MB"]
            );
        });
    }

    #[test]
    fn meters_warn_and_then_say_that_it_was_all() {
        Owner::new().with(|| {
            let colours = [(of(89, 100), "/70"), (of(90, 100), "warning"), (of(100, 100), "destructive")];
            for (share, colour) in colours {
                let html = meter("Disk", Some(("1".to_owned(), share)), "2").to_html();
                assert!(html.contains(colour), "{html}");
                assert!(html.contains(&format!("aria-valuenow=\"{share}\"")), "{html}");
            }
        });
    }
}
