//! Conversations and messages at rest.

use async_trait::async_trait;
use vertice_domain::{
    Actor, AttachedFile, BlobHash, Conversation, ConversationId, ConversationPatch, EarlierMessages, Extent,
    ImageType, Message, MessageId, NewConversation, Page, PageRequest, Result, Thread, Timestamp,
    conversation::ConversationHit,
};

use crate::blobs::BlobStream;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Everything, to be imported again.
    Json,
    /// The shown branch, to be read.
    Markdown,
    /// The shown branch as one page.
    Html,
}

/// What a conversation is found by where there is no time to ask for more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationName {
    pub id: ConversationId,
    pub title: String,
    pub pinned: bool,
    pub archived: bool,
    pub updated_at: Timestamp,
}

/// A picture as it is served.
pub struct Picture {
    pub hash: BlobHash,
    pub media_type: ImageType,
    /// In bytes.
    pub size: u64,
    /// They are read as they are asked for.
    pub bytes: BlobStream,
}

/// Reads and changes conversations; every change tells the owner's other tabs.
#[async_trait]
pub trait Library: Send + Sync {
    /// The actor's conversations, pinned ones first, then by change, newest first; with `query` only those it finds.
    async fn list(
        &self,
        actor: &Actor,
        query: Option<&str>,
        archived: bool,
        page: &PageRequest,
    ) -> Result<Page<ConversationHit>>;

    /// The names of the actor's conversations, archived ones too, by change, newest first; at most so many.
    async fn names(&self, actor: &Actor, most: u32) -> Result<Vec<ConversationName>>;

    /// Makes an empty conversation.
    async fn create(&self, actor: &Actor, new: NewConversation) -> Result<Conversation>;

    async fn get(&self, actor: &Actor, id: ConversationId) -> Result<Conversation>;

    /// Changes it.
    async fn patch(
        &self,
        actor: &Actor,
        id: ConversationId,
        patch: ConversationPatch,
    ) -> Result<Conversation>;

    /// Takes it away. For a day it can be brought back.
    async fn delete(&self, actor: &Actor, id: ConversationId) -> Result<()>;

    /// Brings a deleted one back.
    async fn restore(&self, actor: &Actor, id: ConversationId) -> Result<Conversation>;

    /// All its messages, every branch, oldest first.
    async fn messages(&self, actor: &Actor, id: ConversationId, page: &PageRequest) -> Result<Page<Message>>;

    /// Picture number `index` (from 0) of a message, if it is kept here.
    async fn image(&self, actor: &Actor, message: MessageId, index: u32) -> Result<Picture>;

    /// File number `index` (from 0) of a message, with its bytes. Pictures are none of them.
    async fn file(&self, actor: &Actor, message: MessageId, index: u32)
    -> Result<(AttachedFile, BlobStream)>;

    /// The picture of that hash, if a tool gave it to this message; also while the answer is being written.
    async fn tool_picture(&self, actor: &Actor, message: MessageId, hash: BlobHash) -> Result<Picture>;

    /// The branch it shows.
    async fn thread(&self, actor: &Actor, id: ConversationId, extent: Extent) -> Result<Thread>;

    /// What stands on the branch right before `message`.
    async fn earlier(&self, actor: &Actor, message: MessageId) -> Result<EarlierMessages>;

    /// Shows the branch through `message`, down to its newest leaf.
    async fn select_branch(&self, actor: &Actor, message: MessageId, extent: Extent) -> Result<Thread>;

    /// A new conversation with a copy of the path from the root to `message`.
    async fn fork(&self, actor: &Actor, id: ConversationId, message: MessageId) -> Result<Conversation>;

    /// The conversation as a document.
    async fn export(&self, actor: &Actor, id: ConversationId, format: ExportFormat) -> Result<String>;
}
