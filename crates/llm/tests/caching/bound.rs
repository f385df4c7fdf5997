//! A bound below the cost of every plan, the best one with knowledge of the future among them.
//!
//! The rules bind the parts of a prompt together: what is read must be a prefix, marks are four, prefixes have a smallest
//! size. Here each piece of the conversation is free of nearly all that (requests below the smallest
//! size are plain) and is cached for itself, as cheaply as its own times
//! allow: plain, written for 5 minutes, written for an hour, or read while it lives. No real plan can be cheaper, since in
//! any of them each piece pays one of these at each of its times, and lives no longer.

use vertice_domain::Usd;
use vertice_llm::{catalog::Model, price::Price};

use crate::{replay::plain, scenario::Scenario};

/// The bound, in nano-dollars.
pub(crate) fn best(scenario: &Scenario, model: &Model, price: &Price) -> i64 {
    let minimum = model.cache_min_tokens.unwrap_or(u64::MAX);
    let mut pieces: Vec<(usize, Vec<Time>)> = Vec::new();
    for request in &scenario.requests {
        let is_long_enough = plain(&scenario.prompt(&request.path), model).input >= minimum;
        let time = Time { at_s: request.at_s, is_long_enough };
        for piece in &request.path {
            match pieces.iter_mut().find(|(known, _)| known == piece) {
                Some((_, times)) => times.push(time),
                None => pieces.push((*piece, vec![time])),
            }
        }
    }
    pieces.iter().map(|(piece, times)| cheapest(tokens(scenario, model, *piece), times, price)).sum()
}

/// What a piece adds to the prompt of its first request.
fn tokens(scenario: &Scenario, model: &Model, piece: usize) -> u64 {
    let holds = |request: &&crate::scenario::Request| request.path.contains(&piece);
    let path =
        scenario.requests.iter().find(holds).map(|request| request.path.as_slice()).unwrap_or_default();
    let place = path.iter().position(|other| *other == piece).unwrap_or_default();
    let upto =
        |count: usize| if count == 0 { 0 } else { plain(&scenario.prompt(&path[..count]), model).input };
    upto(place + 1) - upto(place)
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
