//! The stored log of turns: one row a batch of entries. What is read back has no gaps and nothing twice, and ends where
//! it cannot be read.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use sqlx::{AnyConnection, any::AnyRow};
use vertice_domain::{BlobHash, LoggedEvent, NodeId, Timestamp, TurnId, UserId};
use vertice_ports::turns::{Appended, LogBatch};

use super::{calls, first_version::FirstVersion, owners, stored_event};
use crate::{
    conversations::kept,
    database::{Database, Verdict},
    fault::Fault,
    insert::{self, Insert},
    rows,
};

/// A batch that is stored a second time, because the answer to the first time was lost, may have grown meanwhile.
const INSERT: Insert = Insert {
    head: "INSERT INTO turn_log (turn_id, first_seq, last_seq, version, events) VALUES",
    columns: 5,
    tail: "ON CONFLICT (turn_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, \
           version = excluded.version, events = excluded.events WHERE excluded.last_seq >= turn_log.last_seq",
};

/// One row to be stored.
struct Row {
    turn: TurnId,
    first: i64,
    last: i64,
    events: String,
}

pub(super) async fn append(
    database: &Database,
    node: NodeId,
    lease: Duration,
    batches: Vec<LogBatch>,
) -> Result<Appended, Fault> {
    let (lock, now_ms) = (database.row_lock(), database.now_ms());
    database
        .grouped_logs(move |connection| {
            Box::pin(async move {
                owners::renew(connection, node, lease, now_ms).await?;
                let named: Vec<_> = batches.iter().map(|batch| batch.held.turn).collect();
                let owners::Running { fences, stops } =
                    owners::running(connection, node, &named, lock).await?;
                let is_held = |batch: &LogBatch| fences.get(&batch.held.turn) == Some(&batch.held.fence);
                let (held, lost): (Vec<_>, Vec<_>) = batches.into_iter().partition(is_held);
                let stored: Vec<_> =
                    held.iter().map(|batch| (batch.held.turn, batch.events.as_slice())).collect();
                insert(connection, &stored).await?;
                let mut lost: Vec<_> = lost.into_iter().map(|batch| batch.held.turn).collect();
                for batch in &held {
                    // Who sees its calls otherwise than the store does is not whom the turn belongs to.
                    if !calls::store(connection, batch.held.turn, &batch.calls).await? {
                        lost.push(batch.held.turn);
                    }
                }
                Ok(Verdict::Keep(Appended { lost, stops }))
            })
        })
        .await
}

/// Stores batches of turns that are held inside a transaction; empty ones are nothing.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    batches: &[(TurnId, &[Arc<LoggedEvent>])],
) -> Result<(), Fault> {
    let mut stored = Vec::with_capacity(batches.len());
    for (turn, events) in batches {
        stored.extend(row(*turn, events)?);
    }
    insert::all(connection, INSERT, &stored, |statement, row| {
        Ok(statement
            .bind(row.turn.to_string())
            .bind(row.first)
            .bind(row.last)
            .bind(stored_event::VERSION)
            .bind(row.events.clone()))
    })
    .await?;
    for (turn, events) in batches {
        keep_blobs(connection, *turn, &kept::named_in(events.iter().map(Arc::as_ref))).await?;
    }
    Ok(())
}

/// What a turn's parts name is its message's own from now on: it may sleep for longer than blobs stay by themselves.
pub(super) async fn keep_blobs(
    connection: &mut AnyConnection,
    turn: TurnId,
    named: &BTreeSet<BlobHash>,
) -> Result<(), Fault> {
    if named.is_empty() {
        return Ok(());
    }
    let row = sqlx::query("SELECT owner_id, message_id, started_at FROM turns WHERE id = $1")
        .bind(turn.to_string())
        .fetch_one(&mut *connection)
        .await?;
    let (owner, message) = (rows::parsed(&row, "owner_id")?, rows::parsed(&row, "message_id")?);
    let missing = kept::keep(connection, owner, message, named, rows::time(&row, "started_at")?).await?;
    if missing > 0 {
        tracing::warn!(%turn, missing, "a turn's parts name blobs that its owner does not have");
    }
    Ok(())
}

fn row(turn: TurnId, events: &[Arc<LoggedEvent>]) -> Result<Option<Row>, Fault> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(None) };
    if events.windows(2).any(|pair| pair[0].seq + 1 != pair[1].seq) {
        return Err(Fault::Broken("a batch of events has a gap"));
    }
    let (first, last) = (sequence(first.seq)?, sequence(last.seq)?);
    Ok(Some(Row { turn, first, last, events: stored_event::encode(events)? }))
}

fn sequence(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Broken("a sequence number is out of range"))
}

pub(super) async fn events(
    database: &Database,
    owner: UserId,
    turn: TurnId,
    after: u64,
) -> Result<Vec<LoggedEvent>, Fault> {
    // No log reaches beyond the largest number that the column holds.
    let Ok(from) = i64::try_from(after) else { return Ok(Vec::new()) };
    let mut found = owned_rows(database, owner, turn, from).await?;
    let old = found.iter().any(|row| rows::number(row, "version").is_ok_and(|version| version == 1));
    if !old {
        return Ok(read(turn, after + 1, &found));
    }
    // What a token of the first version means is told by those before it.
    if from > 0 {
        found = owned_rows(database, owner, turn, 0).await?;
    }
    let mut events = read(turn, 1, &found);
    events.retain(|logged| logged.seq > after);
    Ok(events)
}

