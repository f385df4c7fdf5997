//! What a scripted answer costs.

/// Token counts that the scripted provider reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Input that no cache served.
    pub input: u64,
    /// Output; none: as many as there were tokens.
    pub output: Option<u64>,
    /// Input read from the cache.
    pub cache_read: u64,
    /// Input written to the cache for the short time (5 minutes; OpenAI: 30).
    pub cache_write: u64,
    /// Input written to the cache for the long time (1 hour; OpenAI: 12).
    pub cache_write_long: u64,
    /// Thinking, a part of the output.
    pub reasoning: u64,
}

impl Figures {
    /// All the input, as the providers count it that put the cached part into their sum.
    pub const fn all_input(&self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.cache_write_long
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self { input: 12, output: None, cache_read: 0, cache_write: 0, cache_write_long: 0, reasoning: 0 }
    }
}
