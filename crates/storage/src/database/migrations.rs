//! The schema's versions, embedded in the binary, and the way from the database's version to the newest one.

use std::path::Path;

use sqlx::{
    AnyConnection,
    migrate::{Migrate as _, Migrator},
};
use vertice_ports::Clock as _;
use vertice_runtime::SystemClock;

use super::OpenError;

/// The schema's versions for SQLite.
pub(super) static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
/// The schema's versions for PostgreSQL.
pub(super) static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// Where sqlx notes which migrations have been applied.
const TABLE: &str = "_sqlx_migrations";

/// The version a database has, next to those known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The database's version; 0: nothing has been applied.
    pub version: i64,
    /// Whether migrations are to be applied.
    pub pending: bool,
}

/// Looks at the database's version; refuses one from a newer version of the program.
pub(super) async fn state(connection: &mut AnyConnection, known: &Migrator) -> Result<State, OpenError> {
    connection.ensure_migrations_table(TABLE).await?;
    let applied = connection.list_applied_migrations(TABLE).await?;
    let found = applied.iter().map(|migration| migration.version).max().unwrap_or(0);
    let newest = known.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > newest {
        return Err(OpenError::Newer { found, known: newest });
    }
    Ok(State { version: found, pending: found < newest })
}

/// Applies what is pending, each migration in a transaction of its own.
pub(super) async fn run(connection: &mut AnyConnection, known: &Migrator) -> Result<(), OpenError> {
    known.run(connection).await?;
    Ok(())
}

/// Copies a SQLite database, as it is, into the folder for backups.
pub(super) async fn back_up(
    connection: &mut AnyConnection,
    version: i64,
    folder: &Path,
) -> Result<(), OpenError> {
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|source| OpenError::File { path: folder.to_owned(), source })?;
    let path = folder.join(format!("vertice-{version}-{}.db", SystemClock.now().as_millis()));
    let target = path.to_str().ok_or_else(|| OpenError::Path(path.clone()))?;
    sqlx::query("VACUUM INTO $1")
        .bind(target)
        .execute(connection)
        .await
        .map_err(|source| OpenError::Backup { path: path.clone(), source })?;
    tracing::info!(path = %path.display(), version, "backed up the database before its migration");
    Ok(())
}
