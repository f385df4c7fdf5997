//! The gateway against a scripted provider on real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod caching;
mod common;
mod duo;
mod endings;
mod failover;
mod keys;
mod pictures;
mod routing;
mod tags;
mod wires;
mod wordless;

use std::time::Duration;

use common::{World, texts};
use tokio_util::sync::CancellationToken;
use vertice_domain::{ErrorKind, FinishReason, ModelChoice, Provider, RoutedBy, Usd};
use vertice_ports::{Models as _, ledger::CallOutcome, model::ModelEvent};
use vertice_testkit::{Fault, Figures, Gate, Script};

const OPUS: &str = "claude-opus-5-5";
const SOL: &str = "gpt-6.1-sol";

#[tokio::test]
async fn text_is_streamed_billed_and_entered() {
    for (model, provider) in [(OPUS, Provider::Anthropic), (SOL, Provider::Openai)] {
        let world = World::new().await;
        let figures = Figures { input: 1_000, output: Some(200), cache_read: 1_000, ..Figures::default() };
        world
            .upstream
            .script(Script::text("Olá, café 𝄞 and more.").thinking("Hm, let me see.").usage(figures));
        let events = world.events(model).await;
        assert_eq!(texts(&events), ("Olá, café 𝄞 and more.".into(), "Hm, let me see.".into()));
        let [.., Ok(ModelEvent::Usage(usage)), Ok(ModelEvent::Stop(FinishReason::Stop))] = events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert_eq!(
            (usage.usage.input_tokens, usage.usage.output_tokens, usage.usage.cache_read_tokens),
            (1_000, 200, 1_000)
        );
        assert!(!usage.usage.estimated && usage.usage.saved_usd > Some(Usd::ZERO), "{usage:?}");
        let rows = world.ledger.rows();
        assert_eq!(rows.len(), 1, "the row stands before the stop is heard");
        assert_eq!(
            (rows[0].provider, rows[0].outcome, rows[0].estimated),
            (provider, CallOutcome::Ok, false)
        );
        assert_eq!(
            (rows[0].cost, rows[0].upstream_request_id.as_deref()),
            (usage.usage.cost_usd, Some("req_scripted"))
        );
        assert!(rows[0].first_token_ms.is_some());
    }
}

#[tokio::test]
async fn requests_carry_what_each_provider_wants() {
    let world = World::new().await;
    world.events(OPUS).await;
    world.events(SOL).await;
    let requests = world.upstream.requests();
    let header =
        |index: usize, name: &str| requests[index].headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!((requests[0].path.as_str(), header(0, "x-api-key")), ("/v1/messages", Some("sk-test")));
    assert_eq!((header(0, "anthropic-version"), header(0, "authorization")), (Some("2026-10-21"), None));
    assert_eq!(requests[1].path, "/v1/chat/completions");
    assert_eq!((header(1, "authorization"), header(1, "accept-encoding")), (Some("Bearer sk-test"), None));
    // Some servers take no body of unknown length.
    assert!(header(0, "content-length").is_some() && header(0, "transfer-encoding").is_none());
    assert!(
        requests[0].body.get("temperature").is_none()
            && requests[1].body["stream_options"]["include_usage"] == true
    );
}

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
async fn cancelling_closes_the_socket_and_bills_an_estimate() {
    let world = World::new().await;
    // Fetches the lists first, so that their idle connections do not change the count below.
    world.gateway.list(&common::actor()).await.unwrap();
    world.upstream.script(Script::tokens(9).gate_after(2, &Gate::new()));
    let cancel = CancellationToken::new();
    let mut stream = world.call(OPUS, cancel.clone()).await.unwrap();
    let first = common::next(&mut stream).await;
    assert_eq!(first, Some(Ok(ModelEvent::Text("word1 ".into()))));
    let open = world.upstream.connections_open();
    cancel.cancel();
    let rest = common::rest(stream).await;
    let [.., Ok(ModelEvent::Usage(usage)), Ok(ModelEvent::Stop(FinishReason::Cancelled))] = rest.as_slice()
    else {
        panic!("{rest:?}")
    };
    assert!(usage.usage.estimated && usage.usage.output_tokens > 0 && usage.usage.cost_usd > Some(Usd::ZERO));
    world.upstream.wait_for_disconnect().await;
    world.upstream.wait_for_connections(open - 1).await;
    let rows = world.ledger.rows();
    assert_eq!((rows.len(), rows[0].outcome, rows[0].estimated), (1, CallOutcome::Cancelled, true));
}

