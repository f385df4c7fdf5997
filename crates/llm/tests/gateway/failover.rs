//! A model that fails before its first word is answered for by another one; after it never.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, channel::mpsc};
use tokio_util::sync::CancellationToken;
use vertice_domain::{FinishReason, HealthState, Provider, RoutedBy, TurnFailure, TurnId, event::Retrying};
use vertice_ports::{
    Models as _, Prompt, ProviderKeys as _,
    ledger::CallOutcome,
    model::{CallContext, ModelCall, ModelEvent, Route},
    prompt::Hints,
};
use vertice_testkit::{Gate, Script};

use crate::{
    common::{self, Events, actor, texts},
    duo::Duo,
};

/// `auto` asks Anthropic's Opus 5.5 for this, and then OpenAI's GPT-5.6 Sol.
const HARD: &str = "Prove that there are infinitely many primes, and explain why the proof works.";
const OPUS: &str = "claude-opus-5-5";
const SOL: &str = "gpt-5.6-sol";
/// A catalogue in which Opus, named by the user, may be answered for by Sol.
const DECLARED: &str = r#"
    [[model]]
    id = "claude-opus-5-5"
    name = "Claude Opus 5.5"
    provider = "anthropic"
    tier = "powerful"
    fallback = ["gpt-5.6-sol"]
    [[model.price]]
    effective_from = "2026-01-01"
    source = "a test"
    input = "4"
    output = "20"
"#;

fn rerouted(events: &Events) -> &Route {
    match &events[0] {
        Ok(ModelEvent::Rerouted(route)) => route,
        other => panic!("{other:?}"),
    }
}

fn failure(events: &Events) -> &TurnFailure {
    events.last().unwrap().as_ref().unwrap_err()
}

#[tokio::test]
async fn an_overloaded_provider_is_answered_for() {
    let duo = Duo::new().await;
    let route = duo.route("auto", HARD).await;
    assert_eq!((route.model.as_str(), route.fallbacks[0].as_str(), route.fallbacks.len()), (OPUS, SOL, 2));
    duo.anthropic.script(Script::status(529));
    duo.openai.script(Script::text("By Euclid."));
    let events = duo.events("auto", HARD).await;
    let route = rerouted(&events);
    assert_eq!(
        (route.model.as_str(), route.provider, route.routed_by),
        (SOL, Provider::Openai, RoutedBy::Failover)
    );
    assert_eq!(route.reason, "Claude Opus 5.5 was overloaded; GPT-5.6 Sol answered instead.");
    assert_eq!((route.candidates[0].model.as_str(), route.candidates[1].model.as_str()), (SOL, OPUS));
    assert_eq!(texts(&events).0, "By Euclid.");
    assert!(matches!(&events[1], Ok(ModelEvent::Text(_))), "a refused call has no bill: {events:?}");
    assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))));
    assert_eq!(
        (duo.anthropic.requests().len(), duo.openai.requests().len()),
        (1, 1),
        "nobody is asked twice"
    );
    let rows = duo.ledger.rows();
    let told: Vec<_> = rows.iter().map(|row| (row.model.as_str(), row.outcome, row.failover)).collect();
    assert_eq!(told, [(OPUS, CallOutcome::Failed, false), (SOL, CallOutcome::Ok, true)]);
}

