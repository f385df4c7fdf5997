//! What becomes of a wish: `plan` says what is to be asked, `begin` stores it and sets the turn going.

mod begin;
mod plan;

use vertice_domain::{Content, Conversation, MessageId, ModelChoice, chat::Sampling};
use vertice_ports::prompt::PromptMessage;

/// A turn to be begun in a conversation.
pub(crate) struct Ask {
    /// Where.
    pub(crate) conversation: Conversation,
    /// The conversation is made with it.
    pub(crate) is_new: bool,
    /// The message above the user's new one, or, without a new one, the user's message to be answered.
    pub(crate) parent: Option<MessageId>,
    /// The user's new message.
    pub(crate) content: Option<Content>,
    /// What the answer begins with: the text of the one that it goes on with.
    pub(crate) opening: String,
    /// What the model is shown.
    pub(crate) messages: Vec<PromptMessage>,
    /// Instructions.
    pub(crate) system: Option<String>,
    /// Which model is asked.
    pub(crate) choice: ModelChoice,
    /// The conversation asks this model from now on.
    pub(crate) new_model: Option<String>,
    /// A title for a conversation that had none.
    pub(crate) title: Option<String>,
    /// How to ask.
    pub(crate) sampling: Sampling,
}

impl Ask {
    /// Whether the conversation shows another branch from now on.
    pub(crate) fn makes_branch(&self) -> bool {
        !self.is_new && (self.content.is_none() || self.parent != self.conversation.head_message_id)
    }
}
