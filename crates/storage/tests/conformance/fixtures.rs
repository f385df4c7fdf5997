//! Users, conversations, messages and turns to test with.

use std::{sync::Arc, time::Duration};

use vertice_domain::{
    Author, Conversation, ConversationId, FinishReason, LoggedEvent, Message, MessageId, MessageStatus,
    NodeId, PageRequest, Part, PartKind, Profile, Role, Timestamp, TurnEvent, UserId, conversation::Mode,
    event::Done, message::Receipt,
};
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, TurnStore as _,
    store::{NewUser, WholeMessage},
    turns::{BeginTurn, EndTurn, Held, LogBatch},
};
use vertice_runtime::SystemIds;
use vertice_storage::Database;

/// An arbitrary moment from which tests count.
pub(crate) const START: i64 = 1_795_000_000_000;

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// Longer than any test.
pub(crate) const LEASE: Duration = Duration::from_hours(1);
/// One that has ended when it begins.
pub(crate) const ENDED: Duration = Duration::ZERO;

pub(crate) fn page(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest::new(Some(limit), cursor).unwrap()
}

pub(crate) fn new_user(email: &str) -> NewUser {
    let profile = Profile {
        id: SystemIds.user(),
        email: email.parse().unwrap(),
        name: "Ada".into(),
        role: Role::User,
        locale: None,
        created_at: at(0),
    };
    NewUser { profile, password_hash: "$argon2id$v=19$x".into() }
}

pub(crate) async fn user(db: &Database, email: &str) -> UserId {
    let user = new_user(email);
    assert!(db.create_user(user.clone()).await.unwrap());
    user.profile.id
}

pub(crate) fn conversation(title: &str, changed: i64) -> Conversation {
    Conversation {
        id: SystemIds.conversation(),
        title: title.into(),
        pinned: false,
        archived: false,
        model: "auto".into(),
        system_prompt: None,
        mode: Mode::Chat,
        head_message_id: None,
        created_at: at(0),
        updated_at: at(changed),
    }
}

pub(crate) fn message(
    conversation: ConversationId,
    parent: Option<MessageId>,
    text: &str,
    made: i64,
) -> Message {
    Message {
        parts: if text.is_empty() { Vec::new() } else { vec![words(0, 0, text)] },
        ..Message::blank(SystemIds.message(), conversation, parent, Author::User, at(made))
    }
}

pub(crate) fn words(position: u32, step: u32, text: &str) -> Part {
    Part { position, step, kind: PartKind::Text { text: text.into() } }
}

/// Messages of which nothing goes back to a provider.
pub(crate) fn whole(messages: &[Message]) -> Vec<WholeMessage> {
    messages.iter().map(|message| WholeMessage { message: message.clone(), sealed: Vec::new() }).collect()
}

/// A stored conversation with one message of each text, each under the one before; the last one is the head.
pub(crate) async fn chain(
    db: &Database,
    owner: UserId,
    title: &str,
    texts: &[&str],
) -> (Conversation, Vec<Message>) {
    let mut new = conversation(title, 0);
    let mut messages: Vec<Message> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let parent = messages.last().map(|message| message.id);
        messages.push(message(new.id, parent, text, i64::try_from(place).unwrap()));
    }
    new.head_message_id = messages.last().map(|message| message.id);
    db.insert_with_messages(owner, &new, &whole(&messages)).await.unwrap();
    (new, messages)
}

/// A turn that sends `text` under `parent`.
pub(crate) fn begin(
    conversation: ConversationId,
    parent: Option<MessageId>,
    text: &str,
    made: i64,
) -> BeginTurn {
    let turn = SystemIds.turn();
    let question = message(conversation, parent, text, made);
    let mut answer = message(conversation, Some(question.id), "", made + 1);
    answer.role = Author::Assistant;
    answer.status = MessageStatus::Streaming;
    answer.turn_id = Some(turn);
    BeginTurn {
        turn,
        new_conversation: None,
        node: node(),
        user_message: Some(question),
        answer,
        title: None,
        model: None,
        settings: "{}".into(),
    }
}

/// A begun turn in a new conversation.
pub(crate) async fn begun(db: &Database, owner: UserId) -> BeginTurn {
    let new = conversation("", 0);
    let mut turn = begin(new.id, None, "Hello?", 10);
    turn.new_conversation = Some(new);
    assert!(db.begin(owner, turn.clone()).await.unwrap());
    turn
}

/// The node that runs the tests' turns, unless a test says otherwise.
pub(crate) fn node() -> NodeId {
    "0190a1b2-0000-7000-8000-00000000000a".parse().unwrap()
}

/// The hold of whoever began the turn.
pub(crate) fn held(turn: &BeginTurn) -> Held {
    Held { turn: turn.turn, fence: 1 }
}

pub(crate) fn batch(turn: &BeginTurn, events: Vec<Arc<LoggedEvent>>) -> LogBatch {
    LogBatch { held: held(turn), events, calls: Vec::new() }
}

/// More of the part at position 0; entry 1 begins it.
pub(crate) fn token(seq: u64, text: &str) -> Arc<LoggedEvent> {
    Arc::new(LoggedEvent::event(
        seq,
        if seq == 1 {
            TurnEvent::PartStarted(Box::new(words(0, 1, text)))
        } else {
            TurnEvent::PartDelta { position: 0, text: text.into() }
        },
    ))
}

/// Entries with the sequence numbers `from` to `to`.
pub(crate) fn tokens(from: u64, to: u64) -> Vec<Arc<LoggedEvent>> {
    (from..=to).map(|seq| token(seq, &format!("{seq} "))).collect()
}

pub(crate) fn numbers(log: &[LoggedEvent]) -> Vec<u64> {
    log.iter().map(|logged| logged.seq).collect()
}

pub(crate) fn end(turn: &BeginTurn, text: &str, last: u64) -> EndTurn {
    let done = Done { finish_reason: FinishReason::Stop, message_id: turn.answer.id };
    EndTurn {
        held: held(turn),
        message: turn.answer.id,
        parts: vec![words(0, 1, text)],
        sealed: Vec::new(),
        status: MessageStatus::Complete,
        finish_reason: FinishReason::Stop,
        model: None,
        provider: None,
        usage: None,
        receipt: Receipt::default(),
        events: vec![Arc::new(LoggedEvent::event(last, TurnEvent::Done(done)))],
        calls: Vec::new(),
        ended_at: at(1_000),
    }
}
