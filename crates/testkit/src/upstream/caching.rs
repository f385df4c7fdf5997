//! The simulated prompt cache of the running upstream, and its time.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Shared, lock};
use crate::{
    cache::{CacheSimulator, CachedRequest, Charge, Rules},
    figures::Figures,
    player::Began,
    wire::{Reply, Wire},
};

/// A cache and the time that passes for it.
#[derive(Debug)]
pub(super) struct Simulation {
    cache: CacheSimulator,
    since: Instant,
    skipped: Duration,
}

impl Simulation {
    pub(super) fn new() -> Self {
        Self { cache: CacheSimulator::new(), since: Instant::now(), skipped: Duration::ZERO }
    }

    pub(super) fn advance(&mut self, time: Duration) {
        self.skipped += time;
    }

    fn now(&self) -> Duration {
        self.since.elapsed() + self.skipped
    }
}

/// Sets the figures of the input, if the cache is simulated. Gives what is to be called when the answer begins.
///
/// # Errors
/// The provider's words about a wrong mark.
pub(super) fn charge(shared: &Arc<Shared>, wire: Wire, reply: &mut Reply) -> Result<Option<Began>, String> {
    let mut simulation = lock(&shared.cache);
    let Some(simulation) = simulation.as_mut() else { return Ok(None) };
    let rules = match wire {
        Wire::Anthropic => Rules::Anthropic,
        Wire::Chat | Wire::Responses => Rules::OpenAi,
        Wire::Groq => Rules::Groq,
        Wire::Gemini => Rules::Gemini,
    };
    let now = simulation.now();
    let request = CachedRequest { rules, model: &reply.model, body: &reply.request };
    let Charge { figures, writes } = simulation.cache.ask(request, now)?;
    reply.figures = reply.figures.map(|scripted| Figures {
        output: scripted.output,
        reasoning: scripted.reasoning,
        ..figures
    });
    let shared = Arc::clone(shared);
    Ok(Some(Box::new(move || {
        if let Some(simulation) = lock(&shared.cache).as_mut() {
            let now = simulation.now();
            simulation.cache.began(writes, now);
        }
    })))
}
