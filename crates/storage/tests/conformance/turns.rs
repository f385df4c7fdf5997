//! Turns and their logs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::Executor as _;
use vertice_domain::{
    ErrorKind, Extent, FinishReason, LogEntry, LoggedEvent, Message, MessageStatus, Part, PartKind, Provider,
    RunningTurn, Sealed, SealedPart, Transcript, TurnEvent, Usage, event::StepStarted, title,
};
use vertice_ports::{
    ConversationStore as _, Ids as _, TurnStore as _,
    turns::{StoredTurn, Suspended, TurnPhase},
};
use vertice_runtime::SystemIds;

use crate::{
    calls::asked,
    fixtures::{
        LEASE, at, batch, begin, begun, chain, conversation, end, node, numbers, page, token, tokens, user,
    },
    harness::Store,
};

pub(crate) async fn pages_hold_every_unended_turn_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Here", &["a"]).await;
    // Two at each moment.
    let turns: Vec<_> = (0..7).map(|n| begin(here.id, here.head_message_id, "q", n / 2)).collect();
    for turn in &turns {
        assert!(db.begin(owner, turn.clone()).await.unwrap());
    }
    assert_eq!(db.suspend(asked(&turns[3], Vec::new())).await.unwrap(), Suspended::Asleep);
    let mut connection = store.connection().await;
    let unreadable = format!("UPDATE turns SET message_id = 'junk' WHERE id = '{}'", turns[2].turn);
    connection.execute(sqlx::AssertSqlSafe(unreadable)).await.unwrap();
    for (phase, count) in [(None, 6), (Some(TurnPhase::Running), 5), (Some(TurnPhase::Waiting), 1)] {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let next = db.unended(owner, phase, &page(2, cursor)).await.unwrap();
            assert!(next.items.len() <= 2);
            found.extend(next.items.iter().map(|turn| (turn.started_at, turn.turn.to_string())));
            cursor = next.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), count, "{phase:?}");
        assert!(found.is_sorted() && found.windows(2).all(|pair| pair[0] != pair[1]), "{found:?}");
    }
    let foreign = db.messages(owner, here.id, &page(1, None)).await.unwrap().unwrap().next_cursor;
    let refused = db.unended(owner, None, &page(1, foreign)).await.unwrap_err();
    assert_eq!(refused, vertice_domain::PageRequest::bad_cursor());
}

pub(crate) async fn a_turn_begins_and_ends(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    let (place, answer) = (turn.answer.conversation_id, turn.answer.id);
    let thread = db.thread(owner, place, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.running, Some(RunningTurn { turn: turn.turn, seq: 0 }));
    assert_eq!(thread.conversation.head_message_id, Some(answer));
    assert_eq!(thread.conversation.updated_at, turn.answer.created_at);
    assert_eq!(thread.messages[1].message, turn.answer);
    let stored = StoredTurn {
        turn: turn.turn,
        conversation: place,
        message: answer,
        phase: TurnPhase::Running,
        node: Some(node()),
        fence: 1,
        has_log: true,
        started_at: turn.answer.created_at,
    };
    assert_eq!(db.turn(owner, turn.turn).await.unwrap(), Some(stored));
    let unended = async |phase| db.unended(owner, phase, &page(50, None)).await.unwrap().items;
    assert_eq!(unended(None).await, [stored]);
    assert!(unended(Some(TurnPhase::Waiting)).await.is_empty());

    db.append(node(), LEASE, vec![batch(&turn, tokens(1, 2))]).await.unwrap();
    let mut finish = end(&turn, "Hello Ada.", 3);
    finish.parts.insert(0, Part { position: 0, step: 1, kind: PartKind::Thinking { text: "greet".into() } });
    finish.parts[1].position = 2;
    let sealed = Sealed {
        provider: Provider::Demo,
        model: "model-1".into(),
        data: "{ \"s\" :\t\"é\\u0000\"}\n".into(),
    };
    finish.sealed = vec![SealedPart { position: 1, step: 1, sealed }];
    finish.model = Some("model-1".into());
    finish.provider = Some(Provider::Demo);
    finish.usage = Some(Usage { output_tokens: 4, ..Usage::default() });
    finish.receipt.total_ms = Some(12);
    assert!(db.end(finish.clone()).await.unwrap());
    // Once more, as after a lost connection: nothing changes.
    assert!(!db.end(finish.clone()).await.unwrap());
    assert_eq!(db.sealed(owner, &[answer]).await.unwrap(), [(answer, finish.sealed[0].clone())]);
    assert!(unended(None).await.is_empty());

    let thread = db.thread(owner, place, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.running, None);
    assert_eq!(thread.conversation.updated_at, finish.ended_at);
    let expected = Message {
        parts: finish.parts.clone(),
        status: MessageStatus::Complete,
        finish_reason: Some(FinishReason::Stop),
        model: finish.model,
        provider: finish.provider,
        usage: finish.usage,
        receipt: Some(finish.receipt),
        ..turn.answer.clone()
    };
    assert_eq!(thread.messages[1].message, expected);
    assert_eq!(db.turn(owner, turn.turn).await.unwrap().unwrap().phase, TurnPhase::Ended);
    assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 3);

    let mut stranger = end(&turn, "never begun", 1);
    stranger.held.turn = SystemIds.turn();
    assert!(!db.end(stranger).await.unwrap());
}

