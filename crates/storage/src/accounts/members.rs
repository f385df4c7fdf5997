//! Users as admins see them, and their own daily limits.

use vertice_domain::{Page, PageRequest, UserId, account::Member};

use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    rows,
};

pub(super) async fn page(database: &Database, page: &PageRequest) -> Result<Page<Member>, Fault> {
    let start = Key { numbers: vec![i64::MIN], id: String::new() };
    let start = cursor::decode(List::Members, page, start)?;
    let found = sqlx::query(
        "SELECT id, email, name, role, created_at, daily_token_limit FROM users \
         WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3",
    )
    .bind(start.numbers[0])
    .bind(start.id)
    .bind(cursor::rows_wanted(page))
    .fetch_all(database.reader())
    .await?;
    let members = found.iter().map(rows::member).collect::<Result<_, _>>()?;
    Ok(cursor::page(List::Members, page, members, |member: &Member| Key {
        numbers: vec![member.profile.created_at.as_millis()],
        id: member.profile.id.to_string(),
    }))
}

pub(super) async fn limit(database: &Database, user: UserId) -> Result<Option<u64>, Fault> {
    let row = sqlx::query("SELECT daily_token_limit FROM users WHERE id = $1")
        .bind(user.to_string())
        .fetch_optional(database.reader())
        .await?;
    match row {
        Some(row) => rows::optional_count(&row, "daily_token_limit"),
        None => Ok(None),
    }
}

pub(super) async fn set_limit(database: &Database, user: UserId, limit: Option<u64>) -> Result<bool, Fault> {
    let done = sqlx::query("UPDATE users SET daily_token_limit = $1 WHERE id = $2")
        .bind(limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .bind(user.to_string())
        .execute(database.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}
