//! What `auto` chooses, end to end: intent, needs, quota, warmth.

use vertice_domain::{Author, ErrorKind, Intent, Provider, RoutedBy};
use vertice_ports::{
    Models as _,
    prompt::{Block, PromptImage, PromptMessage, ToolSpec},
};
use vertice_testkit::{Script, Upstream};

use crate::{
    common::{self, actor, prompt},
    duo::{Duo, conversation},
};

const CODE: &str = "Write a Python function that merges two sorted lists";
const HARD: &str = "Prove that there are infinitely many primes, and explain why the proof works.";

#[tokio::test]
async fn each_intent_has_its_tier() {
    let duo = Duo::new().await;
    let cases = [
        ("What is the capital of Portugal?", Intent::Simple, "claude-haiku-5-5"),
        ("Como se diz obrigado em japonês?", Intent::Simple, "claude-haiku-5-5"),
        (CODE, Intent::Code, "gpt-6.1-terra"),
        ("Minha função devolve undefined mesmo com return, por quê?", Intent::Code, "gpt-6.1-terra"),
        (HARD, Intent::Reasoning, "claude-opus-5-5"),
        (
            "Compensa mais financiar o carro a 1,5% ao mês ou esperar dois anos?",
            Intent::Reasoning,
            "claude-opus-5-5",
        ),
    ];
    for (text, intent, model) in cases {
        let route = duo.route("auto", text).await;
        assert_eq!(
            (route.intent, route.model.as_str(), route.routed_by),
            (intent, model, RoutedBy::Router),
            "{text}"
        );
        assert!(route.candidates.len() <= 6 && route.candidates[0].model == model);
        assert!(route.candidates[0].estimated_usd.is_some() && route.reason.ends_with('.'), "{route:?}");
    }
    let mut spoken = prompt(HARD);
    spoken.sampling.spoken = true;
    let route = duo.plan("auto", &spoken).await.unwrap().route;
    assert_eq!(
        (route.intent, route.model.as_str(), route.reason.as_str()),
        (Intent::Voice, "claude-haiku-5-5", "For spoken words a fast model.")
    );
    let route = duo.route("claude-sonnet-5-5", HARD).await;
    assert_eq!((route.intent, route.routed_by), (Intent::Reasoning, RoutedBy::User));
}

#[tokio::test]
async fn an_admin_sets_tiers_and_preferences() {
    let duo = Duo::with_catalog("[router]\nsimple = \"powerful\"\nprefer = [\"claude-sonnet-5-5\"]").await;
    assert_eq!(duo.route("auto", "What is the capital of Portugal?").await.model, "claude-opus-5-5");
    let route = duo.route("auto", CODE).await;
    assert_eq!(
        (route.model.as_str(), route.reason.as_str()),
        ("claude-sonnet-5-5", "The preferred balanced model that fits.")
    );
}

#[tokio::test]
async fn tools_and_pictures_go_only_to_models_that_take_them() {
    let seeing = |id: &str, flags: &str| {
        format!(
            "[[model]]\nid = \"{id}\"\nname = \"{id}\"\nprovider = \"openai\"\ntier = \"balanced\"\n{flags}\n"
        )
    };
    let catalog =
        seeing("blind", "tools = false\nvision = false") + &seeing("seeing", "tools = false\nvision = true");
    let duo = Duo::with_catalog(&catalog).await;
    duo.anthropic.models(&[]);
    duo.openai.models(&["blind", "seeing"]);
    let picture = Block::Image(PromptImage::Url { url: "https://example.org/cat.png".into() });
    let mut shown = prompt("What is on it?");
    shown.messages.push(PromptMessage { author: Author::User, blocks: vec![picture] });
    let route = duo.plan("auto", &shown).await.unwrap().route;
    assert_eq!(
        (route.model.as_str(), route.intent, route.reason.as_str()),
        ("seeing", Intent::Vision, "The only model that fits.")
    );

    duo.openai.models(&["blind"]);
    let duo = Duo::with_catalog(&seeing("blind", "tools = false")).await;
    duo.anthropic.models(&["claude-haiku-4-5"]);
    duo.openai.models(&["blind"]);
    let tool = ToolSpec {
        name: "look_up".into(),
        description: "Looks up.".into(),
        input_schema: serde_json::json!({"type": "object"}),
    };
    let mut calling = prompt("What is the capital of Portugal?");
    calling.tools.push(tool);
    assert_eq!(duo.plan("auto", &calling).await.unwrap().route.model, "claude-haiku-4-5");
}

#[tokio::test]
async fn a_warm_conversation_stays_with_its_model_for_five_minutes() {
    let duo = Duo::new().await;
    let mut said = prompt(CODE);
    said.conversation = Some(conversation());
    assert_eq!(duo.plan("auto", &said).await.unwrap().route.model, "gpt-6.1-terra");
    let stream = duo.call("claude-sonnet-5-5", said.clone(), Default::default()).await.unwrap();
    common::rest(stream).await;
    let route = duo.plan("auto", &said).await.unwrap().route;
    let reason = "Stays on Claude Sonnet 5.5 while its prompt cache is warm.";
    assert_eq!((route.model.as_str(), route.reason.as_str()), ("claude-sonnet-5-5", reason));
    assert_eq!(duo.route("auto", CODE).await.model, "gpt-6.1-terra", "another conversation is not warm");
    duo.clock.advance_millis(300_000);
    assert_eq!(duo.plan("auto", &said).await.unwrap().route.model, "gpt-6.1-terra");
}

