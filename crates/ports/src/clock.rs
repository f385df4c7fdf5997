//! Time and ids, which nobody makes alone.

use vertice_domain::{
    ArtifactId, CallId, ConversationId, FileId, McpServerId, MessageId, NodeId, SessionId, Timestamp,
    TokenId, TurnId, UserId,
};

/// What time it is.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

pub trait Ids: Send + Sync {
    /// A new UUIDv7.
    fn uuid(&self) -> uuid::Uuid;

    fn user(&self) -> UserId {
        UserId::new(self.uuid())
    }
    fn conversation(&self) -> ConversationId {
        ConversationId::new(self.uuid())
    }
    fn message(&self) -> MessageId {
        MessageId::new(self.uuid())
    }
    fn turn(&self) -> TurnId {
        TurnId::new(self.uuid())
    }
    fn session(&self) -> SessionId {
        SessionId::new(self.uuid())
    }
    fn token(&self) -> TokenId {
        TokenId::new(self.uuid())
    }
    fn artifact(&self) -> ArtifactId {
        ArtifactId::new(self.uuid())
    }
    fn file(&self) -> FileId {
        FileId::new(self.uuid())
    }
    fn mcp_server(&self) -> McpServerId {
        McpServerId::new(self.uuid())
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
