//! Turns: their beginning, their log and their end. Each is one transaction.

mod begin;
mod end;
mod log;

use async_trait::async_trait;
use vertice_domain::{LoggedEvent, Result, TurnId, UserId};
use vertice_ports::{
    TurnStore,
    store::{BeginTurn, EndTurn, LogBatch, StoredTurn, UnfinishedTurn},
};

use crate::{database::Database, fault::Fault, rows};

#[async_trait]
impl TurnStore for Database {
    async fn begin(&self, owner: UserId, begin: BeginTurn) -> Result<bool> {
        Ok(begin::begin(self, owner, &begin).await?)
    }

    async fn append(&self, batches: Vec<LogBatch>) -> Result<()> {
        Ok(log::append(self, &batches).await?)
    }

    async fn end(&self, end: EndTurn) -> Result<()> {
        Ok(end::end(self, &end).await?)
    }

    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>> {
        Ok(find(self, owner, turn).await?)
    }

    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>> {
        Ok(log::events(self, owner, turn, after).await?)
    }

    async fn unfinished(&self) -> Result<Vec<UnfinishedTurn>> {
        Ok(log::unfinished(self).await?)
    }

    async fn ping(&self) -> Result<()> {
        Ok(ping(self).await?)
    }
}

async fn find(database: &Database, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>, Fault> {
    let row = sqlx::query(
        "SELECT t.conversation_id, t.message_id, t.ended_at FROM turns t \
         JOIN conversations c ON c.id = t.conversation_id \
         WHERE t.id = $1 AND t.owner_id = $2 AND c.deleted_at IS NULL",
    )
    .bind(turn.to_string())
    .bind(owner.to_string())
    .fetch_optional(database.reader())
    .await?;
    row.map(|row| {
        Ok(StoredTurn {
            conversation: rows::parsed(&row, "conversation_id")?,
            message: rows::parsed(&row, "message_id")?,
            ended: rows::optional_time(&row, "ended_at")?.is_some(),
        })
    })
    .transpose()
}

async fn ping(database: &Database) -> Result<(), Fault> {
    sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(database.reader()).await?;
    Ok(())
}
