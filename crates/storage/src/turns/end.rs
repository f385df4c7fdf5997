//! A turn's end. Ending a turn twice stores the same once more, so that an end whose answer was lost can be repeated.

use sqlx::AnyConnection;
use vertice_ports::store::EndTurn;

use super::log;
use crate::{
    database::Database,
    fault::Fault,
    rows,
    search_text::{clean, fold, has_code},
};

pub(super) async fn end(database: &Database, end: &EndTurn) -> Result<(), Fault> {
    let mut transaction = database.begin_write().await?;
    let ended = sqlx::query("UPDATE turns SET ended_at = $1 WHERE id = $2 AND message_id = $3")
        .bind(end.ended_at.as_millis())
        .bind(end.turn.to_string())
        .bind(end.message.to_string())
        .execute(&mut *transaction)
        .await?;
    if ended.rows_affected() != 1 {
        return Err(Fault::Broken("a turn that was never begun cannot end"));
    }
    write_answer(&mut transaction, end).await?;
    log::insert(&mut transaction, &[(end.turn, end.events.as_slice())]).await?;
    sqlx::query(
        "UPDATE conversations SET updated_at = $1 \
         WHERE id = (SELECT conversation_id FROM turns WHERE id = $2) AND updated_at < $1",
    )
    .bind(end.ended_at.as_millis())
    .bind(end.turn.to_string())
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

async fn write_answer(connection: &mut AnyConnection, end: &EndTurn) -> Result<(), Fault> {
    let written = sqlx::query(
        "UPDATE messages SET content = $1, search_text = $2, has_code = $3, thinking = $4, status = $5, \
         finish_reason = $6, model = COALESCE($7, model), provider = COALESCE($8, provider), usage = $9, \
         receipt = $10 WHERE id = $11",
    )
    .bind(clean(&end.content))
    .bind(fold(&end.content))
    .bind(i64::from(has_code(&end.content)))
    .bind(clean(&end.thinking))
    .bind(end.status.as_str())
    .bind(end.finish_reason.as_str())
    .bind(end.model.as_deref().map(clean))
    .bind(end.provider.map(|provider| provider.as_str()))
    .bind(end.usage.as_ref().map(rows::to_json).transpose()?)
    .bind(rows::to_json(&end.receipt)?)
    .bind(end.message.to_string())
    .execute(connection)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Fault::Broken("a turn's answer is gone")) }
}
