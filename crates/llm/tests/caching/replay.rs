//! Replays a scenario through the product's planner and encoder against a simulated cache, and adds up what its input costs.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use vertice_domain::{ConversationId, Timestamp, TokenCounts, UserId};
use vertice_llm::{
    anthropic,
    cache_plan::{self, CachePlan, Expectation, Odds, Settings, Ttl},
    cache_watch::CacheWatch,
    catalog::{Catalog, Model},
    price::Price,
};
use vertice_ports::Prompt;
use vertice_testkit::{
    Figures,
    cache::{CacheSimulator, CachedRequest, Rules},
};

use crate::{
    bound,
    scenario::{Request, Scenario},
};

/// What the input of a whole scenario costs, in nano-dollars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Without caching.
    pub(crate) uncached: i64,
    pub(crate) planned: i64,
    /// A bound below the best that anybody could plan who knows the future.
    pub(crate) best: i64,
    /// As planned by one who knows how often the user pauses, if that is known, but not when.
    pub(crate) informed: Option<i64>,
    /// Requests that read from the cache.
    pub(crate) hits: usize,
}

impl Outcome {
    /// How much of the cost without caching the plan saved.
    pub(crate) fn saved_percent(&self) -> f64 {
        100.0 * (self.uncached - self.planned) as f64 / self.uncached as f64
    }

    /// How much dearer than the bound it was.
    pub(crate) fn over_best_percent(&self) -> f64 {
        100.0 * (self.planned - self.best) as f64 / self.best as f64
    }
}

/// What the conversations are called that came before.
const REHEARSED: u128 = 1 << 64;
const SETTINGS: Settings = Settings { min_tokens: None, ttl: Ttl::Short };

pub(crate) fn replay(scenario: &Scenario, model: &str) -> Outcome {
    let catalog = Catalog::built_in().unwrap_or_else(|error| panic!("{error}"));
    let model = Arc::clone(catalog.model(model).unwrap_or_else(|| panic!("no model {model}")));
    let price = model.price(at(0)).cloned().unwrap_or_else(|| panic!("no price"));
    let plain_cost = |request: &Request| cost(&price, plain(&scenario.prompt(&request.path), &model));
    let (planned, hits) = run(scenario, &model, &price, None);
    Outcome {
        uncached: scenario.requests.iter().map(plain_cost).sum(),
        planned,
        best: bound::best(scenario, &model, &price),
        informed: scenario.odds.map(|odds| run(scenario, &model, &price, Some(odds)).0),
        hits,
    }
}

/// What the planned requests cost, and how many of them read from the cache.
fn run(scenario: &Scenario, model: &Arc<Model>, price: &Price, odds: Option<Odds>) -> (i64, usize) {
    let (watch, mut cache) = (CacheWatch::default(), CacheSimulator::new());
    let planner = Planner { watch, scenario, model, odds };
    if scenario.is_second {
        for request in &scenario.requests {
            planner.plan(request.conversation + REHEARSED, &scenario.prompt(&request.path), request.at_s);
        }
    }
    let (mut planned, mut hits) = (0, 0);
    for request in &scenario.requests {
        let prompt = scenario.prompt(&request.path);
        let plan = planner.plan(request.conversation, &prompt, request.at_s);
        let figures = ask(&mut cache, &prompt, model, &plan, request.at_s);
        hits += usize::from(figures.cache_read > 0);
        planned += cost(price, figures);
    }
    (planned, hits)
}

struct Planner<'a> {
    watch: CacheWatch,
    scenario: &'a Scenario,
    model: &'a Arc<Model>,
    /// The user's true ones, instead of what was learned.
    odds: Option<Odds>,
}

impl Planner<'_> {
    /// As the gateway plans.
    fn plan(&self, conversation: u128, prompt: &Prompt, at_s: u64) -> CachePlan {
        let id = uuid::Uuid::from_u128;
        let conversation = self.scenario.in_conversation.then(|| ConversationId::new(id(conversation)));
        let key = (UserId::new(id(1)), conversation);
        let watched = self.watch.look(key, prompt, self.model, true, at(at_s));
        let learned = *watched.expectation();
        let expected = Expectation { next: self.odds.unwrap_or(learned.next), ..learned };
        let plan = cache_plan::plan(prompt, self.model, SETTINGS, &expected, None);
        self.watch.note(&watched, &plan, at(at_s));
        plan
    }
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    // 2026-11-26T00:00:00Z, in milliseconds.
    Timestamp::from_millis(1_795_651_200_000 + seconds as i64 * 1_000)
}

pub(crate) fn ask(
    cache: &mut CacheSimulator,
    prompt: &Prompt,
    model: &Model,
    plan: &CachePlan,
    at_s: u64,
) -> Figures {
    let body: Value =
        serde_json::from_slice(&anthropic::encode(prompt, model, plan).whole().unwrap_or_default())
            .unwrap_or_default();
    let request = CachedRequest { rules: Rules::Anthropic, model: &model.id, body: &body };
    cache.call(request, Duration::from_secs(at_s)).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// The figures of a request that neither reads nor writes.
pub(crate) fn plain(prompt: &Prompt, model: &Model) -> Figures {
    ask(&mut CacheSimulator::new(), prompt, model, &CachePlan::default(), 0)
}

pub(crate) fn cost(price: &Price, figures: Figures) -> i64 {
    let tokens = TokenCounts {
        input: figures.input,
        cache_read: figures.cache_read,
        cache_write: figures.cache_write,
        cache_write_long: figures.cache_write_long,
        ..TokenCounts::default()
    };
    price.bill(tokens).map_or_else(|| panic!("a class without a price"), |bill| bill.cost.as_nanos())
}
