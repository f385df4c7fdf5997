//! The gateway against a scripted provider on real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod beginnings;
mod caching;
mod common;
mod duo;
mod endings;
mod failover;
mod faults;
mod keys;
mod local;
mod pictures;
mod routing;
mod tags;
mod wires;
mod wordless;

use common::{World, texts};
use tokio_util::sync::CancellationToken;
use vertice_domain::{FinishReason, ModelChoice, Provider, Usd};
use vertice_ports::{Models as _, ledger::CallOutcome, model::ModelEvent};
use vertice_testkit::{Figures, Gate, Script};

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
async fn a_conversation_over_the_window_says_by_how_much() {
    let world = World::new().await;
    let text = "word ".repeat(200_000);
    let error = world.route("claude-haiku-4-5".to_owned().into(), &text).await.unwrap_err();
    assert_eq!(error.code, "context_too_long");
    assert!(error.message.contains("50011 more than the 200000"), "{error}");
    let route = world.route(ModelChoice::Auto, &text).await.unwrap();
    assert_ne!(route.model, "claude-haiku-4-5");
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
