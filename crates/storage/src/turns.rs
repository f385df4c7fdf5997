//! Turns: their beginning, their log, their tool calls and their end. Each is one transaction.

mod begin;
mod calls;
mod end;
mod first_version;
mod log;
mod owners;
mod stored_event;

use std::time::Duration;

use async_trait::async_trait;
use sqlx::any::AnyRow;
use vertice_domain::{LoggedEvent, NodeId, Page, PageRequest, Result, Timestamp, TurnId, UserId};
use vertice_ports::{
    TurnStore,
    turns::{
        Appended, BeginTurn, EndTurn, Held, LogBatch, StoredTurn, Suspend, Suspended, TakenTurn, TurnLogs,
        TurnPhase,
    },
};

use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::{Fault, skipped},
    rows,
};

#[async_trait]
impl TurnLogs for Database {
    async fn log(&self, owner: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>> {
        self.events(owner, turn, 0).await
    }
}

#[async_trait]
impl TurnStore for Database {
    async fn begin(&self, owner: UserId, begin: BeginTurn) -> Result<bool> {
        Ok(begin::begin(self, owner, begin).await?)
    }

    async fn append(&self, node: NodeId, lease: Duration, batches: Vec<LogBatch>) -> Result<Appended> {
        Ok(log::append(self, node, lease, batches).await?)
    }

    async fn suspend(&self, suspend: Suspend) -> Result<Suspended> {
        Ok(calls::suspend(self, suspend).await?)
    }

    async fn wake(&self, owner: UserId, turn: TurnId, node: NodeId) -> Result<Option<TakenTurn>> {
        Ok(owners::wake(self, owner, turn, node).await?)
    }

    async fn end(&self, end: EndTurn) -> Result<bool> {
        Ok(end::end(self, end).await?)
    }

    async fn request_stop(&self, owner: UserId, turn: TurnId) -> Result<bool> {
        Ok(owners::request_stop(self, owner, turn).await?)
    }

    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>> {
        Ok(find(self, owner, turn).await?)
    }

    async fn unended(
        &self,
        owner: UserId,
        phase: Option<TurnPhase>,
        page: &PageRequest,
    ) -> Result<Page<StoredTurn>> {
        Ok(unended(self, owner, phase, page).await?)
    }

    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>> {
        Ok(log::events(self, owner, turn, after).await?)
    }

    async fn last_step(&self, owner: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>> {
        Ok(log::last_step(self, owner, turn).await?)
    }

    async fn take_abandoned(&self, node: NodeId) -> Result<Vec<TakenTurn>> {
        Ok(owners::take_abandoned(self, node).await?)
    }

    async fn running(&self, node: NodeId) -> Result<Vec<Held>> {
        Ok(owners::held_by(self, node).await?)
    }

    async fn take_back(&self, node: NodeId, held: Held) -> Result<Option<TakenTurn>> {
        Ok(owners::take_back(self, node, held).await?)
    }

    async fn forget_nodes(&self, ago: Duration) -> Result<u64> {
        Ok(owners::forget(self, ago).await?)
    }

    async fn leave(&self, node: NodeId) -> Result<()> {
        Ok(owners::leave(self, node).await?)
    }

    async fn drop_logs(&self, before: Timestamp) -> Result<u64> {
        Ok(log::drop_old(self, before).await?)
    }

    fn is_shared(&self) -> bool {
        self.has_other_nodes()
    }

    async fn ping(&self) -> Result<()> {
        Ok(ping(self).await?)
    }
}

async fn find(database: &Database, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>, Fault> {
    let row = sqlx::query(
        "SELECT t.id, t.conversation_id, t.message_id, t.state, t.node, t.fence, t.has_log, t.started_at FROM turns t \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE t.id = $1 AND t.owner_id = $2 AND c.deleted_at IS NULL",
    )
    .bind(turn.to_string())
    .bind(owner.to_string())
    .fetch_optional(database.reader())
    .await?;
    row.as_ref().map(stored_turn).transpose()
}

async fn unended(
    database: &Database,
    owner: UserId,
    phase: Option<TurnPhase>,
    page: &PageRequest,
) -> Result<Page<StoredTurn>, Fault> {
    let start = Key { numbers: vec![i64::MIN], id: String::new() };
    let start = cursor::decode(List::Turns, page, start)?;
    let found = sqlx::query(
        "SELECT t.id, t.conversation_id, t.message_id, t.state, t.node, t.fence, t.has_log, t.started_at FROM turns t \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE t.owner_id = $1 AND t.state <> 'ended' AND c.deleted_at IS NULL AND t.state = COALESCE($2, t.state) \
         AND (t.started_at, t.id) > ($3, $4) ORDER BY t.started_at, t.id LIMIT $5",
    )
    .bind(owner.to_string())
    .bind(phase.map(TurnPhase::as_str))
    .bind(start.numbers[0])
    .bind(start.id)
    .bind(cursor::rows_wanted(page))
    .fetch_all(database.reader())
    .await?;
    // One that cannot be read leaves its page shorter, and hides none of those after it.
    let key = |row: &AnyRow| -> Result<Key, Fault> {
        Ok(Key { numbers: vec![rows::number(row, "started_at")?], id: rows::text(row, "id")? })
    };
    let keyed = found.iter().map(|row| Ok((key(row)?, row))).collect::<Result<Vec<_>, Fault>>()?;
    let Page { items, next_cursor } = cursor::page(List::Turns, page, keyed, |(key, _)| key.clone());
    let turns = items.into_iter();
    let turns = turns.filter_map(|(_, row)| stored_turn(row).map_err(skipped("a turn")).ok());
    Ok(Page { items: turns.collect(), next_cursor })
}

fn stored_turn(row: &AnyRow) -> Result<StoredTurn, Fault> {
    Ok(StoredTurn {
        turn: rows::parsed(row, "id")?,
        conversation: rows::parsed(row, "conversation_id")?,
        message: rows::parsed(row, "message_id")?,
        phase: rows::word(row, "state", TurnPhase::parse)?,
        node: rows::optional_text(row, "node")?.and_then(|node| node.parse().ok()),
        fence: rows::count(row, "fence")?,
        has_log: rows::flag(row, "has_log")?,
        started_at: rows::time(row, "started_at")?,
    })
}

async fn ping(database: &Database) -> Result<(), Fault> {
    sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(database.reader()).await?;
    Ok(())
}
