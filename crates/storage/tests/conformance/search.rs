//! The search.

use sqlx::Connection as _;
use vertice_domain::{
    Artifact, ConversationPatch, ErrorKind, ImageSource, PageRequest, Part, PartKind, UserId,
    conversation::ConversationHit, search::SearchQuery,
};
use vertice_ports::{ArtifactStore as _, ConversationStore as _};
use vertice_storage::Database;
use vertice_testkit::MemoryBlobs;

use crate::{
    artifacts::Desk,
    fixtures::{at, chain, conversation, message, page, user, whole},
    harness::Store,
};

async fn search(db: &Database, owner: UserId, query: &str) -> Vec<ConversationHit> {
    db.list(owner, &SearchQuery::parse(query), false, &PageRequest::default()).await.unwrap().items
}

async fn titles(db: &Database, owner: UserId, query: &str) -> Vec<String> {
    let mut titles: Vec<String> =
        search(db, owner, query).await.into_iter().map(|hit| hit.conversation.title).collect();
    titles.sort();
    titles
}

pub(crate) async fn words_are_found_in_messages_and_titles(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let texts = ["the pool is empty", "a connection\n\n`pool` with **timeouts**", "nothing here"];
    let (_, messages) = chain(db, owner, "Latency", &texts).await;
    chain(db, owner, "Swimming pool timeouts", &["unrelated"]).await;
    chain(db, owner, "Split", &["pool", "timeouts"]).await;

    let hits = search(db, owner, "POOL timeouts").await;
    assert_eq!(hits.len(), 2, "both words in one message, or both in the title");
    let in_message = hits.iter().find(|hit| hit.conversation.title == "Latency").unwrap();
    assert_eq!(in_message.message_id, Some(messages[1].id));
    assert_eq!(in_message.snippet.as_deref(), Some("a connection pool with timeouts"));
    let in_title = hits.iter().find(|hit| hit.conversation.title != "Latency").unwrap();
    assert_eq!((in_title.message_id, &in_title.snippet), (None, &None));

    assert_eq!(search(db, owner, "\"pool is\"").await.len(), 1);
    assert_eq!(search(db, owner, "\"pool empty\"").await.len(), 0);
    // Of several messages the newest one is shown.
    let pool = search(db, owner, "pool").await;
    let newest = pool.iter().find(|hit| hit.conversation.title == "Latency").unwrap();
    assert_eq!(newest.message_id, Some(messages[1].id));
}

