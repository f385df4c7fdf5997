//! Pictures: stored with their message, shown to the model again and again, carried along by edits and forks.

use futures::TryStreamExt as _;
use vertice_domain::{Content, ContentPart, Extent, Image, PartKind, Quote, chat::SendMessage};
use vertice_ports::{Chat as _, Library as _, prompt::Block};

use crate::support::{Step, World, all, names, wish};

const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

fn pixel() -> Image {
    Image::from_base64(PIXEL).unwrap()
}

fn pictured(text: &str) -> Content {
    Content::new([ContentPart::Image(pixel()), ContentPart::Text(text.into())])
}

fn pictures_shown(world: &World) -> Vec<usize> {
    let count = |blocks: &[Block]| blocks.iter().filter(|block| matches!(block, Block::Image(_))).count();
    world.models.shown_whole().iter().map(|message| count(&message.blocks)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_picture_stays_with_its_message() {
    let world = World::new();
    world.models.script([Step::say("A dot."), Step::stop()]);
    let message = SendMessage { content: pictured("What is this?"), ..wish("") };
    let first = world.hub.send(&world.ann, message).await.unwrap();
    let conversation = first.conversation_id;
    all(first.events).await;
    assert_eq!(pictures_shown(&world), [1]);
    world.exchange(conversation, "And its colour?", "Black.").await;
    assert_eq!(pictures_shown(&world), [1, 0, 0]);

    let question = world.store.message_now(first.message_id).parent_id.unwrap();
    let stored = world.store.message_now(question);
    assert_eq!(stored.attachments()[0].url, format!("/api/v1/messages/{question}/images/0"));
    let picture = world.shelf.image(&world.ann, question, 0).await.unwrap();
    assert_eq!(picture.media_type.as_str(), "image/png");
    let bytes = picture.bytes.try_collect::<Vec<_>>().await.unwrap().concat();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() as u64 == picture.size);
    assert_eq!(world.shelf.image(&world.ann, question, 1).await.err().unwrap().code, "not_found");
    assert_eq!(world.shelf.image(&world.bob, question, 0).await.err().unwrap().code, "not_found");

    let fork = world.shelf.fork(&world.ann, conversation.unwrap(), first.message_id).await.unwrap();
    let copied =
        world.shelf.thread(&world.ann, fork.id, Extent::Whole).await.unwrap().messages[0].message.clone();
    assert_eq!(copied.attachments()[0].url, format!("/api/v1/messages/{}/images/0", copied.id));
    assert!(world.shelf.image(&world.ann, copied.id, 0).await.is_ok());

    world.models.script([Step::say("A point."), Step::stop()]);
    let edited = world.hub.edit(&world.ann, question, "And what is this?".into(), None, None).await.unwrap();
    all(edited.events).await;
    assert_eq!(pictures_shown(&world), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_picture_needs_no_words_but_there_may_not_be_too_many() {
    let world = World::new();
    world.models.script([Step::say("A dot."), Step::stop()]);
    let wordless = SendMessage { content: pictured(""), ..wish("") };
    all(world.hub.send(&world.ann, wordless).await.unwrap().events).await;
    let crowd = Content::new((0..6).map(|_| ContentPart::Image(pixel())));
    let refused = world.hub.send(&world.ann, SendMessage { content: crowd, ..wish("") }).await.err().unwrap();
    assert_eq!(refused.fields[0].field, "messages[0].content");
}

#[tokio::test(start_paused = true)]
async fn texts_and_pictures_keep_their_order() {
    let world = World::new();
    world.models.script([Step::say("Both."), Step::stop()]);
    let text = |text: &str| ContentPart::Text(text.into());
    let content = Content::new([
        text("This"),
        ContentPart::Image(pixel()),
        text("or that?"),
        ContentPart::Image(pixel()),
    ]);
    let started = world.hub.send(&world.ann, SendMessage { content, ..wish("") }).await.unwrap();
    let answer = started.message_id;
    all(started.events).await;
    let question = world.store.message_now(world.store.message_now(answer).parent_id.unwrap());
    let is_image: Vec<_> =
        question.parts.iter().map(|part| matches!(part.kind, PartKind::Image { .. })).collect();
    assert_eq!(is_image, [false, true, false, true]);
    let shown = world.models.shown_whole();
    let is_image: Vec<_> = shown[0].blocks.iter().map(|block| matches!(block, Block::Image(_))).collect();
    assert_eq!(is_image, [false, true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn what_a_message_quotes_reaches_the_model_as_data_and_stays_with_it() {
    let world = World::new();
    world.models.script([Step::say("So."), Step::stop()]);
    let quote = Quote { server: "notes".into(), uri: "n://a".into(), title: "A".into(), text: "milk".into() };
    let message = SendMessage { quotes: vec![quote.clone()], ..wish("Hi") };
    let started = world.hub.send(&world.ann, message).await.unwrap();
    let (answer, events) = (started.message_id, all(started.events).await);
    assert_eq!(names(&events).last(), Some(&"done"));
    let shown = world.models.shown_whole();
    let [Block::Text(quoted), Block::Text(text)] = shown[0].blocks.as_slice() else {
        panic!("{:?}", shown[0])
    };
    assert_eq!((quoted, text.as_str()), (&quote.told(), "Hi"));
    // A changed text keeps it.
    let asked = world.store.message_now(answer).parent_id.unwrap();
    world.models.script([Step::say("So."), Step::stop()]);
    all(world.hub.edit(&world.ann, asked, "Ho".into(), None, None).await.unwrap().events).await;
    assert!(format!("{:?}", world.models.shown_whole()[0]).contains("milk"));
}
