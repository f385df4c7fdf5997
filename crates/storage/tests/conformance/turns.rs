//! Turns and their logs.

use std::time::{Duration, Instant};

use vertice_domain::{ErrorKind, FinishReason, Message, MessageStatus, Provider, TurnEvent, Usage, title};
use vertice_ports::{
    ConversationStore as _, Ids as _, SystemIds, TurnStore as _,
    store::{LogBatch, StoredTurn},
};

use crate::{
    fixtures::{at, begin, begun, chain, conversation, end, token, tokens, user},
    harness::Store,
};

pub(crate) async fn a_turn_begins_and_ends(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    let (place, answer) = (turn.answer.conversation_id, turn.answer.id);
    let thread = db.thread(owner, place).await.unwrap().unwrap();
    assert_eq!(thread.running, Some(turn.turn));
    assert_eq!(thread.conversation.head_message_id, Some(answer));
    assert_eq!(thread.conversation.updated_at, turn.answer.created_at);
    assert_eq!(thread.messages[1].message, turn.answer);
    let stored = StoredTurn { conversation: place, message: answer, ended: false };
    assert_eq!(db.turn(owner, turn.turn).await.unwrap(), Some(stored));

    db.append(vec![LogBatch { turn: turn.turn, events: tokens(1, 2) }]).await.unwrap();
    let mut finish = end(turn.turn, answer, "Hello Ada.", 3);
    finish.thinking = "greet".into();
    finish.model = Some("model-1".into());
    finish.provider = Some(Provider::Demo);
    finish.usage = Some(Usage { output_tokens: 4, ..Usage::default() });
    finish.receipt.total_ms = Some(12);
    db.end(finish.clone()).await.unwrap();
    // Once more, as after a lost connection: nothing changes.
    db.end(finish.clone()).await.unwrap();

    let thread = db.thread(owner, place).await.unwrap().unwrap();
    assert_eq!(thread.running, None);
    assert_eq!(thread.conversation.updated_at, finish.ended_at);
    let expected = Message {
        content: "Hello Ada.".into(),
        thinking: "greet".into(),
        status: MessageStatus::Complete,
        finish_reason: Some(FinishReason::Stop),
        model: finish.model,
        provider: finish.provider,
        usage: finish.usage,
        receipt: Some(finish.receipt),
        ..turn.answer.clone()
    };
    assert_eq!(thread.messages[1].message, expected);
    assert!(db.turn(owner, turn.turn).await.unwrap().unwrap().ended);
    assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 3);

    let stranger = end(SystemIds.turn(), answer, "never begun", 1);
    assert_eq!(db.end(stranger).await.unwrap_err().kind, ErrorKind::Internal);
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
    let thread = db.thread(owner, here.id).await.unwrap().unwrap();
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
    let turn = begun(db, owner).await.turn;
    db.append(Vec::new()).await.unwrap();
    for (from, to) in [(1, 1), (2, 6), (7, 9)] {
        db.append(vec![LogBatch { turn, events: tokens(from, to) }]).await.unwrap();
    }
    // Once more and longer, as after a lost connection.
    db.append(vec![LogBatch { turn, events: tokens(7, 10) }]).await.unwrap();
    for after in 0..12 {
        let numbers: Vec<u64> =
            db.events(owner, turn, after).await.unwrap().iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (after + 1..=10).collect::<Vec<_>>(), "after {after}");
    }
    assert!(db.events(owner, turn, u64::MAX).await.unwrap().is_empty());
    assert!(db.events(owner, SystemIds.turn(), 0).await.unwrap().is_empty());
}

pub(crate) async fn a_log_with_a_gap_is_never_replayed(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await.turn;
    let torn = vec![token(1, "a"), token(3, "c")];
    let refused = db.append(vec![LogBatch { turn, events: torn }]).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Internal);
    assert!(db.events(owner, turn, 0).await.unwrap().is_empty());

    db.append(vec![LogBatch { turn, events: tokens(1, 2) }]).await.unwrap();
    db.append(vec![LogBatch { turn, events: tokens(4, 5) }]).await.unwrap();
    assert_eq!(db.events(owner, turn, 0).await.unwrap_err().kind, ErrorKind::Internal);
    assert_eq!(db.unfinished().await.unwrap()[0].events.len(), 2);

    let unknown = LogBatch { turn: SystemIds.turn(), events: tokens(1, 1) };
    assert_eq!(db.append(vec![unknown]).await.unwrap_err().kind, ErrorKind::Internal);
}

