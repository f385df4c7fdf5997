//! A database of the version before there were parts is migrated: nothing that it said is lost or changed.

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use vertice_domain::{
    Author, ErrorKind, Extent, FinishReason, Message, MessageId, MessageStatus, PageRequest, Part, PartKind,
    Transcript, TurnEvent, TurnId, UserId, search::SearchQuery,
};
use vertice_ports::{ConversationStore as _, Ids as _, TurnStore as _, turns::TurnPhase};
use vertice_runtime::SystemIds;
use vertice_storage::Database;
use vertice_testkit::MemoryBlobs;

use crate::{
    fixtures::{LEASE, at, node, numbers},
    harness::{Store, TUNING},
};

const OWNER: &str = "0190a1b2-0000-7000-8000-000000000001";
const PLACE: &str = "0190a1b2-0000-7000-8000-000000000002";

/// The id of a message, or of the turn that wrote it.
fn id(kind: char, number: u32) -> String {
    let kind = if kind == 'm' { "aaaa" } else { "bbbb" };
    format!("0190a1b2-{kind}-7000-8000-{number:012}")
}

/// A message as that version stored it.
#[derive(Debug, Clone)]
struct Old {
    number: u32,
    parent: Option<u32>,
    role: &'static str,
    status: &'static str,
    finish: Option<&'static str>,
    content: String,
    thinking: &'static str,
    pictures: u32,
    /// The ended turn that wrote it has a log.
    turn: bool,
}

fn question(number: u32, parent: Option<u32>, content: &str) -> Old {
    Old {
        number,
        parent,
        role: "user",
        status: "complete",
        finish: None,
        content: content.into(),
        thinking: "",
        pictures: 0,
        turn: false,
    }
}

fn answer(number: u32, parent: u32, status: &'static str, finish: &'static str, content: &str) -> Old {
    let finish = Some(finish).filter(|finish| !finish.is_empty());
    Old { role: "assistant", status, finish, turn: true, ..question(number, Some(parent), content) }
}

/// Branches, pictures, answers that were whole, stopped, cut off, failed with and without a word; and two that are being
/// written.
fn messages() -> Vec<Old> {
    let odd = "quo\"tes \\ back\\slashes\n\ttabs\r\n\u{1}\u{7f} é 😀 \u{2028} {\"text\":1} 'single' $1 %";
    vec![
        Old { pictures: 2, ..question(1, None, "What is on these?") },
        Old { thinking: "Let me\n\"see\".", ..answer(2, 1, "complete", "stop", odd) },
        answer(3, 1, "complete", "max_tokens", "A second try, cut"),
        Old { pictures: 1, ..question(4, Some(2), "") },
        answer(5, 4, "interrupted", "interrupted", "Cut off by a resta"),
        answer(6, 4, "cancelled", "cancelled", "Stopped"),
        Old { thinking: "only thoughts", ..answer(7, 4, "error", "error", "") },
        answer(8, 4, "error", "error", ""),
        question(9, Some(5), "Go on"),
        answer(10, 9, "streaming", "", ""),
        answer(11, 9, "streaming", "", ""),
    ]
}