#[tokio::test]
async fn every_failure_that_is_the_providers_falls_over_and_no_other() {
    let cases = [
        (429, true),
        (500, true),
        (503, true),
        (529, true),
        (401, true),
        (402, true),
        (403, true),
        (404, true),
        (400, false),
        (413, false),
    ];
    for (status, falls_over) in cases {
        let duo = Duo::new().await;
        duo.anthropic.script(Script::status(status));
        duo.openai.script(Script::text("Sure."));
        let events = duo.events("auto", HARD).await;
        assert_eq!(duo.openai.requests().len(), usize::from(falls_over), "{status}: {events:?}");
        assert_eq!(matches!(&events[0], Ok(ModelEvent::Rerouted(_))), falls_over, "{status}");
        assert_eq!(duo.anthropic.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_provider_that_refuses_rests_at_once() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::status(404));
    let events = duo.events("auto", HARD).await;
    let told = "Claude Opus 5.5 is not known to its provider; GPT-5.6 Sol answered instead.";
    assert_eq!(rerouted(&events).reason, told);
    let route = duo.route("auto", HARD).await;
    assert_eq!((route.model.as_str(), route.routed_by), (SOL, RoutedBy::Router));
    // Who names the model is asked for nothing else, and hears what is wrong.
    duo.anthropic.script(Script::status(401));
    assert_eq!(failure(&duo.events(OPUS, HARD).await).code, "provider_auth");
    assert_eq!(duo.openai.requests().len(), 1);
}

#[tokio::test]
async fn a_key_of_ones_own_that_is_refused_rests_nobody_elses() {
    let duo = Duo::at_home().await;
    duo.keys.set(&actor(), Provider::Anthropic, "sk-own-anthropic").await.unwrap();
    duo.anthropic.script(Script::status(401));
    assert_eq!(rerouted(&duo.events("auto", HARD).await).model, SOL);
    duo.keys.delete(&actor(), Provider::Anthropic).await.unwrap();
    assert_eq!(duo.route("auto", HARD).await.model, OPUS);
}

#[tokio::test]
async fn the_model_that_has_just_failed_comes_last() {
    let duo = Duo::new().await;
    let hints = Hints { failed: Some(OPUS.to_owned()), again: false };
    let prompt = Prompt { hints, ..common::prompt(HARD) };
    let route = duo.plan("auto", &prompt).await.unwrap().route;
    assert_ne!(route.model, OPUS);
    assert_eq!(route.routed_by, RoutedBy::Router);
}

#[tokio::test]
async fn each_pause_before_another_attempt_is_told() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::status(529));
    duo.anthropic.script(Script::text("Sure."));
    let prompt = common::prompt(HARD);
    let planned = duo.plan(OPUS, &prompt).await.unwrap();
    let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
    let (notices, told) = mpsc::channel(8);
    let call = ModelCall { notices: Some(notices), ..ModelCall::new(planned, prompt, context) };
    let answer = duo.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap();
    let told: Vec<Retrying> = told.collect().await;
    assert_eq!(texts(&common::rest(answer).await).0, "Sure.");
    let [pause] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        (pause.model.as_str(), pause.provider, pause.code.as_str()),
        (OPUS, Provider::Anthropic, "provider_overloaded")
    );
}

#[tokio::test]
async fn a_long_wait_is_not_waited_for() {
    let duo = Duo::new().await;
    // Short enough to be waited for, if there were nobody else.
    duo.anthropic.script(Script::status(429).header("retry-after", "19"));
    let began = Instant::now();
    let events = duo.events("auto", HARD).await;
    assert!(rerouted(&events).reason.contains("was over its rate limit"));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_error_inside_the_stream_counts_as_long_as_nothing_was_said() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::tokens(9).error_event_after(0, "overloaded_error"));
    assert_eq!(rerouted(&duo.events("auto", HARD).await).model, SOL);
    duo.anthropic.script(Script::tokens(9).error_event_after(2, "overloaded_error"));
    let events = duo.events("auto", HARD).await;
    assert_eq!(
        (texts(&events).0.as_str(), failure(&events).code.as_str()),
        ("word1 word2 ", "provider_overloaded")
    );
    assert_eq!(duo.openai.requests().len(), 1, "after the first word nobody else is asked");
}

#[tokio::test]
async fn the_bill_of_a_call_that_timed_out_comes_before_the_answer() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::tokens(9).gate_after(0, &Gate::new()));
    let events = duo.events("auto", HARD).await;
    assert!(rerouted(&events).reason.contains("took too long"));
    let Ok(ModelEvent::Usage(bill)) = &events[1] else { panic!("{events:?}") };
    assert_eq!((bill.model.as_str(), bill.usage.estimated), (OPUS, true));
    let bills = events.iter().filter(|event| matches!(event, Ok(ModelEvent::Usage(_)))).count();
    assert_eq!((bills, duo.ledger.rows().len()), (2, 2));
}

