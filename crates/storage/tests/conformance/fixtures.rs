//! Users, conversations, messages and turns to test with.

use std::sync::Arc;

use vertice_domain::{
    Author, Conversation, ConversationId, FinishReason, LoggedEvent, Message, MessageId, MessageStatus,
    PageRequest, Profile, Role, Timestamp, TurnEvent, TurnId, UserId, conversation::Mode, event::Done,
    message::Receipt,
};
use vertice_ports::{
    AccountStore as _, ConversationStore as _, Ids as _, SystemIds, TurnStore as _,
    store::{BeginTurn, EndTurn, NewUser},
};
use vertice_storage::Database;

/// An arbitrary moment from which tests count.
pub(crate) const START: i64 = 1_795_000_000_000;

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

pub(crate) fn page(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest::new(Some(limit), cursor).unwrap()
}

pub(crate) fn new_user(email: &str) -> NewUser {
    let profile = Profile {
        id: SystemIds.user(),
        email: email.parse().unwrap(),
        name: "Ada".into(),
        role: Role::User,
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
        mode: Mode::Ask,
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
        content: text.into(),
        ..Message::blank(SystemIds.message(), conversation, parent, Author::User, at(made))
    }
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
    db.insert_with_messages(owner, &new, &messages, &[]).await.unwrap();
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
        user_message: Some(question),
        images: Vec::new(),
        answer,
        title: None,
        model: None,
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

pub(crate) fn token(seq: u64, text: &str) -> Arc<LoggedEvent> {
    Arc::new(LoggedEvent { seq, event: TurnEvent::Token { token: text.into() } })
}

/// Tokens with the sequence numbers `from` to `to`.
pub(crate) fn tokens(from: u64, to: u64) -> Vec<Arc<LoggedEvent>> {
    (from..=to).map(|seq| token(seq, &format!("{seq} "))).collect()
}

pub(crate) fn end(turn: TurnId, message: MessageId, content: &str, last: u64) -> EndTurn {
    let done = Done { finish_reason: FinishReason::Stop, message_id: message };
    EndTurn {
        turn,
        message,
        content: content.into(),
        thinking: String::new(),
        status: MessageStatus::Complete,
        finish_reason: FinishReason::Stop,
        model: None,
        provider: None,
        usage: None,
        receipt: Receipt::default(),
        events: vec![Arc::new(LoggedEvent { seq: last, event: TurnEvent::Done(done) })],
        ended_at: at(1_000),
    }
}
