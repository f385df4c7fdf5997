//! What belongs to a tool call, kept by the call's id: what providers want back verbatim with its result (signatures, encrypted
//! reasoning), and what this server did with tools of its own before it. OpenAI's format has no place for them, and its clients send back only what it has. In memory and bounded; what is lost is
//! left out, which costs the model its thoughts on the call and nothing else.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lru::LruCache;
use tokio::time::Instant;
use vertice_domain::UserId;
use vertice_ports::prompt::{Block, PromptMessage, Replay};

/// How long a call may take to come back.
const LIFE: Duration = Duration::from_secs(60 * 60);
/// Calls that are kept.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4_096).expect("it is not 0");
/// Bytes that are kept, over all calls.
const MAX_BYTES: usize = 32 * 1024 * 1024;

type Key = (UserId, String);

/// What belongs to one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BeforeCall {
    /// What stood before the answer's text, where it has one: thinking goes first, or its provider refuses it.
    pub(super) before_text: Vec<Replay>,
    /// What stood right before the call.
    pub(super) before_call: Vec<Replay>,
    /// The whole answer, where this server called tools of its own in it.
    pub(super) steps: Option<Steps>,
}

/// An answer of several steps, of which OpenAI's format has room for the text and the last calls only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    /// Its text, as the caller was told it.
    pub(super) text: String,
    /// What the model is shown of it, up to the results that the caller brings.
    pub(super) messages: Vec<PromptMessage>,
}

impl Steps {
    fn size(&self) -> usize {
        let blocks = self.messages.iter().flat_map(|message| &message.blocks);
        let bytes = blocks.map(|block| match block {
            Block::Text(text) => text.len(),
            Block::ToolCall(call) => call.id.len() + call.name.len() + call.arguments.len(),
            Block::ToolResult(result) => result.call_id.len() + result.text.len(),
            Block::Replay(replay) => replay.data.len() + replay.model.len(),
            Block::Image(_) => 0,
        });
        self.text.len() + bytes.sum::<usize>()
    }
}

impl BeforeCall {
    fn size(&self) -> usize {
        let all = self.before_text.iter().chain(&self.before_call);
        all.map(|replay| replay.data.len() + replay.model.len()).sum::<usize>()
            + self.steps.as_ref().map_or(0, Steps::size)
    }
}

/// The store.
pub struct Replays(Mutex<Kept>);

struct Kept {
    by_call: LruCache<Key, (Instant, BeforeCall)>,
    bytes: usize,
}

impl Default for Replays {
    fn default() -> Self {
        Self(Mutex::new(Kept { by_call: LruCache::new(CAPACITY), bytes: 0 }))
    }
}

impl Replays {
    /// Keeps what stood before a call.
    pub(super) fn keep(&self, user: UserId, call_id: &str, replays: BeforeCall) {
        let size = replays.size();
        if size == 0 || size > MAX_BYTES {
            return;
        }
        let mut kept = self.lock();
        kept.bytes += size;
        let before = kept.by_call.push((user, call_id.to_owned()), (Instant::now(), replays));
        kept.bytes -= before.map_or(0, |(_, (_, replays))| replays.size());
        while kept.bytes > MAX_BYTES {
            let Some((_, (_, replays))) = kept.by_call.pop_lru() else { break };
            kept.bytes -= replays.size();
        }
    }

    /// What stood before a call.
    pub(super) fn before(&self, user: UserId, call_id: &str) -> BeforeCall {
        let mut kept = self.lock();
        let found = kept.by_call.get(&(user, call_id.to_owned()));
        found.filter(|(at, _)| at.elapsed() < LIFE).map(|(_, replays)| replays.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::Provider;

    use super::*;

    fn replay(size: usize) -> BeforeCall {
        let data = "x".repeat(size);
        let replay = Replay { provider: Provider::Anthropic, model: String::new(), data };
        BeforeCall { before_call: vec![replay], ..BeforeCall::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn kept_for_its_user_for_an_hour_within_bounds() {
        let (ann, bob) = (UserId::new(uuid::Uuid::from_u128(1)), UserId::new(uuid::Uuid::from_u128(2)));
        let replays = Replays::default();
        replays.keep(ann, "a", replay(10));
        assert_eq!(replays.before(ann, "a"), replay(10));
        let nothing = BeforeCall::default();
        assert!(replays.before(bob, "a") == nothing && replays.before(ann, "b") == nothing);
        tokio::time::advance(LIFE).await;
        assert_eq!(replays.before(ann, "a"), nothing);
        replays.keep(ann, "a", replay(MAX_BYTES - 1));
        replays.keep(ann, "b", replay(MAX_BYTES - 1));
        assert!(replays.before(ann, "a") == nothing && replays.before(ann, "b") != nothing);
        replays.keep(ann, "b", replay(1));
        assert_eq!(replays.lock().bytes, 1);
    }
}
