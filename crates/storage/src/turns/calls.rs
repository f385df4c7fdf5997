//! Tool calls: how far each has come is on the disk before anything happens.

use sqlx::AnyConnection;
use vertice_domain::{Part, PartKind, Timestamp, ToolState, TurnId};
use vertice_ports::turns::{CallRecord, CallState, Suspend, Suspended};

use super::{log, owners};
use crate::{
    database::{Database, Verdict},
    fault::Fault,
    search_text::clean,
};

pub(super) async fn suspend(database: &Database, suspend: Suspend) -> Result<Suspended, Fault> {
    let lock = database.row_lock();
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let turn = suspend.held.turn;
                match owners::stop_requested(connection, suspend.held, lock).await? {
                    Some(false) => {}
                    Some(true) => return Ok(Verdict::Undo(Suspended::Stopped)),
                    None => return Ok(Verdict::Undo(Suspended::Lost)),
                }
                log::insert(connection, &[(turn, &suspend.events)]).await?;
                store(connection, turn, &suspend.calls).await?;
                sqlx::query("UPDATE turns SET state = 'waiting', node = NULL WHERE id = $1")
                    .bind(turn.to_string())
                    .execute(connection)
                    .await?;
                Ok(Verdict::Keep(Suspended::Asleep))
            })
        })
        .await
}

fn key(turn: TurnId, call: &str) -> String {
    format!("{turn}/{}", clean(call))
}

/// Stores how far the calls of a turn that is held have come. `false`: one of them has ended, and was to go on. It never does.
pub(super) async fn store(
    connection: &mut AnyConnection,
    turn: TurnId,
    calls: &[CallRecord],
) -> Result<bool, Fault> {
    let mut are_all = true;
    for (place, call) in calls.iter().enumerate() {
        // What is stored a second time, since the answer to the first time was lost, must not begin anew.
        let is_last = calls[place + 1..].iter().all(|later| later.call != call.call);
        if is_last {
            are_all &= store_one(connection, turn, call).await?;
        }
    }
    if !are_all {
        tracing::error!(%turn, "a tool call that has ended was to go on");
    }
    Ok(are_all)
}

async fn store_one(connection: &mut AnyConnection, turn: TurnId, call: &CallRecord) -> Result<bool, Fault> {
    let state = match call.state {
        CallState::Waiting => "waiting",
        CallState::Running => "running",
        CallState::Ended(outcome) => outcome.as_str(),
    };
    let stored = sqlx::query(
        "INSERT INTO tool_calls (id, turn_id, owner_id, message_id, position, server, tool, fingerprint, state, \
         decided_by, decided_at, started_at, ended_at) \
         SELECT $1, t.id, t.owner_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM turns t WHERE t.id = $2 \
         ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, state = excluded.state, \
         decided_by = excluded.decided_by, decided_at = excluded.decided_at, started_at = excluded.started_at, \
         ended_at = excluded.ended_at WHERE tool_calls.ended_at IS NULL OR excluded.ended_at IS NOT NULL",
    )
    .bind(key(turn, &call.call))
    .bind(turn.to_string())
    .bind(call.message.to_string())
    .bind(i64::from(call.position))
    .bind(clean(&call.server))
    .bind(clean(&call.tool))
    .bind(clean(&call.fingerprint))
    .bind(state)
    .bind(call.decided_by.map(|user| user.to_string()))
    .bind(call.decided_at.map(Timestamp::as_millis))
    .bind(call.started_at.map(Timestamp::as_millis))
    .bind(call.ended_at.map(Timestamp::as_millis))
    .execute(connection)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Ends the records of the calls that have ended in these parts, where that was not noted before.
pub(super) async fn close(
    connection: &mut AnyConnection,
    turn: TurnId,
    parts: &[Part],
    ended_at: Timestamp,
) -> Result<(), Fault> {
    for part in parts {
        let PartKind::ToolCall(call) = &part.kind else { continue };
        let ToolState::Ended { outcome } = call.state else { continue };
        sqlx::query("UPDATE tool_calls SET state = $1, ended_at = $2 WHERE id = $3 AND ended_at IS NULL")
            .bind(outcome.as_str())
            .bind(ended_at.as_millis())
            .bind(key(turn, &call.id))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
