//! Where the marks of a prompt cache go. Pure; encoders put the marks where the plan says.
//!
//! | provider | how it caches | what it gets from here |
//! | --- | --- | --- |
//! | Anthropic | up to 4 marks on blocks; tools, then system, then messages; byte-exact prefixes; each mark looks back over 20 blocks; a minimum by model; 5 minutes (write 1.25 ×) or an hour (2 ×), renewed by each read (0.025 to 0.1 ×); marks of an hour stand first | the marks |
//! | OpenAI | by itself, prefixes from 1,024 tokens; calls of one `prompt_cache_key` meet the same machine | the key |
//! | Gemini, Groq | by themselves | nothing: the history is only appended to |
//!
//! (Providers' documentation of prompt caching, checked 2026-11-22.) The marks, in the order of the prompt:
//!
//! 1. The end of the instructions, which covers the tools before them: other branches and conversations share it.
//! 2. What was written for an hour before, so that it is found after a pause however much was said since.
//! 3. The end of the request before this one: found without looking back, also when a tool turn added more than 20 blocks.
//! 4. The end of this request, for the next one.
//!
//! More marks cost nothing: a token is written once, whatever stands on it. What costs is the writing itself, so what is
//! written, and for how long, is decided by what may follow ([`Odds`]): the cheapest in expectation.

mod odds;
mod planner;

use std::time::Duration;

pub use odds::{Costs, Odds};
pub use planner::{Expectation, Settings, plan};

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

    /// The time in milliseconds.
    pub const fn millis(self) -> i64 {
        match self {
            Self::Short => 300_000,
            Self::Long => 3_600_000,
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
        /// Index into the messages.
        message: usize,
        /// Index into that message's blocks.
        block: usize,
    },
}

/// The plan for one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CachePlan {
    /// The marks, in the order of the prompt; at most four, those for an hour first.
    pub marks: Vec<(Mark, Ttl)>,
    /// What keeps calls with the same prefix on the same machine, for providers that cache by themselves.
    pub key: Option<String>,
}

impl CachePlan {
    /// The last mark that lives for an hour.
    pub fn last_long(&self) -> Option<Mark> {
        self.marks.iter().rev().find(|(_, ttl)| *ttl == Ttl::Long).map(|(mark, _)| *mark)
    }
}
