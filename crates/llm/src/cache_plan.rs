//! Where the marks of a prompt cache go. The planner is pure; encoders put the marks where it says.

use std::time::Duration;

/// How long what is marked stays in the provider's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ttl {
    /// Five minutes, refreshed by each read.
    Short,
    /// An hour.
    Long,
}

impl Ttl {
    /// The time itself.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Short => Duration::from_secs(300),
            Self::Long => Duration::from_secs(3_600),
        }
    }
}

/// The end of a prefix that is to be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// After the last tool.
    Tools,
    /// After the system text.
    System,
    /// After a block of a message: their places in the prompt.
    Block {
        /// The message.
        message: usize,
        /// The block in it.
        block: usize,
    },
}

/// The plan for one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CachePlan {
    /// The marks, in the order of the prompt; at most four.
    pub marks: Vec<(Mark, Ttl)>,
    /// What keeps calls with the same prefix on the same machine, for providers that cache by themselves.
    pub key: Option<String>,
}
