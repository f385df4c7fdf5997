//! Conversations from elsewhere: each is stored once, as a whole.

use async_trait::async_trait;
use sqlx::AnyConnection;
use vertice_domain::{Conversation, ConversationId, ImportSource, Result, UserId};
use vertice_ports::{
    ImportStore,
    artifacts::WholeArtifact,
    imports::{Arrival, Origin},
    store::WholeMessage,
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
        conversation: &Conversation,
        messages: &[WholeMessage],
        artifacts: &[WholeArtifact],
    ) -> Result<Arrival> {
        let whole = conversations::Whole { conversation, messages, artifacts };
        Ok(insert(self, owner, origin, whole).await?)
    }

    async fn imported_bytes(&self, owner: UserId) -> Result<u64> {
        let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS size FROM imports WHERE owner_id = $1";
        let row = sqlx::query(sql).bind(owner.to_string()).fetch_one(self.reader()).await;
        Ok(rows::count(&row.map_err(Fault::from)?, "size")?)
    }
}

async fn here(
    connection: &mut AnyConnection,
    owner: UserId,
    origin: &Origin,
) -> Result<Option<Arrival>, Fault> {
    let row = sqlx::query(
        "SELECT i.conversation_id, i.messages FROM imports i JOIN conversations c ON c.id = i.conversation_id \
         WHERE i.owner_id = $1 AND i.source = $2 AND i.source_id = $3 AND c.deleted_at IS NULL",
    )
    .bind(owner.to_string())
    .bind(origin.source.as_str())
    .bind(origin.id.clone())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(row) = row {
        let messages = Some(rows::count(&row, "messages")?);
        return Ok(Some(Arrival::Here { conversation: rows::parsed(&row, "conversation_id")?, messages }));
    }
    // An export of what is still here.
    let own =
        (origin.source == ImportSource::Vertice).then(|| origin.id.parse::<ConversationId>().ok()).flatten();
    let Some(id) = own else { return Ok(None) };
    let found = one::find(connection, owner, id).await?;
    Ok(found.map(|found| Arrival::Here { conversation: found.id, messages: None }))
}

async fn insert(
    database: &Database,
    owner: UserId,
    origin: &Origin,
    whole: conversations::Whole<'_>,
) -> Result<Arrival, Fault> {
    whole.check()?;
    let mut transaction = database.begin_write().await?;
    if let Some(here) = here(&mut transaction, owner, origin).await? {
        transaction.rollback().await?;
        return Ok(here);
    }
    one::insert(&mut transaction, owner, whole.conversation).await?;
    // What was deleted may come again. Of two at once, the second one waits here, and finds the first one's.
    let count =
        |number: u64| i64::try_from(number).map_err(|_| Fault::Broken("a count is larger than any number"));
    let entered = sqlx::query(
        "INSERT INTO imports (owner_id, source, source_id, conversation_id, messages, size) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner_id, source, source_id) DO UPDATE SET \
         conversation_id = excluded.conversation_id, messages = excluded.messages, size = excluded.size \
         WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = imports.conversation_id AND c.deleted_at IS NULL)",
    )
    .bind(owner.to_string())
    .bind(origin.source.as_str())
    .bind(origin.id.clone())
    .bind(whole.conversation.id.to_string())
    .bind(count(origin.messages)?)
    .bind(count(origin.size)?)
    .execute(&mut *transaction)
    .await?;
    if entered.rows_affected() == 0 {
        let here = here(&mut transaction, owner, origin).await?;
        transaction.rollback().await?;
        return here.ok_or(Fault::Broken("an import is neither here nor can it be stored"));
    }
    whole.insert_rest(&mut transaction, owner).await?;
    transaction.commit().await?;
    Ok(Arrival::Stored)
}
