//! What becomes of a request: `plan` says what is to be asked, `begin` stores it and sets the turn going.

mod begin;
mod check;
mod offering;
mod pictures;
mod plan;

pub(crate) use check::refuse;
pub(crate) use offering::Wanted;
use serde::{Deserialize, Serialize};
use vertice_domain::{
    Conversation, ConversationId, LogEntry, MessageId, Mode, ModelChoice, Outcome, Part, PartKind,
    SealedPart, ToolState, TurnEvent,
    chat::{Sampling, ToolChoice},
    event::StepStarted,
};
use vertice_ports::{
    Prompt,
    prompt::{Hints, PromptMessage},
    tools::Tool,
};

use crate::tags;

/// A turn to be begun in a conversation.
pub(crate) struct Ask {
    pub(crate) conversation: Conversation,
    /// The conversation is made with it.
    pub(crate) is_new: bool,
    /// The message above the user's new one, or, without a new one, the user's message to be answered.
    pub(crate) parent: Option<MessageId>,
    /// The user's new message.
    pub(crate) question: Option<Vec<Part>>,
    /// What the answer begins with: the parts of the one that it goes on with.
    pub(crate) opening: Vec<LogEntry>,
    /// What the model is shown before anything of this answer.
    pub(crate) history: Vec<PromptMessage>,
    /// What the first call is shown, if that is something else: the answer that it goes on with, and to go on.
    pub(crate) continuing: Option<Vec<PromptMessage>>,
    pub(crate) choice: ModelChoice,
    /// What the router is to know beside it.
    pub(crate) hints: Hints,
    /// The conversation asks this model from now on.
    pub(crate) new_model: Option<String>,
    /// A title for a conversation that had none.
    pub(crate) title: Option<String>,
    pub(crate) settings: Settings,
}

impl Ask {
    /// Whether the conversation shows another branch from now on.
    pub(crate) fn makes_branch(&self) -> bool {
        !self.is_new && (self.question.is_none() || self.parent != self.conversation.head_message_id)
    }
}

/// How a turn's models are to be asked, kept with the turn: one that wakes goes on as it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Instructions before everything else.
    pub(crate) system: Option<String>,
    pub(crate) sampling: Sampling,
    /// Which tools may be used.
    pub(crate) tools: ToolChoice,
    /// What the conversation was for when it began.
    #[serde(default)]
    pub(crate) mode: Mode,
    /// The window of the model that it began with: what is on offer depends on it, and stays the same while the turn sleeps.
    #[serde(default)]
    pub(crate) window: Option<u64>,
    /// Steps of the answer that it goes on with: they do not count.
    #[serde(default)]
    pub(crate) steps_before: u32,
    /// How calls of tools stand in what the model is shown, and in what it says.
    #[serde(default)]
    pub(crate) form: Form,
}

/// The form of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// As calls.
    #[default]
    Calls,
    /// In words: the model calls no tools.
    Words,
    /// The same, and it writes artifacts in tags.
    Tags,
}

impl Settings {
    /// A prompt that asks so in a conversation, with these tools on offer.
    pub(crate) fn prompt(
        &self,
        messages: Vec<PromptMessage>,
        conversation: ConversationId,
        offered: &[Tool],
    ) -> Prompt {
        let is_called = self.form == Form::Calls;
        let messages = if is_called { messages } else { tags::in_words(messages) };
        let tools = offered.iter().filter(|_| is_called).map(|tool| tool.spec.clone()).collect();
        Prompt {
            tools,
            conversation: Some(conversation),
            ..Prompt::new(self.instructions(), messages, self.sampling.clone())
        }
    }

    fn instructions(&self) -> Option<String> {
        let tags = (self.form == Form::Tags).then_some(tags::INSTRUCTIONS);
        match (&self.system, tags) {
            (Some(system), Some(tags)) => Some(format!("{system}\n\n{tags}")),
            (system, tags) => system.clone().or_else(|| tags.map(str::to_owned)),
        }
    }
}

/// The log's entries that copy an unfinished answer, so that the next call goes on from it.
pub(crate) fn opening(parts: &[Part], sealed: &[SealedPart], last: StepStarted) -> Vec<LogEntry> {
    let visible = parts.iter().flat_map(|part| {
        let position = part.position;
        let ended = matches!(part.kind, PartKind::ToolCall(_)).then_some(TurnEvent::PartEnded { position });
        let told = std::iter::once(TurnEvent::PartStarted(Box::new(over(part)))).chain(ended);
        told.map(move |event| (position, LogEntry::Event(event)))
    });
    let hidden = sealed.iter().map(|part| (part.position, LogEntry::Sealed(Box::new(part.clone()))));
    let mut copied: Vec<_> = visible.chain(hidden).collect();
    copied.sort_by_key(|(position, _)| *position);
    let begun = LogEntry::Event(TurnEvent::StepStarted(Box::new(last)));
    std::iter::once(begun).chain(copied.into_iter().map(|(_, entry)| entry)).collect()
}

/// A part of an answer that is over: no call of it is open any more.
fn over(part: &Part) -> Part {
    let mut part = part.clone();
    if let PartKind::ToolCall(call) = &mut part.kind
        && !matches!(call.state, ToolState::Ended { .. })
    {
        call.state = ToolState::Ended { outcome: Outcome::Interrupted };
    }
    part
}
