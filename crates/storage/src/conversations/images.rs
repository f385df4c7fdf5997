//! The pictures of messages. They lie in a table of their own, so that reading messages does not read them.

use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};
use vertice_domain::{Image, ImageType, MessageId, UserId};

use crate::{
    database::Database,
    fault::Fault,
    insert::{self, Insert, Statement},
    rows,
    search_text::clean,
};

const INSERT: Insert = Insert {
    head: "INSERT INTO message_images (message_id, position, media_type, data, url) VALUES",
    columns: 5,
    tail: "",
};

/// Messages asked for in one statement.
const MESSAGES: usize = 100;

/// Stores pictures inside a transaction; those of one message stand together and in order.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    images: &[(MessageId, Image)],
) -> Result<(), Fault> {
    let mut rows: Vec<(MessageId, i64, &Image)> = Vec::with_capacity(images.len());
    for (message, image) in images {
        let before = rows.last().filter(|(last, ..)| last == message);
        let position = before.map_or(0, |(_, position, _)| position + 1);
        rows.push((*message, position, image));
    }
    insert::all(connection, INSERT, &rows, bind).await
}

fn bind(statement: Statement, row: &(MessageId, i64, &Image)) -> Result<Statement, Fault> {
    let (message, position, image) = row;
    let (media_type, data, url) = match image {
        Image::Base64 { media_type, data } => (Some(media_type.as_str()), Some(data.clone()), None),
        Image::Url { url } => (None, None, Some(clean(url))),
    };
    Ok(statement.bind(message.to_string()).bind(*position).bind(media_type).bind(data).bind(url))
}

/// The pictures of those messages that are the owner's.
pub(super) async fn of(
    database: &Database,
    owner: UserId,
    messages: &[MessageId],
) -> Result<Vec<(MessageId, Image)>, Fault> {
    let mut found = Vec::new();
    for some in messages.chunks(MESSAGES) {
        let places: Vec<String> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT i.message_id, i.media_type, i.data, i.url FROM message_images i \
             JOIN messages m ON m.id = i.message_id JOIN conversations c ON c.id = m.conversation_id \
             WHERE c.owner_id = $1 AND c.deleted_at IS NULL AND i.message_id IN ({}) \
             ORDER BY i.message_id, i.position",
            places.join(", ")
        );
        let mut statement = sqlx::query(AssertSqlSafe(sql)).bind(owner.to_string());
        for message in some {
            statement = statement.bind(message.to_string());
        }
        for row in statement.fetch_all(database.reader()).await? {
            found.push((rows::parsed(&row, "message_id")?, image(&row)?));
        }
    }
    Ok(found)
}

fn image(row: &AnyRow) -> Result<Image, Fault> {
    if let Some(url) = rows::optional_text(row, "url")? {
        return Ok(Image::Url { url });
    }
    let media_type = rows::word(row, "media_type", ImageType::parse)?;
    Ok(Image::Base64 { media_type, data: rows::text(row, "data")? })
}
