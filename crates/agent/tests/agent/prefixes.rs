//! What a model is shown begins as it did the last time, and holds nothing that was not written there: providers' caches
//! live on that. No time, no name, nothing else that changes stands in the instructions.

use vertice_domain::chat::SendMessage;
use vertice_ports::{Chat as _, prompt::PromptMessage};

use crate::support::{Step, World, all, wish};

fn begins_with(longer: &[PromptMessage], shorter: &[PromptMessage]) {
    assert!(longer.len() >= shorter.len());
    assert_eq!(longer[..shorter.len()], *shorter);
}

#[tokio::test(start_paused = true)]
async fn each_turn_appends_to_the_one_before() {
    let world = World::new();
    world.models.script([Step::say("One."), Step::stop()]);
    let asked = SendMessage { system_prompt: Some("Count.".into()), ..wish("Begin.") };
    let first = world.hub.send(&world.ann, asked).await.unwrap();
    let (conversation, answered) = (first.conversation_id, first.message_id);
    all(first.events).await;
    let mut before = world.models.shown_whole();
    for number in ["Two.", "Three.", "Four."] {
        world.exchange(conversation, "Go on.", number).await;
        let shown = world.models.shown_whole();
        begins_with(&shown, &before);
        assert_eq!(shown.len(), before.len() + 2, "an answer and a question");
        assert_eq!(world.models.instructed().as_deref(), Some("Count."), "as they were written");
        before = shown;
    }

    world.models.script([Step::say("Uno."), Step::stop()]);
    let again = world.hub.regenerate(&world.ann, answered, None, None).await.unwrap();
    all(again.events).await;
    assert_eq!(world.models.shown_whole(), before[..1], "the same question once more");

    let second = world.store.message_now(answered).parent_id.unwrap();
    world.models.script([Step::say("Ein."), Step::stop()]);
    let edited = world.hub.edit(&world.ann, second, "Begin in German.".into(), None, None).await.unwrap();
    all(edited.events).await;
    assert_eq!(world.models.instructed().as_deref(), Some("Count."));
}

#[tokio::test(start_paused = true)]
async fn without_instructions_there_are_none() {
    let world = World::new();
    world.exchange(None, "Hello.", "Good day.").await;
    assert_eq!(world.models.instructed(), None);
    let shown = world.models.shown();
    assert_eq!(shown.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Hello."]);
}
