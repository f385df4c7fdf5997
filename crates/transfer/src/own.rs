//! Our own export: a conversation with all branches and with its artifacts, as `GET /api/v1/conversations/{id}/export` gives it.
//! What comes in gets new ids; what cannot be true of a conversation that nobody is writing is set right. Pure.

mod artifacts;
mod mend;

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use vertice_domain::{
    ArtifactId, Conversation, Error, Message, MessageDocument, MessageId, MessageStatus, NewConversation,
    Timestamp, import::Loss,
};
use vertice_ports::{Ids, store::WholeMessage};

pub(crate) use self::{
    artifacts::{Exported, Made},
    mend::{pictures, without_pictures},
};
use crate::{found::Losses, tree::Whole};

/// The version of the form that is read.
const VERSION: u32 = 1;

/// An export of ours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Own {
    version: u32,
    pub(crate) conversation: Conversation,
    messages: Vec<MessageDocument>,
    #[serde(default)]
    artifacts: Vec<Exported>,
}

/// None: it is no export of ours. Else what is wrong with it, and where.
pub(crate) fn read(value: &Value) -> Option<Result<Box<Own>, String>> {
    let is_ours = value.get("version").is_some_and(Value::is_u64)
        && value.get("conversation").is_some_and(Value::is_object)
        && value.get("messages").is_some_and(Value::is_array);
    is_ours.then(|| {
        let own: Own = serde_path_to_error::deserialize(value)
            .map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
        if own.version > VERSION {
            return Err("it was written by a newer version of this app".to_owned());
        }
        own.check()?;
        Ok(Box::new(own))
    })
}

impl Own {
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// What no export of ours holds.
    fn check(&self) -> Result<(), String> {
        let named = NewConversation {
            title: Some(self.conversation.title.clone()),
            system_prompt: self.conversation.system_prompt.clone(),
            ..NewConversation::default()
        };
        named.validate().map_err(|error| in_words(&error))?;
        let places: HashMap<MessageId, usize> =
            self.messages.iter().enumerate().map(|(at, message)| (message.id, at)).collect();
        if places.len() < self.messages.len() {
            return Err("messages: two of them have the same id".to_owned());
        }
        // Up from each one; whoever meets itself answers itself.
        let mut seen = vec![0_usize; self.messages.len()];
        for start in 0..self.messages.len() {
            let mut next = Some(start);
            while let Some(at) = next.filter(|at| seen[*at] == 0) {
                seen[at] = start + 1;
                next = self.messages[at].parent_id.and_then(|parent| places.get(&parent)).copied();
                if next.is_some_and(|next| seen[next] == start + 1) {
                    return Err(format!("messages[{at}].parent_id: messages answer each other in a circle"));
                }
            }
        }
        artifacts::check(&self.artifacts)
    }

    /// The conversation under new ids, and the artifacts that are to be made for it.
    pub(crate) fn renewed(self, ids: &dyn Ids, now: Timestamp, losses: &mut Losses) -> (Whole, Vec<Made>) {
        let Self { conversation, messages, artifacts, .. } = self;
        let names = Names {
            messages: messages.iter().map(|message| (message.id, ids.message())).collect(),
            artifacts: artifacts.iter().map(|one| (one.artifact.id, ids.artifact())).collect(),
        };
        let id = ids.conversation();
        let made = artifacts::made(artifacts, id, &names, losses);
        let here: Vec<ArtifactId> = made.iter().map(|made| made.artifact.id).collect();
        let named = |old: Option<MessageId>| old.and_then(|old| names.messages.get(&old).copied());
        let renewed = |document: MessageDocument| {
            let status = match document.status {
                MessageStatus::Streaming => MessageStatus::Interrupted,
                status => status,
            };
            let message = Message {
                id: names.messages[&document.id],
                conversation_id: id,
                parent_id: named(document.parent_id),
                role: document.role,
                parts: mend::parts(document.parts, &names, &here),
                status,
                model: document.model,
                provider: document.provider,
                turn_id: None,
                finish_reason: document.finish_reason,
                usage: document.usage,
                created_at: document.created_at,
                receipt: document.receipt,
            };
            WholeMessage { message, sealed: Vec::new() }
        };
        let head = named(conversation.head_message_id);
        let messages: Vec<WholeMessage> = messages.into_iter().map(renewed).collect();
        let conversation = Conversation {
            id,
            head_message_id: head.or_else(|| messages.last().map(|whole| whole.message.id)),
            // What comes from tomorrow would stand above all others for ever.
            updated_at: conversation.updated_at.min(now),
            ..conversation
        };
        (Whole { conversation, messages, left_out: 0 }, made)
    }
}

/// New names by the old ones.
pub(crate) struct Names {
    messages: HashMap<MessageId, MessageId>,
    artifacts: HashMap<ArtifactId, ArtifactId>,
}

fn in_words(error: &Error) -> String {
    let fields = error.fields.iter().map(|fault| format!("conversation.{}: {}", fault.field, fault.message));
    fields.collect::<Vec<_>>().join("; ")
}

/// Versions of which an export does not hold the content, and the like.
fn note(losses: &mut Losses, kind: Loss, count: usize) {
    if count > 0 {
        *losses.0.entry(kind).or_default() += count as u64;
    }
}
