//! How the answers of a model at a place begin.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Models whose templates open the thinking in the prompt, by a part of their name.
const OPENED_BY_TEMPLATE: [&str; 7] =
    ["deepseek-r1", "r1-distill", "qwq", "-thinking", "exaone-deep", "minimax-m1", "minimax-m2"];

/// Whether the answers of one model at one place begin with thinking that no tag opens. Shared by its calls, which learn.
#[derive(Debug, Clone)]
pub struct Opening(Arc<AtomicBool>);

impl Opening {
    /// What a model's name says of it.
    pub fn of_model(id: &str) -> Self {
        let id = id.to_lowercase();
        Self(Arc::new(AtomicBool::new(OPENED_BY_TEMPLATE.iter().any(|part| id.contains(part)))))
    }

    pub(super) fn is_presumed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn learn(&self, opens: bool) {
        self.0.store(opens, Ordering::Relaxed);
    }
}
