//! Conversations: the list, one thread, and changes to them.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::{
    Conversation, ConversationId, ConversationPatch, EarlierMessages, MessageId, Page, Thread,
    conversation::ConversationHit,
};

use super::ApiError;
#[cfg(feature = "ssr")]
use vertice_domain::Extent;

/// A page of the list, pinned ones first, then the newest; with words only what they find.
#[server(prefix = "/api/ui", endpoint = "conversations", input = Json, output = Json)]
pub async fn conversations(
    query: Option<String>,
    cursor: Option<String>,
) -> Result<Page<ConversationHit>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let page = vertice_domain::PageRequest::new(Some(vertice_domain::PageRequest::MAX), cursor)?;
    Ok(services.library.list(&actor, query.as_deref(), false, &page).await?)
}

/// The end of the branch that a conversation shows; from this message on, if it stands further up.
#[server(name = ReadThread, prefix = "/api/ui", endpoint = "thread", input = Json, output = Json)]
pub async fn thread(id: ConversationId, from: Option<MessageId>) -> Result<Thread, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let extent = if crate::ssr::wants_whole_thread() { Extent::Whole } else { Extent::Recent(from) };
    crate::ssr::page_of(services.library.thread(&actor, id, extent).await).map(crate::ssr::thread)
}

/// What stands on the branch right before this message.
#[server(name = ReadEarlier, prefix = "/api/ui", endpoint = "earlier", input = Json, output = Json)]
pub async fn earlier(message: MessageId) -> Result<EarlierMessages, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(crate::ssr::earlier(services.library.earlier(&actor, message).await?))
}

/// Renames, pins, changes the model, …
#[server(prefix = "/api/ui", endpoint = "patch-conversation", input = Json, output = Json)]
pub async fn patch_conversation(
    id: ConversationId,
    patch: ConversationPatch,
) -> Result<Conversation, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.library.patch(&actor, id, patch).await?)
}

/// Takes a conversation away; [`restore_conversation`] brings it back.
#[server(prefix = "/api/ui", endpoint = "delete-conversation", input = Json, output = Json)]
pub async fn delete_conversation(id: ConversationId) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.library.delete(&actor, id).await?)
}

/// Brings a deleted conversation back.
#[server(prefix = "/api/ui", endpoint = "restore-conversation", input = Json, output = Json)]
pub async fn restore_conversation(id: ConversationId) -> Result<Conversation, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.library.restore(&actor, id).await?)
}

/// Shows the branch through a message; of it as much as [`thread`] tells.
#[server(prefix = "/api/ui", endpoint = "select-branch", input = Json, output = Json)]
pub async fn select_branch(message: MessageId, from: Option<MessageId>) -> Result<Thread, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let extent = Extent::Recent(from);
    Ok(crate::ssr::thread(services.library.select_branch(&actor, message, extent).await?))
}

/// A new conversation with a copy of the path up to a message.
#[server(prefix = "/api/ui", endpoint = "fork", input = Json, output = Json)]
pub async fn fork(id: ConversationId, message: MessageId) -> Result<Conversation, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.library.fork(&actor, id, message).await?)
}

/// A new conversation that goes on from a summary of this one.
#[server(name = CompactConversation, prefix = "/api/ui", endpoint = "compact", input = Json, output = Json)]
pub async fn compact(id: ConversationId) -> Result<ConversationId, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.chat.compact(&actor, id).await?.id)
}
