//! From a wish to an [`Ask`]: checks it, finds its place in the tree, gathers what the model is shown. Stores nothing.

use vertice_domain::{
    Actor, Author, Conversation, ConversationId, Error, ErrorKind, FieldError, FinishReason, Message,
    MessageId, MessageStatus, Mode, ModelChoice, Result,
    chat::{Sampling, SendMessage, check_text},
    conversation::check_system_prompt,
    model, title,
};

use super::Ask;
use crate::{hub::Hub, prompt};

/// The name of a message's text in a request.
const TEXT_FIELD: &str = "messages[0].content";

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
            None => Vec::new(),
        };
        let model = message.model.clone();
        let system = message.system_prompt.clone().or_else(|| conversation.system_prompt.clone());
        let mut ask = self.under(conversation, &path, message.text, model);
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
        let (conversation, mut path, old) = self.found(actor, message).await?;
        if old.role != Author::User {
            return Err(conflict("not_a_question", "Only your own messages can be edited."));
        }
        path.pop();
        let mut ask = self.under(conversation, &path, text, model);
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
        self.beside(conversation, path, &old, model)
    }

    pub(crate) async fn plan_go_on(&self, actor: &Actor, message: MessageId) -> Result<Ask> {
        let (conversation, path, old) = self.found(actor, message).await?;
        if !is_unfinished(&old) {
            let message = "Only an answer that was interrupted, stopped or cut off can be continued.";
            return Err(conflict("not_unfinished", message));
        }
        let above = path[..path.len().saturating_sub(1)].to_vec();
        let mut ask = self.beside(conversation, path, &old, None)?;
        ask.messages = prompt::continuing(&above, &old.content);
        ask.opening = old.content;
        Ok(ask)
    }

    /// A new user's message under `path`.
    fn under(
        &self,
        conversation: Conversation,
        path: &[Message],
        text: String,
        model: Option<ModelChoice>,
    ) -> Ask {
        let mut messages = prompt::history(path);
        messages.push((Author::User, text.clone()));
        let named = conversation.title != title::UNTITLED || conversation.head_message_id.is_some();
        let new_model = model.clone().map(String::from).filter(|model| *model != conversation.model);
        Ask {
            is_new: false,
            parent: path.last().map(|message| message.id),
            opening: String::new(),
            messages,
            system: conversation.system_prompt.clone(),
            choice: model.unwrap_or_else(|| ModelChoice::from(conversation.model.clone())),
            new_model,
            title: (!named).then(|| title::from_message(&text)),
            text: Some(text),
            sampling: Sampling::defaults(self.limits),
            conversation,
        }
    }

    /// Another answer beside `old`, the last message of `path`.
    fn beside(
        &self,
        conversation: Conversation,
        mut path: Vec<Message>,
        old: &Message,
        model: Option<ModelChoice>,
    ) -> Result<Ask> {
        path.pop();
        let question =
            path.last().filter(|above| old.role == Author::Assistant && above.role == Author::User);
        let Some(question) = question else {
            return Err(conflict(
                "not_an_answer",
                "Only an answer to one of your messages can be made anew.",
            ));
        };
        Ok(Ask {
            is_new: false,
            parent: Some(question.id),
            text: None,
            opening: String::new(),
            messages: prompt::history(&path),
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

    async fn found(&self, actor: &Actor, id: MessageId) -> Result<(Conversation, Vec<Message>, Message)> {
        let missing = || Error::not_found("message");
        let message = self.conversations.message(actor.user, id).await?.ok_or_else(missing)?;
        let conversation = self.conversation(actor, message.conversation_id).await?;
        let path = self.path(actor, conversation.id, id).await?;
        Ok((conversation, path, message))
    }

    /// The path down to `message`. An answer that is being written right now has its text so far.
    async fn path(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Vec<Message>> {
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
        Ok(path.into_iter().map(with_text).collect())
    }

    fn new_conversation(&self, message: &SendMessage) -> Conversation {
        let now = self.stage.clock.now();
        Conversation {
            id: self.ids.conversation(),
            title: title::from_message(&message.text),
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
    check_text(&message.text, TEXT_FIELD, &mut errors);
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
