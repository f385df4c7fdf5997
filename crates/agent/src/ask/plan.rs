//! From a request to an [`Ask`]: checks it, finds its place in the tree, gathers what the model is shown. Stores nothing but the bytes of
//! new pictures.

use vertice_domain::{
    Actor, AttachedFile, Author, Conversation, ConversationId, Error, ErrorKind, FieldError, FinishReason,
    Message, MessageId, MessageStatus, ModelChoice, Part, PartKind, Provider, Result, RoutedBy, Timestamp,
    chat::{Sampling, SendMessage, ToolChoice, check_content, check_text},
    conversation::check_system_prompt,
    event::StepStarted,
    model, title,
};

use vertice_ports::{files::FileTexts, prompt::Hints};

use super::{Ask, Form, Settings, check::refuse, opening, pictures};
use crate::{
    hub::Hub,
    prompt::{self, Seals},
};

/// The name of a message's text in a request.
const TEXT_FIELD: &str = "messages[0].content";
/// How a route's reason begins where the model that the router had chosen was asked once more.
const AGAIN: &str = "Same model again.";

/// The way from the root to a message.
#[derive(Default)]
pub(crate) struct Path {
    pub(crate) messages: Vec<Message>,
    pub(crate) seals: Seals,
    /// The texts of the files in them.
    pub(crate) texts: FileTexts,
}

impl Path {
    pub(crate) fn history(&self) -> Vec<vertice_ports::prompt::PromptMessage> {
        prompt::history(&self.messages, &self.seals, &self.texts)
    }

    /// The way to the message above the last one.
    pub(crate) fn above(mut self) -> Self {
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
        let mut path = match parent {
            Some(parent) => self.path(actor, conversation.id, parent).await?,
            None => Path::default(),
        };
        let mut quotes = message.quotes;
        if !is_new {
            let since = path.messages.last().map_or(Timestamp::from_millis(0), |last| last.created_at);
            quotes.extend(self.runner.tools.changes(actor, conversation.id, since).await?);
        }
        let question = self.keep(actor, message.content, quotes).await?;
        if question.iter().any(|part| matches!(part.kind, PartKind::File(_))) {
            path.texts = self.texts(actor, &path.messages, &question).await?;
        }
        let mut ask = self.under(conversation, &path, question, message.model);
        ask.is_new = is_new;
        ask.parent = parent;
        ask.settings.sampling = message.sampling;
        ask.settings.tools = message.tools;
        if message.system_prompt.is_some() {
            ask.settings.system = message.system_prompt;
        }
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
        let question = pictures::reworded(&old.parts, text);
        let mut ask = self.under(conversation, &path.above(), question, model);
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
        let (conversation, mut path, old) = self.found(actor, message).await?;
        if !is_unfinished(&old) {
            let message = "Only an answer that was interrupted, stopped or cut off can be continued.";
            return Err(conflict("not_unfinished", message));
        }
        let sealed = path.seals.remove(&old.id).unwrap_or_default();
        let above = path.above();
        let mut seals = above.seals.clone();
        seals.insert(old.id, sealed.clone());
        let mut ask = self.beside(conversation, &above, &old, None)?;
        ask.continuing = Some(prompt::continuing(&above.messages, &seals, &above.texts, &old));
        let step = old.parts.iter().map(|part| part.step).max().unwrap_or(0);
        let last = StepStarted {
            step,
            model: old.model.clone().unwrap_or_default(),
            provider: old.provider.unwrap_or(Provider::Local),
        };
        if !old.parts.is_empty() {
            ask.settings.steps_before = step;
            ask.opening = opening(&old.parts, &sealed, last);
        }
        Ok(ask)
    }

