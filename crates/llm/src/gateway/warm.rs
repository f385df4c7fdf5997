//! Which model answered a conversation a moment ago, so that its prompt cache is not thrown away. In memory only: losing
//! it costs a cache read, nothing else.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use vertice_domain::{ConversationId, Timestamp};

use crate::cache_plan::Ttl;

/// How long a provider keeps what it has cached at least.
const WARM_FOR: Duration = Ttl::Short.duration();
/// Conversations that are remembered at most.
const MAX_CONVERSATIONS: usize = 10_000;

/// The models of the latest conversations.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<HashMap<ConversationId, (String, Timestamp)>>);

impl Warm {
    /// The model that answered within the last five minutes.
    pub(super) fn model(&self, conversation: ConversationId, now: Timestamp) -> Option<String> {
        let known = self.known();
        let (model, at) = known.get(&conversation)?;
        is_warm(*at, now).then(|| model.clone())
    }

    /// Notes who answers now.
    pub(super) fn note(&self, conversation: ConversationId, model: &str, now: Timestamp) {
        let mut known = self.known();
        if known.len() >= MAX_CONVERSATIONS && !known.contains_key(&conversation) {
            known.retain(|_, (_, at)| is_warm(*at, now));
        }
        if known.len() < MAX_CONVERSATIONS || known.contains_key(&conversation) {
            known.insert(conversation, (model.to_owned(), now));
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ConversationId, (String, Timestamp)>> {
        // Nothing panics while it is held; a poisoned map would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_warm(at: Timestamp, now: Timestamp) -> bool {
    let passed = now.as_millis() - at.as_millis();
    u64::try_from(passed).is_ok_and(|passed| Duration::from_millis(passed) < WARM_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ConversationId {
        ConversationId::new(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn it_cools_down_and_stays_bounded() {
        let (warm, start) = (Warm::default(), Timestamp::from_millis(0));
        for number in 0..MAX_CONVERSATIONS as u128 + 5 {
            warm.note(id(number), "m", start);
        }
        assert_eq!(warm.known().len(), MAX_CONVERSATIONS);
        let later = Timestamp::from_millis(299_999);
        assert_eq!(warm.model(id(1), later).as_deref(), Some("m"));
        let cold = Timestamp::from_millis(300_000);
        assert_eq!(warm.model(id(1), cold), None);
        warm.note(id(u128::MAX), "n", cold);
        assert_eq!(warm.known().len(), 1);
        assert_eq!(warm.model(id(u128::MAX), cold).as_deref(), Some("n"));
    }
}