#[tokio::test]
async fn cancelling_before_the_first_word_works_too() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).gate_after(0, &Gate::new()));
    let cancel = CancellationToken::new();
    let (stream, ()) = tokio::join!(world.call(SOL, cancel.clone()), async {
        world.upstream.wait_for_requests(1).await;
        cancel.cancel();
    });
    let events = common::rest(stream.unwrap()).await;
    assert_eq!(events.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Cancelled))));
    world.upstream.wait_for_disconnect().await;
    assert_eq!(world.ledger.rows()[0].outcome, CallOutcome::Cancelled);
}

#[tokio::test]
async fn the_row_stands_before_the_request_leaves() {
    let world = World::new().await;
    let gate = Gate::new();
    world.upstream.script(Script::text("Hi.").gate_after(0, &gate));
    let (events, ()) = tokio::join!(world.events(OPUS), async {
        world.upstream.wait_for_requests(1).await;
        let [open] = world.ledger.open().try_into().unwrap();
        assert_eq!((open.model.as_str(), open.outcome, open.estimated), (OPUS, CallOutcome::Running, true));
        assert!(open.tokens.input > 0 && open.tokens.output == 1_000, "what the router expects: {open:?}");
        assert!(open.cost > Some(Usd::ZERO) && open.price.is_some());
        gate.open();
    });
    assert_eq!(texts(&events).0, "Hi.");
    assert_eq!((world.ledger.open().len(), world.ledger.rows().len()), (0, 1));
}

#[tokio::test]
async fn a_call_that_cannot_be_entered_is_not_made() {
    let world = World::new().await;
    world.ledger.set_down(true);
    for model in [OPUS, "demo"] {
        let failure = world.failure(model).await;
        assert_eq!((failure.code.as_str(), failure.retryable), ("storage_unavailable", true), "{model}");
        assert!(failure.message.contains("was not asked"), "{failure:?}");
    }
    assert!(world.upstream.requests().is_empty() && world.ledger.rows().is_empty());
    world.ledger.set_down(false);
    assert_eq!(world.events(OPUS).await.last(), Some(&Ok(ModelEvent::Stop(FinishReason::Stop))));
}

#[tokio::test]
async fn dropping_the_stream_closes_the_socket_and_is_entered() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).gate_after(2, &Gate::new()));
    let mut stream = world.call(SOL, CancellationToken::new()).await.unwrap();
    common::next(&mut stream).await;
    drop(stream);
    world.upstream.wait_for_disconnect().await;
    let rows = world.ledger.wait_for(1).await;
    assert_eq!((rows[0].outcome, rows[0].estimated), (CallOutcome::Cancelled, true));
    assert!(rows[0].tokens.output > 0);
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
async fn the_demo_needs_no_provider() {
    let world = World::without_keys().await;
    let route = world.route(ModelChoice::Auto, "hello").await.unwrap();
    assert_eq!(
        (route.model.as_str(), route.provider, route.routed_by),
        ("demo", Provider::Demo, RoutedBy::Router)
    );
    let events = world.events("demo").await;
    assert!(texts(&events).0.contains("scripted"));
    let row = &world.ledger.rows()[0];
    assert_eq!((row.cost, row.estimated, row.outcome), (Some(Usd::ZERO), true, CallOutcome::Ok));
    let models = world.gateway.list(&common::actor()).await.unwrap();
    assert_eq!((models[0].id.as_str(), models[0].available, models[1].available), ("demo", true, false));
    let error = world.route(OPUS.to_owned().into(), "hello").await.unwrap_err();
    assert!(
        error.fields[0].message.contains("ANTHROPIC_API_KEY") && error.fields[0].field == "model",
        "{error}"
    );
    let error = world.route("nonsense".to_owned().into(), "hello").await.unwrap_err();
    assert!(error.fields[0].message.contains("GET /api/v1/models lists the models"), "{error}");
}