pub(crate) async fn a_turn_under_a_foreign_parent_does_not_begin(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, messages) = chain(db, owner, "Here", &["a", "b"]).await;
    let (_, elsewhere) = chain(db, owner, "Elsewhere", &["c"]).await;
    let (gone, of_gone) = chain(db, owner, "Gone", &["d"]).await;
    assert!(db.delete(owner, gone.id, at(1)).await.unwrap());

    let mut regenerate = begin(here.id, None, "", 20);
    regenerate.user_message = None;
    regenerate.answer.parent_id = Some(elsewhere[0].id);
    for refused in [
        begin(here.id, Some(elsewhere[0].id), "foreign parent", 10),
        begin(here.id, Some(SystemIds.message()), "no such parent", 10),
        begin(SystemIds.conversation(), None, "no such conversation", 10),
        begin(gone.id, Some(of_gone[0].id), "deleted", 10),
        regenerate.clone(),
    ] {
        assert!(!db.begin(owner, refused.clone()).await.unwrap());
        assert_eq!(db.turn(owner, refused.turn).await.unwrap(), None);
    }
    assert_eq!(db.get(owner, here.id).await.unwrap(), Some(here.clone()));

    // A stale tab: under the first message although there is a second one. It becomes a branch.
    assert!(db.begin(owner, begin(here.id, Some(messages[0].id), "branch", 10)).await.unwrap());
    regenerate.answer.parent_id = Some(messages[0].id);
    assert!(db.begin(owner, regenerate.clone()).await.unwrap());
    let thread = db.thread(owner, here.id, Extent::Whole).await.unwrap().unwrap();
    assert_eq!(thread.messages.last().unwrap().message.id, regenerate.answer.id);
    assert_eq!(thread.messages.last().unwrap().branch(), (3, 3));
}

pub(crate) async fn titles_and_models_are_given_only_where_they_were_missing(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    for (before, after) in [("", "Given"), (title::UNTITLED, "Given"), ("Mine", "Mine")] {
        let new = conversation(before, 0);
        db.create(owner, &new).await.unwrap();
        let mut turn = begin(new.id, None, "Hello", 10);
        turn.title = Some("Given".into());
        turn.model = (before == "Mine").then(|| "model-2".into());
        assert!(db.begin(owner, turn).await.unwrap());
        let now = db.get(owner, new.id).await.unwrap().unwrap();
        assert_eq!(now.title, after);
        assert_eq!(now.model, if before == "Mine" { "model-2" } else { "auto" });
    }
    let query = vertice_domain::search::SearchQuery::parse("title:given");
    assert_eq!(db.list(owner, &query, false, &Default::default()).await.unwrap().items.len(), 2);
}

pub(crate) async fn a_log_is_replayed_from_any_number(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    for (from, to) in [(1, 1), (2, 6), (7, 9)] {
        db.append(node(), LEASE, vec![batch(&turn, tokens(from, to))]).await.unwrap();
    }
    // Once more and longer, as after a lost connection.
    db.append(node(), LEASE, vec![batch(&turn, tokens(7, 10))]).await.unwrap();
    let log = tokens(1, 10);
    for after in 0..12 {
        let replayed = db.events(owner, turn.turn, after).await.unwrap();
        let expected: Vec<_> = log.iter().map(|logged| (**logged).clone()).skip(after as usize).collect();
        assert_eq!(replayed, expected, "after {after}");
    }
    assert!(db.events(owner, turn.turn, u64::MAX).await.unwrap().is_empty());
    assert!(db.events(owner, SystemIds.turn(), 0).await.unwrap().is_empty());
}

