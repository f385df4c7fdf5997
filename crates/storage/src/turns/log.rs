//! The stored log of turns: one row a batch of events. What is read back has no gaps and nothing twice.

use std::sync::Arc;

use sqlx::{AnyConnection, any::AnyRow};
use vertice_domain::{LoggedEvent, MessageId, TurnId, UserId};
use vertice_ports::store::{LogBatch, UnfinishedTurn};

use crate::{
    database::Database,
    fault::Fault,
    insert::{self, Insert},
    rows,
};

/// A batch that is stored a second time, because the answer to the first time was lost, may have grown meanwhile.
const INSERT: Insert = Insert {
    head: "INSERT INTO turn_log (turn_id, first_seq, last_seq, events) VALUES",
    columns: 4,
    tail: "ON CONFLICT (turn_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, events = excluded.events \
           WHERE excluded.last_seq >= turn_log.last_seq",
};

/// One row to be stored.
struct Row {
    turn: TurnId,
    first: i64,
    last: i64,
    events: String,
}

pub(super) async fn append(database: &Database, batches: &[LogBatch]) -> Result<(), Fault> {
    let rows: Vec<_> = batches.iter().map(|batch| (batch.turn, batch.events.as_slice())).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut transaction = database.begin_write().await?;
    insert(&mut transaction, &rows).await?;
    Ok(transaction.commit().await?)
}

/// Stores batches inside a transaction; empty ones are nothing.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    batches: &[(TurnId, &[Arc<LoggedEvent>])],
) -> Result<(), Fault> {
    let mut stored = Vec::with_capacity(batches.len());
    for (turn, events) in batches {
        stored.extend(row(*turn, events)?);
    }
    insert::all(connection, INSERT, &stored, |statement, row| {
        Ok(statement.bind(row.turn.to_string()).bind(row.first).bind(row.last).bind(row.events.as_str()))
    })
    .await
}

fn row(turn: TurnId, events: &[Arc<LoggedEvent>]) -> Result<Option<Row>, Fault> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(None) };
    if events.windows(2).any(|pair| pair[0].seq + 1 != pair[1].seq) {
        return Err(Fault::Broken("a batch of events has a gap"));
    }
    let events: Vec<&LoggedEvent> = events.iter().map(Arc::as_ref).collect();
    let (first, last) = (sequence(first.seq)?, sequence(last.seq)?);
    Ok(Some(Row { turn, first, last, events: rows::to_json(&events)? }))
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
    let found = sqlx::query(
        "SELECT l.events FROM turn_log l JOIN turns t ON t.id = l.turn_id \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE l.turn_id = $1 AND l.last_seq > $2 AND t.owner_id = $3 AND c.deleted_at IS NULL \
         ORDER BY l.first_seq",
    )
    .bind(turn.to_string())
    .bind(from)
    .bind(owner.to_string())
    .fetch_all(database.reader())
    .await?;
    let mut log = Log { next: after + 1, events: Vec::new() };
    for row in &found {
        if !log.add(row)? {
            return Err(Fault::Broken("a turn's stored log has a gap"));
        }
    }
    Ok(log.events)
}

/// Events read back so far.
struct Log {
    /// The sequence number that must come next.
    next: u64,
    events: Vec<LoggedEvent>,
}

impl Log {
    /// Takes in a row; `false`: it does not follow.
    fn add(&mut self, row: &AnyRow) -> Result<bool, Fault> {
        for event in rows::json::<Vec<LoggedEvent>>(row, "events")? {
            if event.seq > self.next {
                return Ok(false);
            }
            if event.seq == self.next {
                self.next += 1;
                self.events.push(event);
            }
        }
        Ok(true)
    }
}

/// Of a log with a gap only what stands before it is given: the start must not fail because one turn's log did.
pub(super) async fn unfinished(database: &Database) -> Result<Vec<UnfinishedTurn>, Fault> {
    let mut transaction = database.begin_read().await?;
    let turns = sqlx::query("SELECT id, owner_id, message_id FROM turns WHERE ended_at IS NULL ORDER BY id")
        .fetch_all(&mut *transaction)
        .await?;
    let mut unfinished = Vec::with_capacity(turns.len());
    for row in &turns {
        let turn: TurnId = rows::parsed(row, "id")?;
        let message: MessageId = rows::parsed(row, "message_id")?;
        let events = stored_prefix(&mut transaction, turn).await?;
        unfinished.push(UnfinishedTurn { owner: rows::parsed(row, "owner_id")?, turn, message, events });
    }
    Ok(unfinished)
}

async fn stored_prefix(connection: &mut AnyConnection, turn: TurnId) -> Result<Vec<LoggedEvent>, Fault> {
    let found = sqlx::query("SELECT events FROM turn_log WHERE turn_id = $1 ORDER BY first_seq")
        .bind(turn.to_string())
        .fetch_all(connection)
        .await?;
    let mut log = Log { next: 1, events: Vec::new() };
    for row in &found {
        if !log.add(row)? {
            tracing::error!(%turn, after = log.next - 1, "an unfinished turn's stored log has a gap");
            break;
        }
    }
    Ok(log.events)
}
