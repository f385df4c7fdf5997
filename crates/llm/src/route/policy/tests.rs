//! The routing table, case by case.

use super::*;

pub(in crate::route) fn offer(model: &str, provider: Provider, tier: Tier, nanos: Option<i64>) -> Offer {
    Offer {
        model: model.into(),
        name: model.to_uppercase(),
        provider,
        tier,
        input_limit: Some(1_000),
        tools: true,
        vision: false,
        forced_tools: true,
        estimated: nanos.map(Usd::from_nanos),
        health: HealthState::Healthy,
        first_token_ms: None,
        used_up: false,
    }
}

fn offers() -> Vec<Offer> {
    vec![
        offer("dear", Provider::Openai, Tier::Balanced, Some(9)),
        Offer { vision: true, ..offer("cheap", Provider::Anthropic, Tier::Balanced, Some(5)) },
        offer("quick", Provider::Anthropic, Tier::Fast, Some(1)),
        offer("strong", Provider::Openai, Tier::Powerful, Some(20)),
        offer("unpriced", Provider::Openai, Tier::Balanced, None),
        Offer { tools: false, ..offer("here", Provider::Local, Tier::Balanced, Some(0)) },
        Offer { input_limit: None, ..offer("demo", Provider::Demo, Tier::Fast, Some(0)) },
    ]
}

fn wish(intent: Intent) -> Wish<'static> {
    let needs = Needs { input_tokens: 10, ..Needs::default() };
    Wish { intent, needs, short: false, warm: None }
}

fn pick(wish: Wish<'_>, offers: &[Offer]) -> Option<(String, String)> {
    let choice = choose(wish, &RouterConfig::default(), offers)?;
    assert_eq!(choice.candidates[0].model, offers[choice.order[0]].model);
    assert!(choice.candidates.len() <= 6);
    Some((offers[choice.order[0]].model.clone(), choice.reason))
}

fn picks(wish: Wish<'_>, offers: &[Offer], model: &str, reason: &str) {
    assert_eq!(pick(wish, offers), Some((model.to_owned(), reason.to_owned())));
}

#[test]
fn the_cheapest_of_the_tier_that_the_intent_calls_for() {
    let all = offers();
    picks(wish(Intent::Code), &all, "cheap", "Least expensive balanced model that fits.");
    picks(wish(Intent::Simple), &all, "quick", "Least expensive fast model that fits.");
    picks(wish(Intent::Reasoning), &all, "strong", "Least expensive powerful model that fits.");
    let without = &all[..3];
    picks(
        wish(Intent::Reasoning),
        without,
        "cheap",
        "Least expensive balanced model that fits; none nearer is available.",
    );
    picks(wish(Intent::Code), &all[4..], "unpriced", "A balanced model that fits; no price is known.");
}

#[test]
fn providers_then_this_machine_then_the_demo() {
    let all = offers();
    picks(wish(Intent::Code), &all[5..], "here", "Runs on this machine; no provider is configured.");
    picks(wish(Intent::Code), &all[6..], "demo", "No provider is configured and no local server was found.");
    let mut long = wish(Intent::LongContext);
    long.needs.input_tokens = 5_000;
    assert_eq!(pick(long, &all).unwrap().0, "demo");
    assert_eq!(pick(long, &all[..6]), None);
}

#[test]
fn what_is_needed_decides_before_everything_else() {
    let all = offers();
    let mut sees = wish(Intent::Vision);
    sees.needs.vision = true;
    picks(sees, &all, "cheap", "The only model that fits.");
    let mut calls = wish(Intent::Code);
    calls.needs.tools = true;
    assert_eq!(pick(calls, &all[5..]).unwrap().0, "demo", "the local model calls no tools");
}

#[test]
fn who_listens_is_answered_by_the_fast_model_that_begins_soonest() {
    let quick = |name, price, first_token_ms| Offer {
        first_token_ms,
        ..offer(name, Provider::Groq, Tier::Fast, Some(price))
    };
    let all = [
        offer("strong", Provider::Openai, Tier::Powerful, Some(20)),
        quick("cheap", 1, Some(900)),
        quick("soon", 3, Some(250)),
        quick("as soon", 4, Some(220)),
    ];
    let reason = "For spoken words the fast model that begins soonest, after about 250 ms.";
    picks(wish(Intent::Voice), &all, "soon", reason);
    picks(wish(Intent::Simple), &all, "cheap", "Least expensive fast model that fits.");
    picks(wish(Intent::Voice), &offers(), "quick", "For spoken words a fast model.");
}

#[test]
fn next_to_nothing_left_means_the_fast_tier() {
    let short = Wish { short: true, ..wish(Intent::Reasoning) };
    picks(short, &offers(), "quick", "A fast model, because less than 10 % of today's quota is left.");
}

#[test]
fn a_model_that_is_used_up_is_skipped() {
    let mut all = offers();
    all[1].used_up = true;
    assert_eq!(pick(wish(Intent::Code), &all).unwrap().0, "dear");
}

#[test]
fn trouble_comes_after_health_and_no_answer_after_everything() {
    let mut all = offers();
    all[1].health = HealthState::Degraded;
    let reason = "Least expensive balanced model that fits; Anthropic is having trouble.";
    picks(wish(Intent::Code), &all, "dear", reason);
    for offer in &mut all[..5] {
        offer.health = HealthState::Down;
    }
    picks(wish(Intent::Code), &all, "here", "Runs on this machine; no provider is answering.");
    let reason = "The best fit, although Anthropic has not been answering.";
    let only_down: Vec<Offer> =
        all.iter().filter(|offer| offer.provider != Provider::Local).cloned().collect();
    picks(wish(Intent::Code), &only_down, "cheap", reason);
}

#[test]
fn a_warm_cache_is_stayed_with_while_the_tier_fits() {
    let mut all = offers();
    let warm = |intent| Wish { warm: Some("dear"), ..wish(intent) };
    picks(warm(Intent::Code), &all, "dear", "Stays on DEAR while its prompt cache is warm.");
    assert_eq!(pick(warm(Intent::Simple), &all).unwrap().0, "quick");
    all[0].health = HealthState::Degraded;
    assert_eq!(pick(warm(Intent::Code), &all).unwrap().0, "cheap");
}

#[test]
fn the_admins_preference_comes_before_price() {
    let config = RouterConfig { prefer: vec!["quick".into(), "dear".into()], ..RouterConfig::default() };
    let choice = choose(wish(Intent::Code), &config, &offers()).unwrap();
    assert_eq!(offers()[choice.order[0]].model, "dear");
    assert_eq!(choice.reason, "The preferred balanced model that fits.");
}
