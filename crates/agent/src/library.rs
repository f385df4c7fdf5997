//! Conversations at rest: listing, changing, branching, copying, exporting. Every change tells the owner's other tabs.
//!
//! It never starts or stops a turn; that is the hub's.

mod artifacts;
mod document;
mod files;
mod fork;

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, AttachedFile, BlobHash, Conversation, ConversationId, ConversationPatch, EarlierMessages,
    Error, Extent, FeedEvent, ImageSource, Message, MessageId, MessageStatus, NewConversation, Page,
    PageRequest, Result, Thread, conversation::ConversationHit, model, search::SearchQuery, title,
};
use vertice_ports::{
    ArtifactStore, Blobs, Bus, Clock, ConversationStore, Ids, Library, Models, TurnStore,
    blobs::BlobStream,
    library::{ConversationName, ExportFormat, Picture},
};

use self::{
    artifacts::Shelf,
    files::ExportedFile,
    fork::{Copy, Original},
};
use crate::follow::Sources;

/// The longest search, in characters.
const MAX_QUERY_CHARS: usize = 500;

/// The most bytes of artifacts' contents in an export that other programs read, and in one that is to be read.
const MAX_EXPORTED: u64 = 50 * 1024 * 1024;
const MAX_SHOWN: u64 = 2 * 1024 * 1024;

/// The conversations of all users, each one for its owner only. Cheap to clone.
#[derive(Clone)]
pub struct StoredLibrary {
    conversations: Arc<dyn ConversationStore>,
    artifacts: Arc<dyn ArtifactStore>,
    blobs: Arc<dyn Blobs>,
    models: Arc<dyn Models>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    sources: Sources,
}

/// What a [`StoredLibrary`] is made of.
pub struct LibraryDependencies {
    /// Conversations and messages.
    pub conversations: Arc<dyn ConversationStore>,
    /// The files beside them.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Turns, for the answers that are being written.
    pub turns: Arc<dyn TurnStore>,
    pub blobs: Arc<dyn Blobs>,
    /// The models that a conversation may ask.
    pub models: Arc<dyn Models>,
    /// What is told to followers and pages.
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl StoredLibrary {
    pub fn new(dependencies: LibraryDependencies) -> Self {
        let LibraryDependencies { conversations, artifacts, turns, blobs, models, bus, clock, ids } =
            dependencies;
        let sources = Sources { bus, turns, conversations: conversations.clone() };
        Self { conversations, artifacts, blobs, models, clock, ids, sources }
    }

    fn shelf(&self, actor: &Actor) -> Shelf<'_> {
        Shelf { store: &*self.artifacts, blobs: &*self.blobs, owner: actor.user }
    }

    async fn exported_files(
        &self,
        actor: &Actor,
        messages: impl Iterator<Item = &Message>,
        most: u64,
    ) -> Result<Vec<ExportedFile>> {
        files::exported(&*self.blobs, actor.user, messages, most).await
    }

    async fn shown_files(&self, actor: &Actor, thread: &Thread) -> Result<Vec<ExportedFile>> {
        let messages = thread.messages.iter().map(|shown| &shown.message);
        self.exported_files(actor, messages, MAX_SHOWN).await
    }

    fn list_changed(&self, actor: &Actor) {
        self.sources.bus.announce(actor.user, FeedEvent::ListChanged);
    }

    /// A message that is being written, as far as it has come, and the last event that it holds.
    async fn so_far(&self, actor: &Actor, message: &mut Message) -> Result<u64> {
        let (MessageStatus::Streaming, Some(turn)) = (message.status, message.turn_id) else { return Ok(0) };
        let said = self.sources.so_far(actor.user, turn).await?;
        let seq = said.seq;
        *message = said.written(message.clone());
        Ok(seq)
    }

    /// A conversation asks a model that is known, or leaves the choice to the router. Whether it can be asked now is seen
    /// when it is asked.
    async fn check_model(&self, actor: &Actor, model: Option<&str>) -> Result<()> {
        let Some(wanted) = model.filter(|model| *model != model::AUTO) else { return Ok(()) };
        if self.models.list(actor).await?.iter().any(|model| model.id == wanted) {
            return Ok(());
        }
        Err(Error::invalid_field("model", "is no model of this server; GET /api/v1/models lists them"))
    }

