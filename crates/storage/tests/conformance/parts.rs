//! What messages are made of.

use sqlx::{Executor as _, Row as _};
use vertice_domain::{
    Author, BlobHash, ErrorKind, Extent, ImageSource, ImageType, MessageId, Notice, Outcome, PageRequest,
    Part, PartKind, Provider, Sealed, SealedPart, ToolCall, ToolResult, ToolState, Usd,
};
use vertice_ports::{ConversationStore as _, Ids as _, TurnStore as _, store::WholeMessage};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{at, begin, begun, conversation, end, message, user, whole, words},
    harness::Store,
};

fn blob(digit: u8) -> BlobHash {
    BlobHash::new([digit; 32])
}

fn picture(position: u32, hash: BlobHash) -> Part {
    let source = ImageSource::Blob { hash, media_type: ImageType::Webp, size: 12 };
    Part { position, step: 0, kind: PartKind::Image { source } }
}

/// Of every kind, with gaps, in the order of their positions.
fn parts() -> Vec<Part> {
    let call = ToolCall {
        arguments: "{\"a\": \"\\u0000\", broken".into(),
        state: ToolState::Ended { outcome: Outcome::Failed },
        ..ToolCall::proposed("call_1", "", "look")
    };
    let result = ToolResult {
        call: "call_1".into(),
        outcome: Outcome::Failed,
        content: "No \"such\" thing\n\u{1}".into(),
        images: vec![ImageSource::Url { url: "https://a.example/b.png".into() }],
        duration_ms: 12,
        trouble: None,
        artifact: None,
    };
    let kinds = [
        PartKind::Thinking { text: "hm 😀".into() },
        PartKind::Text { text: "I look.\n\n```\nx\n```".into() },
        PartKind::ToolCall(call),
        PartKind::ToolResult(result),
        PartKind::Image { source: ImageSource::Url { url: "https://a.example/c.png".into() } },
        PartKind::Text { text: "There.".into() },
        PartKind::Notice(Notice::CostLimit { usd: Usd::from_nanos(1_500_000_000) }),
        PartKind::Steering { text: "Rather the other one.".into() },
        PartKind::Notice(Notice::Loop { tool: "look".into() }),
        PartKind::Unknown,
    ];
    (0..)
        .map(|place| place * 2 + 1)
        .zip(kinds)
        .map(|(position, kind)| Part { position, step: 1, kind })
        .collect()
}

fn sealed(position: u32, data: &str) -> SealedPart {
    let sealed = Sealed { provider: Provider::Anthropic, model: "m-1".into(), data: data.into() };
    SealedPart { position, step: 1, sealed }
}

pub(crate) async fn every_way_of_reading_gives_the_same_parts(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let mut new = conversation("Parts", 0);
    let question = message(new.id, None, "What is there?", 0);
    let mut answer = message(new.id, Some(question.id), "", 1);
    (answer.role, answer.parts) = (Author::Assistant, parts());
    let other = message(new.id, Some(question.id), "another branch", 2);
    new.head_message_id = Some(answer.id);
    let seals = [sealed(0, "{ \"b\":1,\t\"a\" : [1.10, \"\\u00e9\"] }\n"), sealed(14, "\"x\"")];
    let mut all = whole(&[question.clone(), answer.clone(), other.clone()]);
    all[1].sealed = seals.to_vec();
    db.insert_with_messages(owner, &new, &all).await.unwrap();

    assert_eq!(db.message(owner, answer.id).await.unwrap(), Some(answer.clone()));
    assert_eq!(db.path(owner, answer.id).await.unwrap().unwrap(), [question.clone(), answer.clone()]);
    let thread = db.thread(owner, new.id, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.messages[1].message, answer);
    let listed = db.messages(owner, new.id, &PageRequest::default()).await.unwrap().unwrap();
    assert_eq!(listed.items, [question.clone(), answer.clone(), other]);
    let expected: Vec<_> = seals.into_iter().map(|seal| (answer.id, seal)).collect();
    let asked = [question.id, answer.id, SystemIds.message()];
    assert_eq!(db.sealed(owner, &asked).await.unwrap(), expected, "byte for byte");
    assert!(db.sealed(owner, &[]).await.unwrap().is_empty());

    // What the version before reads still stands there.
    let mut connection = store.connection().await;
    let row = sqlx::query("SELECT content, thinking, has_code FROM messages WHERE id = $1")
        .bind(answer.id.to_string())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        (row.get::<String, _>("content"), row.get::<String, _>("thinking")),
        (answer.text(), "hm 😀".into())
    );
    assert_eq!(row.get::<i64, _>("has_code"), 1);
}

