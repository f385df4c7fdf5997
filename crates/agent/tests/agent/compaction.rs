//! A conversation that has outgrown its window goes on from a summary.

use vertice_domain::{Author, ErrorKind, Extent, FinishReason, TurnFailure};
use vertice_ports::{Chat as _, Library as _, model::ModelEvent};

use crate::support::{Step, World};

#[tokio::test(start_paused = true)]
async fn it_goes_on_in_a_new_conversation() {
    let world = World::new();
    let (first, _) = world.exchange(None, "One", "Uno").await;
    let old = first.conversation_id.unwrap();
    world.exchange(Some(old), "Two", "Dos").await;
    world.models.script([Step::say("They count "), Step::say("in Spanish."), Step::stop()]);
    let new = world.hub.compact(&world.ann, old).await.unwrap().id;

    let asked = world.models.shown();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].1.contains("[user]\nOne\n\n[assistant]\nUno\n\n[user]\nTwo"), "{asked:?}");
    let thread = world.shelf.thread(&world.ann, new, Extent::Whole).await.unwrap();
    let said: Vec<_> = thread.messages.iter().map(|item| (item.message.role, item.message.text())).collect();
    assert_eq!(said[1], (Author::Assistant, "They count in Spanish.".to_owned()));
    assert_eq!((said[0].0, thread.conversation.title.as_str()), (Author::User, "One"));
    assert_eq!(
        world.shelf.thread(&world.ann, old, Extent::Whole).await.unwrap().messages.len(),
        4,
        "the old one stays"
    );

    world.exchange(Some(new), "Three", "Tres").await;
    assert_eq!(world.models.shown().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_whole_summary_nothing_is_made() {
    let world = World::new();
    let (first, _) = world.exchange(None, "One", "Uno").await;
    let old = first.conversation_id.unwrap();
    let failure = TurnFailure {
        code: "provider_overloaded".into(),
        message: "Busy.".into(),
        kind: ErrorKind::Unavailable,
        retryable: true,
        retry_after_s: Some(3),
    };
    world.models.script([Step::say("They"), Step::Fail(failure)]);
    let error = world.hub.compact(&world.ann, old).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str(), error.retry_after_s),
        (ErrorKind::Unavailable, "provider_overloaded", Some(3))
    );
    let ends = [FinishReason::Stop, FinishReason::MaxTokens, FinishReason::Refusal, FinishReason::Cancelled];
    for (said, end) in [None, Some("Half of"), Some("I can't"), Some("Half of")].into_iter().zip(ends) {
        world.models.script(said.map(Step::say).into_iter().chain([Step::Say(ModelEvent::Stop(end))]));
        assert_eq!(
            world.hub.compact(&world.ann, old).await.unwrap_err().code,
            "compaction_failed",
            "{end:?}"
        );
    }
    assert_eq!(world.hub.compact(&world.bob, old).await.unwrap_err().kind, ErrorKind::NotFound);
    let empty = world.shelf.create(&world.ann, Default::default()).await.unwrap();
    assert_eq!(world.hub.compact(&world.ann, empty.id).await.unwrap_err().code, "nothing_to_compact");
    assert_eq!(world.store.lock().conversations.len(), 2);
}
