//! The parts of messages at rest: a row each, its body the JSON of its kind's fields. What is sealed lies among them and
//! is read by [`sealed`] alone.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, any::AnyRow};
use vertice_domain::{ImageSource, Message, MessageId, Part, PartKind, Provider, Sealed, SealedPart, UserId};

use crate::{
    database::Database,
    fault::Fault,
    insert::{self, Insert},
    rows,
    search_text::clean,
};

const INSERT: Insert = Insert {
    head: "INSERT INTO message_parts (message_id, position, step, kind, call_id, body) VALUES",
    columns: 6,
    tail: "",
};

/// The word of the rows that no door sees.
const SEALED: &str = "sealed";

#[derive(Serialize, Deserialize)]
struct Words<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
struct Picture<'a> {
    source: Cow<'a, ImageSource>,
}

#[derive(Serialize, Deserialize)]
struct Seal<'a> {
    provider: Provider,
    model: Cow<'a, str>,
    data: Cow<'a, str>,
}

/// One row to be stored.
struct Row {
    message: MessageId,
    position: u32,
    step: u32,
    kind: &'static str,
    call: Option<String>,
    body: String,
}

/// Stores the parts of messages inside a transaction.
pub(crate) async fn insert<'a>(
    connection: &mut AnyConnection,
    messages: impl IntoIterator<Item = (MessageId, &'a [Part], &'a [SealedPart])>,
) -> Result<(), Fault> {
    let mut stored = Vec::new();
    for (message, parts, sealed) in messages {
        for part in parts {
            stored.push(visible_row(message, part)?);
        }
        for part in sealed {
            stored.push(sealed_row(message, part)?);
        }
    }
    insert::all(connection, INSERT, &stored, |statement, row| {
        Ok(statement
            .bind(row.message.to_string())
            .bind(i64::from(row.position))
            .bind(i64::from(row.step))
            .bind(row.kind)
            .bind(row.call.clone())
            .bind(row.body.clone()))
    })
    .await
}

fn visible_row(message: MessageId, part: &Part) -> Result<Row, Fault> {
    let words = |text: &str| rows::to_json(&Words { text: clean(text).into() });
    let (kind, call, body) = match &part.kind {
        PartKind::Text { text } => ("text", None, words(text)?),
        PartKind::Thinking { text } => ("thinking", None, words(text)?),
        PartKind::Image { source } => {
            ("image", None, rows::to_json(&Picture { source: Cow::Borrowed(source) })?)
        }
        PartKind::File(file) => ("file", None, rows::to_json(file)?),
        PartKind::Quote(quote) => ("quote", None, rows::to_json(quote)?),
        PartKind::ToolCall(call) => ("tool_call", Some(clean(&call.id)), rows::to_json(call)?),
        PartKind::ToolResult(result) => ("tool_result", Some(clean(&result.call)), rows::to_json(result)?),
        PartKind::Elicitation(asked) => ("elicitation", Some(clean(&asked.call)), rows::to_json(asked)?),
        PartKind::Steering { text } => ("steering", None, words(text)?),
        PartKind::Notice(notice) => ("notice", None, rows::to_json(notice)?),
        PartKind::Unknown => ("unknown", None, "{}".to_owned()),
    };
    Ok(Row { message, position: part.position, step: part.step, kind, call, body })
}

fn sealed_row(message: MessageId, part: &SealedPart) -> Result<Row, Fault> {
    let Sealed { provider, model, data } = &part.sealed;
    let seal = Seal { provider: *provider, model: model.into(), data: data.into() };
    let body = rows::to_json(&seal)?;
    Ok(Row { message, position: part.position, step: part.step, kind: SEALED, call: None, body })
}