pub(crate) async fn more_messages_than_one_statement_takes_have_their_parts(store: &Store) {
    let owner = user(&store.db, "ada@example.com").await;
    for count in [3, 5, 33, 257] {
        let new = conversation("Many", 0);
        let all: Vec<_> = (0..count).map(|n| message(new.id, None, &format!("text {n}"), n)).collect();
        let all: Vec<_> = all
            .into_iter()
            .map(|message| {
                let sealed = vec![sealed(9, &message.id.to_string())];
                WholeMessage { message, sealed }
            })
            .collect();
        store.db.insert_with_messages(owner, &new, &all).await.unwrap();
        let ids: Vec<MessageId> = all.iter().map(|whole| whole.message.id).collect();
        let seals = store.db.sealed(owner, &ids).await.unwrap();
        assert_eq!(seals.len(), all.len());
        assert!(seals.iter().all(|(message, part)| part.sealed.data == message.to_string()));
        let request = PageRequest::new(Some(100), None).unwrap();
        let listed = store.db.messages(owner, new.id, &request).await.unwrap().unwrap();
        assert!(listed.items.iter().zip(&all).all(|(listed, stored)| *listed == stored.message));
    }
}

pub(crate) async fn an_unreadable_part_keeps_its_place(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let new = conversation("Parts", 0);
    let mut all = [message(new.id, None, "", 0)];
    all[0].parts = (0..5).map(|position| words(position, 1, "text")).collect();
    let mut stored = whole(&all);
    stored[0].sealed = vec![sealed(7, "1"), sealed(8, "2")];
    db.insert_with_messages(owner, &new, &stored).await.unwrap();
    let mut connection = store.connection().await;
    for sql in [
        "UPDATE message_parts SET body = 'junk' WHERE position = 1",
        "UPDATE message_parts SET kind = 'hologram', body = '{\"depth\":1}' WHERE position = 2",
        "UPDATE message_parts SET body = '{\"words\":\"text\"}' WHERE position = 3",
        "UPDATE message_parts SET position = -5 WHERE position = 4",
        "UPDATE message_parts SET body = '{}' WHERE position = 7",
    ] {
        connection.execute(sql).await.unwrap();
    }
    let read = db.message(owner, all[0].id).await.unwrap().unwrap();
    let unknown = |position| Part { position, step: 1, kind: PartKind::Unknown };
    assert_eq!(read.parts, [words(0, 1, "text"), unknown(1), unknown(2), unknown(3)]);
    assert_eq!(db.sealed(owner, &[all[0].id]).await.unwrap(), [(all[0].id, sealed(8, "2"))]);
}

