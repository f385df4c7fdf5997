//! Sums over the ledger.

use std::cmp::Reverse;

use sqlx::{AnyConnection, any::AnyRow};
use vertice_domain::{GroupBy, Report, ReportQuery, ReportRow, Sums, Timestamp, Usd, UserId};
use vertice_ports::ledger::Spent;

use super::rows::{calls, statement};
use crate::{database::Database, fault::Fault, rows, search_text::clean};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The key of calls that belong to no conversation, or to no token.
const NONE: &str = "none";
/// The most rows of a report; the total is over all of them.
const MAX_ROWS: usize = 10_000;

/// The columns of [`sums`]. PostgreSQL adds whole numbers up to decimal ones, hence the casts.
const SUMS: &str = "\
    CAST(COUNT(*) AS BIGINT) AS calls, \
    CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, \
    CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, \
    CAST(SUM(cache_read_tokens) AS BIGINT) AS cache_read_tokens, \
    CAST(SUM(cache_write_tokens + cache_write_long_tokens) AS BIGINT) AS cache_write_tokens, \
    CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost_nanos, \
    CAST(COALESCE(SUM(saved_nanos), 0) AS BIGINT) AS saved_nanos, \
    CAST(COUNT(*) - COUNT(cost_nanos) AS BIGINT) AS unpriced_calls, \
    CAST(SUM(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failed_calls, \
    CAST(SUM(failover) AS BIGINT) AS failover_calls, \
    CAST(SUM(estimated) AS BIGINT) AS estimated_calls";

pub(super) async fn spent(
    database: &Database,
    user: UserId,
    model: Option<&str>,
    since: Timestamp,
) -> Result<Spent, Fault> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(input_tokens + output_tokens + cache_write_tokens + cache_write_long_tokens), 0) \
         AS BIGINT) AS tokens, CAST(COALESCE(SUM(cost_nanos), 0) AS BIGINT) AS cost_nanos FROM ledger \
         WHERE user_id = $1 AND started_at >= $2 AND outcome <> 'running' AND provider <> 'local' \
         AND model = COALESCE($3, model)",
    )
    .bind(user.to_string())
    .bind(since.as_millis())
    .bind(model.map(clean))
    .fetch_one(database.reader())
    .await?;
    let cost = Usd::from_nanos(rows::number(&row, "cost_nanos")?);
    Ok(Spent { tokens: rows::count(&row, "tokens")?, cost })
}

pub(super) async fn report(
    database: &Database,
    user: Option<UserId>,
    query: &ReportQuery,
) -> Result<Report, Fault> {
    let period = (query.from, query.to);
    let mut transaction = database.begin_read().await?;
    let found = statement(sql(user, query.group_by), user, period).fetch_all(&mut *transaction).await?;
    let mut items = Vec::with_capacity(found.len());
    for found in &found {
        items.push(row(found, query.group_by)?);
    }
    let total = items.iter().map(|(_, row)| row.sums).fold(Sums::default(), Sums::plus);
    let median_first_token_ms = median(&mut transaction, user, period).await?;
    sort(&mut items, query.group_by);
    items.truncate(MAX_ROWS);
    Ok(Report { items: items.into_iter().map(|(_, row)| row).collect(), total, median_first_token_ms })
}

fn sql(user: Option<UserId>, group_by: GroupBy) -> String {
    let calls = calls(user);
    // The groups come first, the labels after: each is looked up once.
    let labelled = |key: &str, label: &str, table: &str| {
        format!(
            "SELECT g.*, {label} AS label FROM (SELECT {key} AS key, {SUMS} {calls} GROUP BY {key}) g \
             LEFT JOIN {table} t ON t.id = g.key"
        )
    };
    match group_by {
        GroupBy::Day => {
            format!("SELECT started_at / {DAY_MS} AS day, {SUMS} {calls} GROUP BY started_at / {DAY_MS}")
        }
        GroupBy::Model => format!("SELECT model AS key, {SUMS} {calls} GROUP BY model"),
        GroupBy::DayModel => format!(
            "SELECT started_at / {DAY_MS} AS day, model AS key, {SUMS} {calls} \
             GROUP BY started_at / {DAY_MS}, model"
        ),
        GroupBy::User => labelled("user_id", "t.email", "users"),
        GroupBy::Conversation => match user {
            Some(_) => {
                labelled("conversation_id", "t.title", "conversations")
                    + " AND t.owner_id = $3 AND t.deleted_at IS NULL"
            }
            // What others call their conversations is no business of an admin's.
            None => format!(
                "SELECT conversation_id AS key, CAST(NULL AS TEXT) AS label, {SUMS} {calls} GROUP BY conversation_id"
            ),
        },
        GroupBy::Token => labelled("token_id", "t.name", "api_tokens"),
    }
}

