//! Caches that need no marks: prefixes in steps, written by every request that is long enough.

use std::time::Duration;

use serde_json::Value;

use super::{CacheSimulator, CachedRequest, Charge, Rules, Writes, text};
use crate::figures::Figures;

/// A step of the prefix: 128 tokens.
const STEP_TOKENS: u64 = 128;
const STEP_CHARS: usize = 512;
/// The first GPT whose writes are billed.
const BILLS_WRITES_FROM: (u32, u32) = (5, 6);

/// What differs between the providers.
struct Policy {
    /// The shortest prefix that is read or written, in tokens.
    min: u64,
    lives: Duration,
    bills_writes: bool,
    /// Written for the long time.
    long: bool,
}

fn policy(rules: Rules, model: &str, body: &Value) -> Policy {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let free = |min, lives| Policy { min, lives, bills_writes: false, long: false };
    match rules {
        Rules::Gemini if model.contains("gemini-4") => free(6_144, minutes(5)),
        Rules::Gemini => free(4_096, minutes(5)),
        Rules::Groq => free(1_024, minutes(120)),
        Rules::OpenAi | Rules::Anthropic if gpt_version(model) >= Some(BILLS_WRITES_FROM) => {
            let long = body["prompt_cache_options"]["ttl"] == "12h";
            let lives = if long { minutes(12 * 60) } else { minutes(30) };
            Policy { min: 1_024, lives, bills_writes: true, long }
        }
        Rules::OpenAi | Rules::Anthropic => free(1_024, minutes(10)),
    }
}

/// The version in `gpt-6.1-sol`.
fn gpt_version(model: &str) -> Option<(u32, u32)> {
    let version = model.strip_prefix("gpt-")?.split('-').next()?;
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

pub(super) fn ask(
    cache: &mut CacheSimulator,
    rules: Rules,
    request: CachedRequest<'_>,
    now: Duration,
) -> Charge {
    let policy = policy(rules, request.model, request.body);
    let prompt = Prompt::read(rules, request);
    let total = (prompt.chars / 4) as u64;
    let long_enough = |steps: &u64| steps * STEP_TOKENS >= policy.min;
    let read_steps =
        (1..=prompt.hashes.len()).rev().find(|steps| cache.holds(prompt.hashes[steps - 1])).unwrap_or(0);
    let read = Some(read_steps as u64).filter(long_enough).unwrap_or(0);
    for hash in prompt.hashes.iter().take(read_steps) {
        cache.refresh(*hash, now);
    }
    let writable = prompt.writable_chars / STEP_CHARS;
    let written = Some(writable as u64).filter(long_enough).unwrap_or(0).saturating_sub(read);
    let billed = if policy.bills_writes { written * STEP_TOKENS } else { 0 };
    let cache_read = read * STEP_TOKENS;
    let figures = Figures {
        input: total - cache_read - billed,
        output: None,
        cache_read,
        cache_write: if policy.long { 0 } else { billed },
        cache_write_long: if policy.long { billed } else { 0 },
        reasoning: 0,
    };
    let new = prompt.hashes.iter().take(writable).skip(read as usize);
    let writes = if written == 0 { Vec::new() } else { new.map(|hash| (*hash, policy.lives)).collect() };
    Charge { figures, writes: Writes(writes) }
}

/// The prompt as a row of characters.
struct Prompt {
    chars: usize,
    /// How much of it may be written.
    writable_chars: usize,
    /// The prefix after each whole step.
    hashes: Vec<u64>,
}

impl Prompt {
    fn read(rules: Rules, request: CachedRequest<'_>) -> Self {
        let CachedRequest { model, body, .. } = request;
        let parts = parts(rules, body);
        let explicit = body["prompt_cache_options"]["mode"] == "explicit";
        let mut whole: Vec<char> = Vec::new();
        let mut marked = 0;
        for part in &parts {
            whole.extend(text::serialised(part).chars());
            if part.to_string().contains(r#""prompt_cache_breakpoint":{"#) {
                marked = whole.len();
            }
        }
        let key = body["prompt_cache_key"].as_str().unwrap_or_default();
        let mut hash = text::chained(0, &format!("{rules:?} {model} {key}"));
        let hashes = whole.chunks_exact(STEP_CHARS).map(|step| {
            hash = text::chained(hash, &step.iter().collect::<String>());
            hash
        });
        let hashes = hashes.collect();
        Self { chars: whole.len(), writable_chars: if explicit { marked } else { whole.len() }, hashes }
    }
}

/// The parts of the prompt in the order in which the provider puts them.
fn parts(rules: Rules, body: &Value) -> Vec<&Value> {
    let names: &[&str] = match rules {
        Rules::Gemini => &["tools", "systemInstruction", "contents"],
        _ => &["response_format", "text", "tools", "instructions", "messages", "input"],
    };
    let present = names.iter().map(|name| &body[*name]).filter(|part| !part.is_null());
    present
        .flat_map(|part| match part {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        })
        .collect()
}
