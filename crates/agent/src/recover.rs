//! Turns that a former run of the server did not bring to their end: they are ended as interrupted, with their text.

use std::sync::Arc;

use vertice_domain::{ErrorKind, FinishReason, LoggedEvent, MessageId, Result, Timestamp, TurnId, UserId};
use vertice_ports::store::EndTurn;

use crate::{drive::EndedTurn, hub::Hub, step::TurnState};

impl Hub {
    /// Ends every unfinished turn as interrupted; how many there were. To be called once, before the first request.
    pub async fn recover(&self) -> Result<usize> {
        let unfinished = self.stage.turns.unfinished().await?;
        let count = unfinished.len();
        for left in unfinished {
            let end = interrupted(left.turn, left.message, &left.events, self.stage.clock.now());
            match self.stage.turns.end(end).await {
                Ok(()) => {}
                Err(error) if error.kind == ErrorKind::Unavailable => return Err(error),
                // One damaged turn must not keep the server from starting.
                Err(error) => {
                    tracing::error!(turn_id = %left.turn, code = %error.code, "a turn could not be ended");
                }
            }
        }
        if count > 0 {
            tracing::info!(count, "turns of a former run were ended as interrupted");
        }
        Ok(count)
    }

    /// Ends one stored turn that nobody runs.
    pub(crate) async fn mend(&self, owner: UserId, turn: TurnId) -> Result<()> {
        let turns = &self.stage.turns;
        let events = turns.events(owner, turn, 0).await?;
        let Some(stored) = turns.turn(owner, turn).await?.filter(|stored| !stored.ended) else {
            return Ok(());
        };
        tracing::warn!(turn_id = %turn, "a turn that nobody runs was ended as interrupted");
        turns.end(interrupted(turn, stored.message, &events, self.stage.clock.now())).await
    }
}

fn interrupted(turn: TurnId, message: MessageId, events: &[LoggedEvent], now: Timestamp) -> EndTurn {
    let mut state = TurnState::fold(events.iter().map(|logged| &logged.event));
    state.finish = Some(FinishReason::Interrupted);
    let last_seq = events.last().map_or(0, |logged| logged.seq);
    EndedTurn { turn, message, last_seq, total_ms: None }.store_form(&state, Vec::<Arc<_>>::new(), now)
}
