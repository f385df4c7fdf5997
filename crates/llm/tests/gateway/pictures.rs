//! Conversations with pictures: what of them is sent, and how.

use std::{io::Write as _, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Author, ErrorKind, ImageType, ModelChoice, Provider, TurnId};
use vertice_llm::{GatewayConfig, ProviderConfig, Secret, Timing};
use vertice_ports::{
    Blobs as _, Models as _, Prompt,
    model::{CallContext, ModelCall, ModelEvent},
    prompt::{Block, PromptImage, PromptMessage},
};
use vertice_testkit::Script;

use crate::{
    OPUS, SOL,
    common::{self, Events, World, actor, config, prompt, rest},
};

const MB5: usize = 5 * 1024 * 1024;
/// The most that Anthropic takes in one request.
const MOST: u64 = 32_000_000;

/// A world whose provider may take its time: much is sent.
async fn patient() -> World {
    let mut world = World::new().await;
    world.gateway = common::gateway(&slow(&world, None), &world);
    world
}

fn slow(world: &World, catalog_override: Option<PathBuf>) -> GatewayConfig {
    let timing = Timing { backoff: Duration::from_millis(1), ..Timing::default() };
    let groq = ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: Some(world.upstream.url()) };
    GatewayConfig { timing, groq: Some(groq), catalog_override, ..config(&world.upstream.url()) }
}

/// A picture of those sides and that size.
fn png(number: u8, (width, height): (u32, u32), size: usize) -> Bytes {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.resize(size, number);
    bytes.into()
}

async fn stored(world: &World, bytes: Bytes) -> Block {
    let size = bytes.len() as u64;
    let hash = world.blobs.put(actor().user, "image/png", bytes).await.unwrap();
    Block::Image(PromptImage::Stored { hash, media_type: ImageType::Png, size })
}

/// A conversation with a picture in each of its turns.
fn conversation(pictures: Vec<Block>) -> Prompt {
    let mut prompt = prompt("hello");
    prompt.messages.clear();
    for (turn, picture) in pictures.into_iter().enumerate() {
        if turn > 0 {
            prompt.messages.push(PromptMessage::text(Author::Assistant, "I see."));
        }
        let blocks = vec![picture, Block::Text(format!("What is in picture {turn}?"))];
        prompt.messages.push(PromptMessage { author: Author::User, blocks });
    }
    prompt
}

async fn ask(world: &World, model: &str, prompt: Prompt) -> (String, Events) {
    let planned = world.gateway.route(&actor(), &ModelChoice::from(model.to_owned()), &prompt).await.unwrap();
    let reason = planned.route.reason.clone();
    let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
    let call = ModelCall::new(planned, prompt, context);
    let stream = world.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap();
    (reason, rest(stream).await)
}

