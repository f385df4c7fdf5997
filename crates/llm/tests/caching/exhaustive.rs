//! The bound against every plan there is, for conversations short enough to try them all on the simulated cache.

use std::sync::Arc;

use vertice_domain::Author;
use vertice_llm::{
    cache_plan::{CachePlan, Mark, Ttl},
    catalog::{Catalog, Model},
    price::Price,
};
use vertice_ports::Prompt;
use vertice_testkit::cache::CacheSimulator;

use crate::{
    bound,
    replay::{ask, at, cost},
    scenario::Scenario,
};

/// Up to where a request writes for an hour, and up to where at all; none: not.
type Choice = (Option<Mark>, Option<Mark>);

#[test]
fn no_plan_is_cheaper_than_the_bound_and_one_is_as_cheap() {
    let catalog = Catalog::built_in().unwrap();
    let model = catalog.model("claude-sonnet-5-5").unwrap();
    let price = model.price(at(0)).unwrap();
    for gaps in [[100, 900], [900, 100], [900, 900], [100, 100], [7_200, 100], [900, 7_200]] {
        let scenario = Scenario::chat("short", 600, 150, 60, &gaps);
        let bound = bound::best(&scenario, model, price);
        let mut search = Search { scenario: &scenario, model, price, best: i64::MAX };
        search.go_on(0, &CacheSimulator::new(), &[], 0);
        // Costs are rounded by class and request.
        assert!((search.best - bound).abs() <= 20, "{gaps:?}: {} by search, bound {bound}", search.best);
    }
}

struct Search<'a> {
    scenario: &'a Scenario,
    model: &'a Arc<Model>,
    price: &'a Price,
    best: i64,
}

impl Search<'_> {
    fn go_on(&mut self, request: usize, cache: &CacheSimulator, written: &[Mark], spent: i64) {
        let Some(now) = self.scenario.requests.get(request) else {
            self.best = self.best.min(spent);
            return;
        };
        let prompt = self.scenario.prompt(&now.path);
        for choice in choices(&prompt) {
            let plan = plan(choice, written);
            let mut after = cache.clone();
            let figures = ask(&mut after, &prompt, self.model, &plan, now.at_s);
            let known: Vec<Mark> = written.iter().copied().chain(choice.0).chain(choice.1).collect();
            self.go_on(request + 1, &after, &known, spent + cost(self.price, figures));
        }
    }
}

/// All pairs of places, the hour before the five minutes.
fn choices(prompt: &Prompt) -> Vec<Choice> {
    let blocks = (0..prompt.messages.len()).map(|message| Mark::Block { message, block: 0 });
    let places: Vec<Option<Mark>> = [None, Some(Mark::System)].into_iter().chain(blocks.map(Some)).collect();
    let pairs = places.iter().flat_map(|hour| places.iter().map(|minutes| (*hour, *minutes)));
    pairs.filter(|(hour, minutes)| minutes.is_none() || minutes > hour).collect()
}

/// The choice as marks, beside the latest ones before it, which find what was written.
fn plan((hour, minutes): Choice, written: &[Mark]) -> CachePlan {
    let mut marks: Vec<Mark> = hour.into_iter().chain(minutes).collect();
    for mark in written.iter().rev() {
        if marks.len() < 4 && !marks.contains(mark) && marks.iter().all(|chosen| mark < chosen) {
            marks.push(*mark);
        }
    }
    marks.sort_unstable();
    let ttl = |mark: &Mark| if hour.is_some_and(|hour| *mark <= hour) { Ttl::Long } else { Ttl::Short };
    CachePlan { marks: marks.into_iter().map(|mark| (mark, ttl(&mark))).collect(), key: None }
}

#[test]
fn the_search_tries_what_it_says() {
    let prompt = Scenario::chat("short", 10, 10, 10, &[10]).prompt(&[0, 1]);
    assert_eq!(prompt.messages.iter().filter(|message| message.author == Author::User).count(), 2);
    // Five places (none, the instructions, three messages): each hour with no minutes or later ones.
    assert_eq!(choices(&prompt).len(), 5 + 4 + 3 + 2 + 1);
}
