//! A bound below the cost of every plan, the best one with knowledge of the future among them.
//!
//! The rules bind the parts of a prompt together: what is read must be a prefix, marks are four, prefixes have a smallest
//! size. Here each piece of the conversation (the instructions are one) is free of nearly all that (requests below the
//! smallest size are plain) and is cached for itself, as cheaply as its own times allow: plain, written for 5 minutes,
//! written for an hour, or read while it lives. No real plan can be cheaper, since in any of them each piece pays one of
//! these at each of its times, and lives no longer.

use std::collections::HashMap;

use vertice_domain::Usd;
use vertice_llm::{catalog::Model, price::Price};

use crate::{replay::plain, scenario::Scenario};

/// The bound, in nano-dollars.
pub(crate) fn best(scenario: &Scenario, model: &Model, price: &Price) -> i64 {
    let minimum = model.cache_min_tokens.unwrap_or(u64::MAX);
    let mut sizes: HashMap<&[usize], u64> = HashMap::new();
    // A piece is named by the path that ends with it; the instructions by the empty one.
    let mut pieces: HashMap<&[usize], Vec<Time>> = HashMap::new();
    for request in &scenario.requests {
        let paths = (0..=request.path.len()).map(|count| &request.path[..count]);
        for path in paths.clone() {
            sizes.entry(path).or_insert_with(|| plain(&scenario.prompt(path), model).input);
        }
        let is_long_enough = sizes[request.path.as_slice()] >= minimum;
        let time = Time { at_s: request.at_s, is_long_enough };
        paths.for_each(|path| pieces.entry(path).or_default().push(time));
    }
    let tokens = |path: &[usize]| sizes[path] - path.split_last().map_or(0, |(_, before)| sizes[before]);
    pieces.iter().map(|(path, times)| cheapest(tokens(path), times, price)).sum()
}

/// One of a piece's times.
#[derive(Clone, Copy)]
struct Time {
    at_s: u64,
    /// Whether the request is long enough to be cached at all.
    is_long_enough: bool,
}

/// Until when a piece lives, by kind of writing: none, 5 minutes, an hour.
#[derive(Clone, Copy, PartialEq)]
enum Life {
    Dead,
    Short,
    Long,
}

impl Life {
    const ALL: [Self; 3] = [Self::Dead, Self::Short, Self::Long];

    const fn seconds(self) -> u64 {
        match self {
            Self::Dead => 0,
            Self::Short => 300,
            Self::Long => 3_600,
        }
    }
}

fn cheapest(tokens: u64, times: &[Time], price: &Price) -> i64 {
    let rates = price.rates;
    let never = i64::MAX / 4;
    let nanos = |rate: Option<Usd>| rate.map_or(never, |rate| rate.per_million(tokens).as_nanos());
    // The cheapest way to each state after each time.
    let mut costs = [0, never, never];
    let mut last = 0;
    for time in times {
        let mut next = [never; 3];
        let cached = |cost: i64| if time.is_long_enough { cost } else { never };
        for (state, life) in Life::ALL.into_iter().enumerate() {
            let lives = life != Life::Dead && time.at_s - last <= life.seconds();
            let options = [
                (0, nanos(Some(rates.input))),
                (1, cached(nanos(rates.cache_write))),
                (2, cached(nanos(rates.cache_write_long))),
                (state, if lives { cached(nanos(rates.cache_read)) } else { never }),
            ];
            for (to, cost) in options {
                next[to] = next[to].min(costs[state].saturating_add(cost));
            }
        }
        (costs, last) = (next, time.at_s);
    }
    costs.into_iter().min().unwrap_or_default()
}