async fn owned_rows(
    database: &Database,
    owner: UserId,
    turn: TurnId,
    after: i64,
) -> Result<Vec<AnyRow>, Fault> {
    let found = sqlx::query(
        "SELECT l.first_seq, l.last_seq, l.version, l.events FROM turn_log l JOIN turns t ON t.id = l.turn_id \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE l.turn_id = $1 AND l.last_seq > $2 AND t.owner_id = $3 AND c.deleted_at IS NULL \
         ORDER BY l.first_seq",
    )
    .bind(turn.to_string())
    .bind(after)
    .bind(owner.to_string())
    .fetch_all(database.reader())
    .await?;
    Ok(found)
}

/// The entries from the row on in which the turn's last step begins. No text that a model writes looks like that beginning:
/// its quotes are escaped.
pub(super) async fn last_step(
    database: &Database,
    owner: UserId,
    turn: TurnId,
) -> Result<Vec<LoggedEvent>, Fault> {
    let found = sqlx::query(
        "SELECT l.first_seq, l.last_seq, l.version, l.events FROM turn_log l JOIN turns t ON t.id = l.turn_id \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE l.turn_id = $1 AND t.owner_id = $2 AND c.deleted_at IS NULL AND l.first_seq >= \
         (SELECT s.first_seq FROM turn_log s WHERE s.turn_id = $1 AND s.version = $3 \
         AND s.events LIKE '%{\"step\":{%' ORDER BY s.first_seq DESC LIMIT 1) ORDER BY l.first_seq",
    )
    .bind(turn.to_string())
    .bind(owner.to_string())
    .bind(stored_event::VERSION)
    .fetch_all(database.reader())
    .await?;
    let Some(first) = found.first() else { return Ok(Vec::new()) };
    Ok(read(turn, rows::count(first, "first_seq")?, &found))
}

/// The whole log of a turn, inside a transaction.
pub(super) async fn whole(connection: &mut AnyConnection, turn: TurnId) -> Result<Vec<LoggedEvent>, Fault> {
    let found = sqlx::query(
        "SELECT first_seq, last_seq, version, events FROM turn_log WHERE turn_id = $1 ORDER BY first_seq",
    )
    .bind(turn.to_string())
    .fetch_all(connection)
    .await?;
    Ok(read(turn, 1, &found))
}

/// The entries of these rows from number `next` on, up to what cannot be read.
fn read(turn: TurnId, mut next: u64, found: &[AnyRow]) -> Vec<LoggedEvent> {
    let mut first_version = FirstVersion::default();
    let mut events = Vec::new();
    for row in found {
        let Ok(Some(entries)) = entries(row, &mut first_version) else {
            tracing::error!(%turn, after = next - 1, "a row of a turn's stored log cannot be read; it ends there");
            break;
        };
        for logged in entries {
            if logged.seq > next {
                tracing::error!(%turn, after = next - 1, "a turn's stored log has a gap; it ends there");
                return events;
            }
            if logged.seq == next {
                next += 1;
                events.push(logged);
            }
        }
    }
    events
}

/// None: the row says something else than its numbers.
fn entries(row: &AnyRow, first_version: &mut FirstVersion) -> Result<Option<Vec<LoggedEvent>>, Fault> {
    let text = rows::text(row, "events")?;
    let (first, last) = (rows::count(row, "first_seq")?, rows::count(row, "last_seq")?);
    let entries = match rows::number(row, "version")? {
        1 => first_version.decode(&text),
        _ => stored_event::decode(first, &text),
    };
    Ok(entries.filter(|entries| entries.last().is_some_and(|logged| logged.seq == last)))
}

pub(super) async fn drop_old(database: &Database, before: Timestamp) -> Result<u64, Fault> {
    /// Turns of one transaction.
    const SOME: usize = insert::LARGEST;
    let mut dropped = 0;
    loop {
        let some = database
            .grouped(move |connection| {
                Box::pin(async move { Ok(Verdict::Keep(drop_some(connection, before, SOME).await?)) })
            })
            .await?;
        dropped += u64::try_from(some).unwrap_or(u64::MAX);
        if some < SOME {
            return Ok(dropped);
        }
    }
}

async fn drop_some(connection: &mut AnyConnection, before: Timestamp, limit: usize) -> Result<usize, Fault> {
    let found = sqlx::query(
        "UPDATE turns SET has_log = 0 WHERE id IN (SELECT id FROM turns \
         WHERE has_log = 1 AND ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2) RETURNING id",
    )
    .bind(before.as_millis())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let turns = found.iter().map(|row| rows::text(row, "id")).collect::<Result<Vec<_>, _>>()?;
    if !turns.is_empty() {
        insert::one_of("DELETE FROM turn_log WHERE turn_id IN ", &turns, "", None)
            .execute(connection)
            .await?;
    }
    Ok(turns.len())
}