pub(crate) async fn many_turns_are_appended_to_at_once(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (here, _) = chain(db, owner, "Busy", &["a"]).await;
    let mut turns = Vec::new();
    for n in 0..1_100 {
        let turn = begin(here.id, here.head_message_id, "q", n);
        assert!(db.begin(owner, turn.clone()).await.unwrap());
        turns.push(turn.turn);
    }
    let began = Instant::now();
    for round in 0..4 {
        let batches = turns
            .iter()
            .map(|turn| LogBatch { turn: *turn, events: tokens(round * 10 + 1, round * 10 + 10) });
        db.append(batches.collect()).await.unwrap();
    }
    let took = began.elapsed();
    for turn in [turns[0], turns[255], turns[256], turns[1_099]] {
        assert_eq!(db.events(owner, turn, 0).await.unwrap().len(), 40);
    }
    assert_eq!(db.unfinished().await.unwrap().len(), 1_100);
    eprintln!("4 appends to 1,100 turns: {took:?}");
    // It is called four to five times a second; the bound leaves room for a slow machine.
    assert!(took < Duration::from_secs(8), "took {took:?}");
}

pub(crate) async fn unfinished_turns_are_found_after_a_crash(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (cut, whole, silent) = (begun(db, owner).await, begun(db, owner).await, begun(db, owner).await);
    db.append(vec![
        LogBatch { turn: cut.turn, events: tokens(1, 3) },
        LogBatch { turn: whole.turn, events: tokens(1, 3) },
    ])
    .await
    .unwrap();
    db.append(vec![LogBatch { turn: cut.turn, events: tokens(4, 5) }]).await.unwrap();
    db.end(end(whole.turn, whole.answer.id, "1 2 3", 4)).await.unwrap();

    // What a restarted server sees.
    let restarted = store.open_again().await.unwrap();
    let mut unfinished = restarted.unfinished().await.unwrap();
    unfinished.sort_by_key(|turn| turn.events.len());
    let found: Vec<_> = unfinished.iter().map(|turn| (turn.owner, turn.turn, turn.message)).collect();
    assert_eq!(found, [(owner, silent.turn, silent.answer.id), (owner, cut.turn, cut.answer.id)]);
    let text: String = unfinished[1]
        .events
        .iter()
        .map(|event| match &event.event {
            TurnEvent::Token { token } => token.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(text, "1 2 3 4 5 ");

    // A conversation that a turn still writes to outlives its deletion.
    assert!(restarted.delete(owner, cut.answer.conversation_id, at(0)).await.unwrap());
    assert_eq!(restarted.purge(at(1)).await.unwrap(), 0);
    let mut finish = end(cut.turn, cut.answer.id, &text, 6);
    finish.status = MessageStatus::Interrupted;
    restarted.end(finish).await.unwrap();
    assert_eq!(restarted.purge(at(1)).await.unwrap(), 1);
    assert_eq!(restarted.unfinished().await.unwrap().len(), 1);
    restarted.close().await;
}

pub(crate) async fn nul_characters_of_a_model_are_harmless(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    db.append(vec![LogBatch { turn: turn.turn, events: vec![token(1, "a\0b")] }]).await.unwrap();
    let mut finish = end(turn.turn, turn.answer.id, "a\0b", 2);
    finish.thinking = "\0".into();
    finish.receipt.reason = "c\0d".into();
    db.end(finish).await.unwrap();
    assert_eq!(db.message(owner, turn.answer.id).await.unwrap().unwrap().content, "ab");
    assert_eq!(db.events(owner, turn.turn, 0).await.unwrap().len(), 2);
}