#[tokio::test]
async fn when_all_fail_the_first_failure_is_told_with_what_was_tried() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::status(529));
    for _ in 0..9 {
        duo.openai.script(Script::status(500));
    }
    let events = duo.events("auto", HARD).await;
    assert_eq!(events.len(), 1, "nobody answered, so nothing was rerouted: {events:?}");
    let failure = failure(&events);
    assert_eq!(failure.code, "provider_overloaded");
    let second = duo.route("auto", HARD).await;
    assert!(
        failure.message.contains("GPT-5.6 Sol and ") && failure.message.contains("tried in its place"),
        "{failure:?}"
    );
    assert_eq!(second.model, OPUS);
    // One attempt at the first two, then the last one as patiently as if it were alone.
    assert_eq!((duo.anthropic.requests().len(), duo.openai.requests().len()), (1, 1 + 3));
    let rows = duo.ledger.rows();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.outcome == CallOutcome::Failed && !row.failover));
}

#[tokio::test]
async fn a_named_model_is_answered_for_only_where_the_admin_declared_it() {
    let duo = Duo::new().await;
    for _ in 0..3 {
        duo.anthropic.script(Script::status(529));
    }
    let events = duo.events(OPUS, HARD).await;
    assert_eq!((events.len(), failure(&events).code.as_str()), (1, "provider_overloaded"));
    assert_eq!((duo.anthropic.requests().len(), duo.openai.requests().len()), (3, 0));

    let duo = Duo::with_catalog(DECLARED).await;
    assert_eq!(duo.route(OPUS, HARD).await.fallbacks, [SOL]);
    duo.anthropic.script(Script::status(529));
    assert_eq!(rerouted(&duo.events(OPUS, HARD).await).model, SOL);
}

#[tokio::test]
async fn no_one_answers_who_costs_more_than_the_ceiling() {
    let duo = Duo::with_catalog("[router]\nfailover_price_ceiling = 0").await;
    assert!(duo.route("auto", HARD).await.fallbacks.is_empty());
    let capped = format!("[router]\nfailover_price_ceiling = 0\n{DECLARED}");
    let duo = Duo::with_catalog(&capped).await;
    assert!(duo.route(OPUS, HARD).await.fallbacks.is_empty(), "what is declared is held to it too");
}

#[tokio::test]
async fn an_open_circuit_is_passed_by_and_closes_by_itself() {
    let duo = Duo::with_catalog(DECLARED).await;
    for _ in 0..9 {
        duo.openai.script(Script::text("Sure."));
    }
    for _ in 0..5 {
        duo.anthropic.script(Script::status(529));
        assert_eq!(rerouted(&duo.events(OPUS, HARD).await).model, SOL);
    }
    let events = duo.events(OPUS, HARD).await;
    assert_eq!(
        rerouted(&events).reason,
        "Claude Opus 5.5 has not been answering; GPT-5.6 Sol answered instead."
    );
    assert_eq!(duo.anthropic.requests().len(), 5, "it was not asked");
    let status = duo.gateway.providers(&actor()).await.unwrap();
    let anthropic = status.iter().find(|status| status.provider == Provider::Anthropic).unwrap();
    assert_eq!(anthropic.health, HealthState::Down);
    assert!(anthropic.since.is_some() && anthropic.median_first_token_ms.is_none());
    let models = duo.gateway.list(&actor()).await.unwrap();
    let health = |id: &str| models.iter().find(|model| model.id == id).unwrap().health;
    assert_eq!((health(OPUS), health(SOL)), (HealthState::Down, HealthState::Healthy));
    assert_ne!(duo.route("auto", HARD).await.provider, Provider::Anthropic, "nor is it chosen");

    duo.clock.advance_millis(29_999);
    duo.events(OPUS, HARD).await;
    assert_eq!(duo.anthropic.requests().len(), 5);
    duo.clock.advance_millis(1);
    duo.anthropic.script(Script::status(529));
    duo.events(OPUS, HARD).await;
    assert_eq!(duo.anthropic.requests().len(), 6, "one trial, which failed");
    duo.events(OPUS, HARD).await;
    assert_eq!(duo.anthropic.requests().len(), 6);
    duo.clock.advance_millis(30_000);
    duo.anthropic.script(Script::text("Back."));
    assert_eq!(texts(&duo.events(OPUS, HARD).await).0, "Back.");
    let status = duo.gateway.providers(&actor()).await.unwrap();
    let anthropic = status.iter().find(|status| status.provider == Provider::Anthropic).unwrap();
    assert_eq!((anthropic.health, anthropic.since), (HealthState::Healthy, None));
    assert!(anthropic.median_first_token_ms.is_some());
}

