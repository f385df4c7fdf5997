//! Who runs which turn: leases, fences, stops, and taking over what nobody runs any more.

use std::{collections::HashMap, time::Duration};

use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use vertice_domain::{NodeId, TurnId, UserId};
use vertice_ports::turns::{Held, TakenTurn};

use super::log;
use crate::{
    database::{Database, Verdict},
    fault::{Fault, skipped},
    insert, rows,
};

/// Of turns that a node may run, which it does, with their fences; they stay so until the end of the transaction. Also which
/// of all its turns somebody wants to stop.
#[derive(Debug, Default)]
pub(super) struct Running {
    pub(super) fences: HashMap<TurnId, u64>,
    pub(super) stops: Vec<TurnId>,
}

/// Reads of the node's turns only those that are named, and those that are to stop: it may run many that say nothing.
pub(super) async fn running(
    connection: &mut AnyConnection,
    node: NodeId,
    named: &[TurnId],
    lock: &'static str,
) -> Result<Running, Fault> {
    const STOPS: &str = "SELECT id, fence, stop_requested FROM turns WHERE node = $1 AND state = 'running' \
                         AND (stop_requested = 1";
    let mut running = Running::default();
    let mut chunks = named.chunks(insert::LARGEST);
    loop {
        let chunk = chunks.next();
        let statement = match chunk {
            Some(some) => {
                insert::one_of(&format!("{STOPS} OR id IN "), some, &format!("){lock}"), Some(&node))
            }
            None => sqlx::query(AssertSqlSafe(format!("{STOPS}){lock}"))).bind(node.to_string()),
        };
        for row in &statement.fetch_all(&mut *connection).await? {
            // What cannot be read here is nobody's, and must not keep others from writing.
            let (Ok(turn), Ok(fence)) = (rows::parsed(row, "id"), rows::count(row, "fence")) else {
                continue;
            };
            let known = running.fences.insert(turn, fence).is_some();
            if !known && rows::flag(row, "stop_requested").unwrap_or(false) {
                running.stops.push(turn);
            }
        }
        if chunks.len() == 0 {
            return Ok(running);
        }
    }
}

/// Whether somebody wants the turn to stop, and nobody can before the end of the transaction. None: it is lost.
pub(super) async fn stop_requested(
    connection: &mut AnyConnection,
    held: Held,
    lock: &'static str,
) -> Result<Option<bool>, Fault> {
    let row = of_holder(connection, held, "<> 'ended'", lock).await?;
    row.map(|row| rows::flag(&row, "stop_requested")).transpose()
}

async fn of_holder(
    connection: &mut AnyConnection,
    held: Held,
    states: &'static str,
    lock: &'static str,
) -> Result<Option<AnyRow>, Fault> {
    let sql =
        format!("SELECT stop_requested FROM turns WHERE id = $1 AND fence = $2 AND state {states}{lock}");
    let found = sqlx::query(AssertSqlSafe(sql)).bind(held.turn.to_string()).bind(fence(held)?);
    Ok(found.fetch_optional(connection).await?)
}

pub(super) fn fence(held: Held) -> Result<i64, Fault> {
    i64::try_from(held.fence).map_err(|_| Fault::Broken("a fence is out of range"))
}

/// `now_ms`: [`Database::now_ms`].
pub(super) async fn renew(
    connection: &mut AnyConnection,
    node: NodeId,
    lease: Duration,
    now_ms: &'static str,
) -> Result<(), Fault> {
    let sql = format!(
        "INSERT INTO nodes (id, lease_until) VALUES ($1, {now_ms} + $2) \
         ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(node.to_string()).bind(millis(lease)).execute(connection).await?;
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Forgets the nodes' own name: what it runs is nobody's.
pub(super) async fn leave(database: &Database, node: NodeId) -> Result<(), Fault> {
    database
        .grouped(move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM nodes WHERE id = $1")
                    .bind(node.to_string())
                    .execute(connection)
                    .await?;
                Ok(Verdict::Keep(()))
            })
        })
        .await
}

pub(super) async fn forget(database: &Database, ago: Duration) -> Result<u64, Fault> {
    let sql = format!("DELETE FROM nodes WHERE lease_until <= {} - $1", database.now_ms());
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let forgotten = sqlx::query(AssertSqlSafe(sql)).bind(millis(ago)).execute(connection).await?;
                Ok(Verdict::Keep(forgotten.rows_affected()))
            })
        })
        .await
}

/// Only of a turn that runs: one that has fallen asleep meanwhile would hear of it when it wakes at last.
pub(super) async fn request_stop(database: &Database, owner: UserId, turn: TurnId) -> Result<bool, Fault> {
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let asked = sqlx::query(
                    "UPDATE turns SET stop_requested = 1 WHERE id = $1 AND owner_id = $2 AND state = 'running'",
                )
                .bind(turn.to_string())
                .bind(owner.to_string())
                .execute(connection)
                .await?;
                Ok(Verdict::Keep(asked.rows_affected() == 1))
            })
        })
        .await
}

