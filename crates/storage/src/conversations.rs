//! Conversations and their messages.

mod create;
pub(crate) mod kept;
mod list;
pub(crate) mod messages;
mod names;
pub(crate) mod one;
pub(crate) mod parts;
mod tree;

use async_trait::async_trait;
use vertice_domain::{
    Conversation, ConversationId, ConversationPatch, EarlierMessages, Extent, Message, MessageId, Page,
    PageRequest, Result, SealedPart, Thread, Timestamp, UserId, conversation::ConversationHit,
    search::SearchQuery,
};
use vertice_ports::{
    ConversationStore, artifacts::WholeArtifact, library::ConversationName, store::WholeMessage,
};

use crate::database::Database;
pub(crate) use create::Whole;

#[async_trait]
impl ConversationStore for Database {
    async fn list(
        &self,
        owner: UserId,
        query: &SearchQuery,
        archived: bool,
        page: &PageRequest,
    ) -> Result<Page<ConversationHit>> {
        Ok(list::list(self, owner, query, archived, page).await?)
    }

    async fn names(&self, owner: UserId, most: u32) -> Result<Vec<ConversationName>> {
        Ok(names::names(self, owner, most).await?)
    }

    async fn create(&self, owner: UserId, conversation: &Conversation) -> Result<()> {
        Ok(create::conversation(self, owner, Whole { conversation, messages: &[], artifacts: &[] }).await?)
    }

    async fn get(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>> {
        Ok(one::get(self, owner, id).await?)
    }

    async fn patch(
        &self,
        owner: UserId,
        id: ConversationId,
        patch: &ConversationPatch,
    ) -> Result<Option<Conversation>> {
        Ok(one::patch(self, owner, id, patch).await?)
    }

    async fn retitle(&self, owner: UserId, id: ConversationId, from: &str, to: &str) -> Result<bool> {
        Ok(one::retitle(self, owner, id, from, to).await?)
    }

    async fn delete(&self, owner: UserId, id: ConversationId, now: Timestamp) -> Result<bool> {
        Ok(one::delete(self, owner, id, now).await?)
    }

    async fn restore(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>> {
        Ok(one::restore(self, owner, id).await?)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64> {
        crate::artifacts::purge(self, before).await?;
        Ok(one::purge(self, before).await?)
    }

    async fn messages(
        &self,
        owner: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> Result<Option<Page<Message>>> {
        Ok(messages::page(self, owner, id, page).await?)
    }

    async fn message(&self, owner: UserId, id: MessageId) -> Result<Option<Message>> {
        Ok(messages::get(self, owner, id).await?)
    }

    async fn path(&self, owner: UserId, message: MessageId) -> Result<Option<Vec<Message>>> {
        Ok(tree::path(self, owner, message).await?)
    }

    async fn sealed(&self, owner: UserId, messages: &[MessageId]) -> Result<Vec<(MessageId, SealedPart)>> {
        Ok(parts::sealed(self, owner, messages).await?)
    }

    async fn thread(&self, owner: UserId, id: ConversationId, extent: Extent) -> Result<Option<Thread>> {
        Ok(tree::thread(self, owner, id, extent).await?)
    }

    async fn earlier(&self, owner: UserId, message: MessageId) -> Result<Option<EarlierMessages>> {
        Ok(tree::earlier(self, owner, message).await?)
    }

    async fn select_branch(&self, owner: UserId, message: MessageId) -> Result<Option<ConversationId>> {
        Ok(tree::select_branch(self, owner, message).await?)
    }

    async fn insert_with_messages(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
    ) -> Result<()> {
        Ok(create::conversation(self, owner, Whole { conversation, messages, artifacts: &[] }).await?)
    }

    async fn insert_copy(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
        artifacts: &[WholeArtifact],
    ) -> Result<()> {
        Ok(create::conversation(self, owner, Whole { conversation, messages, artifacts }).await?)
    }
}