#[tokio::test]
async fn a_listed_model_of_unknown_price_works() {
    let world = World::new().await;
    world.upstream.models(&["house-7b", SOL, OPUS]);
    let events = world.events("house-7b").await;
    let usage = events.iter().find_map(|event| match event {
        Ok(ModelEvent::Usage(usage)) => Some(usage.usage),
        _ => None,
    });
    assert_eq!(usage.map(|usage| (usage.cost_usd, usage.estimated)), Some((None, false)));
    assert_eq!(world.ledger.rows()[0].cost, None);
    let models = world.gateway.list(&common::actor()).await.unwrap();
    let house = models.iter().find(|model| model.id == "house-7b").unwrap();
    assert_eq!((house.available, house.input_usd_per_mtok), (true, None));
    assert!(models.iter().find(|model| model.id == SOL).unwrap().available);
    assert!(!models.iter().find(|model| model.id == "gpt-6-luna").unwrap().available);
}

#[tokio::test]
async fn ollama_is_found_and_asked() {
    let world = World::without_keys().await;
    world.upstream.models(&["qwen3:8b"]);
    let config = vertice_llm::GatewayConfig { ollama_host: Some(world.upstream.url()), ..common::keyless() };
    let world = World { gateway: common::gateway(&config, &world), ..world };
    let route = world.route(ModelChoice::Auto, "hello").await.unwrap();
    assert_eq!((route.model.as_str(), route.provider), ("qwen3:8b", Provider::Local));
    let events = world.events("qwen3:8b").await;
    assert!(texts(&events).0.starts_with("Hello from"));
    assert_eq!(world.ledger.rows()[0].cost, Some(Usd::ZERO));
    assert!(world.upstream.requests()[0].body.get("max_tokens").is_some());
}

#[tokio::test]
async fn a_conversation_over_the_window_says_by_how_much() {
    let world = World::new().await;
    let text = "word ".repeat(200_000);
    let error = world.route("claude-haiku-4-5".to_owned().into(), &text).await.unwrap_err();
    assert_eq!(error.code, "context_too_long");
    assert!(error.message.contains("50011 more than the 200000"), "{error}");
    let route = world.route(ModelChoice::Auto, &text).await.unwrap();
    assert_ne!(route.model, "claude-haiku-4-5");
}

#[tokio::test]
async fn first_words_of_a_slow_provider_are_waited_for_only_so_long() {
    let world = World::new().await;
    world.upstream.script(Script::tokens(9).every(Duration::from_secs(3_600)));
    assert_eq!(world.failure(OPUS).await.code, "provider_timeout");
    assert!(world.ledger.rows()[0].estimated);
}

#[tokio::test]
async fn another_address_serves_what_it_lists() {
    let world = World::without_keys().await;
    world.upstream.models(&["claude-opus-5-5", "house-7b"]);
    let openai = common::config(&world.upstream.url()).openai;
    let config = vertice_llm::GatewayConfig { openai, ..common::keyless() };
    let world = World { gateway: common::gateway(&config, &world), ..world };
    let route = world.route(ModelChoice::Auto, "hello").await.unwrap();
    assert_eq!((route.model.as_str(), route.provider), (OPUS, Provider::Openai));
    assert_eq!(route.candidates[0].estimated_usd, None, "the price of a go-between is not the maker's");
    assert_eq!(texts(&world.events("house-7b").await).0.split(' ').next(), Some("Hello"));
}

#[test]
fn bad_settings_stop_the_start_with_their_name() {
    let ledger = std::sync::Arc::new(vertice_testkit::RecordingLedger::new());
    let start =
        |config: &vertice_llm::GatewayConfig| common::try_gateway(config, &ledger).unwrap_err().to_string();
    let file = std::env::temp_dir().join("vertice-no-such-catalog.toml");
    let error = start(&vertice_llm::GatewayConfig { catalog_override: Some(file), ..common::keyless() });
    assert!(error.contains("vertice-no-such-catalog.toml"), "{error}");
    let error = start(&common::config("http://127.0.0.1:1/v1"));
    assert!(
        error.starts_with("ANTHROPIC_BASE_URL") && error.contains("https://api.anthropic.com"),
        "{error}"
    );
    let mut config = common::config("http://127.0.0.1:1");
    config.anthropic.as_mut().unwrap().api_key = Some(vertice_llm::Secret::new("sk-ant\u{e9}\nhunter2"));
    let error = start(&config);
    assert!(error.starts_with("ANTHROPIC_API_KEY") && !error.contains("hunter2"), "{error}");
    assert!(!format!("{config:?}").contains("hunter2"));
}
