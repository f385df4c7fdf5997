//! A bound below the cost of every plan, the best one with knowledge of the future among them.
//!
//! - A conversation that only grows has its best plan computed exactly ([`crate::chain`]).
//! - What several conversations share (the instructions), and the pieces of a conversation with branches, are priced each
//!   for itself: plain, written, or read while it may live. No real plan is cheaper: in any of them each token pays one of
//!   these at each of its times. A piece is let live for an hour at the price of five minutes, since something written for
//!   an hour behind it may keep it; not so what is followed by something else each time, which must be written itself.

use std::collections::{HashMap, HashSet};

use vertice_domain::Usd;
use vertice_llm::{catalog::Model, price::Price};

use crate::{
    chain::{self, Rates},
    replay::plain,
    scenario::{Request, Scenario},
};

/// The bound, in nano-dollars.
pub(crate) fn best(scenario: &Scenario, model: &Model, price: &Price) -> i64 {
    let sizes = Sizes::of(scenario, model);
    let rates = Rates::of(price);
    let minimum = model.cache_min_tokens.unwrap_or(u64::MAX);
    let mut conversations: HashMap<u128, Vec<&Request>> = HashMap::new();
    for request in &scenario.requests {
        conversations.entry(request.conversation).or_default().push(request);
    }
    let only = conversations.len() == 1;
    let (grown, branched): (Vec<_>, Vec<_>) =
        conversations.into_values().partition(|requests| chain::only_grows(requests));
    if only && let [requests] = grown.as_slice() {
        return chain::best(&sizes, requests, 0, minimum, rates);
    }
    let frozen = sizes.upto(&[]);
    let chains: i64 =
        grown.iter().map(|requests| chain::best(&sizes, requests, frozen, minimum, rates)).sum();
    let branched: Vec<&Request> = branched.into_iter().flatten().collect();
    chains + pieces(scenario, &sizes, &branched, minimum, rates)
}

/// The tokens of prompts, each counted once.
pub(crate) struct Sizes<'a> {
    upto: HashMap<&'a [usize], u64>,
    first_block: HashMap<usize, u64>,
}

impl<'a> Sizes<'a> {
    fn of(scenario: &'a Scenario, model: &Model) -> Self {
        let (mut upto, mut first_block) = (HashMap::new(), HashMap::new());
        for request in &scenario.requests {
            for count in 0..=request.path.len() {
                let path = &request.path[..count];
                let before = count.checked_sub(1).map(|before| &request.path[..before]);
                let tokens = *upto.entry(path).or_insert_with(|| plain(&scenario.prompt(path), model).input);
                if let (Some(piece), Some(before)) = (path.last(), before.map(|before| upto[before])) {
                    first_block.entry(*piece).or_insert_with(|| {
                        match scenario.prompt_of_first_message(path) {
                            Some(prompt) => plain(&prompt, model).input - before,
                            None => tokens - before,
                        }
                    });
                }
            }
        }
        Self { upto, first_block }
    }

    /// The tokens of the prompt of these pieces.
    pub(crate) fn upto(&self, path: &[usize]) -> u64 {
        self.upto[path]
    }

    /// The tokens of the first block of a piece.
    pub(crate) fn first_block(&self, piece: usize) -> u64 {
        self.first_block[&piece]
    }
}

/// The instructions at all requests, and the pieces of these requests, each for itself.
fn pieces(scenario: &Scenario, sizes: &Sizes<'_>, branched: &[&Request], minimum: u64, rates: Rates) -> i64 {
    // A piece is named by the path that ends with it; the instructions by the empty one.
    let mut pieces: HashMap<&[usize], Vec<Time>> = HashMap::new();
    let time =
        |request: &Request| Time { at_s: request.at_s, is_long_enough: sizes.upto(&request.path) >= minimum };
    for request in &scenario.requests {
        pieces.entry(&[]).or_default().push(time(request));
    }
    for request in branched {
        for count in 1..=request.path.len() {
            pieces.entry(&request.path[..count]).or_default().push(time(request));
        }
    }
    let firsts: Vec<usize> =
        scenario.requests.iter().filter_map(|request| request.path.first().copied()).collect();
    let never_the_same = firsts.iter().collect::<HashSet<_>>().len() == firsts.len();
    let priced = |(path, times): (&&[usize], &Vec<Time>)| match path.split_last() {
        Some((_, before)) => cheapest(sizes.upto(path) - sizes.upto(before), times, rates.keeping_free()),
        None if never_the_same => cheapest(sizes.upto(path), times, rates),
        None => cheapest(sizes.upto(path), times, rates.keeping_free()),
    };
    pieces.iter().map(priced).sum()
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

fn cheapest(tokens: u64, times: &[Time], rates: Rates) -> i64 {
    let never = i64::MAX / 4;
    let nanos = |rate: Usd| rate.per_million(tokens).as_nanos();
    // The cheapest way to each state after each time.
    let mut costs = [0, never, never];
    let mut last = 0;
    for time in times {
        let mut next = [never; 3];
        let cached = |cost: i64| if time.is_long_enough { cost } else { never };
        for (state, life) in Life::ALL.into_iter().enumerate() {
            let lives = life != Life::Dead && time.at_s - last <= life.seconds();
            let options = [
                (0, nanos(rates.input)),
                (1, cached(nanos(rates.write))),
                (2, cached(nanos(rates.write_long))),
                (state, if lives { cached(nanos(rates.read)) } else { never }),
            ];
            for (to, cost) in options {
                next[to] = next[to].min(costs[state].saturating_add(cost));
            }
        }
        (costs, last) = (next, time.at_s);
    }
    costs.into_iter().min().unwrap_or_default()
}
