//! From rows to the domain's types, by the names of their columns. What cannot be read is a fault, never a default.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, any::AnyRow};
use vertice_domain::{
    ApiToken, Author, Conversation, FinishReason, Message, MessageStatus, Profile, Provider, Role, Scope,
    Timestamp, account::Member, conversation::Mode,
};

use crate::fault::Fault;

/// The columns of [`conversation`], in the order in which they are inserted.
macro_rules! conversation_columns {
    () => {
        "id, title, pinned, archived, model, system_prompt, mode, head_message_id, created_at, updated_at"
    };
}

/// The columns of [`message`], of the table `m`.
macro_rules! message_columns {
    () => {
        "m.id, m.conversation_id, m.parent_id, m.role, m.status, m.model, m.provider, m.turn_id, m.finish_reason, \
         m.usage, m.receipt, m.created_at"
    };
}

pub(crate) use {conversation_columns, message_columns};

pub(crate) fn text(row: &AnyRow, column: &'static str) -> Result<String, Fault> {
    Ok(row.try_get(column)?)
}

/// A text column, or NULL.
pub(crate) fn optional_text(row: &AnyRow, column: &'static str) -> Result<Option<String>, Fault> {
    Ok(row.try_get(column)?)
}

pub(crate) fn number(row: &AnyRow, column: &'static str) -> Result<i64, Fault> {
    Ok(row.try_get(column)?)
}

/// A number column, or NULL.
pub(crate) fn optional_number(row: &AnyRow, column: &'static str) -> Result<Option<i64>, Fault> {
    Ok(row.try_get(column)?)
}

/// A column that counts, from 0.
pub(crate) fn count(row: &AnyRow, column: &'static str) -> Result<u64, Fault> {
    u64::try_from(number(row, column)?).map_err(|_| Fault::Unreadable(column))
}

/// A column that counts, or NULL.
pub(crate) fn optional_count(row: &AnyRow, column: &'static str) -> Result<Option<u64>, Fault> {
    let Some(number) = optional_number(row, column)? else { return Ok(None) };
    u64::try_from(number).map(Some).map_err(|_| Fault::Unreadable(column))
}

/// A column of sealed bytes, in base64.
pub(crate) fn sealed(row: &AnyRow, column: &'static str) -> Result<Vec<u8>, Fault> {
    STANDARD.decode(text(row, column)?).map_err(|_| Fault::Unreadable(column))
}

/// A column that holds 0 or 1.
pub(crate) fn flag(row: &AnyRow, column: &'static str) -> Result<bool, Fault> {
    Ok(number(row, column)? != 0)
}

/// A column of milliseconds.
pub(crate) fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_millis(number(row, column)?))
}

/// A column of milliseconds, or NULL.
pub(crate) fn optional_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>, Fault> {
    Ok(optional_number(row, column)?.map(Timestamp::from_millis))
}

/// A column with the text of an id, a role or the like.
pub(crate) fn parsed<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T, Fault> {
    text(row, column)?.parse().map_err(|_| Fault::Unreadable(column))
}

/// The same, or NULL.
pub(crate) fn optional_parsed<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<Option<T>, Fault> {
    let Some(text) = optional_text(row, column)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Fault::Unreadable(column))
}

/// A column with one of the words of the domain.
pub(crate) fn word<T>(row: &AnyRow, column: &'static str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
    parse(&text(row, column)?).ok_or(Fault::Unreadable(column))
}

fn optional_word<T>(
    row: &AnyRow,
    column: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let Some(text) = optional_text(row, column)? else { return Ok(None) };
    parse(&text).map(Some).ok_or(Fault::Unreadable(column))
}

/// A JSON column, or NULL.
fn optional_json<T: DeserializeOwned>(row: &AnyRow, column: &'static str) -> Result<Option<T>, Fault> {
    let Some(text) = optional_text(row, column)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|_| Fault::Unreadable(column))
}

/// The JSON text of a value. In it a NUL character stands escaped, so that both databases can store it.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Broken("a value cannot be written as JSON"))
}

/// A user.
pub(crate) fn profile(row: &AnyRow) -> Result<Profile, Fault> {
    Ok(Profile {
        id: parsed(row, "id")?,
        email: parsed(row, "email")?,
        name: text(row, "name")?,
        role: parsed::<Role>(row, "role")?,
        locale: optional_parsed(row, "locale")?,
        created_at: time(row, "created_at")?,
    })
}

/// A user with their own daily limit.
pub(crate) fn member(row: &AnyRow) -> Result<Member, Fault> {
    Ok(Member { profile: profile(row)?, daily_token_limit: optional_count(row, "daily_token_limit")? })
}

pub(crate) fn token(row: &AnyRow) -> Result<ApiToken, Fault> {
    let scopes = text(row, "scopes")?;
    Ok(ApiToken {
        id: parsed(row, "id")?,
        name: text(row, "name")?,
        scopes: scopes
            .split_whitespace()
            .map(|scope| scope.parse::<Scope>().map_err(|_| Fault::Unreadable("scopes")))
            .collect::<Result<_, _>>()?,
        created_at: time(row, "created_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
        expires_at: optional_time(row, "expires_at")?,
    })
}

/// A conversation: `conversation_columns!`.
pub(crate) fn conversation(row: &AnyRow) -> Result<Conversation, Fault> {
    Ok(Conversation {
        id: parsed(row, "id")?,
        title: text(row, "title")?,
        pinned: flag(row, "pinned")?,
        archived: flag(row, "archived")?,
        model: text(row, "model")?,
        system_prompt: optional_text(row, "system_prompt")?,
        mode: word(row, "mode", Mode::parse)?,
        head_message_id: optional_parsed(row, "head_message_id")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// A message without its parts: `message_columns!`.
pub(crate) fn message(row: &AnyRow) -> Result<Message, Fault> {
    Ok(Message {
        id: parsed(row, "id")?,
        conversation_id: parsed(row, "conversation_id")?,
        parent_id: optional_parsed(row, "parent_id")?,
        role: word(row, "role", Author::parse)?,
        parts: Vec::new(),
        status: word(row, "status", MessageStatus::parse)?,
        model: optional_text(row, "model")?,
        provider: optional_word(row, "provider", Provider::parse)?,
        turn_id: optional_parsed(row, "turn_id")?,
        finish_reason: optional_word(row, "finish_reason", FinishReason::parse)?,
        usage: optional_json(row, "usage")?,
        created_at: time(row, "created_at")?,
        receipt: optional_json(row, "receipt")?,
    })
}
