//! A new conversation, stored whole: with its messages or not at all.

use vertice_domain::{Conversation, UserId};
use vertice_ports::store::WholeMessage;

use super::{messages, one};
use crate::{database::Database, fault::Fault};

/// Stores a conversation with its messages.
pub(super) async fn conversation(
    database: &Database,
    owner: UserId,
    conversation: &Conversation,
    messages: &[WholeMessage],
) -> Result<(), Fault> {
    if messages.iter().any(|whole| whole.message.conversation_id != conversation.id) {
        return Err(Fault::Broken("a message of another conversation was to be stored with this one"));
    }
    let mut transaction = database.begin_write().await?;
    one::insert(&mut transaction, owner, conversation).await?;
    let messages: Vec<_> = messages.iter().map(|whole| (&whole.message, whole.sealed.as_slice())).collect();
    messages::insert(&mut transaction, owner, &messages).await?;
    Ok(transaction.commit().await?)
}