pub(crate) async fn case_and_wildcards_mean_nothing_special(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    chain(db, owner, "a", &["Uma AÇÃO em ΣΊΣΥΦΟΣ"]).await;
    chain(db, owner, "b", &["100% of snake_case"]).await;
    chain(db, owner, "c", &["100 of snakeXcase"]).await;
    chain(db, owner, "d", &[r#"C:\path's "quoted" $1 ?"#]).await;
    for (query, expected) in [
        ("ação", "a"),
        ("AÇÃO", "a"),
        ("acao", "a"),
        ("σισυφος", "a"),
        ("σίσυφος", "a"),
        ("ΣΊΣΥΦΟΣ", "a"),
        ("100%", "b c"),
        ("\"100% of snake\"", "b"),
        ("snake_case", "b"),
        ("snakexcase", "c"),
        (r"c:\path", "d"),
        ("path's", "d"),
        ("$1", "d"),
        ("?", ""),
        ("NEAR(a b)", ""),
        ("a:b* ^a", ""),
        ("'; DROP TABLE users; --", ""),
        ("%", ""),
        ("\0ação", "a"),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(titles(db, owner, query).await, expected, "{query}");
    }
}

pub(crate) async fn operators_narrow(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    chain(db, owner, "Plain", &["text with ``` inside"]).await;
    chain(db, owner, "Code", &["look:\n```rust\nfn main() {}\n```", "fine"]).await;
    let mut late = conversation("Late", 90_000_000);
    late.model = "Opus-4".into();
    db.create(owner, &late).await.unwrap();
    let mut written = conversation("Written", 0);
    let mut answer = message(written.id, None, "hi", 0);
    answer.model = Some("opus-3".into());
    written.head_message_id = Some(answer.id);
    db.insert_with_messages(owner, &written, &whole(&[answer])).await.unwrap();

    let filed = conversation("Filed", 0);
    let mut question = message(filed.id, None, "", 0);
    let url = "https://a.example/a.png".to_owned();
    question.parts =
        vec![Part { position: 0, step: 0, kind: PartKind::Image { source: ImageSource::Url { url } } }];
    db.insert_with_messages(owner, &filed, &whole(&[question])).await.unwrap();

    let after = format!("after:{}", at(80_000_000));
    let before = format!("before:{}", at(90_000_000));
    for (query, expected) in [
        ("has:code", vec!["Code"]),
        ("has:code text", vec![]),
        ("from:me text", vec!["Plain"]),
        ("from:model text", vec![]),
        ("from:user", vec!["Code", "Plain", "Written"]),
        ("has:code main", vec!["Code"]),
        ("has:artifact", vec![]),
        ("has:file", vec!["Filed"]),
        ("title:COD", vec!["Code"]),
        ("title:cod title:pl", vec![]),
        ("model:opus", vec!["Late", "Written"]),
        ("model:opus hi", vec!["Written"]),
        (after.as_str(), vec!["Late"]),
        (before.as_str(), vec!["Code", "Filed", "Plain", "Written"]),
        ("nosuch:operator", vec![]),
    ] {
        assert_eq!(titles(db, owner, query).await, expected, "{query}");
    }
    let hit = &search(db, owner, "has:code").await[0];
    assert!(hit.message_id.is_some() && hit.snippet.as_ref().unwrap().contains("fn main()"));
}

pub(crate) async fn conversations_with_artifacts_are_found(store: &Store) {
    let desk = Desk::new(store, "ada@example.com").await;
    let (db, owner) = (desk.db, desk.owner);
    chain(db, owner, "Plain", &["page with ```code``` and words"]).await;
    assert_eq!(titles(db, owner, "has:artifact").await, Vec::<String>::new());
    let (_, first) = desk.make("page.html", 1).await;
    let (_, second) = desk.make("page.md", 2).await;
    let hits = search(db, owner, "has:artifact").await;
    assert_eq!((hits.len(), hits[0].conversation.id), (1, desk.conversation));
    assert_eq!((hits[0].message_id, &hits[0].snippet), (None, &None));
    // By its content, its path and its title, as long as it is there.
    for (query, expected) in [("gurtel", vec!["a"]), ("page.html", vec!["a"]), ("\"stored page\"", vec![])] {
        assert_eq!(titles(db, owner, query).await, expected, "{query}");
    }
    // Every condition counts: it has no code, and says no words.
    for query in ["has:artifact has:code", "has:artifact words", "has:artifact title:plain"] {
        assert_eq!(titles(db, owner, query).await, Vec::<String>::new(), "{query}");
    }
    assert_eq!(titles(db, owner, "has:artifact title:a").await, ["a"]);
    db.delete_artifact(owner, first.artifact.id, at(3)).await.unwrap();
    assert_eq!(titles(db, owner, "has:artifact").await, ["a"]);
    let renamed = Artifact { title: "Bundle".into(), ..second.artifact.clone() };
    db.change_artifact(owner, &second.artifact, &renamed).await.unwrap();
    assert_eq!(titles(db, owner, "bundle gürtel").await, ["a"]);
    db.delete_artifact(owner, second.artifact.id, at(3)).await.unwrap();
    assert_eq!(titles(db, owner, "has:artifact").await, Vec::<String>::new());
    assert_eq!(titles(db, owner, "gürtel").await, Vec::<String>::new());
    db.undelete_artifact(owner, second.artifact.id, 1).await.unwrap();
    assert_eq!(titles(db, owner, "gürtel").await, ["a"]);
    assert_eq!(titles(db, owner, "has:artifact").await, ["a"]);
}

pub(crate) async fn every_script_is_found(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for (title, text) in [
        ("zh", "我们走在公园里。"),
        ("ja", "データベースの設計"),
        ("ko", "한국어를 배운다"),
        ("th", "ฉันกินข้าว"),
        ("ar", "السلام عليكم"),
        ("en", "A carpool lane 🎉"),
    ] {
        chain(db, owner, title, &[text]).await;
    }
    for (query, expected) in [
        ("公园", "zh"),
        ("园", "zh"),
        ("里", "zh"),
        ("园公", ""),
        ("ベース", "ja"),
        ("设", ""),
        ("設計", "ja"),
        ("배운", "ko"),
        ("ข้าว", "th"),
        ("السلام", "ar"),
        ("carp lan", "en"),
        ("pool", ""),
        ("🎉", "en"),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(titles(db, owner, query).await, expected, "{query}");
    }
}

pub(crate) async fn what_is_changed_or_gone_is_found_no_more(store: &Store) {
    let db = &store.db;
    let (owner, other) = (user(db, "ada@example.com").await, user(db, "bob@example.com").await);
    let (place, _) = chain(db, owner, "Old name", &["needle"]).await;
    assert_eq!(titles(db, other, "needle").await, Vec::<String>::new());
    let patch = ConversationPatch { title: Some("New title".into()), ..ConversationPatch::default() };
    db.patch(owner, place.id, &patch).await.unwrap();
    assert_eq!(titles(db, owner, "old name").await, Vec::<String>::new());
    assert_eq!(titles(db, owner, "title:new needle").await, ["New title"]);
    assert!(db.retitle(owner, place.id, "New title", "Third").await.unwrap());
    assert_eq!(titles(db, owner, "third").await, ["Third"]);
    db.delete(owner, place.id, at(1)).await.unwrap();
    assert_eq!(titles(db, owner, "needle").await, Vec::<String>::new());
    db.restore(owner, place.id).await.unwrap();
    assert_eq!(titles(db, owner, "needle").await, ["Third"]);
    db.delete(owner, place.id, at(2)).await.unwrap();
    db.purge(at(3)).await.unwrap();
    chain(db, owner, "Next", &["needle"]).await;
    assert_eq!(titles(db, owner, "needle").await, ["Next"]);
}

/// A server of the version before writes texts, and knows nothing of their words.
pub(crate) async fn what_another_version_writes_is_found(store: &Store) {
    let db = &store.db;
    if !db.has_other_nodes() {
        return;
    }
    let contents = MemoryBlobs::default();
    let desk = Desk::new(store, "ada@example.com").await;
    let owner = desk.owner;
    let (place, messages) = chain(db, owner, "Mine", &["needle"]).await;
    let (_, made) = desk.make("page.md", 1).await;
    let mut connection = store.connection().await;
    for (sql, id) in [
        (
            "UPDATE messages SET content = 'thread', search_text = 'thread' WHERE id = $1",
            messages[0].id.to_string(),
        ),
        (
            "UPDATE conversations SET title = 'Theirs', title_search = 'theirs' WHERE id = $1",
            place.id.to_string(),
        ),
        ("UPDATE artifacts SET title = 'Sewing' WHERE id = $1", made.artifact.id.to_string()),
    ] {
        sqlx::query(sql).bind(id).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert_eq!(titles(db, owner, "thread").await, Vec::<String>::new());
    assert_eq!(db.renew_search(&contents).await.unwrap(), 3);
    assert_eq!(titles(db, owner, "thread").await, ["Theirs"]);
    assert_eq!(titles(db, owner, "title:theirs").await, ["Theirs"]);
    assert_eq!(titles(db, owner, "sewing").await, ["a"]);
    assert_eq!(titles(db, owner, "needle").await, Vec::<String>::new());
}

pub(crate) async fn texts_of_any_kind_are_stored_and_found(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for (title, letters) in
        [("ligatures", "\u{FDFA} "), ("units", "\u{3316}"), ("letters", "a "), ("one", "b")]
    {
        let text = format!("needle {}", letters.repeat(200_000 / letters.len()));
        chain(db, owner, title, &[&text]).await;
    }
    assert_eq!(titles(db, owner, "needle").await, ["letters", "ligatures", "one", "units"]);
    assert_eq!(titles(db, owner, &format!("needle {}", "\u{F43}".repeat(300))).await, Vec::<String>::new());
}

pub(crate) async fn the_newest_message_is_shown(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let place = conversation("Place", 0);
    // Stored in another order than they were written.
    let (late, early) = (message(place.id, None, "needle", 9), message(place.id, None, "needle", 1));
    db.insert_with_messages(owner, &place, &whole(&[late.clone(), early])).await.unwrap();
    assert_eq!(search(db, owner, "needle").await[0].message_id, Some(late.id));
}

pub(crate) async fn searches_are_paged(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for n in 0..9 {
        chain(db, owner, &format!("{n}"), &[if n % 3 == 0 { "hay" } else { "needle" }]).await;
    }
    let query = SearchQuery::parse("needle");
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = db.list(owner, &query, false, &page(2, cursor)).await.unwrap();
        found.extend(page.items.into_iter().map(|hit| hit.conversation.title));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    found.sort();
    assert_eq!(found, ["1", "2", "4", "5", "7", "8"]);
}

pub(crate) async fn oversized_searches_are_refused(store: &Store) {
    let owner = user(&store.db, "ada@example.com").await;
    for text in ["word ".repeat(2_000), "w".repeat(60_000)] {
        let query = SearchQuery::parse(&text);
        let refused = store.db.list(owner, &query, false, &PageRequest::default()).await.unwrap_err();
        assert_eq!((refused.kind, refused.fields[0].field.as_str()), (ErrorKind::Invalid, "q"));
    }
}