/// A node's own turns are never abandoned: whoever asks is alive, and runs them.
pub(super) async fn take_abandoned(database: &Database, node: NodeId) -> Result<Vec<TakenTurn>, Fault> {
    let sql = format!(
        "UPDATE turns SET node = $1, fence = fence + 1 WHERE id IN (\
         SELECT t.id FROM turns t WHERE t.state = 'running' AND (t.node IS NULL OR (t.node <> $1 AND NOT EXISTS \
         (SELECT 1 FROM nodes n WHERE n.id = t.node AND n.lease_until > {}))) ORDER BY t.id LIMIT 100{}) \
         RETURNING id, owner_id, conversation_id, message_id, fence, started_at, settings",
        database.now_ms(),
        database.claim_lock()
    );
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let found = sqlx::query(AssertSqlSafe(sql))
                    .bind(node.to_string())
                    .fetch_all(&mut *connection)
                    .await?;
                let mut taken = Vec::with_capacity(found.len());
                for row in &found {
                    let Ok(turn) = taken_turn(row).map_err(skipped("an abandoned turn")) else { continue };
                    taken.push(with_log(connection, turn).await?);
                }
                Ok(Verdict::Keep(taken))
            })
        })
        .await
}

/// What a node runs, read beside the writers.
pub(super) async fn held_by(database: &Database, node: NodeId) -> Result<Vec<Held>, Fault> {
    let found = sqlx::query("SELECT id, fence FROM turns WHERE node = $1 AND state = 'running'")
        .bind(node.to_string())
        .fetch_all(database.reader())
        .await?;
    let held = |row: &AnyRow| {
        Some(Held { turn: rows::parsed(row, "id").ok()?, fence: rows::count(row, "fence").ok()? })
    };
    Ok(found.iter().filter_map(held).collect())
}

pub(super) async fn take_back(
    database: &Database,
    node: NodeId,
    held: Held,
) -> Result<Option<TakenTurn>, Fault> {
    let seen = fence(held)?;
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let found = sqlx::query(
                    "UPDATE turns SET fence = fence + 1 WHERE id = $1 AND fence = $2 AND node = $3 \
                     AND state = 'running' \
                     RETURNING id, owner_id, conversation_id, message_id, fence, started_at, settings",
                )
                .bind(held.turn.to_string())
                .bind(seen)
                .bind(node.to_string())
                .fetch_all(&mut *connection)
                .await?;
                let Some(row) = found.first() else { return Ok(Verdict::Undo(None)) };
                let taken = with_log(connection, taken_turn(row)?).await?;
                Ok(Verdict::Keep(Some(taken)))
            })
        })
        .await
}

pub(super) async fn wake(
    database: &Database,
    owner: UserId,
    turn: TurnId,
    node: NodeId,
) -> Result<Option<TakenTurn>, Fault> {
    database
        .grouped(move |connection| Box::pin(async move {
            let found = sqlx::query(
                "UPDATE turns SET state = 'running', node = $1, fence = fence + 1 \
                 WHERE id = $2 AND owner_id = $3 AND state = 'waiting' AND EXISTS (SELECT 1 FROM conversations c \
                 WHERE c.id = turns.conversation_id AND c.deleted_at IS NULL) \
                 RETURNING id, owner_id, conversation_id, message_id, fence, started_at, settings",
            )
            .bind(node.to_string())
            .bind(turn.to_string())
            .bind(owner.to_string())
            .fetch_all(&mut *connection)
            .await?;
            let Some(row) = found.first() else { return Ok(Verdict::Undo(None)) };
            let woken = with_log(connection, taken_turn(row)?).await?;
            Ok(Verdict::Keep(Some(woken)))
        }))
        .await
}

async fn with_log(connection: &mut AnyConnection, turn: TakenTurn) -> Result<TakenTurn, Fault> {
    let events = log::whole(connection, turn.held.turn).await?;
    Ok(TakenTurn { events, ..turn })
}

fn taken_turn(row: &AnyRow) -> Result<TakenTurn, Fault> {
    Ok(TakenTurn {
        owner: rows::parsed(row, "owner_id")?,
        held: Held { turn: rows::parsed(row, "id")?, fence: rows::count(row, "fence")? },
        conversation: rows::parsed(row, "conversation_id")?,
        message: rows::parsed(row, "message_id")?,
        started_at: rows::time(row, "started_at")?,
        settings: rows::optional_text(row, "settings")?,
        events: Vec::new(),
    })
}
