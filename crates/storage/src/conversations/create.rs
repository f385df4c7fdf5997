//! A new conversation, stored whole: with its messages and artifacts, or not at all.

use vertice_domain::{Conversation, UserId};
use vertice_ports::{
    artifacts::{StoredArtifact, StoredVersion},
    store::WholeMessage,
};

use super::{messages, one};
use crate::{artifacts, database::Database, fault::Fault};

/// Stores a conversation with what it holds.
pub(super) async fn conversation(
    database: &Database,
    owner: UserId,
    conversation: &Conversation,
    messages: &[WholeMessage],
    artifacts: &[(StoredArtifact, StoredVersion)],
) -> Result<(), Fault> {
    if messages.iter().any(|whole| whole.message.conversation_id != conversation.id)
        || artifacts.iter().any(|(stored, _)| stored.artifact.conversation_id != conversation.id)
    {
        return Err(Fault::Broken("something of another conversation was to be stored with this one"));
    }
    let mut transaction = database.begin_write().await?;
    one::insert(&mut transaction, owner, conversation).await?;
    let messages: Vec<_> = messages.iter().map(|whole| (&whole.message, whole.sealed.as_slice())).collect();
    messages::insert(&mut transaction, owner, &messages).await?;
    artifacts::create_all(&mut transaction, owner, artifacts).await?;
    Ok(transaction.commit().await?)
}