    /// A new user's message under `path`.
    fn under(
        &self,
        conversation: Conversation,
        path: &Path,
        question: Vec<Part>,
        model: Option<ModelChoice>,
    ) -> Ask {
        let mut messages = path.history();
        messages.push(prompt::question(&question, &path.texts));
        let named = conversation.title != title::UNTITLED || conversation.head_message_id.is_some();
        let new_model = model.clone().map(String::from).filter(|model| *model != conversation.model);
        Ask {
            is_new: false,
            parent: path.messages.last().map(|message| message.id),
            opening: Vec::new(),
            history: messages,
            continuing: None,
            choice: model.unwrap_or_else(|| ModelChoice::from(conversation.model.clone())),
            hints: Hints::default(),
            new_model,
            title: (!named).then(|| title::from_parts(&question)),
            question: Some(question),
            settings: self.settings(&conversation),
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
        let choice = model.unwrap_or_else(|| ModelChoice::from(conversation.model.clone()));
        Ok(Ask {
            is_new: false,
            parent: Some(question.id),
            question: None,
            opening: Vec::new(),
            history: path.history(),
            continuing: None,
            hints: hints(old, &choice),
            choice,
            new_model: None,
            title: None,
            settings: self.settings(&conversation),
            conversation,
        })
    }

    pub(crate) fn settings(&self, conversation: &Conversation) -> Settings {
        Settings {
            system: conversation.system_prompt.clone(),
            sampling: Sampling::defaults(self.limits),
            tools: ToolChoice::Auto,
            mode: conversation.mode,
            window: None,
            steps_before: 0,
            form: Form::default(),
        }
    }

    pub(crate) async fn conversation(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
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

    /// The path down to `message`. An answer that is being written right now is there as far as it has come.
    pub(crate) async fn path(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Path> {
        let mut messages = self.conversations.path(actor.user, message).await?.unwrap_or_default();
        let inside = messages.last().is_some_and(|last| last.conversation_id == conversation);
        if !inside {
            return Err(Error::not_found("message"));
        }
        let answers: Vec<MessageId> = messages
            .iter()
            .filter(|message| message.role == Author::Assistant)
            .map(|message| message.id)
            .collect();
        let mut seals = Seals::default();
        if !answers.is_empty() {
            for (message, sealed) in self.conversations.sealed(actor.user, &answers).await? {
                seals.entry(message).or_default().push(sealed);
            }
        }
        for message in &mut messages {
            if let (MessageStatus::Streaming, Some(turn)) = (message.status, message.turn_id) {
                let said = self.sources.so_far(actor.user, turn).await?;
                *message = said.written(message.clone());
                seals.insert(message.id, said.sealed);
            }
        }
        let texts = self.texts(actor, &messages, &[]).await?;
        Ok(Path { messages, seals, texts })
    }

    /// The texts of the files of a path, and of a message below it.
    pub(crate) async fn texts(&self, actor: &Actor, path: &[Message], below: &[Part]) -> Result<FileTexts> {
        let parts = path.iter().flat_map(|message| &message.parts).chain(below);
        let files: Vec<&AttachedFile> = parts
            .filter_map(|part| match &part.kind {
                PartKind::File(file) => Some(file),
                _ => None,
            })
            .collect();
        if files.is_empty() { Ok(FileTexts::new()) } else { self.files.texts(actor.user, &files).await }
    }

    fn new_conversation(&self, message: &SendMessage) -> Conversation {
        let now = self.runner.clock.now();
        Conversation {
            id: self.ids.conversation(),
            title: title::from_first(&message.content.plain(), message.content.images().count()),
            pinned: false,
            archived: false,
            model: message.model.clone().map_or_else(|| model::AUTO.to_owned(), String::from),
            system_prompt: message.system_prompt.clone(),
            mode: message.mode,
            head_message_id: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What the router is to know of the answer that another one is to stand beside.
fn hints(old: &Message, choice: &ModelChoice) -> Hints {
    let is_same = matches!(choice, ModelChoice::Named(id) if old.model.as_ref() == Some(id));
    let told = old.receipt.as_ref();
    let chosen =
        told.is_some_and(|told| told.routed_by == Some(RoutedBy::User) && !told.reason.starts_with(AGAIN));
    Hints {
        failed: old.model.clone().filter(|_| old.status == MessageStatus::Error),
        again: is_same && told.is_some() && !chosen,
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

fn conflict(code: &str, message: &str) -> Error {
    Error::new(ErrorKind::Conflict, code, message)
}

fn is_unfinished(message: &Message) -> bool {
    message.role == Author::Assistant
        && match message.status {
            MessageStatus::Interrupted | MessageStatus::Cancelled | MessageStatus::Error => true,
            MessageStatus::Complete => {
                matches!(message.finish_reason, Some(FinishReason::MaxTokens | FinishReason::ToolLimit))
            }
            MessageStatus::Streaming => false,
        }
}
