//! What a user's open tabs are told so that all of them show the same.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, TurnId};

/// A change that other tabs and devices of the same user should show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FeedEvent {
    /// The feed is live from here on; what was missed must be read again.
    Ready,
    /// The list of conversations changed: one is new, renamed, pinned, deleted or back again.
    ListChanged,
    /// A turn has begun in a conversation.
    TurnStarted { conversation_id: ConversationId, turn_id: TurnId },
    /// A turn has ended in a conversation.
    TurnEnded { conversation_id: ConversationId, turn_id: TurnId },
    /// A turn waits for a person.
    TurnWaiting { conversation_id: ConversationId, turn_id: TurnId },
    /// The branch that a conversation shows is another one.
    HeadChanged { conversation_id: ConversationId },
    /// Artifacts of a conversation are not what they were.
    ArtifactsChanged { conversation_id: ConversationId },
    /// A change that this version does not know.
    #[serde(other)]
    Unknown,
}
