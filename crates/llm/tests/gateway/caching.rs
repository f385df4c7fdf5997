//! The prompt cache through the whole gateway, against an upstream that keeps one.

use tokio_util::sync::CancellationToken;
use vertice_domain::{Author, ConversationId, TurnId, event::CallUsage};
use vertice_ports::{
    Models as _, Prompt,
    model::{CallContext, ModelCall, ModelEvent},
    prompt::PromptMessage,
};

use crate::common::{World, actor, prompt, rest};

async fn ask(world: &World, prompt: &Prompt) -> CallUsage {
    let model = "claude-sonnet-5-5".to_owned().into();
    let planned = world.gateway.route(&actor(), &model, prompt).await.unwrap();
    let id = uuid::Uuid::from_u128(7);
    let context = CallContext { turn: TurnId::new(id), conversation: Some(ConversationId::new(id)) };
    let call = ModelCall::new(planned, prompt.clone(), context);
    let events = rest(world.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap()).await;
    let mut bills = events.into_iter().flatten().filter_map(|event| match event {
        ModelEvent::Usage(bill) => Some(*bill),
        _ => None,
    });
    bills.next_back().unwrap()
}

fn go_on(prompt: &mut Prompt) {
    prompt.messages.push(PromptMessage::text(Author::Assistant, "An answer."));
    prompt.messages.push(PromptMessage::text(Author::User, "Another question."));
}

#[tokio::test]
async fn a_conversation_is_read_from_the_cache_and_misses_are_explained() {
    let world = World::new().await;
    world.upstream.simulate_cache();
    let mut prompt = prompt("hello");
    prompt.system = Some("Instructions. ".repeat(600));
    let first = ask(&world, &prompt).await;
    assert!(first.usage.cache_write_tokens > 1_000 && first.usage.saved_usd.unwrap().as_nanos() < 0);
    assert!(first.cache_miss.unwrap().contains("first message"));

    go_on(&mut prompt);
    let second = ask(&world, &prompt).await;
    assert!(second.usage.cache_read_tokens > 1_000 && second.usage.saved_usd.unwrap().as_nanos() > 0);
    assert_eq!(second.cache_miss, None);

    go_on(&mut prompt);
    prompt.system = Some("Other instructions. ".repeat(600));
    let third = ask(&world, &prompt).await;
    assert_eq!(third.usage.cache_read_tokens, 0);
    assert!(third.cache_miss.unwrap().contains("instructions changed"));
}
