//! Time and ids, which nobody makes alone.

use vertice_domain::{
    CallId, ConversationId, MessageId, NodeId, SessionId, Timestamp, TokenId, TurnId, UserId,
};

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// New ids.
pub trait Ids: Send + Sync {
    /// A new UUIDv7.
    fn uuid(&self) -> uuid::Uuid;

    /// For a user.
    fn user(&self) -> UserId {
        UserId::new(self.uuid())
    }
    /// For a conversation.
    fn conversation(&self) -> ConversationId {
        ConversationId::new(self.uuid())
    }
    /// For a message.
    fn message(&self) -> MessageId {
        MessageId::new(self.uuid())
    }
    /// For a turn.
    fn turn(&self) -> TurnId {
        TurnId::new(self.uuid())
    }
    /// For a session.
    fn session(&self) -> SessionId {
        SessionId::new(self.uuid())
    }
    /// For a token.
    fn token(&self) -> TokenId {
        TokenId::new(self.uuid())
    }
    /// For a provider call.
    fn call(&self) -> CallId {
        CallId::new(self.uuid())
    }
    /// For a run of the server.
    fn node(&self) -> NodeId {
        NodeId::new(self.uuid())
    }
}