#[tokio::test]
async fn next_to_nothing_left_means_the_fast_tier_and_nothing_means_no_answer() {
    let duo = Duo::new().await;
    *duo.quota.left.lock().unwrap() = Some((1_000, 100));
    assert_eq!(duo.route("auto", HARD).await.model, "claude-opus-5-5");
    *duo.quota.left.lock().unwrap() = Some((1_000, 99));
    let route = duo.route("auto", HARD).await;
    let reason = "A fast model, because less than 10 % of today's quota is left.";
    assert_eq!((route.model.as_str(), route.reason.as_str()), ("claude-haiku-5-5", reason));
    *duo.quota.left.lock().unwrap() = Some((1_000, 0));
    for model in ["auto", "claude-opus-5-5"] {
        let error = duo.plan(model, &prompt(HARD)).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Quota, "quota_exceeded"));
        assert!(error.resets_at.is_some());
    }
}

#[tokio::test]
async fn what_a_call_may_cost_is_held_back_and_what_it_cost_is_counted() {
    let limited = r#"
        [[model]]
        id = "claude-opus-5-5"
        name = "Claude Opus 5.5"
        provider = "anthropic"
        tier = "powerful"
        max_output_tokens = 500
        daily_token_limit = 70_000
    "#;
    let duo = Duo::with_catalog(limited).await;
    let asked = prompt("hello");
    let input = vertice_llm::estimate::tokens_of_text(&asked);
    let stream = duo.call("claude-opus-5-5", asked, Default::default()).await.unwrap();
    common::rest(stream).await;
    let book = duo.quota.book.lock().unwrap();
    assert_eq!(book.reserved, [("claude-opus-5-5".to_owned(), Some(70_000), input + 500)]);
    let row = &duo.ledger.rows()[0];
    assert_eq!(book.charged, [("claude-opus-5-5".to_owned(), row.tokens.input + row.tokens.output)]);
    assert_eq!((row.price.as_deref(), row.cost), (None, None), "this catalogue knows no price");
}

#[tokio::test]
async fn a_model_whose_own_limit_is_used_up_is_skipped_by_the_router_only() {
    let limited = r#"
        [[model]]
        id = "claude-opus-5-5"
        name = "Claude Opus 5.5"
        provider = "anthropic"
        tier = "powerful"
        daily_token_limit = 1
        [[model.price]]
        effective_from = "2026-01-01"
        source = "a test"
        input = "1"
        output = "1"
    "#;
    let duo = Duo::with_catalog(limited).await;
    assert_eq!(duo.route("auto", HARD).await.model, "claude-opus-5-5");
    *duo.quota.used_up.lock().unwrap() = Some("claude-opus-5-5".to_owned());
    let route = duo.route("auto", HARD).await;
    assert_eq!(route.model, "gpt-5.6-sol");
    assert!(!route.fallbacks.contains(&"claude-opus-5-5".to_owned()));
    let error = duo.plan("claude-opus-5-5", &prompt(HARD)).await.unwrap_err();
    assert!(error.message.contains("of claude-opus-5-5"), "{error}");
}

#[tokio::test]
async fn models_of_this_machine_are_free_of_the_quota() {
    let local = Upstream::start().await;
    local.models(&["qwen3:8b"]);
    local.script(Script::text("Hi."));
    let world = common::World::without_keys().await;
    let config = vertice_llm::GatewayConfig { ollama_host: Some(local.url()), ..common::keyless() };
    let gateway = common::gateway(&config, &world);
    let planned = gateway.route(&actor(), &"auto".to_owned().into(), &prompt("hello")).await.unwrap();
    assert_eq!((planned.route.provider, planned.route.model.as_str()), (Provider::Local, "qwen3:8b"));
    assert_eq!(planned.route.reason, "Runs on this machine; no provider is configured.");
}

#[tokio::test]
async fn a_row_tells_whose_token_at_which_price() {
    let duo = Duo::new().await;
    common::rest(duo.call("claude-opus-5-5", prompt("hello"), Default::default()).await.unwrap()).await;
    let row = &duo.ledger.rows()[0];
    let price: serde_json::Value = serde_json::from_str(row.price.as_deref().unwrap()).unwrap();
    assert_eq!((&price["input"], &price["output"]), (&"4.000000".into(), &"20.000000".into()));
    assert_eq!(price["effective_from"], "2026-09-22T00:00:00Z");
    assert!(price["source"].as_str().is_some_and(|source| source.contains("Anthropic")));
    assert_eq!((row.token, row.own_key, row.failover), (None, false, false));
}
