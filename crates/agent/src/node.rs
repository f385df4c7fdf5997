//! Turns whose runner has gone, on another node or on this one: taken over, and ended as interrupted or laid to sleep again.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use tokio::time;
use vertice_domain::{Error, FeedEvent, LoggedEvent, Result, ToolState, Transcript};
use vertice_ports::{
    tools::ToolOutput,
    turns::{Suspend, TakenTurn},
};

use crate::{
    ending::{self, LastWrite, Stored},
    hub::Hub,
    runner::Ends,
    step::{Effect, Input, StopCause, TurnState, logged},
    writer::Unstored,
};

/// How often turns without a runner are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// How many are ended at the same time: their writes are then committed together.
const AT_ONCE: usize = 64;

impl Hub {
    /// Takes over what former runs of the server left; how many turns that were. To be called once, before the first request.
    pub async fn recover(&self) -> Result<usize> {
        // A node without a lease would itself count as gone.
        self.runner.writer.renew().await?;
        let count = self.take_over().await?;
        let hub = self.clone();
        self.runner.tasks.spawn(async move { hub.keep_watch().await });
        Ok(count)
    }

    async fn keep_watch(&self) {
        let shutdown = self.runner.tasks.shutdown_token();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = time::sleep(EVERY) => {}
            }
            if self.runner.turns.is_shared()
                && let Err(error) = self.take_over().await
            {
                tracing::warn!(code = %error.code, "turns of nodes that have gone could not be taken over");
            }
            if let Err(error) = self.take_back().await {
                tracing::warn!(code = %error.code, "turns that nobody runs here could not be looked for");
            }
        }
    }

    /// Ends what the store says that this node runs, and nobody here does: the answer to the write that began or woke it was
    /// lost. Who cares for a turn does so before the store knows, and until it has confirmed the end: whatever is without
    /// care after it was read has ended meanwhile, or is nobody's.
    async fn take_back(&self) -> Result<()> {
        let runner = &self.runner;
        let held = runner.turns.running(runner.node).await?;
        for held in held.into_iter().filter(|held| !runner.care.has(held.turn)) {
            if let Some(taken) = runner.turns.take_back(runner.node, held).await? {
                tracing::warn!(turn_id = %held.turn, "a turn that nobody ran here was ended");
                self.settle(taken).await;
            }
        }
        Ok(())
    }

    async fn take_over(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let taken = self.runner.turns.take_abandoned(self.runner.node).await?;
            if taken.is_empty() {
                break;
            }
            count += taken.len();
            stream::iter(taken).for_each_concurrent(AT_ONCE, |turn| self.settle(turn)).await;
        }
        if count > 0 {
            tracing::info!(count, "turns whose node had gone were taken over");
        }
        Ok(count)
    }

    /// One damaged turn must not keep the others, or the server's start, waiting.
    async fn settle(&self, taken: TakenTurn) {
        let _care = self.runner.care.of(taken.held.turn);
        let mut state = TurnState::new(Transcript::fold(&taken.events), &[]);
        let effects = state.recover(self.known(&taken, &state).await);
        let sleeps = effects.contains(&Effect::Sleep);
        let events = logged(effects).map(Arc::new).collect();
        if !sleeps {
            return self.settle_end(&taken, &state, events).await;
        }
        let suspend = Suspend { held: taken.held, events, calls: Vec::new() };
        let write = LastWrite::Suspend(Box::new(suspend.clone()));
        match ending::once(&*self.runner.turns, taken.owner, &write).await {
            Ok(Stored::Yes | Stored::Lost) => self.announce_end(&taken),
            // Its node went away with the wish unheard.
            Ok(Stored::Stopped) => {
                let more = logged(state.step(Input::Stop(StopCause::Cancelled), 0)).map(Arc::new);
                let events = suspend.events.into_iter().chain(more).collect();
                self.settle_end(&taken, &state, events).await;
            }
            // Whoever looks next finds it: it is nobody's again as soon as this node has gone.
            Err(error) => self.settle_late(&taken, write, &error),
        }
    }

    /// What came of the calls that were being made, as far as their tools can tell.
    async fn known(&self, taken: &TakenTurn, state: &TurnState) -> Vec<(String, ToolOutput)> {
        let mut known = Vec::new();
        for (_, call) in state.transcript.calls().filter(|(_, call)| call.state == ToolState::Running) {
            match self.runner.tools.done(taken.owner, taken.held.turn, call).await {
                Ok(output) => known.extend(output.map(|output| (call.id.clone(), output))),
                Err(error) => {
                    tracing::warn!(turn_id = %taken.held.turn, code = %error.code, "what a call has done could not be read");
                }
            }
        }
        known
    }

    async fn settle_end(&self, taken: &TakenTurn, state: &TurnState, events: Vec<Arc<LoggedEvent>>) {
        let unstored = Unstored { events, calls: Vec::new() };
        let ends = Ends { held: taken.held, message: taken.message, total_ms: None };
        let write = LastWrite::End(Box::new(ends.store_form(state, unstored, self.runner.clock.now())));
        match ending::once(&*self.runner.turns, taken.owner, &write).await {
            Ok(_stored) => self.announce_end(taken),
            Err(error) => self.settle_late(taken, write, &error),
        }
    }

    fn settle_late(&self, taken: &TakenTurn, write: LastWrite, error: &Error) {
        tracing::error!(turn_id = %taken.held.turn, code = %error.code, "a turn could not be ended; trying again");
        let (owner, turns) = (taken.owner, self.runner.turns.clone());
        let shutdown = self.runner.tasks.shutdown_token();
        let care = self.runner.care.of(taken.held.turn);
        self.runner.tasks.spawn(async move {
            let _care = care;
            ending::store_late(&*turns, owner, &write, &shutdown).await;
        });
    }

    fn announce_end(&self, taken: &TakenTurn) {
        let (conversation_id, turn_id) = (taken.conversation, taken.held.turn);
        self.runner.bus.announce(taken.owner, FeedEvent::TurnEnded { conversation_id, turn_id });
    }
}
