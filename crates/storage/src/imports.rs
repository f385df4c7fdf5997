//! Conversations from elsewhere: each is stored once, as a whole.

use async_trait::async_trait;
use sqlx::{AnyConnection, AssertSqlSafe};
use vertice_domain::{ConversationId, Error, ErrorKind, ImportSource, Result, UserId};
use vertice_ports::{
    ImportStore,
    imports::{Arrival, Origin, Whole},
};

use crate::{
    conversations::{self, one},
    database::Database,
    fault::Fault,
    rows,
};

#[async_trait]
impl ImportStore for Database {
    async fn import_here(&self, owner: UserId, origin: &Origin) -> Result<Option<Arrival>> {
        let mut connection = self.reader().acquire().await.map_err(Fault::from)?;
        Ok(here(&mut connection, owner, origin).await?)
    }

    async fn insert_import(
        &self,
        owner: UserId,
        origin: &Origin,
        whole: Whole<'_>,
        limit: u64,
    ) -> Result<Arrival> {
        let Whole { conversation, messages, artifacts } = whole;
        let whole = conversations::Whole { conversation, messages, artifacts };
        let mut inserted = insert(self, owner, origin, whole, limit).await;
        // Once more: the database may have been busy with something else.
        if inserted.as_ref().is_err_and(Fault::is_statement_timeout) {
            inserted = insert(self, owner, origin, whole, limit).await;
        }
        match inserted {
            Err(fault) if fault.is_statement_timeout() => Err(too_slow()),
            inserted => Ok(inserted?),
        }
    }

    async fn imported_bytes(&self, owner: UserId) -> Result<u64> {
        let mut connection = self.reader().acquire().await.map_err(Fault::from)?;
        Ok(kept(&mut connection, owner).await?)
    }
}

async fn kept(connection: &mut AnyConnection, owner: UserId) -> Result<u64, Fault> {
    let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS size FROM import_sizes WHERE owner_id = $1";
    rows::count(&sqlx::query(sql).bind(owner.to_string()).fetch_one(connection).await?, "size")
}

fn too_slow() -> Error {
    tracing::warn!("a conversation from elsewhere takes the database too long to be stored");
    let message = "Storing it takes the database longer than it may take.";
    Error::new(ErrorKind::TooLarge, "too_slow_to_store", message)
}

async fn here(
    connection: &mut AnyConnection,
    owner: UserId,
    origin: &Origin,
) -> Result<Option<Arrival>, Fault> {
    let row = sqlx::query(
        "SELECT i.messages FROM imports i JOIN conversations c ON c.id = i.conversation_id \
         WHERE i.owner_id = $1 AND i.source = $2 AND i.source_id = $3 AND c.deleted_at IS NULL",
    )
    .bind(owner.to_string())
    .bind(origin.source.as_str())
    .bind(origin.id.clone())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(row) = row {
        let messages = Some(rows::count(&row, "messages")?);
        return Ok(Some(Arrival::Here { messages }));
    }
    // An export of what is still here.
    let own =
        (origin.source == ImportSource::Vertice).then(|| origin.id.parse::<ConversationId>().ok()).flatten();
    let Some(id) = own else { return Ok(None) };
    let found = one::find(connection, owner, id).await?;
    Ok(found.map(|_| Arrival::Here { messages: None }))
}

async fn insert(
    database: &Database,
    owner: UserId,
    origin: &Origin,
    whole: conversations::Whole<'_>,
    limit: u64,
) -> Result<Arrival, Fault> {
    whole.check()?;
    let mut transaction = database.begin_write().await?;
    if let Some(here) = here(&mut transaction, owner, origin).await? {
        transaction.rollback().await?;
        return Ok(here);
    }
    // One after the other for each owner: what others store at the same time counts.
    let turn = format!("SELECT id FROM users WHERE id = $1{}", database.row_lock());
    sqlx::query(AssertSqlSafe(turn)).bind(owner.to_string()).fetch_optional(&mut *transaction).await?;
    if kept(&mut transaction, owner).await?.saturating_add(origin.size) > limit {
        transaction.rollback().await?;
        return Ok(Arrival::Full);
    }
    one::insert(&mut transaction, owner, whole.conversation).await?;
    // What was deleted may come again. Of two at once, the second one waits here, and finds the first one's.
    let count =
        |number: u64| i64::try_from(number).map_err(|_| Fault::Broken("a count is larger than any number"));
    let entered = sqlx::query(
        "INSERT INTO imports (owner_id, source, source_id, conversation_id, messages) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner_id, source, source_id) DO UPDATE SET \
         conversation_id = excluded.conversation_id, messages = excluded.messages \
         WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = imports.conversation_id AND c.deleted_at IS NULL)",
    )
    .bind(owner.to_string())
    .bind(origin.source.as_str())
    .bind(origin.id.clone())
    .bind(whole.conversation.id.to_string())
    .bind(count(origin.messages)?)
    .execute(&mut *transaction)
    .await?;
    if entered.rows_affected() == 0 {
        let here = here(&mut transaction, owner, origin).await?;
        transaction.rollback().await?;
        return here.ok_or(Fault::Broken("an import is neither here nor can it be stored"));
    }
    sqlx::query("INSERT INTO import_sizes (conversation_id, owner_id, size) VALUES ($1, $2, $3)")
        .bind(whole.conversation.id.to_string())
        .bind(owner.to_string())
        .bind(count(origin.size)?)
        .execute(&mut *transaction)
        .await?;
    whole.insert_rest(&mut transaction, owner).await?;
    transaction.commit().await?;
    Ok(Arrival::Stored)
}