    /// The branch that a conversation shows, the answer that is being written as far as it has come.
    async fn shown(&self, actor: &Actor, id: ConversationId, extent: Extent) -> Result<Thread> {
        let thread = self.conversations.thread(actor.user, id, extent).await?;
        let mut thread = thread.ok_or_else(no_conversation)?;
        if let (Some(running), Some(last)) = (&mut thread.running, thread.messages.last_mut()) {
            running.seq = self.so_far(actor, &mut last.message).await?;
        }
        Ok(thread)
    }

    async fn all_messages(&self, actor: &Actor, id: ConversationId) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.messages(actor, id, &PageRequest::new(Some(PageRequest::MAX), cursor)?).await?;
            messages.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(messages);
            }
        }
    }
}

#[async_trait]
impl Library for StoredLibrary {
    async fn list(
        &self,
        actor: &Actor,
        query: Option<&str>,
        archived: bool,
        page: &PageRequest,
    ) -> Result<Page<ConversationHit>> {
        actor.may(Action::ReadConversations)?;
        if query.is_some_and(|query| query.chars().count() > MAX_QUERY_CHARS || query.contains('\0')) {
            let message = format!("must be at most {MAX_QUERY_CHARS} characters, none of them NUL");
            return Err(Error::invalid_field("q", message));
        }
        let query = query.map(SearchQuery::parse).unwrap_or_default();
        self.conversations.list(actor.user, &query, archived, page).await
    }

    async fn names(&self, actor: &Actor, most: u32) -> Result<Vec<ConversationName>> {
        actor.may(Action::ReadConversations)?;
        self.conversations.names(actor.user, most).await
    }

    async fn create(&self, actor: &Actor, new: NewConversation) -> Result<Conversation> {
        actor.may(Action::WriteConversations)?;
        new.validate()?;
        self.check_model(actor, new.model.as_deref()).await?;
        let now = self.clock.now();
        let conversation = Conversation {
            id: self.ids.conversation(),
            title: new.title.as_deref().map_or(title::UNTITLED, str::trim).to_owned(),
            pinned: false,
            archived: false,
            model: new.model.unwrap_or_else(|| model::AUTO.to_owned()),
            system_prompt: new.system_prompt.filter(|prompt| !prompt.is_empty()),
            mode: new.mode.unwrap_or_default(),
            head_message_id: None,
            created_at: now,
            updated_at: now,
        };
        self.conversations.create(actor.user, &conversation).await?;
        self.list_changed(actor);
        Ok(conversation)
    }

    async fn get(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
        actor.may(Action::ReadConversations)?;
        self.conversations.get(actor.user, id).await?.ok_or_else(no_conversation)
    }

    async fn patch(
        &self,
        actor: &Actor,
        id: ConversationId,
        mut patch: ConversationPatch,
    ) -> Result<Conversation> {
        actor.may(Action::WriteConversations)?;
        patch.validate()?;
        self.check_model(actor, patch.model.as_deref()).await?;
        patch.title = patch.title.map(|title| title.trim().to_owned());
        let changed = self.conversations.patch(actor.user, id, &patch).await?.ok_or_else(no_conversation)?;
        self.list_changed(actor);
        Ok(changed)
    }

    async fn delete(&self, actor: &Actor, id: ConversationId) -> Result<()> {
        actor.may(Action::WriteConversations)?;
        if !self.conversations.delete(actor.user, id, self.clock.now()).await? {
            return Err(no_conversation());
        }
        self.list_changed(actor);
        Ok(())
    }

    async fn restore(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
        actor.may(Action::WriteConversations)?;
        let back = self.conversations.restore(actor.user, id).await?.ok_or_else(no_conversation)?;
        self.list_changed(actor);
        Ok(back)
    }

    async fn messages(&self, actor: &Actor, id: ConversationId, page: &PageRequest) -> Result<Page<Message>> {
        actor.may(Action::ReadConversations)?;
        let page = self.conversations.messages(actor.user, id, page).await?;
        let mut page = page.ok_or_else(no_conversation)?;
        for message in &mut page.items {
            self.so_far(actor, message).await?;
        }
        Ok(page)
    }

    async fn thread(&self, actor: &Actor, id: ConversationId, extent: Extent) -> Result<Thread> {
        actor.may(Action::ReadConversations)?;
        self.shown(actor, id, extent).await
    }

    async fn earlier(&self, actor: &Actor, message: MessageId) -> Result<EarlierMessages> {
        actor.may(Action::ReadConversations)?;
        self.conversations.earlier(actor.user, message).await?.ok_or_else(no_message)
    }