/// The rows of a blob: what is stored here only refers to them.
pub(crate) async fn put(store: &Store, owner: vertice_domain::UserId, hash: BlobHash) {
    let mut connection = store.connection().await;
    for sql in [
        format!(
            "INSERT INTO blobs (hash, media_type, size, created_at) VALUES ('{hash}', 'image/webp', 12, 0) \
             ON CONFLICT DO NOTHING"
        ),
        format!(
            "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ('{hash}', '{owner}', 'put', '', 0)"
        ),
    ] {
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
}

/// Who keeps the blob, and for which message.
async fn keepers(store: &Store, hash: BlobHash) -> Vec<(String, String)> {
    let mut connection = store.connection().await;
    let found = sqlx::query("SELECT kind, id FROM blob_refs WHERE hash = $1 ORDER BY kind, id")
        .bind(hash.to_string())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    found.iter().map(|row| (row.get("kind"), row.get("id"))).collect()
}

fn of(message: MessageId) -> (String, String) {
    ("message".into(), message.to_string())
}

pub(crate) async fn blobs_are_kept_by_the_messages_that_name_them(store: &Store) {
    let db = &store.db;
    let (owner, eve) = (user(db, "ada@example.com").await, user(db, "eve@example.com").await);
    for digit in 1..=3 {
        put(store, owner, blob(digit)).await;
    }
    // Somebody else's blob, or one that is not there: nothing is stored.
    for (asker, hash) in [(eve, blob(1)), (owner, blob(9))] {
        let new = conversation("", 0);
        let mut turn = begin(new.id, None, "Look", 10);
        turn.new_conversation = Some(new);
        turn.user_message.as_mut().unwrap().parts.push(picture(1, hash));
        assert_eq!(db.begin(asker, turn.clone()).await.unwrap_err().kind, ErrorKind::Invalid);
        assert_eq!(db.turn(asker, turn.turn).await.unwrap(), None);
    }
    assert_eq!(keepers(store, blob(1)).await, [("put".to_owned(), String::new())]);

    let new = conversation("", 0);
    let mut turn = begin(new.id, None, "Look", 10);
    turn.new_conversation = Some(new.clone());
    let question = turn.user_message.as_mut().unwrap();
    question.parts.extend([picture(1, blob(1)), picture(2, blob(1))]);
    let asked = question.id;
    assert!(db.begin(owner, turn.clone()).await.unwrap());
    assert_eq!(keepers(store, blob(1)).await, [of(asked)]);

    // What a tool gave belongs to the answer, one that its owner does not have to nobody: the answer is stored anyway.
    let mut finish = end(&turn, "See.", 1);
    let images =
        [blob(2), blob(9)].map(|hash| ImageSource::Blob { hash, media_type: ImageType::Png, size: 1 });
    let result = ToolResult {
        call: "c".into(),
        outcome: Outcome::Success,
        content: String::new(),
        images: images.to_vec(),
        duration_ms: 0,
        trouble: None,
        artifact: None,
    };
    finish.parts.push(Part { position: 1, step: 1, kind: PartKind::ToolResult(result) });
    assert!(db.end(finish).await.unwrap());
    assert_eq!(keepers(store, blob(2)).await, [of(turn.answer.id)]);

    // A copy, as a fork makes it, keeps them beyond the original.
    let copy = conversation("copy", 0);
    let mut copied = message(copy.id, None, "Look", 0);
    copied.parts.push(picture(1, blob(1)));
    db.insert_with_messages(owner, &copy, &whole(&[copied.clone()])).await.unwrap();
    assert!(db.delete(owner, new.id, at(20)).await.unwrap());
    assert_eq!(keepers(store, blob(1)).await.len(), 2);
    assert_eq!(db.purge(at(21)).await.unwrap(), 1);
    assert_eq!(keepers(store, blob(1)).await, [of(copied.id)]);
    assert!(keepers(store, blob(2)).await.is_empty());
    assert_eq!(keepers(store, blob(3)).await, [("put".to_owned(), String::new())]);
}

pub(crate) async fn a_sleeping_turn_keeps_its_blobs(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    put(store, owner, blob(1)).await;
    let turn = begun(db, owner).await;
    let part = vertice_domain::TurnEvent::PartStarted(Box::new(picture(0, blob(1))));
    let event = std::sync::Arc::new(vertice_domain::LoggedEvent::event(1, part));
    let slept = db.suspend(crate::calls::asked(&turn, vec![event])).await.unwrap();
    assert_eq!(slept, vertice_ports::turns::Suspended::Asleep);
    assert_eq!(keepers(store, blob(1)).await, [of(turn.answer.id)]);
}
