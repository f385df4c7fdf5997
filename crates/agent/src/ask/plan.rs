//! From a wish to an [`Ask`]: checks it, finds its place in the tree, gathers what the model is shown. Stores nothing.

use vertice_domain::{
    Actor, Author, Content, Conversation, ConversationId, Error, ErrorKind, FieldError, FinishReason,
    Message, MessageId, MessageStatus, Mode, ModelChoice, Result,
    chat::{Sampling, SendMessage, check_content, check_text},
    conversation::check_system_prompt,
    model, title,
};
use vertice_ports::prompt::PromptMessage;

use super::Ask;
use crate::{
    hub::Hub,
    prompt::{self, Images},
};

/// The name of a message's text in a request.
const TEXT_FIELD: &str = "messages[0].content";

/// The way from the root to a message.
#[derive(Default)]
struct Path {
    messages: Vec<Message>,
    images: Images,
}

impl Path {
    fn history(&self) -> Vec<vertice_ports::prompt::PromptMessage> {
        prompt::history(&self.messages, &self.images)
    }

    /// The way to the message above the last one.
    fn above(mut self) -> Self {
        self.messages.pop();
        self
    }
}

impl Hub {
    pub(crate) async fn plan_send(&self, actor: &Actor, message: SendMessage) -> Result<Ask> {
        check(&message)?;
        let (conversation, is_new) = match message.conversation {
            Some(id) => (self.conversation(actor, id).await?, false),
            None => (self.new_conversation(&message), true),
        };
        let parent = message.parent.or(conversation.head_message_id);
        let path = match parent {
            Some(parent) => self.path(actor, conversation.id, parent).await?,
            None => Path::default(),
        };
        let model = message.model.clone();
        let system = message.system_prompt.clone().or_else(|| conversation.system_prompt.clone());
        let mut ask = self.under(conversation, &path, message.content, model);
        ask.is_new = is_new;
        ask.parent = parent;
        ask.system = system;
        ask.sampling = message.sampling;
        Ok(ask)
    }

    pub(crate) async fn plan_edit(
        &self,
        actor: &Actor,
        message: MessageId,
        text: String,
        model: Option<ModelChoice>,
    ) -> Result<Ask> {
        let mut errors = Vec::new();
        check_text(&text, TEXT_FIELD, &mut errors);
        refuse(errors)?;
        let (conversation, path, old) = self.found(actor, message).await?;
        if old.role != Author::User {
            return Err(conflict("not_a_question", "Only your own messages can be edited."));
        }
        let images = path.images.get(&message).cloned().unwrap_or_default();
        let content = Content { text, images };
        let mut ask = self.under(conversation, &path.above(), content, model);
        ask.parent = old.parent_id;
        Ok(ask)
    }

    pub(crate) async fn plan_regenerate(
        &self,
        actor: &Actor,
        message: MessageId,
        model: Option<ModelChoice>,
    ) -> Result<Ask> {
        let (conversation, path, old) = self.found(actor, message).await?;
        self.beside(conversation, &path.above(), &old, model)
    }

    pub(crate) async fn plan_go_on(&self, actor: &Actor, message: MessageId) -> Result<Ask> {
        let (conversation, path, old) = self.found(actor, message).await?;
        if !is_unfinished(&old) {
            let message = "Only an answer that was interrupted, stopped or cut off can be continued.";
            return Err(conflict("not_unfinished", message));
        }
        let above = path.above();
        let messages = prompt::continuing(&above.messages, &above.images, &old.content);
        let mut ask = self.beside(conversation, &above, &old, None)?;
        ask.messages = messages;
        ask.opening = old.content;
        Ok(ask)
    }

    /// A new user's message under `path`.
    fn under(
        &self,
        conversation: Conversation,
        path: &Path,
        content: Content,
        model: Option<ModelChoice>,
    ) -> Ask {
        let mut messages = path.history();
        messages.push(PromptMessage::content(Author::User, content.clone()));
        let named = conversation.title != title::UNTITLED || conversation.head_message_id.is_some();
        let new_model = model.clone().map(String::from).filter(|model| *model != conversation.model);
        Ask {
            is_new: false,
            parent: path.messages.last().map(|message| message.id),
            opening: String::new(),
            messages,
            system: conversation.system_prompt.clone(),
            choice: model.unwrap_or_else(|| ModelChoice::from(conversation.model.clone())),
            new_model,
            title: (!named).then(|| title::from_first(&content.text, content.images.len())),
            content: Some(content),
            sampling: Sampling::defaults(self.limits),
            conversation,
        }
    }