pub(crate) async fn the_last_step_is_read_without_those_before(store: &Store) {
    let db = &store.db;
    let [owner, other] = [user(db, "ada@example.com").await, user(db, "bob@example.com").await];
    let turn = begun(db, owner).await;
    let step = |seq, step| {
        let (model, provider) = ("model-1".into(), Provider::Demo);
        let started = StepStarted { step, model, provider };
        Arc::new(LoggedEvent::event(seq, TurnEvent::StepStarted(Box::new(started))))
    };
    let append = async |events| db.append(node(), LEASE, vec![batch(&turn, events)]).await.unwrap();
    append(vec![token(1, "a")]).await;
    assert!(db.last_step(owner, turn.turn).await.unwrap().is_empty());
    append(vec![step(2, 1), token(3, "b")]).await;
    append(vec![token(4, "c")]).await;
    // The second step begins inside a row.
    append(vec![token(5, "d"), step(6, 2)]).await;
    append(vec![token(7, r#"[{"step":{"#)]).await;
    let numbers = async |owner| numbers(&db.last_step(owner, turn.turn).await.unwrap());
    assert_eq!(numbers(owner).await, [5, 6, 7]);
    assert!(numbers(other).await.is_empty());
}

pub(crate) async fn a_log_ends_where_it_cannot_be_read(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    let torn = vec![token(1, "a"), token(3, "c")];
    let refused = db.append(node(), LEASE, vec![batch(&turn, torn)]).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Internal);
    assert!(db.events(owner, turn.turn, 0).await.unwrap().is_empty());
    // A gap between batches.
    for (from, to) in [(1, 2), (4, 5)] {
        db.append(node(), LEASE, vec![batch(&turn, tokens(from, to))]).await.unwrap();
    }
    assert_eq!(numbers(&db.events(owner, turn.turn, 0).await.unwrap()), [1, 2]);
    assert!(db.events(owner, turn.turn, 2).await.unwrap().is_empty());
    assert_eq!(numbers(&db.events(owner, turn.turn, 4).await.unwrap()), [5]);

    // Entries of another version keep their numbers; a row that is none ends the log.
    let news = r#"UPDATE turn_log SET last_seq = 4, version = 9, events = '[{"hologram":{"a":[1]}},"dreamt"]' WHERE first_seq = 1"#;
    let mut connection = store.connection().await;
    connection.execute(news).await.unwrap();
    let log = db.events(owner, turn.turn, 0).await.unwrap();
    assert!(log.is_empty(), "a row that says less than its numbers");
    connection.execute("UPDATE turn_log SET last_seq = 2 WHERE first_seq = 1").await.unwrap();
    connection.execute("UPDATE turn_log SET first_seq = 3, last_seq = 4 WHERE first_seq = 4").await.unwrap();
    let log = db.events(owner, turn.turn, 0).await.unwrap();
    assert_eq!(numbers(&log), [1, 2, 3, 4]);
    assert!(log[..2].iter().all(|logged| logged.entry == LogEntry::Event(TurnEvent::Unknown)));
    connection.execute("UPDATE turn_log SET events = '[\"torn' WHERE first_seq = 3").await.unwrap();
    assert_eq!(numbers(&db.events(owner, turn.turn, 0).await.unwrap()), [1, 2]);
}

pub(crate) async fn many_turns_are_appended_to_at_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turns = futures::future::join_all((0..1_100).map(|_| begun(db, owner))).await;
    let began = Instant::now();
    for round in 0..4 {
        let batches = turns.iter().map(|turn| batch(turn, tokens(round * 10 + 1, round * 10 + 10)));
        let appended = db.append(node(), LEASE, batches.collect()).await.unwrap();
        assert!(appended.lost.is_empty() && appended.stops.is_empty());
    }
    let took = began.elapsed();
    for turn in [&turns[0], &turns[255], &turns[256], &turns[1_099]] {
        assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 40);
    }
    eprintln!("4 appends to 1,100 turns: {took:?}");
    // It is called four to five times a second; the bound leaves room for a slow machine.
    assert!(took < Duration::from_secs(8), "took {took:?}");
}

pub(crate) async fn logs_of_ended_turns_are_dropped_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Here", &["a"]).await;
    let mut turns = Vec::new();
    for n in 0..300 {
        let turn = begin(here.id, here.head_message_id, "q", n);
        assert!(db.begin(owner, turn.clone()).await.unwrap());
        turns.push(turn);
    }
    db.append(node(), LEASE, turns.iter().map(|turn| batch(turn, tokens(1, 2))).collect()).await.unwrap();
    let [running, late, ended @ ..] = turns.as_slice() else { panic!("there are 300") };
    for turn in ended {
        assert!(db.end(end(turn, "1 2", 3)).await.unwrap());
    }
    let mut finish = end(late, "1 2", 3);
    finish.ended_at = at(2_000);
    assert!(db.end(finish).await.unwrap());

    assert_eq!(db.drop_logs(at(1_000)).await.unwrap(), 0);
    assert_eq!(db.drop_logs(at(1_001)).await.unwrap(), 298);
    assert_eq!(db.drop_logs(at(1_001)).await.unwrap(), 0);
    assert!(db.events(owner, ended[0].turn, 0).await.unwrap().is_empty());
    assert_eq!(db.message(owner, ended[0].answer.id).await.unwrap().unwrap().text(), "1 2");
    assert_eq!(db.events(owner, running.turn, 0).await.unwrap().len(), 2);
    assert_eq!(db.events(owner, late.turn, 0).await.unwrap().len(), 3);
}

pub(crate) async fn nul_characters_of_a_model_are_harmless(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    db.append(node(), LEASE, vec![batch(&turn, vec![token(1, "a\0b")])]).await.unwrap();
    let mut finish = end(&turn, "a\0b", 2);
    finish.receipt.reason = "c\0d".into();
    assert!(db.end(finish).await.unwrap());
    assert_eq!(db.message(owner, turn.answer.id).await.unwrap().unwrap().text(), "ab");
    let log = db.events(owner, turn.turn, 0).await.unwrap();
    assert_eq!((numbers(&log), Transcript::fold(&log).text()), (vec![1, 2], "a\0b".to_owned()));
}