async fn run(connection: &mut AnyConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn insert(connection: &mut AnyConnection, old: &Old) {
    let receipt = match old.status {
        "error" => {
            r#"{"reason":"r","first_token_ms":null,"total_ms":7,"failure":{"code":"provider_overloaded","message":"Busy.","status":529,"retryable":true}}"#
        }
        _ => {
            r#"{"reason":"You chose it.","first_token_ms":3,"total_ms":9,"intent":"simple","routed_by":"user"}"#
        }
    };
    let usage = r#"{"input_tokens":1,"output_tokens":2,"cache_read_tokens":3,"cache_write_tokens":4,"cost_usd":"0.500000","saved_usd":null}"#;
    let answers = old.role == "assistant" && old.status != "streaming";
    let images = (old.pictures > 0).then(|| {
        let images: Vec<String> = (0..old.pictures)
            .map(|n| format!(r#"{{"media_type":"image/png","url":"/api/v1/messages/x/images/{n}"}}"#))
            .collect();
        format!("[{}]", images.join(","))
    });
    sqlx::query(
        "INSERT INTO messages (id, conversation_id, parent_id, role, status, model, provider, turn_id, \
         finish_reason, usage, receipt, created_at, has_code, content, search_text, thinking, images) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, $15, $16)",
    )
    .bind(id('m', old.number))
    .bind(PLACE)
    .bind(old.parent.map(|parent| id('m', parent)))
    .bind(old.role)
    .bind(old.status)
    .bind(answers.then_some("model-1"))
    .bind(answers.then_some("anthropic"))
    .bind(old.turn.then(|| id('t', old.number)))
    .bind(old.finish)
    .bind(answers.then_some(usage))
    .bind(answers.then_some(receipt))
    .bind(at(i64::from(old.number)).as_millis())
    .bind(old.content.as_str())
    .bind(old.content.to_lowercase())
    .bind(old.thinking)
    .bind(images)
    .execute(&mut *connection)
    .await
    .unwrap();
    for position in 0..old.pictures {
        let (message, data) = (id('m', old.number), "iVBORw0KGgo=");
        run(
            connection,
            format!(
                "INSERT INTO message_images (message_id, position, media_type, data) \
                 VALUES ('{message}', {position}, 'image/png', '{data}')"
            ),
        )
        .await;
    }
    if old.turn {
        let ended = if old.status == "streaming" { "NULL" } else { "5" };
        let (turn, message) = (id('t', old.number), id('m', old.number));
        run(
            connection,
            format!(
                "INSERT INTO turns (id, owner_id, conversation_id, message_id, started_at, ended_at) \
                 VALUES ('{turn}', '{OWNER}', '{PLACE}', '{message}', 4, {ended})"
            ),
        )
        .await;
    }
}

/// A log as that version wrote it, in two batches.
fn log(number: u32) -> [(u64, u64, String); 2] {
    let metadata = format!(
        r#"{{"seq":1,"event":"metadata","data":{{"turn_id":"{}","message_id":"{}","conversation_id":"{PLACE}","model":"model-1","provider":"anthropic","intent":"simple","routed_by":"user","reason":"You chose it.","candidates":[{{"model":"model-1","estimated_usd":"0.250000"}}],"cached":false,"tokens_saved":0}}}}"#,
        id('t', number),
        id('m', number),
    );
    let first = format!(
        r#"[{metadata},{{"seq":2,"event":"thinking","data":{{"text":"h"}}}},{{"seq":3,"event":"thinking","data":{{"text":"m"}}}},{{"seq":4,"event":"token","data":{{"token":"Hel"}}}}]"#
    );
    let second = r#"[{"seq":5,"event":"token","data":{"token":"lo"}},{"seq":6,"event":"thinking","data":{"text":"again"}},{"seq":7,"event":"token","data":{"token":"there"}},{"seq":8,"event":"usage","data":{"model":"model-1","input_tokens":1,"output_tokens":2,"cache_read_tokens":0,"cache_write_tokens":0,"cost_usd":null,"saved_usd":null}}]"#;
    [(1, 4, first), (5, 8, second.to_owned())]
}

async fn fill(connection: &mut AnyConnection) {
    run(
        connection,
        format!(
            "INSERT INTO users (id, email, name, role, password_hash, created_at) \
             VALUES ('{OWNER}', 'ada@example.com', 'Ada', 'admin', 'x', 1)"
        ),
    )
    .await;
    run(
        connection,
        format!(
            "INSERT INTO conversations (id, owner_id, title, title_search, pinned, archived, model, mode, \
             head_message_id, created_at, updated_at) \
             VALUES ('{PLACE}', '{OWNER}', 'Old', 'old', 0, 0, 'auto', 'ask', '{}', 1, 1)",
            id('m', 10)
        ),
    )
    .await;
    for old in messages() {
        insert(connection, &old).await;
    }
    for number in [2, 10, 11] {
        for (place, (first, last, events)) in log(number).into_iter().enumerate() {
            // The second batch of one of them was torn.
            let events = if number == 11 && place == 1 { events[..40].to_owned() } else { events };
            sqlx::query(
                "INSERT INTO turn_log (turn_id, first_seq, last_seq, events) VALUES ($1, $2, $3, $4)",
            )
            .bind(id('t', number))
            .bind(i64::try_from(first).unwrap())
            .bind(i64::try_from(last).unwrap())
            .bind(events)
            .execute(&mut *connection)
            .await
            .unwrap();
        }
    }
    let end = r#"[{"seq":9,"event":"error","data":{"code":"provider_overloaded","message":"Busy.","status":529,"retryable":true,"retry_after_s":3}},{"seq":10,"event":"hologram","data":{}},{"seq":11,"event":"done","data":{"finish_reason":"error","message_id":"0190a1b2-aaaa-7000-8000-000000000002"}}]"#;
    sqlx::query("INSERT INTO turn_log (turn_id, first_seq, last_seq, events) VALUES ($1, 9, 11, $2)")
        .bind(id('t', 2))
        .bind(end)
        .execute(connection)
        .await
        .unwrap();
}

pub(crate) async fn every_message_says_what_it_said(store: &Store) {
    let (config, mut connection) = store.before_parts().await;
    fill(&mut connection).await;
    connection.close().await.unwrap();
    let db = Database::open_tuned(&config, TUNING).await.unwrap();
    let owner: UserId = OWNER.parse().unwrap();
    for old in messages() {
        let new = db.message(owner, id('m', old.number).parse().unwrap()).await.unwrap().unwrap();
        check(&old, &new);
    }
    // The pictures are still to come; their places are free.
    let ids: Vec<MessageId> = [1, 4].map(|number| id('m', number).parse().unwrap()).to_vec();
    let thread = db.thread(owner, PLACE.parse().unwrap(), Extent::Whole).await.unwrap().unwrap();
    let path: Vec<_> = thread.messages.iter().map(|shown| shown.message.id).collect();
    assert_eq!(path, [1, 2, 4, 5, 9, 10].map(|number| id('m', number).parse::<MessageId>().unwrap()));
    assert_eq!(thread.messages[1].branch(), (1, 2));
    assert_eq!(thread.messages[3].branch(), (1, 4));
    assert_eq!(thread.messages[0].message.parts[0].position, 2);
    assert!(db.sealed(owner, &ids).await.unwrap().is_empty());
    unended_turns_go_on(&db, owner).await;
    what_it_said_is_found(&db, owner).await;
    db.close().await;
}

/// Its words are made by this version's rules, once.
async fn what_it_said_is_found(db: &Database, owner: UserId) {
    let found = async |text: &str| {
        let page = db.list(owner, &SearchQuery::parse(text), false, &PageRequest::default()).await.unwrap();
        page.items.into_iter().filter_map(|hit| hit.message_id).collect::<Vec<_>>()
    };
    let contents = MemoryBlobs::default();
    assert_eq!(found("second try").await, []);
    assert!(db.renew_search(&contents).await.unwrap() > 0);
    assert_eq!(db.renew_search(&contents).await.unwrap(), 0);
    // Plain words look the same in both versions.
    assert_eq!(found("stopped").await, [id('m', 6).parse().unwrap()]);
    assert_eq!(found("go on").await, [id('m', 9).parse().unwrap()]);
    assert_eq!(found("second try").await, [id('m', 3).parse().unwrap()]);
    assert_eq!(found("e tabs 😀").await, [id('m', 2).parse().unwrap()]);
}

fn check(old: &Old, new: &Message) {
    assert_eq!((new.text(), new.thinking()), (old.content.clone(), old.thinking.to_owned()), "{old:?}");
    assert_eq!((new.role.as_str(), new.status.as_str()), (old.role, old.status));
    assert_eq!(new.finish_reason.map(FinishReason::as_str), old.finish);
    assert_eq!(new.parent_id, old.parent.map(|parent| id('m', parent).parse().unwrap()));
    assert_eq!(new.turn_id, old.turn.then(|| id('t', old.number).parse().unwrap()));
    assert_eq!(new.created_at, at(i64::from(old.number)));
    let answers = new.role == Author::Assistant;
    assert!(new.parts.iter().all(|part| part.step == u32::from(answers)));
    let positions: Vec<u32> = new.parts.iter().map(|part| part.position).collect();
    let count = u32::try_from(positions.len()).unwrap();
    assert_eq!(positions, (old.pictures..old.pictures + count).collect::<Vec<_>>());
    if answers && new.status != MessageStatus::Streaming {
        assert_eq!(new.usage.unwrap().cache_write_tokens, 4);
        assert_eq!(new.usage.unwrap().cost_usd.unwrap().as_nanos(), 500_000_000);
        let failure = new.receipt.clone().unwrap().failure;
        assert_eq!(failure.is_some(), new.status == MessageStatus::Error);
        assert!(failure.is_none_or(|failure| failure.kind == ErrorKind::Upstream && failure.retryable));
    }
}

async fn unended_turns_go_on(db: &Database, owner: UserId) {
    let turn = |number| id('t', number).parse::<TurnId>().unwrap();
    assert_eq!(db.turn(owner, turn(2)).await.unwrap().unwrap().phase, TurnPhase::Ended);
    // An ended one can still be heard, from any number.
    let log = db.events(owner, turn(2), 0).await.unwrap();
    assert_eq!(numbers(&log), (1..=11).collect::<Vec<_>>());
    for after in 0..12 {
        assert_eq!(
            db.events(owner, turn(2), after).await.unwrap(),
            log[usize::try_from(after).unwrap().min(11)..]
        );
    }
    let whole = Transcript::fold(&log);
    assert_eq!(whole.finish, Some(FinishReason::Error));
    assert_eq!(whole.failure.unwrap().kind, ErrorKind::Upstream);
    assert_eq!(log[9].visible(), Some(&TurnEvent::Unknown));

    db.append(node(), LEASE, Vec::new()).await.unwrap();
    let mut taken = db.take_abandoned(node()).await.unwrap();
    taken.sort_by_key(|taken| taken.held.turn);
    assert_eq!(taken.iter().map(|taken| taken.held.turn).collect::<Vec<_>>(), [turn(10), turn(11)]);
    let [whole, torn] = [0, 1].map(|place| Transcript::fold(&taken[place].events));
    let part = |position, kind| Part { position, step: 1, kind };
    let words = |text: &str| PartKind::Text { text: text.into() };
    let thoughts = |text: &str| PartKind::Thinking { text: text.into() };
    let said = [
        part(0, thoughts("hm")),
        part(1, words("Hello")),
        part(2, thoughts("again")),
        part(3, words("there")),
    ];
    assert_eq!((whole.seq, whole.parts.as_slice()), (8, said.as_slice()));
    assert_eq!(whole.usage.unwrap().output_tokens, 2);
    assert_eq!((torn.seq, torn.text()), (4, "Hel".to_owned()));

    // It goes on in today's form.
    let done = vertice_domain::event::Done {
        finish_reason: FinishReason::Interrupted,
        message_id: taken[0].message,
    };
    let finish = vertice_ports::turns::EndTurn {
        held: taken[0].held,
        message: taken[0].message,
        parts: whole.parts.clone(),
        sealed: Vec::new(),
        status: MessageStatus::Interrupted,
        finish_reason: FinishReason::Interrupted,
        model: None,
        provider: None,
        usage: whole.usage,
        receipt: whole.receipt(None, None),
        events: vec![std::sync::Arc::new(vertice_domain::LoggedEvent::event(9, TurnEvent::Done(done)))],
        calls: Vec::new(),
        ended_at: at(20),
    };
    assert!(db.end(finish).await.unwrap());
    for after in 0..9 {
        let heard = db.events(owner, turn(10), after).await.unwrap();
        assert_eq!(numbers(&heard), (after + 1..=9).collect::<Vec<_>>());
    }
    let message = db.message(owner, taken[0].message).await.unwrap().unwrap();
    assert_eq!(message.parts, said);
    assert!(db.turn(owner, SystemIds.turn()).await.unwrap().is_none());
}