#[tokio::test]
async fn with_nobody_else_an_open_circuit_is_asked_all_the_same() {
    let duo = Duo::new().await;
    for _ in 0..15 {
        duo.anthropic.script(Script::status(500).header("x-should-retry", "false"));
    }
    for _ in 0..6 {
        duo.events(OPUS, HARD).await;
    }
    assert_eq!(duo.anthropic.requests().len(), 6);
}

#[tokio::test]
async fn rejected_requests_open_no_circuit() {
    let duo = Duo::with_catalog(DECLARED).await;
    for status in [400, 401, 402, 403, 404, 400, 400, 401, 402, 400, 400, 400] {
        duo.anthropic.script(Script::status(status));
        duo.events(OPUS, HARD).await;
    }
    let events = duo.events(OPUS, HARD).await;
    assert!(matches!(&events[0], Ok(ModelEvent::Text(_))), "{events:?}");
}

#[tokio::test]
async fn cancelling_while_another_is_asked_ends_it() {
    let duo = Duo::new().await;
    duo.anthropic.script(Script::status(529));
    duo.openai.script(Script::tokens(9).gate_after(0, &Gate::new()));
    let cancel = CancellationToken::new();
    let (stream, ()) = tokio::join!(duo.call("auto", common::prompt(HARD), cancel.clone()), async {
        duo.openai.wait_for_requests(1).await;
        cancel.cancel();
    });
    let events = common::rest(stream.unwrap()).await;
    assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Cancelled))));
    duo.openai.wait_for_disconnect().await;
    let outcomes: Vec<_> = duo.ledger.rows().iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::Failed, CallOutcome::Cancelled]);
}

#[tokio::test]
async fn nobody_answers_for_a_call_that_cannot_be_entered() {
    let duo = Duo::new().await;
    duo.ledger.set_down(true);
    let events = duo.events("auto", HARD).await;
    assert_eq!((events.len(), failure(&events).code.as_str()), (1, "storage_unavailable"));
    assert!(duo.anthropic.requests().is_empty() && duo.openai.requests().is_empty());
    let status = duo.gateway.providers(&actor()).await.unwrap();
    assert!(status.iter().all(|status| status.health == HealthState::Healthy), "it is no provider's fault");
}

#[tokio::test]
async fn what_is_told_is_about_the_model_that_was_chosen() {
    let duo =
        Duo::with_catalog(&DECLARED.replace("\"gpt-5.6-sol\"]", "\"gpt-5.6-sol\", \"gpt-6-luna\"]")).await;
    for _ in 0..5 {
        duo.anthropic.script(Script::status(529));
        duo.openai.script(Script::text("Sure."));
        duo.events(OPUS, HARD).await;
    }
    duo.openai.script(Script::status(500));
    duo.openai.script(Script::text("Sure."));
    let events = duo.events(OPUS, HARD).await;
    let route = rerouted(&events);
    assert_eq!(route.model, "gpt-6-luna");
    assert!(route.reason.starts_with("Claude Opus 5.5 has not been answering; "), "{}", route.reason);
    assert!(route.fallbacks.is_empty());
}
