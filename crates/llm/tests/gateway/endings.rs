//! How answers end: the last event may lack its blank line, and no answer goes on for ever.

use std::{io::Write as _, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vertice_domain::FinishReason;
use vertice_llm::{GatewayConfig, Timing};
use vertice_ports::{ledger::CallOutcome, model::ModelEvent};
use vertice_testkit::{Figures, Script};

use crate::{
    common::{self, World, prompt, texts},
    wires::Four,
};

const MODELS: [&str; 4] = ["claude-opus-5-5", "gpt-6.1-sol", "gemini-4-argon", "openai/gpt-oss-120b"];

fn figures() -> Figures {
    Figures { input: 1_000, output: Some(200), ..Figures::default() }
}

#[tokio::test]
async fn a_last_event_without_its_blank_line_counts() {
    let four = Four::new().await;
    for model in MODELS {
        four.upstream.script(Script::text("All of it.").usage(figures()).unterminated());
        let events = four.events(model, prompt("hello")).await;
        assert_eq!(texts(&events).0, "All of it.", "{model}");
        let [.., Ok(ModelEvent::Usage(bill)), Ok(ModelEvent::Stop(FinishReason::Stop))] = events.as_slice()
        else {
            panic!("{model}: {events:?}")
        };
        let usage = &bill.usage;
        assert_eq!(
            (usage.input_tokens, usage.output_tokens, usage.estimated),
            (1_000, 200, false),
            "{model}"
        );
    }
}

#[tokio::test]
async fn after_a_broken_connection_the_last_event_is_not_trusted() {
    let four = Four::new().await;
    for model in ["gpt-6.1-sol", "gemini-4-argon"] {
        four.upstream.script(Script::text("Some of it.").usage(figures()).broken_at_the_end());
        let events = four.events(model, prompt("hello")).await;
        assert_eq!(texts(&events).0, "Some of it.", "{model}");
        assert_eq!(events.last().unwrap().as_ref().unwrap_err().code, "stream_truncated", "{model}");
    }
}

#[tokio::test]
async fn an_event_that_was_cut_in_the_middle_is_a_cut() {
    let whole = r#"data: {"choices":[{"index":0,"delta":{"content":"One"}}]}"#;
    for rest in [r#"data: {"choices":[{"index":0,"delta":{},"finish_rea"#, "data: [DON", "dat"] {
        for end in ["\n", "\r\n"] {
            let world = World::new().await;
            let body = format!("{whole}{end}{end}{rest}");
            world
                .upstream
                .script(Script::status(200).header("content-type", "text/event-stream").body(&body));
            let events = world.events("gpt-6.1-sol").await;
            assert_eq!(texts(&events).0, "One");
            assert_eq!(events.last().unwrap().as_ref().unwrap_err().code, "stream_truncated", "{rest}");
        }
    }
}

fn hurried(base: &str, longest: Duration) -> GatewayConfig {
    let config = common::config(base);
    let timing = Timing { longest, idle: Duration::from_secs(60), ..config.timing };
    GatewayConfig { timing, ..config }
}

#[tokio::test]
async fn pings_alone_keep_no_call_alive() {
    let world = World::new().await;
    let config = hurried(&world.upstream.url(), Duration::from_millis(300));
    let world = World { gateway: common::gateway(&config, &world), ..world };
    for model in ["claude-opus-5-5", "gpt-6.1-sol"] {
        world.upstream.script(Script::tokens(9).pings_after(2, Duration::from_millis(20)));
        let events = world.events(model).await;
        assert_eq!(texts(&events).0, "word1 word2 ");
        let failure = events.last().unwrap().as_ref().unwrap_err();
        assert_eq!(failure.code, "provider_timeout");
        assert!(failure.message.contains("longest time"), "{failure:?}");
    }
    world.upstream.wait_for_disconnect().await;
}

/// Anthropic at an address where somebody takes connections and never answers the handshake.
async fn at_a_silent_address(world: World) -> (World, TcpListener, tempfile::NamedTempFile) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", silent.local_addr().unwrap());
    let mut catalog = tempfile::NamedTempFile::new().unwrap();
    // Its own address, so that nobody waits for its list of models.
    let variables = "key_variable = \"ANTHROPIC_API_KEY\"\nbase_variable = \"ANTHROPIC_BASE_URL\"";
    writeln!(catalog, "[[provider]]\nid = \"anthropic\"\nbase_url = \"{base}\"\n{variables}").unwrap();
    let config = hurried(&base, Duration::from_secs(60));
    let (connect, first_byte) = (Duration::from_secs(60), Duration::from_secs(60));
    let config = GatewayConfig {
        openai: None,
        catalog_override: Some(catalog.path().to_owned()),
        timing: Timing { connect, first_byte, ..config.timing },
        ..config
    };
    (World { gateway: common::gateway(&config, &world), ..world }, silent, catalog)
}

#[tokio::test]
async fn a_call_that_was_stopped_before_it_went_out_costs_nothing() {
    let (world, silent, _catalog) = at_a_silent_address(World::new().await).await;
    let model = "claude-opus-5-5";
    let cancel = CancellationToken::new();
    let (stream, _sockets) = tokio::join!(world.call(model, cancel.clone()), async {
        // One asks for the list of models, the other is the call.
        let accepted = (silent.accept().await.unwrap(), silent.accept().await.unwrap());
        cancel.cancel();
        accepted
    });
    let events = common::rest(stream.unwrap()).await;
    assert_eq!(events, [Ok(ModelEvent::Stop(FinishReason::Cancelled))]);
    let row = &world.ledger.rows()[0];
    assert_eq!((row.outcome, row.tokens.input, row.estimated), (CallOutcome::Cancelled, 0, false));

    // The same where nobody waits for the answer any more.
    tokio::select! {
        _ = world.call(model, CancellationToken::new()) => panic!("nobody answers"),
        accepted = silent.accept() => drop(accepted),
    }
    let rows = world.ledger.wait_for(2).await;
    assert_eq!((rows[1].outcome, rows[1].tokens.input), (CallOutcome::Cancelled, 0));
}
