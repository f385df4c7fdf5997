//! Why an answer ends, between the words of scripts and those of the providers.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is complete.
    End,
    /// A tool is called.
    Tool,
    /// The limit of output is reached.
    Limit,
    /// The provider cut it off as unfit.
    Filter,
    /// The model declines, in words of its own.
    Refusal,
    /// The prompt itself was refused.
    PromptBlocked,
    /// A word that is sent as it is.
    Other(String),
}

impl Stop {
    pub(super) fn read(word: Option<&str>, refuses: bool, calls: bool) -> Self {
        match word {
            None if refuses => Self::Refusal,
            None if calls => Self::Tool,
            None | Some("stop" | "end_turn") => Self::End,
            Some("max_tokens" | "length") => Self::Limit,
            Some("refusal" | "content_filter") => Self::Filter,
            Some("prompt_blocked") => Self::PromptBlocked,
            Some(word) => Self::Other(word.to_owned()),
        }
    }
}