/// Reads the visible parts of `messages` into them.
pub(super) async fn fill(connection: &mut AnyConnection, messages: &mut [Message]) -> Result<(), Fault> {
    let places: HashMap<MessageId, usize> =
        messages.iter().enumerate().map(|(place, message)| (message.id, place)).collect();
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    let sql = "SELECT p.message_id, p.position, p.step, p.kind, p.body FROM message_parts p \
               WHERE p.kind <> 'sealed' AND p.message_id IN ";
    for some in ids.chunks(insert::LARGEST) {
        let found = insert::one_of(sql, some, " ORDER BY p.message_id, p.position", None)
            .fetch_all(&mut *connection)
            .await?;
        for row in &found {
            let message: MessageId = rows::parsed(row, "message_id")?;
            if let Some(place) = places.get(&message) {
                messages[*place].parts.extend(part(message, row)?);
            }
        }
    }
    Ok(())
}

/// A part whose body cannot be read keeps its place.
fn part(message: MessageId, row: &AnyRow) -> Result<Option<Part>, Fault> {
    let Some((position, step)) = place(row)? else {
        tracing::warn!(%message, "a part has no place that could be read; it is left out");
        return Ok(None);
    };
    let word = rows::text(row, "kind")?;
    let kind = kind(&word, &rows::text(row, "body")?).unwrap_or_else(|| {
        tracing::warn!(%message, position, kind = word, "a part cannot be read; its place is kept");
        PartKind::Unknown
    });
    Ok(Some(Part { position, step, kind }))
}

fn place(row: &AnyRow) -> Result<Option<(u32, u32)>, Fault> {
    let number = |column| rows::number(row, column).map(|number| u32::try_from(number).ok());
    Ok(number("position")?.zip(number("step")?))
}

fn kind(word: &str, body: &str) -> Option<PartKind> {
    let words = || serde_json::from_str::<Words<'_>>(body).ok().map(|words| words.text.into_owned());
    match word {
        "text" => words().map(|text| PartKind::Text { text }),
        "thinking" => words().map(|text| PartKind::Thinking { text }),
        "image" => {
            let picture: Picture<'_> = serde_json::from_str(body).ok()?;
            Some(PartKind::Image { source: picture.source.into_owned() })
        }
        "file" => serde_json::from_str(body).ok().map(PartKind::File),
        "quote" => serde_json::from_str(body).ok().map(PartKind::Quote),
        "tool_call" => serde_json::from_str(body).ok().map(PartKind::ToolCall),
        "tool_result" => serde_json::from_str(body).ok().map(PartKind::ToolResult),
        "elicitation" => serde_json::from_str(body).ok().map(PartKind::Elicitation),
        "steering" => words().map(|text| PartKind::Steering { text }),
        "notice" => serde_json::from_str(body).ok().map(PartKind::Notice),
        "unknown" => Some(PartKind::Unknown),
        _ => None,
    }
}

/// What is sealed in those messages that are the owner's. What cannot be read is left out: its provider does without.
pub(super) async fn sealed(
    database: &Database,
    owner: UserId,
    messages: &[MessageId],
) -> Result<Vec<(MessageId, SealedPart)>, Fault> {
    let mut all = Vec::new();
    let sql = "SELECT p.message_id, p.position, p.step, p.body FROM message_parts p \
               JOIN messages m ON m.id = p.message_id JOIN conversations c ON c.id = m.conversation_id \
               WHERE p.kind = 'sealed' AND c.owner_id = $1 AND c.deleted_at IS NULL AND p.message_id IN ";
    for some in messages.chunks(insert::LARGEST) {
        let found = insert::one_of(sql, some, " ORDER BY p.message_id, p.position", Some(&owner))
            .fetch_all(database.reader())
            .await?;
        for row in &found {
            let message = rows::parsed(row, "message_id")?;
            let seal = serde_json::from_str::<Seal<'_>>(&rows::text(row, "body")?).ok().map(Seal::open);
            match place(row)?.zip(seal) {
                Some(((position, step), sealed)) => {
                    all.push((message, SealedPart { position, step, sealed }));
                }
                None => tracing::warn!(%message, "a sealed part cannot be read; its provider does without"),
            }
        }
    }
    Ok(all)
}

impl Seal<'_> {
    fn open(self) -> Sealed {
        Sealed { provider: self.provider, model: self.model.into_owned(), data: self.data.into_owned() }
    }
}