    /// Another answer beside `old`, whose question is the last message of `path`.
    fn beside(
        &self,
        conversation: Conversation,
        path: &Path,
        old: &Message,
        model: Option<ModelChoice>,
    ) -> Result<Ask> {
        let above = path.messages.last();
        let question = above.filter(|above| old.role == Author::Assistant && above.role == Author::User);
        let Some(question) = question else {
            return Err(conflict(
                "not_an_answer",
                "Only an answer to one of your messages can be made anew.",
            ));
        };
        Ok(Ask {
            is_new: false,
            parent: Some(question.id),
            content: None,
            opening: String::new(),
            messages: path.history(),
            system: conversation.system_prompt.clone(),
            choice: model.unwrap_or_else(|| ModelChoice::from(conversation.model.clone())),
            new_model: None,
            title: None,
            sampling: Sampling::defaults(self.limits),
            conversation,
        })
    }

    async fn conversation(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
        let found = self.conversations.get(actor.user, id).await?;
        found.ok_or_else(|| Error::not_found("conversation"))
    }

    async fn found(&self, actor: &Actor, id: MessageId) -> Result<(Conversation, Path, Message)> {
        let missing = || Error::not_found("message");
        let message = self.conversations.message(actor.user, id).await?.ok_or_else(missing)?;
        let conversation = self.conversation(actor, message.conversation_id).await?;
        let path = self.path(actor, conversation.id, id).await?;
        Ok((conversation, path, message))
    }

    /// The path down to `message`. An answer that is being written right now has its text so far.
    async fn path(&self, actor: &Actor, conversation: ConversationId, message: MessageId) -> Result<Path> {
        let path = self.conversations.path(actor.user, message).await?.unwrap_or_default();
        let inside = path.last().is_some_and(|last| last.conversation_id == conversation);
        if !inside {
            return Err(Error::not_found("message"));
        }
        let live = |message: &Message| self.stage.live.get(actor.user, message.turn_id?);
        let with_text = |mut message: Message| {
            if message.status == MessageStatus::Streaming
                && let Some(live) = live(&message)
            {
                message.content = live.log.text();
            }
            message
        };
        let messages: Vec<Message> = path.into_iter().map(with_text).collect();
        let images = self.images(actor, &messages).await?;
        Ok(Path { messages, images })
    }

    async fn images(&self, actor: &Actor, messages: &[Message]) -> Result<Images> {
        let with_images: Vec<MessageId> =
            messages.iter().filter(|message| !message.images.is_empty()).map(|message| message.id).collect();
        let mut images = Images::default();
        if !with_images.is_empty() {
            for (message, image) in self.conversations.images(actor.user, &with_images).await? {
                images.entry(message).or_default().push(image);
            }
        }
        Ok(images)
    }

    fn new_conversation(&self, message: &SendMessage) -> Conversation {
        let now = self.stage.clock.now();
        Conversation {
            id: self.ids.conversation(),
            title: title::from_first(&message.content.text, message.content.images.len()),
            pinned: false,
            archived: false,
            model: message.model.clone().map_or_else(|| model::AUTO.to_owned(), String::from),
            system_prompt: message.system_prompt.clone(),
            mode: Mode::default(),
            head_message_id: None,
            created_at: now,
            updated_at: now,
        }
    }
}

fn check(message: &SendMessage) -> Result<()> {
    let mut errors = Vec::new();
    check_content(&message.content, TEXT_FIELD, &mut errors);
    check_system_prompt(message.system_prompt.as_deref(), &mut errors);
    if message.parent.is_some() && message.conversation.is_none() {
        errors.push(FieldError::new("parent_message_id", "needs conversation_id"));
    }
    refuse(errors)
}

fn refuse(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn conflict(code: &str, message: &str) -> Error {
    Error::new(ErrorKind::Conflict, code, message)
}

fn is_unfinished(message: &Message) -> bool {
    message.role == Author::Assistant
        && match message.status {
            MessageStatus::Interrupted | MessageStatus::Cancelled | MessageStatus::Error => true,
            MessageStatus::Complete => message.finish_reason == Some(FinishReason::MaxTokens),
            MessageStatus::Streaming => false,
        }
}
