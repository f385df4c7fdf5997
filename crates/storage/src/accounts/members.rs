//! Users as admins see them.

use vertice_domain::{Page, PageRequest, account::Member};

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
        "SELECT id, email, name, role, locale, created_at, daily_token_limit FROM users \
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
