//! The cheapest way through a conversation that only grows, with knowledge of the future: exact dynamic programming.
//!
//! What can be read later depends on two things only: up to where the cache holds the conversation for five minutes, and
//! up to where for an hour. A request reads the longest it can (never dearer than anything else), writes on from there for
//! an hour up to some block, and for five minutes to its end, or not. Every block is tried as the end of the hour; the rest
//! is written as a whole or not at all, since all its tokens have the same future.

use std::collections::HashMap;

use vertice_domain::Usd;
use vertice_llm::price::Price;

use crate::{bound::Sizes, scenario::Request};

const SHORT_S: u64 = 300;
const LONG_S: u64 = 3_600;

/// Prices by class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) input: Usd,
    pub(crate) read: Usd,
    pub(crate) write: Usd,
    pub(crate) write_long: Usd,
}

impl Rates {
    pub(crate) fn of(price: &Price) -> Self {
        let rates = price.rates;
        let dear = Usd::from_nanos(i64::MAX / 1_000_000_000);
        let known = |rate: Option<Usd>| rate.unwrap_or(dear);
        Self {
            input: rates.input,
            read: known(rates.cache_read),
            write: known(rates.cache_write),
            write_long: known(rates.cache_write_long),
        }
    }

    /// An hour at the price of five minutes.
    pub(crate) const fn keeping_free(self) -> Self {
        Self { write_long: self.write, ..self }
    }
}

/// Whether each request goes on from the one before.
pub(crate) fn only_grows(requests: &[&Request]) -> bool {
    requests
        .windows(2)
        .all(|pair| pair[1].path.len() > pair[0].path.len() && pair[1].path.starts_with(&pair[0].path))
}

/// Up to where the cache holds the conversation, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Held {
    /// For five minutes or longer.
    short: u64,
    /// For an hour.
    long: u64,
}

/// One request of the conversation.
struct Step {
    gap_s: u64,
    end: u64,
    /// The ends of blocks up to `end` that are long enough to be written.
    ends: Vec<u64>,
    /// Whether a pause of up to an hour ever follows: else an hour is worth nothing.
    pause_follows: bool,
}

/// The cost of the conversation without its first `skipped` tokens (which are priced elsewhere), in nano-dollars.
pub(crate) fn best(
    sizes: &Sizes<'_>,
    requests: &[&Request],
    skipped: u64,
    minimum: u64,
    rates: Rates,
) -> i64 {
    let steps = steps(sizes, requests, skipped, minimum);
    let mut costs = HashMap::from([(Held { short: 0, long: 0 }, 0_i64)]);
    for step in &steps {
        let mut next: HashMap<Held, i64> = HashMap::new();
        for (held, cost) in costs {
            for (after, added) in ways(step, held, rates) {
                let total = cost + added;
                next.entry(after).and_modify(|known| *known = total.min(*known)).or_insert(total);
            }
        }
        costs = next;
    }
    costs.into_values().min().unwrap_or_default()
}

fn ways(step: &Step, held: Held, rates: Rates) -> Vec<(Held, i64)> {
    let read = match step.gap_s {
        gap if gap <= SHORT_S => held.short,
        gap if gap <= LONG_S => held.long,
        _ => 0,
    };
    let kept = if step.gap_s <= LONG_S { held.long } else { 0 };
    let hours = step.ends.iter().copied().filter(|end| *end > read && step.pause_follows).chain([read]);
    let can_write_all = step.ends.last() == Some(&step.end);
    let nanos = |rate: Usd, tokens: u64| rate.per_million(tokens).as_nanos();
    let mut ways = Vec::new();
    for hour in hours {
        let long = if hour > read { hour } else { kept };
        for written in [hour, step.end] {
            if written == step.end && !can_write_all && written > hour {
                continue;
            }
            let cost = nanos(rates.read, read)
                + nanos(rates.write_long, hour - read)
                + nanos(rates.write, written - hour)
                + nanos(rates.input, step.end - written);
            ways.push((Held { short: written.max(long), long }, cost));
        }
    }
    ways
}

fn steps(sizes: &Sizes<'_>, requests: &[&Request], skipped: u64, minimum: u64) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut before = requests.first().map_or(0, |first| first.at_s);
    for request in requests {
        let mut ends = Vec::new();
        for count in 1..=request.path.len() {
            let start = sizes.upto(&request.path[..count - 1]);
            ends.extend([start, start + sizes.first_block(request.path[count - 1])]);
        }
        let end = sizes.upto(&request.path);
        ends.push(end);
        ends.retain(|tokens| *tokens >= minimum && *tokens > skipped);
        ends.sort_unstable();
        ends.dedup();
        ends.iter_mut().for_each(|tokens| *tokens -= skipped);
        let gap_s = request.at_s - before;
        if gap_s > SHORT_S && gap_s <= LONG_S {
            steps.iter_mut().for_each(|step| step.pause_follows = true);
        }
        steps.push(Step { gap_s, end: end - skipped, ends, pause_follows: false });
        before = request.at_s;
    }
    steps
}
