//! Ids of the product's objects. Opaque to every client; UUIDv7 inside, minted by `ports::Ids` alone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A string that is no id of ours. At the edge this reads as "not found", since no such object can exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, example = "0193b0c0-a000-7000-8000-000000000000")]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that `ports::Ids` or a store has made.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id as stores keep it.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    )+};
}

ids! {
    /// A user of this server.
    UserId
    /// A conversation: a tree of messages with one owner.
    ConversationId
    /// A message in a conversation.
    MessageId
    /// A turn: one run of the model (and its tools) that answers one message.
    TurnId
    /// A browser session.
    SessionId
    /// A personal API token (not its secret).
    TokenId
    /// A call of a provider: one row of the ledger.
    CallId
    /// An artifact: a file of a conversation, with all its versions.
    ArtifactId
    /// A file that somebody has sent to be attached.
    FileId
    /// An MCP server that somebody has added.
    McpServerId
    /// A run of the server: one process, from its start to its end.
    NodeId
}
