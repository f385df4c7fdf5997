//! Many rows in few statements. Statements come in a few fixed sizes, so that they stay prepared and below
//! the databases' limits on parameters (32,766 in SQLite, 65,535 in PostgreSQL).

use sqlx::{Any, AnyConnection, AssertSqlSafe, any::AnyArguments, query::Query};

use crate::fault::Fault;

/// The most values that [`one_of`] takes.
pub(crate) const LARGEST: usize = SIZES[0];

/// Rows in one statement, from the largest size down.
const SIZES: [usize; 5] = [256, 32, 4, 2, 1];

/// A statement and the values bound to it so far.
pub(crate) type Statement = Query<'static, Any, AnyArguments>;

/// The fixed text around the values of an insert.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Insert {
    /// Up to and including `VALUES`.
    pub head: &'static str,
    /// How many columns a row has; times 256 it must not exceed 32,766.
    pub columns: usize,
    /// What follows the values; may be empty.
    pub tail: &'static str,
}

/// How a value's place is written. SQLite knows numbered ones by name only, and looks for a name among all others: the time
/// of a statement would grow with the square of its values.
#[derive(Debug, Clone, Copy)]
enum Place {
    Numbered,
    InOrder,
}

impl Place {
    fn of(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "PostgreSQL" { Self::Numbered } else { Self::InOrder }
    }
}

/// How many statements [`all`] needs for so many rows.
pub(crate) fn statements(rows: usize) -> usize {
    let count = |(statements, rest), size| (statements + rest / size, rest % size);
    SIZES.into_iter().fold((0, rows), count).0
}

/// Inserts all `rows`; `bind` binds one row's columns in order.
pub(crate) async fn all<T>(
    connection: &mut AnyConnection,
    insert: Insert,
    rows: &[T],
    bind: impl Fn(Statement, &T) -> Result<Statement, Fault>,
) -> Result<(), Fault> {
    let place = Place::of(connection);
    let mut rest = rows;
    for size in SIZES {
        if rest.len() < size {
            continue;
        }
        let sql = text(insert, size, place);
        while rest.len() >= size {
            let (now, later) = rest.split_at(size);
            let mut statement = sqlx::query(AssertSqlSafe(sql.clone()));
            for row in now {
                statement = bind(statement, row)?;
            }
            statement.execute(&mut *connection).await?;
            rest = later;
        }
    }
    Ok(())
}

/// The statement `sql`, which ends in `IN`, for `values`, of which there are at least one and at most [`LARGEST`]; `of`,
/// if given, is its `$1`: whose they must be. There are few such statements, so that they stay prepared.
pub(crate) fn one_of<T: std::fmt::Display>(
    sql: &str,
    values: &[T],
    tail: &str,
    of: Option<&dyn std::fmt::Display>,
) -> Statement {
    let first = if of.is_some() { 2 } else { 1 };
    let size = SIZES.into_iter().rev().find(|size| *size >= values.len()).unwrap_or(LARGEST);
    let places: Vec<String> = (first..first + size).map(|place| format!("${place}")).collect();
    let mut statement = sqlx::query(AssertSqlSafe(format!("{sql}({}){tail}", places.join(", "))));
    if let Some(of) = of {
        statement = statement.bind(of.to_string());
    }
    // The last value fills what is left of the places.
    let padding = values.last().into_iter().cycle().take(size - values.len().min(size));
    values.iter().chain(padding).fold(statement, |statement, value| statement.bind(value.to_string()))
}

fn text(insert: Insert, rows: usize, place: Place) -> String {
    let mut sql = insert.head.to_owned();
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 1..=insert.columns {
            let comma = if column == 1 { "" } else { ", " };
            sql.push_str(comma);
            match place {
                Place::Numbered => sql.push_str(&format!("${}", row * insert.columns + column)),
                Place::InOrder => sql.push('?'),
            }
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(insert.tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted() {
        let counted = [0, 1, 2, 3, 4, 33, 256, 512, 300].map(statements);
        assert_eq!(counted, [0, 1, 1, 2, 1, 2, 1, 2, 5]);
    }

    #[test]
    fn rows_become_parameters() {
        let insert =
            Insert { head: "INSERT INTO t (a, b) VALUES", columns: 2, tail: "ON CONFLICT DO NOTHING" };
        assert_eq!(
            text(insert, 2, Place::Numbered),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            text(insert, 2, Place::InOrder),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING"
        );
    }
}
