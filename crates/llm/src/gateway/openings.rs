//! Which models, at which places, begin their answers with thinking that no tag opens. In memory only: losing it costs one
//! answer whose thinking is told as text.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{catalog::Model, decode::Opening, http::Endpoint};

/// Pairs that are remembered at most.
const MAX_PAIRS: usize = 1_000;

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Openings(Mutex<HashMap<(String, String), Opening>>);

impl Openings {
    /// What is known of a model at a place, shared by all its calls.
    pub(super) fn of(&self, endpoint: &Endpoint, model: &Model) -> Opening {
        if !endpoint.is_imitation() {
            return Opening::of_model(&model.id);
        }
        // Nothing panics while it is held; a poisoned map would still be whole.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = (endpoint.call_url.clone(), model.id.clone());
        if known.len() >= MAX_PAIRS && !known.contains_key(&pair) {
            return Opening::of_model(&model.id);
        }
        known.entry(pair).or_insert_with(|| Opening::of_model(&model.id)).clone()
    }
}
