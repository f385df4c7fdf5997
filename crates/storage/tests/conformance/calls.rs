//! Turns that call tools, sleep and wake.

use std::sync::Arc;

use sqlx::Row as _;
use vertice_domain::{
    LoggedEvent, MessageStatus, Outcome, Part, PartKind, ToolCall, ToolState, Transcript, TurnEvent,
};
use vertice_ports::{
    ConversationStore as _, Ids as _, TurnStore as _,
    turns::{Appended, BeginTurn, CallRecord, CallState, LogBatch, Suspend, Suspended, TurnPhase},
};
use vertice_runtime::SystemIds;

use crate::{
    fixtures::{LEASE, at, batch, begun, end, held, node, numbers, page, tokens, user},
    harness::Store,
};

fn call(turn: &BeginTurn, state: CallState) -> CallRecord {
    CallRecord {
        call: "call_1".into(),
        message: turn.answer.id,
        position: 1,
        server: "files".into(),
        tool: "delete".into(),
        fingerprint: "f1".into(),
        state,
        decided_by: None,
        decided_at: None,
        started_at: None,
        ended_at: None,
    }
}

pub(crate) fn record(turn: &BeginTurn, events: Vec<Arc<LoggedEvent>>) -> LogBatch {
    let call = CallRecord { started_at: Some(at(5)), ..call(turn, CallState::Running) };
    LogBatch { held: held(turn), events, calls: vec![call] }
}

pub(crate) fn asked(turn: &BeginTurn, events: Vec<Arc<LoggedEvent>>) -> Suspend {
    Suspend { held: held(turn), events, calls: vec![call(turn, CallState::Waiting)] }
}

/// The part of the call, and that a person is asked about it.
fn waiting(seq: u64) -> Vec<Arc<LoggedEvent>> {
    let arguments = r#"{"path": "a\u0000"}"#.into();
    let call = ToolCall { arguments, ..ToolCall::proposed("call_1", "files", "delete") };
    let state = ToolState::Waiting { reason: "It deletes.".into(), fingerprint: "f1".into() };
    let part = Part { position: 1, step: 1, kind: PartKind::ToolCall(call) };
    [TurnEvent::PartStarted(Box::new(part)), TurnEvent::ToolState { call: "call_1".into(), state }]
        .into_iter()
        .zip(seq..)
        .map(|(event, seq)| Arc::new(LoggedEvent::event(seq, event)))
        .collect()
}

async fn stored(store: &Store) -> (String, Option<i64>, Option<i64>) {
    let mut connection = store.connection().await;
    let row =
        sqlx::query("SELECT state, started_at, ended_at FROM tool_calls").fetch_one(&mut connection).await;
    let row = row.unwrap();
    (row.get("state"), row.get("started_at"), row.get("ended_at"))
}

pub(crate) async fn a_turn_sleeps_and_wakes_anywhere(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    db.append(node(), LEASE, vec![batch(&turn, tokens(1, 2))]).await.unwrap();
    let there = SystemIds.node();
    assert!(db.wake(owner, turn.turn, there).await.unwrap().is_none(), "it does not sleep");
    // Twice, as after a lost connection.
    for _ in 0..2 {
        assert_eq!(db.suspend(asked(&turn, waiting(3))).await.unwrap(), Suspended::Asleep);
    }
    assert_eq!(stored(store).await, ("waiting".to_owned(), None, None));
    assert_eq!(db.turn(owner, turn.turn).await.unwrap().unwrap().phase, TurnPhase::Waiting);
    let unended = async |phase| db.unended(owner, Some(phase), &page(50, None)).await.unwrap().items.len();
    assert_eq!((unended(TurnPhase::Waiting).await, unended(TurnPhase::Running).await), (1, 0));
    // Nobody runs it, so nobody writes to it and nobody takes it over.
    let more = db.append(node(), LEASE, vec![batch(&turn, tokens(5, 5))]).await.unwrap();
    assert_eq!(more.lost, [turn.turn]);
    assert!(db.take_abandoned(there).await.unwrap().is_empty());

    let other = store.open_again().await.unwrap();
    let woken = other.wake(owner, turn.turn, there).await.unwrap().unwrap();
    assert_eq!((woken.owner, woken.message, woken.held.fence), (owner, turn.answer.id, 2));
    assert_eq!(numbers(&woken.events), [1, 2, 3, 4]);
    assert_eq!(Transcript::fold(&woken.events).waiting().map(|call| call.id.as_str()), Some("call_1"));
    assert!(db.wake(owner, turn.turn, node()).await.unwrap().is_none(), "it is awake");
    assert_eq!(db.suspend(asked(&turn, Vec::new())).await.unwrap(), Suspended::Lost);
    assert!(!db.end(end(&turn, "late", 5)).await.unwrap());

    let mut run = record(&turn, Vec::new());
    run.held = woken.held;
    (run.calls[0].decided_by, run.calls[0].decided_at) = (Some(owner), Some(at(4)));
    let append = async |run: &LogBatch| other.append(there, LEASE, vec![run.clone()]).await.unwrap();
    assert_eq!(append(&run).await, Appended::default());
    let started = Some(at(5).as_millis());
    assert_eq!(stored(store).await, ("running".to_owned(), started, None));
    (run.calls[0].state, run.calls[0].ended_at) = (CallState::Ended(Outcome::Success), Some(at(7)));
    assert_eq!(append(&run).await, Appended::default());
    assert_eq!(append(&run).await, Appended::default(), "once more, as after a lost connection");
    let ended = ("success".to_owned(), started, Some(at(7).as_millis()));
    assert_eq!(stored(store).await, ended);
    // Both in one batch, and that twice.
    let mut both = run.clone();
    both.calls[0] = CallRecord { call: "call_2".into(), ..call(&turn, CallState::Running) };
    let failed = CallState::Ended(Outcome::Failed);
    both.calls.push(CallRecord { ended_at: Some(at(7)), state: failed, ..both.calls[0].clone() });
    assert_eq!(append(&both).await, Appended::default());
    assert_eq!(append(&both).await, Appended::default());
    let second = sqlx::query("DELETE FROM tool_calls WHERE id LIKE '%call_2'");
    second.execute(&mut store.connection().await).await.unwrap();
    // What has ended never runs again.
    (run.calls[0].state, run.calls[0].ended_at) = (CallState::Running, None);
    assert_eq!(append(&run).await.lost, [turn.turn]);
    assert_eq!(stored(store).await, ended);
    other.close().await;
}