    async fn image(&self, actor: &Actor, message: MessageId, index: u32) -> Result<Picture> {
        actor.may(Action::ReadConversations)?;
        let missing = || Error::not_found("image");
        let message = self.conversations.message(actor.user, message).await?.ok_or_else(missing)?;
        // One that lies elsewhere is not fetched: its address stands in the message.
        let Some(ImageSource::Blob { hash, media_type, size }) = message.images().nth(index as usize) else {
            return Err(missing());
        };
        let bytes = self.blobs.read(actor.user, *hash).await?.ok_or_else(missing)?;
        Ok(Picture { hash: *hash, media_type: *media_type, size: *size, bytes })
    }

    async fn file(
        &self,
        actor: &Actor,
        message: MessageId,
        index: u32,
    ) -> Result<(AttachedFile, BlobStream)> {
        actor.may(Action::ReadConversations)?;
        let missing = || Error::not_found("file");
        let message = self.conversations.message(actor.user, message).await?.ok_or_else(missing)?;
        let file = message.files().nth(index as usize).ok_or_else(missing)?;
        let bytes = self.blobs.read(actor.user, file.hash).await?.ok_or_else(missing)?;
        Ok((file.clone(), bytes))
    }

    async fn tool_picture(&self, actor: &Actor, message: MessageId, hash: BlobHash) -> Result<Picture> {
        actor.may(Action::ReadConversations)?;
        let missing = || Error::not_found("image");
        let mut message = self.conversations.message(actor.user, message).await?.ok_or_else(missing)?;
        self.so_far(actor, &mut message).await?;
        let (media_type, size) = message.tool_picture(hash).ok_or_else(missing)?;
        let bytes = self.blobs.read(actor.user, hash).await?.ok_or_else(missing)?;
        Ok(Picture { hash, media_type, size, bytes })
    }

    async fn select_branch(&self, actor: &Actor, message: MessageId, extent: Extent) -> Result<Thread> {
        actor.may(Action::WriteConversations)?;
        let moved = self.conversations.select_branch(actor.user, message).await?;
        let conversation_id = moved.ok_or_else(no_message)?;
        self.sources.bus.announce(actor.user, FeedEvent::HeadChanged { conversation_id });
        self.shown(actor, conversation_id, extent).await
    }

    async fn fork(&self, actor: &Actor, id: ConversationId, message: MessageId) -> Result<Conversation> {
        actor.may(Action::WriteConversations)?;
        let source = self.conversations.get(actor.user, id).await?.ok_or_else(no_conversation)?;
        let path = self.conversations.path(actor.user, message).await?.ok_or_else(no_message)?;
        if path.last().is_none_or(|last| last.conversation_id != id) {
            return Err(no_message());
        }
        let answers: Vec<MessageId> = path.iter().map(|message| message.id).collect();
        let sealed = self.conversations.sealed(actor.user, &answers).await?;
        let artifacts = self.shelf(actor).newest(id).await?;
        let original = Original { conversation: source, path, sealed, artifacts };
        let Copy { conversation, messages, artifacts } = fork::copy(original, &*self.ids, self.clock.now())?;
        self.conversations.insert_copy(actor.user, &conversation, &messages, &artifacts).await?;
        self.list_changed(actor);
        Ok(conversation)
    }

    async fn export(&self, actor: &Actor, id: ConversationId, format: ExportFormat) -> Result<String> {
        actor.may(Action::ReadConversations)?;
        let shelf = self.shelf(actor);
        match format {
            ExportFormat::Json => {
                let conversation = self.get(actor, id).await?;
                let messages = self.all_messages(actor, id).await?;
                let files = self.exported_files(actor, messages.iter(), MAX_EXPORTED).await?;
                let artifacts = shelf.exported(id, MAX_EXPORTED).await?;
                document::json(&conversation, messages, &files, &artifacts)
            }
            ExportFormat::Markdown => {
                let thread = self.thread(actor, id, Extent::Whole).await?;
                let files = self.shown_files(actor, &thread).await?;
                Ok(document::markdown(&thread, &files, &shelf.exported(id, MAX_SHOWN).await?))
            }
            ExportFormat::Html => {
                let thread = self.thread(actor, id, Extent::Whole).await?;
                let files = self.shown_files(actor, &thread).await?;
                Ok(document::html(&thread, &files, &shelf.exported(id, MAX_SHOWN).await?))
            }
        }
    }
}

fn no_conversation() -> Error {
    Error::not_found("conversation")
}

fn no_message() -> Error {
    Error::not_found("message")
}
