//! Copies a path of messages, and the artifacts beside it, into a conversation of its own. Pure but for the ids it is given.

use std::collections::HashMap;

use vertice_domain::{
    Artifact, ArtifactId, ArtifactRef, ArtifactVersion, Conversation, ConversationId, Error, ErrorKind,
    Message, MessageId, MessageStatus, Part, PartKind, Result, SealedPart, Timestamp, title,
};
use vertice_ports::{
    Ids,
    artifacts::{StoredArtifact, StoredVersion, WholeArtifact},
    store::WholeMessage,
};

/// What is copied.
pub(super) struct Original {
    pub(super) conversation: Conversation,
    pub(super) path: Vec<Message>,
    pub(super) sealed: Vec<(MessageId, SealedPart)>,
    /// Each with its newest version.
    pub(super) artifacts: Vec<(StoredArtifact, StoredVersion)>,
}

/// The copy, all of it under new ids.
pub(super) struct Copy {
    pub(super) conversation: Conversation,
    pub(super) messages: Vec<WholeMessage>,
    pub(super) artifacts: Vec<WholeArtifact>,
}

/// New ids by the old ones.
struct Renamed {
    conversation: ConversationId,
    messages: HashMap<MessageId, MessageId>,
    artifacts: HashMap<ArtifactId, ArtifactId>,
}

/// An answer still being written cannot be copied.
pub(super) fn copy(original: Original, ids: &dyn Ids, now: Timestamp) -> Result<Copy> {
    let Original { conversation: source, path, sealed, artifacts } = original;
    if path.iter().any(|message| message.status == MessageStatus::Streaming) {
        let message = "The answer is still being written. Wait for its end or stop it, then fork.";
        return Err(Error::new(ErrorKind::Conflict, "turn_running", message));
    }
    let renamed = Renamed {
        conversation: ids.conversation(),
        messages: path.iter().map(|message| (message.id, ids.message())).collect(),
        artifacts: artifacts.iter().map(|(stored, _)| (stored.artifact.id, ids.artifact())).collect(),
    };
    let mut seals: HashMap<MessageId, Vec<SealedPart>> = HashMap::new();
    for (message, part) in sealed {
        seals.entry(message).or_default().push(part);
    }
    let copied = |message: Message| WholeMessage {
        sealed: seals.remove(&message.id).unwrap_or_default(),
        message: renamed.message(message),
    };
    let messages: Vec<WholeMessage> = path.into_iter().map(copied).collect();
    let artifacts = artifacts.into_iter().map(|artifact| renamed.artifact(artifact)).collect();
    let conversation = Conversation {
        id: renamed.conversation,
        title: title::of_copy(&source.title),
        pinned: false,
        archived: false,
        head_message_id: messages.last().map(|copy| copy.message.id),
        created_at: now,
        updated_at: now,
        ..source
    };
    Ok(Copy { conversation, messages, artifacts })
}

impl Renamed {
    fn message(&self, message: Message) -> Message {
        Message {
            id: self.messages[&message.id],
            conversation_id: self.conversation,
            parent_id: message.parent_id.and_then(|parent| self.messages.get(&parent).copied()),
            parts: message.parts.into_iter().map(|part| self.part(part)).collect(),
            // The turn is the original's: its log tells of the original message.
            turn_id: None,
            ..message
        }
    }

    /// What was made is shown as the copy's; what has been deleted since, no more.
    fn part(&self, mut part: Part) -> Part {
        if let PartKind::ToolResult(result) = &mut part.kind {
            let copied = |made: ArtifactRef| {
                Some(ArtifactRef { id: *self.artifacts.get(&made.id)?, version: 1, ..made })
            };
            result.artifact = result.artifact.take().and_then(copied);
        }
        part
    }

    /// Its newest version is the copy's first one, by whom and when it was.
    fn artifact(&self, (stored, version): (StoredArtifact, StoredVersion)) -> WholeArtifact {
        let message = |id: Option<MessageId>| id.and_then(|id| self.messages.get(&id).copied());
        let artifact = Artifact {
            id: self.artifacts[&stored.artifact.id],
            conversation_id: self.conversation,
            message_id: message(stored.artifact.message_id),
            version: 1,
            ..stored.artifact
        };
        let first = ArtifactVersion {
            version: 1,
            message_id: message(version.version.message_id),
            ..version.version
        };
        WholeArtifact {
            stored: StoredArtifact { artifact, hash: stored.hash },
            first: StoredVersion { version: first, hash: version.hash, call: None },
            content: None,
        }
    }
}
