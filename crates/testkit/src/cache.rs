//! The providers' prompt caches, simulated: what a request reads from the cache, what it writes into it, and what it
//! pays in full. Pure: the time is a parameter, nothing is remembered but the entries.
//!
//! A token is four characters of the serialised prompt, always rounded down from the start of the prompt, so that the
//! parts of a prompt add up. An image counts 1,600 tokens, whatever its size. Bodies are compared as parsed JSON: another
//! order of keys is the same prompt here, although Anthropic would see a different one.
//!
//! Sources: the providers' documentation of prompt caching, autumn 2026. What they leave open is decided against the
//! caller: see [`Rules`].

mod anthropic;
mod implicit;
mod text;

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use crate::figures::Figures;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Marks (`cache_control`) on blocks; see the functions of this module for each rule.
    Anthropic,
    /// Prefixes from 1,024 tokens in steps of 128; kept 10 minutes, from GPT-5.6 on 30 minutes or 12 hours and writes
    /// are billed. `prompt_cache_key` is a cache of its own. `prompt_cache_options.mode: explicit` writes only up to
    /// the last `prompt_cache_breakpoint`.
    OpenAi,
    /// Prefixes from 1,024 tokens in steps of 128, kept 2 hours; writes are free.
    Groq,
    /// Prefixes from 4,096 tokens (Gemini 4: 6,144). Google names no time: 5 minutes here. Writes are free.
    Gemini,
}

/// A request as the cache sees it.
#[derive(Debug, Clone, Copy)]
pub struct CachedRequest<'a> {
    /// Whose cache it meets.
    pub rules: Rules,
    /// The model. Google's body does not name it.
    pub model: &'a str,
    pub body: &'a Value,
}

/// What a request costs on the side of its input.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The figures; the output is not among them.
    pub figures: Figures,
    /// What [`CacheSimulator::began`] makes readable.
    pub writes: Writes,
}

/// Entries that are written but cannot be read yet.
#[derive(Debug, Clone, Default)]
pub struct Writes(Vec<(u64, Duration)>);

#[derive(Debug, Clone, Copy)]
struct Entry {
    lives: Duration,
    until: Duration,
}

/// All the caches of one account.
#[derive(Debug, Clone, Default)]
pub struct CacheSimulator {
    entries: HashMap<u64, Entry>,
}

impl CacheSimulator {
    /// Without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `request` costs at `now`, counted from any moment that stays the same. What it reads lives on from `now`.
    ///
    /// # Errors
    /// The provider's words, where it answers 400 to a mark.
    pub fn ask(&mut self, request: CachedRequest<'_>, now: Duration) -> Result<Charge, String> {
        self.entries.retain(|_, entry| entry.until > now);
        match request.rules {
            Rules::Anthropic => anthropic::ask(self, request, now),
            rules => Ok(implicit::ask(self, rules, request, now)),
        }
    }

    /// The first byte of the answer came: what the request wrote can be read from now on.
    pub fn began(&mut self, writes: Writes, now: Duration) {
        for (hash, lives) in writes.0 {
            self.entries.insert(hash, Entry { lives, until: now + lives });
        }
    }

    /// [`CacheSimulator::ask`] and [`CacheSimulator::began`] at the same moment.
    ///
    /// # Errors
    /// As [`CacheSimulator::ask`].
    pub fn call(&mut self, request: CachedRequest<'_>, now: Duration) -> Result<Figures, String> {
        let charge = self.ask(request, now)?;
        self.began(charge.writes, now);
        Ok(charge.figures)
    }

    fn holds(&self, hash: u64) -> bool {
        self.entries.contains_key(&hash)
    }

    fn refresh(&mut self, hash: u64, now: Duration) {
        if let Some(entry) = self.entries.get_mut(&hash) {
            entry.until = now + entry.lives;
        }
    }
}
