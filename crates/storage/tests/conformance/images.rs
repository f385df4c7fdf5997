//! The pictures of messages.

use sqlx::Row as _;
use vertice_domain::{Image, ImageType, MessageId, PageRequest, message::Attachment};
use vertice_ports::{ConversationStore as _, Ids as _, SystemIds, TurnStore as _};

use crate::{
    fixtures::{at, begin, conversation, message, user},
    harness::Store,
};

fn pictures() -> [Image; 2] {
    [
        Image::Base64 { media_type: ImageType::Webp, data: "UklGRgAAAABXRUJQ".repeat(10_000) },
        Image::Url { url: "https://a.example/b.png".into() },
    ]
}

fn attachments() -> Vec<Attachment> {
    vec![
        Attachment { media_type: Some(ImageType::Webp), url: "/api/v1/messages/x/images/0".into() },
        Attachment { media_type: None, url: "https://a.example/b.png".into() },
    ]
}

async fn stored(store: &Store) -> i64 {
    let mut connection = store.connection().await;
    let row = sqlx::query("SELECT COUNT(*) AS n FROM message_images").fetch_one(&mut connection).await;
    row.unwrap().get("n")
}

pub(crate) async fn pictures_come_with_their_message_and_go_with_their_conversation(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let new = conversation("", 0);
    let mut turn = begin(new.id, None, "Look at these", 10);
    turn.new_conversation = Some(new.clone());
    turn.images = pictures().to_vec();
    let question = turn.user_message.as_mut().unwrap();
    question.images = attachments();
    let (asked, answer) = (question.id, turn.answer.id);
    assert!(db.begin(owner, turn).await.unwrap());

    let path = db.path(owner, answer).await.unwrap().unwrap();
    assert_eq!(path[0].images, attachments());
    assert!(path[1].images.is_empty());
    let listed = db.messages(owner, new.id, &PageRequest::default()).await.unwrap().unwrap();
    assert_eq!(listed.items[0].images, attachments());
    let wanted: Vec<(MessageId, Image)> = pictures().into_iter().map(|picture| (asked, picture)).collect();
    assert_eq!(db.images(owner, &[answer, asked, SystemIds.message()]).await.unwrap(), wanted);
    assert!(db.images(owner, &[]).await.unwrap().is_empty());

    // A copy, as a fork makes it: more messages than one statement asks for.
    let copy = conversation("copy", 0);
    let mut copies = Vec::new();
    for made in 0..150 {
        copies.push(message(copy.id, copies.last().map(|last: &vertice_domain::Message| last.id), "", made));
    }
    let images: Vec<_> = copies.iter().map(|message| (message.id, pictures()[1].clone())).collect();
    db.insert_with_messages(owner, &copy, &copies, &images).await.unwrap();
    let ids: Vec<_> = copies.iter().map(|message| message.id).collect();
    assert_eq!(db.images(owner, &ids).await.unwrap().len(), 150);
    assert_eq!(stored(store).await, 152);

    assert!(db.delete(owner, copy.id, at(20)).await.unwrap());
    assert!(db.images(owner, &ids).await.unwrap().is_empty());
    assert_eq!(db.purge(at(21)).await.unwrap(), 1);
    assert_eq!(stored(store).await, 2);
}

pub(crate) async fn pictures_without_their_message_are_refused(store: &Store) {
    let owner = user(&store.db, "ada@example.com").await;
    let new = conversation("", 0);
    let stray = (SystemIds.message(), pictures()[1].clone());
    assert!(store.db.insert_with_messages(owner, &new, &[], &[stray]).await.is_err());
    assert_eq!(store.db.get(owner, new.id).await.unwrap(), None);
}
