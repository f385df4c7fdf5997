//! A turn's end: whoever holds it ends it, once.

use sqlx::AnyConnection;
use vertice_domain::part;
use vertice_ports::turns::EndTurn;

use super::{calls, log, owners};
use crate::{
    conversations::{kept, parts},
    database::{Database, Verdict},
    fault::Fault,
    rows,
    search::{FORM, words},
    search_text::{clean, has_code},
};

pub(super) async fn end(database: &Database, end: EndTurn) -> Result<bool, Fault> {
    database
        .grouped(move |connection| {
            Box::pin(async move {
                let ended = store(connection, &end).await?;
                Ok(if ended { Verdict::Keep(true) } else { Verdict::Undo(false) })
            })
        })
        .await
}

async fn store(connection: &mut AnyConnection, end: &EndTurn) -> Result<bool, Fault> {
    let turn = end.held.turn;
    let ended = sqlx::query(
        "UPDATE turns SET state = 'ended', ended_at = $1, stop_requested = 0 \
         WHERE id = $2 AND message_id = $3 AND fence = $4 AND state <> 'ended'",
    )
    .bind(end.ended_at.as_millis())
    .bind(turn.to_string())
    .bind(end.message.to_string())
    .bind(owners::fence(end.held)?)
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() != 1 {
        return Ok(false);
    }
    write_answer(connection, end).await?;
    parts::insert(connection, [(end.message, end.parts.as_slice(), end.sealed.as_slice())]).await?;
    calls::store(connection, turn, &end.calls).await?;
    calls::close(connection, turn, &end.parts, end.ended_at).await?;
    log::insert(connection, &[(turn, &end.events)]).await?;
    log::keep_blobs(connection, turn, &kept::named_by(&end.parts)).await?;
    sqlx::query(
        "UPDATE conversations SET updated_at = $1 \
         WHERE id = (SELECT conversation_id FROM turns WHERE id = $2) AND updated_at < $1",
    )
    .bind(end.ended_at.as_millis())
    .bind(turn.to_string())
    .execute(&mut *connection)
    .await?;
    Ok(true)
}

/// `content` and `thinking` say what the parts say, for the programs of the version before.
async fn write_answer(connection: &mut AnyConnection, end: &EndTurn) -> Result<(), Fault> {
    let text = part::joined_text(&end.parts);
    let written = sqlx::query(
        "UPDATE messages SET content = $1, words = $2, search_form = $12, has_code = $3, thinking = $4, status = $5, \
         finish_reason = $6, model = COALESCE($7, model), provider = COALESCE($8, provider), usage = $9, \
         receipt = $10 WHERE id = $11",
    )
    .bind(clean(&text))
    .bind(words(&text))
    .bind(i64::from(has_code(&text)))
    .bind(clean(&part::joined_thinking(&end.parts)))
    .bind(end.status.as_str())
    .bind(end.finish_reason.as_str())
    .bind(end.model.as_deref().map(clean))
    .bind(end.provider.map(|provider| provider.as_str()))
    .bind(end.usage.as_ref().map(rows::to_json).transpose()?)
    .bind(rows::to_json(&end.receipt)?)
    .bind(end.message.to_string())
    .bind(FORM)
    .execute(connection)
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Fault::Broken("a turn's answer is gone")) }
}
