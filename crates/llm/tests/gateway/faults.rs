//! How providers fail, and what is said of it.

use std::time::Duration;

use vertice_domain::ErrorKind;
use vertice_ports::{ledger::CallOutcome, model::ModelEvent};
use vertice_testkit::{Fault, Script};

use crate::{
    OPUS, SOL,
    common::{self, World, texts},
};

#[tokio::test]
async fn a_limit_is_waited_for_and_then_it_answers() {
    let world = World::new().await;
    world.upstream.script(Script::status(429).header("retry-after", "0"));
    world.upstream.script(Script::text("Now."));
    let events = world.events(OPUS).await;
    assert_eq!(texts(&events).0, "Now.");
    assert_eq!((world.upstream.requests().len(), world.ledger.rows().len()), (2, 1));
}

#[tokio::test]
async fn a_long_limit_fails_at_once_and_says_how_long() {
    let world = World::new().await;
    world.upstream.script(Script::status(429).header("retry-after", "90"));
    let failure = world.failure(OPUS).await;
    assert_eq!((failure.code.as_str(), failure.retry_after_s), ("provider_rate_limited", Some(90)));
    assert!(failure.message.contains("90 s") && failure.retryable, "{failure:?}");
    assert_eq!(world.upstream.requests().len(), 1);
}

#[tokio::test]
async fn statuses_become_codes() {
    let cases = [
        (401, "provider_auth", 1),
        (402, "provider_billing", 1),
        (403, "provider_permission", 1),
        (404, "provider_not_found", 1),
        (413, "context_too_long", 1),
        (500, "provider_unavailable", 3),
        (529, "provider_overloaded", 3),
        (400, "provider_rejected", 1),
    ];
    for model in [OPUS, SOL] {
        for (status, code, attempts) in cases {
            let world = World::new().await;
            for _ in 0..attempts {
                world.upstream.script(Script::status(status));
            }
            let failure = world.failure(model).await;
            assert_eq!(failure.code, code, "{model} {status}");
            assert!(failure.message.contains(model) && !failure.message.contains("sk-test"), "{failure:?}");
            assert_eq!(world.upstream.requests().len(), attempts, "{status}");
            let rows = world.ledger.rows();
            assert_eq!((rows.len(), rows[0].outcome, rows[0].tokens.input), (1, CallOutcome::Failed, 0));
        }
    }
}

#[tokio::test]
async fn every_provider_without_credit_reads_the_same() {
    // Anthropic says it with the status and the type of a bad request, OpenAI with those of a rate limit.
    for (model, script) in [
        (OPUS, Script::fault(Fault::NoCredit)),
        (OPUS, Script::status(402)),
        (SOL, Script::fault(Fault::NoCredit)),
        (SOL, Script::status(402)),
    ] {
        let world = World::new().await;
        world.upstream.script(script);
        let failure = world.failure(model).await;
        assert_eq!(
            (failure.code.as_str(), failure.kind),
            ("provider_billing", ErrorKind::Upstream),
            "{model}"
        );
        assert!(failure.message.contains("has no credit left") && !failure.retryable, "{failure:?}");
        assert_eq!(world.upstream.requests().len(), 1, "{model}: asking again is no use");
    }
}

#[tokio::test]
async fn a_key_is_named_by_its_variable() {
    let world = World::new().await;
    world.upstream.script(Script::status(401).header("x-should-retry", "false"));
    assert!(world.failure(OPUS).await.message.contains("ANTHROPIC_API_KEY"));
    world.upstream.script(Script::status(500).header("x-should-retry", "false"));
    world.failure(OPUS).await;
    assert_eq!(world.upstream.requests().len(), 2);
}

#[tokio::test]
async fn what_is_no_stream_is_told_apart() {
    let json = r#"{"error":{"type":"overloaded_error","message":"busy"}}"#;
    let whole = r#"{"id":"x","choices":[{"message":{"content":"hi"}}]}"#;
    let cases = [
        (Script::html(), "provider_bad_response", "web page"),
        (Script::status(200).body(whole), "provider_bad_response", "not a stream"),
        (
            Script::status(302).header("location", "http://127.0.0.1:1/"),
            "provider_bad_response",
            "another address",
        ),
        (
            Script::status(200).body(json).header("x-should-retry", "false"),
            "provider_overloaded",
            "more requests",
        ),
    ];
    for (script, code, words) in cases {
        let world = World::new().await;
        world.upstream.script(script);
        let failure = world.failure(SOL).await;
        assert_eq!(failure.code, code);
        assert!(failure.message.contains(words), "{failure:?}");
    }
}

#[tokio::test]
async fn a_broken_stream_keeps_its_text_and_its_bill() {
    for script in [Script::tokens(9).cut_after(3), Script::tokens(9).end_after(3)] {
        for model in [OPUS, SOL] {
            let world = World::new().await;
            world.upstream.script(script.clone());
            let events = world.events(model).await;
            assert_eq!(texts(&events).0, "word1 word2 word3 ");
            let [.., Ok(ModelEvent::Usage(usage)), Err(failure)] = events.as_slice() else {
                panic!("{events:?}")
            };
            assert_eq!(failure.code, "stream_truncated");
            assert!(usage.usage.estimated && usage.usage.output_tokens > 0 && usage.usage.input_tokens > 0);
            assert_eq!(world.ledger.rows()[0].outcome, CallOutcome::Failed);
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_is_retried_only_before_the_first_word() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).error_event_after(0, "overloaded_error"));
    world.upstream.script(Script::text("Second."));
    assert_eq!(texts(&world.events(OPUS).await).0, "Second.");
    world.upstream.script(Script::tokens(9).error_event_after(2, "overloaded_error"));
    let events = world.events(OPUS).await;
    assert_eq!(events.last().unwrap().as_ref().unwrap_err().code, "provider_overloaded");
    assert_eq!(world.upstream.requests().len(), 3);
}

#[tokio::test]
async fn silence_is_noticed() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).stall_after(2));
    let events = world.events(OPUS).await;
    assert_eq!(texts(&events).0, "word1 word2 ");
    assert_eq!(events.last().unwrap().as_ref().unwrap_err().code, "provider_timeout");
    world.upstream.wait_for_disconnect().await;
}

#[tokio::test]
async fn nobody_at_the_address() {
    let world = World::new().await;
    let url = world.upstream.url();
    let world = World { gateway: common::gateway(&common::config("http://127.0.0.1:9"), &world), ..world };
    let failure = world.failure(OPUS).await;
    assert_eq!(
        (failure.code.as_str(), failure.kind),
        ("provider_unavailable", ErrorKind::Unavailable),
        "{url}"
    );
    assert!(failure.message.contains("cannot be reached"));
}

#[tokio::test]
async fn first_words_of_a_slow_provider_are_waited_for_only_so_long() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).every(Duration::from_secs(3_600)));
    assert_eq!(world.failure(OPUS).await.code, "provider_timeout");
    assert!(world.ledger.rows()[0].estimated);
}
