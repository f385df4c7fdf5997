//! Accounts and the site's settings.

use sqlx::{Any, Transaction};
use vertice_domain::{
    Email, Profile, UserId,
    account::{Locale, ProfilePatch},
};
use vertice_ports::store::NewUser;

use crate::{database::Database, fault::Fault, rows, search_text::clean};

/// The row of `site_settings` that makes sign-ups wait for each other.
const SIGN_UP_LOCK: &str = "sign_up_lock";

pub(super) async fn any(database: &Database) -> Result<bool, Fault> {
    Ok(sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(database.reader()).await?.is_some())
}

pub(super) async fn create_first(database: &Database, user: &NewUser) -> Result<bool, Fault> {
    let mut transaction = begin_sign_up(database).await?;
    if sqlx::query("SELECT id FROM users LIMIT 1").fetch_optional(&mut *transaction).await?.is_some() {
        return Ok(false);
    }
    let created = insert(&mut transaction, user).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(super) async fn create(database: &Database, user: &NewUser) -> Result<bool, Fault> {
    let mut transaction = begin_sign_up(database).await?;
    let created = insert(&mut transaction, user).await?;
    transaction.commit().await?;
    Ok(created)
}

/// A transaction that no other sign-up runs beside, in this or any other process.
pub(super) async fn begin_sign_up(database: &Database) -> Result<Transaction<'static, Any>, Fault> {
    let mut transaction = database.begin_write().await?;
    write_setting(&mut transaction, SIGN_UP_LOCK, "").await?;
    Ok(transaction)
}

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Any>,
    user: &NewUser,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "INSERT INTO users (id, email, name, role, password_hash, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING",
    )
    .bind(user.profile.id.to_string())
    .bind(user.profile.email.as_str())
    .bind(clean(&user.profile.name))
    .bind(user.profile.role.as_str())
    .bind(user.password_hash.as_str())
    .bind(user.profile.created_at.as_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn by_email(database: &Database, email: &Email) -> Result<Option<(Profile, String)>, Fault> {
    let row = sqlx::query(
        "SELECT id, email, name, role, locale, created_at, password_hash FROM users WHERE email = $1",
    )
    .bind(email.as_str())
    .fetch_optional(database.reader())
    .await?;
    row.map(|row| Ok((rows::profile(&row)?, rows::text(&row, "password_hash")?))).transpose()
}

pub(super) async fn by_id(database: &Database, id: UserId) -> Result<Option<Profile>, Fault> {
    let row = sqlx::query("SELECT id, email, name, role, locale, created_at FROM users WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(database.reader())
        .await?;
    row.as_ref().map(rows::profile).transpose()
}

pub(super) async fn patch(
    database: &Database,
    id: UserId,
    patch: &ProfilePatch,
) -> Result<Option<Profile>, Fault> {
    let locale = patch.locale.as_ref().map(|locale| locale.as_ref().map(Locale::as_str));
    let row = sqlx::query(
        "UPDATE users SET name = COALESCE($1, name), \
         locale = CASE WHEN $2 = 1 THEN NULLIF($3, '') ELSE locale END \
         WHERE id = $4 RETURNING id, email, name, role, locale, created_at",
    )
    .bind(patch.name.as_deref().map(clean))
    .bind(i64::from(locale.is_some()))
    .bind(locale.flatten().unwrap_or_default().to_owned())
    .bind(id.to_string())
    .fetch_all(database.writer())
    .await?;
    row.first().map(rows::profile).transpose()
}

pub(super) async fn setting(database: &Database, name: &str) -> Result<Option<String>, Fault> {
    let row = sqlx::query("SELECT value FROM site_settings WHERE name = $1")
        .bind(clean(name))
        .fetch_optional(database.reader())
        .await?;
    row.map(|row| rows::text(&row, "value")).transpose()
}

pub(super) async fn set_setting(database: &Database, name: &str, value: &str) -> Result<(), Fault> {
    let mut transaction = database.begin_write().await?;
    write_setting(&mut transaction, name, value).await?;
    Ok(transaction.commit().await?)
}

async fn write_setting(
    transaction: &mut Transaction<'static, Any>,
    name: &str,
    value: &str,
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO site_settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(clean(name))
    .bind(clean(value))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
