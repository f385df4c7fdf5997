//! Models that nobody listed before: the demo, servers on this machine, lists of other addresses.

use vertice_domain::{ModelChoice, Provider, RoutedBy, Usd};
use vertice_ports::{Models as _, ledger::CallOutcome, model::ModelEvent};

use crate::{
    OPUS, SOL,
    common::{self, World, texts},
};

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