pub(crate) async fn who_refused_a_call_stays_noted_when_its_turn_ends(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    assert_eq!(db.suspend(asked(&turn, waiting(1))).await.unwrap(), Suspended::Asleep);
    let woken = db.wake(owner, turn.turn, node()).await.unwrap().unwrap();
    let decided = CallRecord {
        decided_by: Some(owner),
        decided_at: Some(at(4)),
        ended_at: Some(at(4)),
        ..call(&turn, CallState::Ended(Outcome::Denied))
    };
    let mut finish = end(&turn, "Then not.", 3);
    (finish.held, finish.calls) = (woken.held, vec![decided]);
    let state = ToolState::Ended { outcome: Outcome::Denied };
    let call = ToolCall { state, ..ToolCall::proposed("call_1", "files", "delete") };
    finish.parts.push(Part { position: 1, step: 1, kind: PartKind::ToolCall(call) });
    assert!(db.end(finish).await.unwrap());
    let mut connection = store.connection().await;
    let row = sqlx::query("SELECT state, decided_by, decided_at, ended_at FROM tool_calls");
    let row = row.fetch_one(&mut connection).await.unwrap();
    let (state, by): (String, Option<String>) = (row.get("state"), row.get("decided_by"));
    assert_eq!((state.as_str(), by), ("denied", Some(owner.to_string())));
    let (decided, ended): (Option<i64>, Option<i64>) = (row.get("decided_at"), row.get("ended_at"));
    assert_eq!([decided, ended], [Some(at(4).as_millis()); 2]);
}

pub(crate) async fn a_turns_end_ends_its_calls(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let turn = begun(db, owner).await;
    let mut events = tokens(1, 1);
    events.extend(waiting(2));
    let recorded = db.append(node(), LEASE, vec![record(&turn, events)]).await.unwrap();
    assert_eq!(recorded, Appended::default());
    assert_eq!(numbers(&db.events(owner, turn.turn, 0).await.unwrap()), [1, 2, 3]);
    let mut finish = end(&turn, "1 ", 4);
    let state = ToolState::Ended { outcome: Outcome::Interrupted };
    let arguments = "{ no JSON".into();
    let call = ToolCall { arguments, state, ..ToolCall::proposed("call_1", "files", "delete") };
    finish.parts.push(Part { position: 1, step: 1, kind: PartKind::ToolCall(call) });
    finish.status = MessageStatus::Interrupted;
    assert!(db.end(finish.clone()).await.unwrap());
    let ended = ("interrupted".to_owned(), Some(at(5).as_millis()), Some(finish.ended_at.as_millis()));
    assert_eq!(stored(store).await, ended);
    assert_eq!(db.message(owner, turn.answer.id).await.unwrap().unwrap().parts, finish.parts);
}

pub(crate) async fn a_sleeping_turn_goes_with_its_conversation(store: &Store) {
    let db = &store.db;
    let owner = user(db, "ada@example.com").await;
    let (asleep, awake) = (begun(db, owner).await, begun(db, owner).await);
    assert_eq!(db.suspend(asked(&asleep, waiting(1))).await.unwrap(), Suspended::Asleep);
    for turn in [&asleep, &awake] {
        assert!(db.delete(owner, turn.answer.conversation_id, at(0)).await.unwrap());
    }
    assert!(db.wake(owner, asleep.turn, node()).await.unwrap().is_none());
    assert!(db.unended(owner, None, &page(50, None)).await.unwrap().items.is_empty());
    // A conversation that a turn still writes to outlives its deletion.
    assert_eq!(db.purge(at(1)).await.unwrap(), 1);
    assert!(db.end(end(&awake, "whole", 1)).await.unwrap());
    assert_eq!(db.purge(at(1)).await.unwrap(), 1);
}
