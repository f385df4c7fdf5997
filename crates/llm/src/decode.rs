//! What every wire format is decoded into. Decoding is pure: events in, [`Decoded`] out, no clock and no IO.

mod arguments;
mod tags;

use std::collections::VecDeque;

use vertice_domain::{FinishReason, TokenCounts};
use vertice_ports::model::ToolCallDelta;

use crate::{fault::Fault, sse::SseEvent};

pub(crate) use arguments::Arguments;
pub use arguments::or_empty_object;
pub use tags::{Opening, Tagged};

/// One thing a provider said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A piece of the answer; never empty.
    Text(String),
    /// A piece of thinking; never empty.
    Thinking(String),
    /// A piece of a tool call. Every call whose end is heard has arguments: `{}` where the model wrote none.
    ToolCall(ToolCallDelta),
    /// What must go back to the same model verbatim, as JSON.
    Replay(String),
    /// Token counts known so far.
    Usage(UsagePatch),
    /// The end; nothing follows.
    Stop(FinishReason),
}

/// Where decoders put what they have read, in order. A fault is the last item.
pub type Queue = VecDeque<Result<Decoded, Fault>>;

/// Turns the events of one stream into [`Decoded`].
pub trait Decode: Send {
    fn push(&mut self, event: &SseEvent, out: &mut Queue);

    /// The stream has ended: adds the stop that is still owed, or the fault that it was cut short.
    fn finish(&mut self, out: &mut Queue);
}

/// Token counts as a provider reports them: cumulative, so that each present field overwrites the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UsagePatch {
    /// Input that no cache served.
    pub input: Option<u64>,
    /// Output, thinking included.
    pub output: Option<u64>,
    /// Input read from the cache.
    pub cache_read: Option<u64>,
    /// Input written to the cache for the short time.
    pub cache_write: Option<u64>,
    /// Input written to the cache for the long time.
    pub cache_write_long: Option<u64>,
    /// Thinking.
    pub reasoning: Option<u64>,
    /// Whether these are the counts of the whole call, not those of its beginning.
    pub last: bool,
}

impl UsagePatch {
    /// Overwrites in `counts` what this patch knows.
    pub fn apply(self, counts: &mut TokenCounts) {
        let fields = [
            (self.input, &mut counts.input),
            (self.output, &mut counts.output),
            (self.cache_read, &mut counts.cache_read),
            (self.cache_write, &mut counts.cache_write),
            (self.cache_write_long, &mut counts.cache_write_long),
            (self.reasoning, &mut counts.reasoning),
        ];
        for (known, count) in fields {
            if let Some(known) = known {
                *count = known;
            }
        }
    }
}

/// Adds a piece of text, unless it is empty.
pub(crate) fn push_text(text: Option<String>, out: &mut Queue) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push_back(Ok(Decoded::Text(text)));
    }
}

/// Adds a piece of thinking, unless it is empty.
pub(crate) fn push_thinking(text: Option<String>, out: &mut Queue) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push_back(Ok(Decoded::Thinking(text)));
    }
}
