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

fn request(intent: Intent) -> RouteRequest<'static> {
    let needs = Needs { input_tokens: 10, ..Needs::default() };
    RouteRequest { intent, needs, short: false, warm: None }
}

fn pick(request: RouteRequest<'_>, offers: &[Offer]) -> Option<(String, String)> {
    let choice = choose(request, &RouterConfig::default(), offers)?;
    assert_eq!(choice.candidates[0].model, offers[choice.order[0]].model);
    assert!(choice.candidates.len() <= 6);
    Some((offers[choice.order[0]].model.clone(), choice.reason))
}

fn picks(request: RouteRequest<'_>, offers: &[Offer], model: &str, reason: &str) {
    assert_eq!(pick(request, offers), Some((model.to_owned(), reason.to_owned())));
}

#[test]
fn the_cheapest_of_the_tier_that_the_intent_calls_for() {
    let all = offers();
    picks(request(Intent::Code), &all, "cheap", "Least expensive balanced model that fits.");
    picks(request(Intent::Simple), &all, "quick", "Least expensive fast model that fits.");
    picks(request(Intent::Reasoning), &all, "strong", "Least expensive powerful model that fits.");
    let without = &all[..3];
    picks(
        request(Intent::Reasoning),
        without,
        "cheap",
        "Least expensive balanced model that fits; none nearer is available.",
    );
    picks(request(Intent::Code), &all[4..], "unpriced", "A balanced model that fits; no price is known.");
}

#[test]
fn providers_then_this_machine_then_the_demo() {
    let all = offers();
    picks(request(Intent::Code), &all[5..], "here", "Runs on this machine; no provider is configured.");
    picks(
        request(Intent::Code),
        &all[6..],
        "demo",
        "No provider is configured and no local server was found.",
    );
    let mut long = request(Intent::LongContext);
    long.needs.input_tokens = 5_000;
    assert_eq!(pick(long, &all).unwrap().0, "demo");
    assert_eq!(pick(long, &all[..6]), None);
}

#[test]
fn what_is_needed_decides_before_everything_else() {
    let all = offers();
    let mut sees = request(Intent::Vision);
    sees.needs.vision = true;
    picks(sees, &all, "cheap", "The only model that fits.");
    let mut calls = request(Intent::Code);
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
    picks(request(Intent::Voice), &all, "soon", reason);
    picks(request(Intent::Simple), &all, "cheap", "Least expensive fast model that fits.");
    picks(request(Intent::Voice), &offers(), "quick", "For spoken words a fast model.");
}

#[test]
fn next_to_nothing_left_means_the_fast_tier() {
    let short = RouteRequest { short: true, ..request(Intent::Reasoning) };
    picks(short, &offers(), "quick", "A fast model, because less than 10 % of today's quota is left.");
}

#[test]
fn a_model_that_is_used_up_is_skipped() {
    let mut all = offers();
    all[1].used_up = true;
    assert_eq!(pick(request(Intent::Code), &all).unwrap().0, "dear");
}

#[test]
fn trouble_comes_after_health_and_no_answer_after_everything() {
    let mut all = offers();
    all[1].health = HealthState::Degraded;
    let reason = "Least expensive balanced model that fits; Anthropic is having trouble.";
    picks(request(Intent::Code), &all, "dear", reason);
    for offer in &mut all[..5] {
        offer.health = HealthState::Down;
    }
    picks(request(Intent::Code), &all, "here", "Runs on this machine; no provider is answering.");
    let reason = "The best fit, although Anthropic has not been answering.";
    let only_down: Vec<Offer> =
        all.iter().filter(|offer| offer.provider != Provider::Local).cloned().collect();
    picks(request(Intent::Code), &only_down, "cheap", reason);
}

#[test]
fn a_warm_cache_is_stayed_with_while_the_tier_fits() {
    let mut all = offers();
    let warm = |intent| RouteRequest { warm: Some("dear"), ..request(intent) };
    picks(warm(Intent::Code), &all, "dear", "Stays on DEAR while its prompt cache is warm.");
    assert_eq!(pick(warm(Intent::Simple), &all).unwrap().0, "quick");
    all[0].health = HealthState::Degraded;
    assert_eq!(pick(warm(Intent::Code), &all).unwrap().0, "cheap");
}

#[test]
fn the_admins_preference_comes_before_price() {
    let config = RouterConfig { prefer: vec!["quick".into(), "dear".into()], ..RouterConfig::default() };
    let choice = choose(request(Intent::Code), &config, &offers()).unwrap();
    assert_eq!(offers()[choice.order[0]].model, "dear");
    assert_eq!(choice.reason, "The preferred balanced model that fits.");
}
