//! Turns: each of the starting calls answers with the turn's event stream, whose first event names all ids.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{
    Content, ConversationId, FeedEvent, MessageId, Mode, ModelChoice, SeenEvent, TurnId,
    chat::Effort,
    elicitation::Answers,
    mcp::{Keep, Reference},
};

use super::{ApiError, FrameStream, Frames};

/// How many news of a feed come as one batch at most.
#[cfg(feature = "ssr")]
const AT_ONCE: usize = 64;

/// A message as the composer sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Where; none: a new conversation.
    pub conversation: Option<ConversationId>,
    /// The message it was written under; none: it opens the conversation.
    pub parent: Option<MessageId>,
    /// What it says, and its pictures.
    pub content: Content,
    /// The resources that it quotes.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// What a new conversation is for.
    #[serde(default)]
    pub mode: Mode,
    /// The model chosen in the composer.
    pub model: ModelChoice,
    /// How hard it is to think; none: as the model does by itself.
    pub effort: Option<Effort>,
}

/// Sends a message. The stream is the turn that answers it.
#[server(name = SendOutgoing, prefix = "/api/ui", endpoint = "chat-send", input = Json, output = Frames)]
pub async fn send(message: Outgoing) -> Result<FrameStream<SeenEvent>, ApiError> {
    use vertice_domain::chat::{Sampling, SendMessage, ToolChoice};
    let (services, actor) = crate::ssr::caller()?;
    let (content, quotes) =
        crate::ssr::quoted(&services, &actor, message.content, &message.references).await?;
    let message = SendMessage {
        conversation: message.conversation,
        parent: message.parent,
        content,
        quotes,
        mode: message.mode,
        model: Some(message.model),
        system_prompt: None,
        sampling: Sampling { effort: message.effort, ..Sampling::defaults(services.limits) },
        tools: ToolChoice::Auto,
    };
    let started = services.chat.send(&actor, message).await?;
    Ok(crate::ssr::event_frames(started.events))
}

/// Sends a changed text beside the user's message `message`: a new branch.
#[server(prefix = "/api/ui", endpoint = "chat-edit", input = Json, output = Frames)]
pub async fn edit(
    message: MessageId,
    text: String,
    model: Option<ModelChoice>,
    effort: Option<Effort>,
) -> Result<FrameStream<SeenEvent>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let started = services.chat.edit(&actor, message, text, model, effort).await?;
    Ok(crate::ssr::event_frames(started.events))
}

/// Answers the same user message once more, perhaps with another model.
#[server(prefix = "/api/ui", endpoint = "chat-regenerate", input = Json, output = Frames)]
pub async fn regenerate(
    message: MessageId,
    model: Option<ModelChoice>,
    effort: Option<Effort>,
) -> Result<FrameStream<SeenEvent>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let started = services.chat.regenerate(&actor, message, model, effort).await?;
    Ok(crate::ssr::event_frames(started.events))
}

/// Goes on where an unfinished answer ends.
#[server(prefix = "/api/ui", endpoint = "chat-continue", input = Json, output = Frames)]
pub async fn go_on(message: MessageId) -> Result<FrameStream<SeenEvent>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let started = services.chat.go_on(&actor, message).await?;
    Ok(crate::ssr::event_frames(started.events))
}

/// The events of a turn after a sequence number: those that were, then those that come.
#[server(prefix = "/api/ui", endpoint = "chat-listen", input = Json, output = Frames)]
pub async fn listen(turn: TurnId, after: u64) -> Result<FrameStream<SeenEvent>, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let events = services.chat.listen(&actor, turn, after).await?;
    Ok(crate::ssr::event_frames(events))
}

/// Stops a turn.
#[server(prefix = "/api/ui", endpoint = "chat-cancel", input = Json, output = Json)]
pub async fn cancel(turn: TurnId) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.chat.cancel(&actor, turn).await?)
}

/// What changes among the user's conversations, for as long as the page is open.
#[server(prefix = "/api/ui", endpoint = "feed", input = Json, output = Frames)]
pub async fn feed() -> Result<FrameStream<FeedEvent>, ApiError> {
    use futures::StreamExt as _;
    let (services, actor) = crate::ssr::caller()?;
    let events = services.chat.feed(&actor).await?;
    // What is there at once comes at once: a page that only glances reads no further.
    let batches = events.ready_chunks(AT_ONCE).map(|events| events.into_iter().map(Ok).collect());
    Ok(crate::ssr::frame_stream(batches.boxed()))
}

/// What a person says about a tool call that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallVerdict {
    /// It runs.
    Allow {
        /// Other arguments, as JSON, if the person has changed them.
        input: Option<String>,
        /// Which calls like it need not be asked for; none: the next one is asked for again.
        keep: Option<Keep>,
    },
    /// It does not run.
    Deny {
        /// Why, for the model.
        reason: Option<String>,
    },
    /// The person answers in the tool's place.
    Answer { content: String },
    /// The person answers the questions that it asks, by their ids, or what its server asks, by the names of the fields.
    Answers { answers: Answers },
    /// The person does not say whether they answer what its server asks.
    Dismiss,
}

/// Decides about a tool call that waits. `fingerprint` is what the person saw.
#[server(prefix = "/api/ui", endpoint = "chat-decide", input = Json, output = Json)]
pub async fn decide(
    turn: TurnId,
    call: String,
    fingerprint: String,
    verdict: CallVerdict,
) -> Result<(), ApiError> {
    use vertice_ports::chat::Decision;
    let (services, actor) = crate::ssr::caller()?;
    let decision = Decision { call, fingerprint: Some(fingerprint), verdict: crate::ssr::verdict(verdict)? };
    Ok(services.chat.decide(&actor, turn, decision).await?)
}

/// Hands a message in to a turn that runs.
#[server(prefix = "/api/ui", endpoint = "chat-steer", input = Json, output = Json)]
pub async fn steer(turn: TurnId, text: String) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    Ok(services.chat.steer(&actor, turn, text).await?)
}
