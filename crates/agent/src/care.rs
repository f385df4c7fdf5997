//! The turns that this node cares for just now: their runner begins, works or stores their end. What the store says that
//! this node runs, and nobody here cares for, runs for nobody.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use vertice_domain::TurnId;

/// Which turns are cared for. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct InCare {
    turns: Arc<Mutex<HashMap<TurnId, usize>>>,
}

impl InCare {
    /// Cares for a turn until the guard is dropped. To be taken before the store is told that this node runs it.
    pub(crate) fn of(&self, turn: TurnId) -> Care {
        *self.lock().entry(turn).or_default() += 1;
        Care { all: self.clone(), turn }
    }

    pub(crate) fn has(&self, turn: TurnId) -> bool {
        self.lock().contains_key(&turn)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TurnId, usize>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody cares for a turn.
#[must_use]
pub(crate) struct Care {
    all: InCare,
    turn: TurnId,
}

impl Drop for Care {
    fn drop(&mut self) {
        let mut turns = self.all.lock();
        if let Some(count) = turns.get_mut(&self.turn) {
            *count -= 1;
            if *count == 0 {
                turns.remove(&self.turn);
            }
        }
    }
}