/// Every text in a body that is a picture in base64, shortened to its length and its last byte.
fn pictures(body: &Value) -> Vec<(usize, u8)> {
    fn walk(value: &Value, found: &mut Vec<(usize, u8)>) {
        match value {
            Value::String(text) => {
                let base64 = text.strip_prefix("data:image/png;base64,").unwrap_or(text);
                if base64.starts_with("iVBORw0KGgo") {
                    let end = STANDARD.decode(&base64[base64.len() - 8..]).unwrap();
                    found.push((base64.len() / 4 * 3 + end.len() - 6, *end.last().unwrap()));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(object) => object.values().for_each(|item| walk(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(body, &mut found);
    found
}

#[tokio::test]
async fn of_a_hundred_large_pictures_the_newest_are_sent_that_a_provider_takes() {
    let world = patient().await;
    let mut eight = Vec::new();
    for number in 0..8 {
        eight.push(stored(&world, png(number, (300, 200), MB5 - usize::from(number))).await);
    }
    let blocks: Vec<Block> = eight.into_iter().cycle().take(100).collect();
    for (model, newest) in [(OPUS, 4), (SOL, 5)] {
        let (reason, events) = ask(&world, model, conversation(blocks.clone())).await;
        assert!(matches!(events.last(), Some(Ok(ModelEvent::Stop(_)))), "{events:?}");
        assert!(reason.contains(&format!("{} pictures are left out", 100 - newest)), "{reason}");
        let request = world.upstream.requests().pop().unwrap();
        let length: u64 = request.headers["content-length"].to_str().unwrap().parse().unwrap();
        assert!(length < if newest == 4 { MOST } else { 36_000_000 }, "{length}");
        let expected: Vec<_> =
            (100 - newest..100_u8).map(|number| (MB5 - usize::from(number % 8), number % 8)).collect();
        assert_eq!(pictures(&request.body), expected, "{model}: whole, in order, the newest");
        assert_eq!(
            request.body.to_string().matches("An earlier picture is left out here").count(),
            100 - usize::from(newest)
        );
    }
    // Only what is sent is counted: 100 at 1,500 tokens would not have fitted.
    let rows = world.ledger.rows();
    assert!(rows.iter().all(|row| row.tokens.input < 20_000), "{rows:?}");
}

#[tokio::test]
async fn a_request_that_is_repeated_carries_its_pictures_again() {
    let world = patient().await;
    world.upstream.script(Script::status(500));
    let picture = stored(&world, png(1, (10, 10), 200_000)).await;
    let (reason, events) = ask(&world, OPUS, conversation(vec![picture])).await;
    assert!(matches!(events.last(), Some(Ok(ModelEvent::Stop(_)))), "{events:?}");
    assert_eq!(reason, "You chose this model.");
    let requests = world.upstream.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(pictures(&requests[1].body), [(200_000, 1)]);
}

#[tokio::test]
async fn a_picture_whose_bytes_are_gone_does_not_end_the_conversation() {
    let world = patient().await;
    let blocks =
        vec![stored(&world, png(1, (10, 10), 5_000)).await, stored(&world, png(2, (10, 10), 5_000)).await];
    world.blobs.lose();
    let kept = stored(&world, png(2, (10, 10), 5_000)).await;
    assert_eq!(kept, blocks[1]);
    let (_, events) = ask(&world, OPUS, conversation(blocks)).await;
    assert!(matches!(events.last(), Some(Ok(ModelEvent::Stop(_)))), "{events:?}");
    let body = world.upstream.requests().pop().unwrap().body;
    assert_eq!(pictures(&body), [(5_000, 2)]);
    assert!(body.to_string().contains("A picture was here that can no longer be read."));
}

#[tokio::test]
async fn a_picture_that_a_provider_never_takes_is_refused_before_it_is_asked() {
    let mut world = patient().await;
    let mut catalog = NamedTempFile::new().unwrap();
    let model =
        "[[model]]\nid = \"eyes\"\nname = \"Eyes\"\nprovider = \"groq\"\ntier = \"fast\"\nvision = true\n";
    catalog.write_all(model.as_bytes()).unwrap();
    world.gateway = common::gateway(&slow(&world, Some(catalog.path().to_owned())), &world);
    let large = stored(&world, png(1, (10, 10), MB5)).await;
    let model = ModelChoice::from("eyes".to_owned());
    let refused =
        world.gateway.route(&actor(), &model, &conversation(vec![large.clone()])).await.unwrap_err();
    assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "messages[0].content"));
    assert!(refused.message.contains("at most 2.6 MB"), "{refused}");
    // In an earlier message it is no obstacle.
    let small = stored(&world, png(2, (10, 10), 1_000)).await;
    let planned =
        world.gateway.route(&actor(), &model, &conversation(vec![large.clone(), small])).await.unwrap();
    assert!(planned.route.reason.contains("One picture is left out: Groq"), "{}", planned.route.reason);
    // The router takes a model that sees it.
    let planned =
        world.gateway.route(&actor(), &ModelChoice::Auto, &conversation(vec![large])).await.unwrap();
    assert_ne!(planned.route.provider, Provider::Groq);
}