/// A row of a report, with the number of its day where it has one.
fn row(row: &AnyRow, group_by: GroupBy) -> Result<(i64, ReportRow), Fault> {
    let key = |column| Ok::<_, Fault>(rows::optional_text(row, column)?.unwrap_or_else(|| NONE.to_owned()));
    let (day, key, label) = match group_by {
        GroupBy::Day => {
            let day = rows::number(row, "day")?;
            (day, date(day), None)
        }
        GroupBy::DayModel => {
            let day = rows::number(row, "day")?;
            (day, format!("{} {}", date(day), rows::text(row, "key")?), None)
        }
        GroupBy::Model => (0, rows::text(row, "key")?, None),
        GroupBy::User | GroupBy::Conversation | GroupBy::Token => {
            (0, key("key")?, rows::optional_text(row, "label")?)
        }
    };
    Ok((day, ReportRow { key, label, sums: sums(row)? }))
}

fn sums(row: &AnyRow) -> Result<Sums, Fault> {
    let nanos = |column| Ok::<_, Fault>(Usd::from_nanos(rows::number(row, column)?));
    Ok(Sums {
        calls: rows::count(row, "calls")?,
        input_tokens: rows::count(row, "input_tokens")?,
        output_tokens: rows::count(row, "output_tokens")?,
        cache_read_tokens: rows::count(row, "cache_read_tokens")?,
        cache_write_tokens: rows::count(row, "cache_write_tokens")?,
        cost_usd: nanos("cost_nanos")?,
        saved_usd: nanos("saved_nanos")?,
        unpriced_calls: rows::count(row, "unpriced_calls")?,
        failed_calls: rows::count(row, "failed_calls")?,
        failover_calls: rows::count(row, "failover_calls")?,
        estimated_calls: rows::count(row, "estimated_calls")?,
    })
}

/// `2026-11-26`, from the number of days since 1970.
fn date(day: i64) -> String {
    let mut midnight = Timestamp::from_millis(day * DAY_MS).to_string();
    midnight.truncate("2026-11-26".len());
    midnight
}

/// Days in order; everything else by cost, dearest first.
fn sort(items: &mut [(i64, ReportRow)], group_by: GroupBy) {
    let by_day = matches!(group_by, GroupBy::Day | GroupBy::DayModel);
    items.sort_by_cached_key(|(day, row)| {
        let cost = if group_by == GroupBy::Day { Usd::ZERO } else { row.sums.cost_usd };
        (by_day.then_some(*day), Reverse(cost), row.key.clone())
    });
}

/// The lower one of the two in the middle, where their number is even.
async fn median(
    connection: &mut AnyConnection,
    user: Option<UserId>,
    period: (Timestamp, Timestamp),
) -> Result<Option<u64>, Fault> {
    // Counted by value first: SQLite sorts a million rows five times as long.
    let sql = format!(
        "WITH counted AS (SELECT first_token_ms, COUNT(*) AS calls {} AND first_token_ms IS NOT NULL \
         GROUP BY first_token_ms), ranked AS (SELECT first_token_ms, SUM(calls) OVER (ORDER BY first_token_ms) \
         AS up_to, SUM(calls) OVER () AS total FROM counted) \
         SELECT first_token_ms FROM ranked WHERE up_to * 2 >= total ORDER BY first_token_ms LIMIT 1",
        calls(user)
    );
    let row = statement(sql, user, period).fetch_optional(connection).await?;
    row.as_ref().map(|row| rows::count(row, "first_token_ms")).transpose()
}
