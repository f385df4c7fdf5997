//! Conversations at rest: listing, changing, branching, copying, exporting. Every change tells the owner's other tabs.
//!
//! It never starts or stops a turn; that is the hub's.

mod document;
mod fork;

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    Actor, Conversation, ConversationId, ConversationPatch, Error, FeedEvent, Image, Message, MessageId,
    NewConversation, Page, PageRequest, Result, Thread, conversation::ConversationHit, model,
    search::SearchQuery, title,
};
use vertice_ports::{Clock, ConversationStore, Ids, Library, library::ExportFormat};

use crate::feeds::Feeds;

/// The longest model id, in characters.
const MAX_MODEL_CHARS: usize = 200;

/// The conversations of all users, each one for its owner only. Cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    conversations: Arc<dyn ConversationStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    feeds: Feeds,
}

impl Shelf {
    /// A shelf on a store; `feeds` are the hub's.
    pub fn new(
        conversations: Arc<dyn ConversationStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        feeds: Feeds,
    ) -> Self {
        Self { conversations, clock, ids, feeds }
    }

    fn list_changed(&self, actor: &Actor) {
        self.feeds.publish(actor.user, FeedEvent::ListChanged);
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
impl Library for Shelf {
    async fn list(
        &self,
        actor: &Actor,
        query: Option<&str>,
        archived: bool,
        page: &PageRequest,
    ) -> Result<Page<ConversationHit>> {
        let query = query.map(SearchQuery::parse).unwrap_or_default();
        self.conversations.list(actor.user, &query, archived, page).await
    }

    async fn create(&self, actor: &Actor, new: NewConversation) -> Result<Conversation> {
        new.validate()?;
        check_model(new.model.as_deref())?;
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
        self.conversations.get(actor.user, id).await?.ok_or_else(no_conversation)
    }

    async fn patch(
        &self,
        actor: &Actor,
        id: ConversationId,
        mut patch: ConversationPatch,
    ) -> Result<Conversation> {
        patch.validate()?;
        check_model(patch.model.as_deref())?;
        patch.title = patch.title.map(|title| title.trim().to_owned());
        let changed = self.conversations.patch(actor.user, id, &patch).await?.ok_or_else(no_conversation)?;
        self.list_changed(actor);
        Ok(changed)
    }

    async fn delete(&self, actor: &Actor, id: ConversationId) -> Result<()> {
        if !self.conversations.delete(actor.user, id, self.clock.now()).await? {
            return Err(no_conversation());
        }
        self.list_changed(actor);
        Ok(())
    }

    async fn restore(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
        let back = self.conversations.restore(actor.user, id).await?.ok_or_else(no_conversation)?;
        self.list_changed(actor);
        Ok(back)
    }

    async fn messages(&self, actor: &Actor, id: ConversationId, page: &PageRequest) -> Result<Page<Message>> {
        self.conversations.messages(actor.user, id, page).await?.ok_or_else(no_conversation)
    }

    async fn thread(&self, actor: &Actor, id: ConversationId) -> Result<Thread> {
        self.conversations.thread(actor.user, id).await?.ok_or_else(no_conversation)
    }

    async fn image(&self, actor: &Actor, message: MessageId, index: u32) -> Result<Image> {
        let images = self.conversations.images(actor.user, &[message]).await?;
        let image = images.into_iter().nth(index as usize).map(|(_, image)| image);
        image.ok_or_else(|| Error::not_found("image"))
    }

    async fn select_branch(&self, actor: &Actor, message: MessageId) -> Result<Thread> {
        let moved = self.conversations.select_branch(actor.user, message).await?;
        let conversation_id = moved.ok_or_else(no_message)?;
        self.feeds.publish(actor.user, FeedEvent::HeadChanged { conversation_id });
        self.thread(actor, conversation_id).await
    }

    async fn fork(&self, actor: &Actor, id: ConversationId, message: MessageId) -> Result<Conversation> {
        let source = self.get(actor, id).await?;
        let path = self.conversations.path(actor.user, message).await?.ok_or_else(no_message)?;
        if path.last().is_none_or(|last| last.conversation_id != id) {
            return Err(no_message());
        }
        let copy = fork::copy(&source, &path, &*self.ids, self.clock.now())?;
        let with_images: Vec<MessageId> =
            path.iter().filter(|message| !message.images.is_empty()).map(|message| message.id).collect();
        let images = self.conversations.images(actor.user, &with_images).await?;
        let images: Vec<_> = images.into_iter().map(|(id, image)| (copy.new_ids[&id], image)).collect();
        let fork::Copy { conversation, messages, .. } = copy;
        self.conversations.insert_with_messages(actor.user, &conversation, &messages, &images).await?;
        self.list_changed(actor);
        Ok(conversation)
    }

    async fn export(&self, actor: &Actor, id: ConversationId, format: ExportFormat) -> Result<String> {
        match format {
            ExportFormat::Json => {
                let conversation = self.get(actor, id).await?;
                document::json(&conversation, &self.all_messages(actor, id).await?)
            }
            ExportFormat::Markdown => Ok(document::markdown(&self.thread(actor, id).await?)),
            ExportFormat::Html => Ok(document::html(&self.thread(actor, id).await?)),
        }
    }
}

fn no_conversation() -> Error {
    Error::not_found("conversation")
}

fn no_message() -> Error {
    Error::not_found("message")
}

fn check_model(model: Option<&str>) -> Result<()> {
    let Some(model) = model else { return Ok(()) };
    if model.trim().is_empty() {
        return Err(Error::invalid_field("model", "must not be empty; auto leaves the choice to the server"));
    }
    if model.chars().count() > MAX_MODEL_CHARS || model.chars().any(char::is_control) {
        let message = format!("must be a model's id of at most {MAX_MODEL_CHARS} characters");
        return Err(Error::invalid_field("model", message));
    }
    Ok(())
}
