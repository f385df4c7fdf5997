//! What has to be stored before a call is made: nothing leaves before it, and where it cannot be, nothing is left of the call.

use futures::StreamExt as _;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use vertice_domain::{FinishReason, TurnId};
use vertice_ports::{
    Models as _,
    model::{Beginning, CallContext, ModelCall, ModelEvent},
};
use vertice_testkit::Script;

use crate::{
    OPUS,
    common::{World, actor, prompt, rest},
};

async fn call(world: &World, beginning: Beginning) -> ModelCall {
    let planned = world.plan(OPUS.to_owned().into(), "hello").await.unwrap();
    let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
    ModelCall { beginning, ..ModelCall::new(planned, prompt("hello"), context) }
}

/// Waits until the call's row stands.
async fn entered(world: &World) {
    while world.ledger.open().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_is_entered_meanwhile_and_made_afterwards() {
    let world = World::new().await;
    world.upstream.script(Script::text("One."));
    let (store, stored) = oneshot::channel();
    let beginning = Beginning::new(async { stored.await.unwrap() });
    let call = call(&world, beginning.clone()).await;
    let caller = actor();
    let mut asked = world.gateway.call(&caller, call, CancellationToken::new());
    tokio::select! {
        biased;
        _ = &mut asked => panic!("it is not stored"),
        () = entered(&world) => {}
    }
    assert!(!beginning.is_settled() && world.upstream.requests().is_empty());
    store.send(true).unwrap();
    let events = rest(asked.await.unwrap()).await;
    assert!(matches!(events.last(), Some(Ok(ModelEvent::Stop(FinishReason::Stop)))), "{events:?}");
    assert_eq!((world.upstream.requests().len(), world.ledger.rows().len()), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_stored_leaves_nothing_behind() {
    let world = World::new().await;
    let call = call(&world, Beginning::new(async { false })).await;
    let mut answer = world.gateway.call(&actor(), call, CancellationToken::new()).await.unwrap();
    assert!(matches!(answer.next().await, Some(Ok(ModelEvent::Stop(FinishReason::Cancelled)))));
    assert!(answer.next().await.is_none());
    assert!(world.upstream.requests().is_empty());
    assert!(world.ledger.open().is_empty() && world.ledger.rows().is_empty());
}

#[tokio::test]
async fn whoever_goes_away_before_it_is_stored_leaves_nothing_behind() {
    let world = World::new().await;
    let call = call(&world, Beginning::new(std::future::pending())).await;
    {
        let caller = actor();
        let mut asked = world.gateway.call(&caller, call, CancellationToken::new());
        tokio::select! {
            biased;
            _ = &mut asked => panic!("it is not stored"),
            () = entered(&world) => {}
        }
    }
    assert!(world.upstream.requests().is_empty());
    assert!(world.ledger.open().is_empty() && world.ledger.rows().is_empty());
}
