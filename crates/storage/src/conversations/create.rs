//! A new conversation, stored whole: with its messages and artifacts, or not at all.

use sqlx::AnyConnection;
use vertice_domain::{Conversation, UserId};
use vertice_ports::{artifacts::WholeArtifact, store::WholeMessage};

use super::{messages, one};
use crate::{artifacts, database::Database, fault::Fault};

/// A conversation with what it holds.
#[derive(Clone, Copy)]
pub(crate) struct Whole<'a> {
    pub(crate) conversation: &'a Conversation,
    pub(crate) messages: &'a [WholeMessage],
    pub(crate) artifacts: &'a [WholeArtifact],
}

impl Whole<'_> {
    /// Refuses what belongs to another one.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let id = self.conversation.id;
        if self.messages.iter().any(|whole| whole.message.conversation_id != id)
            || self.artifacts.iter().any(|whole| whole.stored.artifact.conversation_id != id)
        {
            return Err(Fault::Broken("something of another conversation was to be stored with this one"));
        }
        Ok(())
    }

    /// Stores what the conversation holds inside the transaction that has stored the conversation.
    pub(crate) async fn insert_rest(
        &self,
        connection: &mut AnyConnection,
        owner: UserId,
    ) -> Result<(), Fault> {
        let messages: Vec<_> =
            self.messages.iter().map(|whole| (&whole.message, whole.sealed.as_slice())).collect();
        messages::insert(connection, owner, &messages).await?;
        artifacts::create_all(connection, owner, self.artifacts).await
    }
}

/// Stores a conversation with what it holds.
pub(super) async fn conversation(database: &Database, owner: UserId, whole: Whole<'_>) -> Result<(), Fault> {
    whole.check()?;
    let mut transaction = database.begin_write().await?;
    one::insert(&mut transaction, owner, whole.conversation).await?;
    whole.insert_rest(&mut transaction, owner).await?;
    Ok(transaction.commit().await?)
}
