//! Opening and closing the database, and the transactions that every store uses. The only place that knows which of the
//! two databases it is.

mod group;
mod migrations;
mod postgres;
mod sqlite;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use sqlx::{Any, AnyPool, Transaction, migrate::MigrateError};

use vertice_domain::Result as DomainResult;
use vertice_ports::Blobs;

use crate::{accounts::limits::Limits, fault::Fault, search};

pub(crate) use group::Verdict;

/// How long a query waits for a free connection: in a burst that is longer than any query takes.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an opening waits for another process that is opening, and perhaps migrating, the same database.
const OPENING_PATIENCE: Duration = Duration::from_secs(60);

/// Which database to open.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The SQLite file at this path; it is made where it is missing, with its folder.
    Sqlite(PathBuf),
    /// The PostgreSQL database at this `postgres://` URL, which may hold a password.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// What is needed to open a database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    pub url: DatabaseUrl,
    /// Where copies are put before a migration; made when it is needed.
    pub backup_dir: PathBuf,
}

/// How a database is used.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// How long a write waits for a lock that another process or transaction holds.
    pub lock_timeout: Duration,
    /// The size that the SQLite file may grow to, in bytes; none: as large as the disk allows.
    pub max_bytes: Option<u64>,
    /// Whether a server runs on it. Of one SQLite file there can be only one, which is sure of that for as long as it
    /// runs; a command line's visit is not one.
    pub serves: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { lock_timeout: Duration::from_secs(5), max_bytes: None, serves: false }
    }
}

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder or file cannot be made.
    #[error("cannot make {path}: {source}. Check that the data directory exists and may be written")]
    File { path: PathBuf, source: std::io::Error },
    /// The path is not valid UTF-8.
    #[error("the path {0} is not valid UTF-8; choose another data directory")]
    Path(PathBuf),
    /// Another process has been opening the same database for too long.
    #[error(
        "another vertice is still opening this database (it holds {0}). Wait for it, or stop it, then start again"
    )]
    Busy(String),
    /// Another server runs on the same SQLite file.
    #[error(
        "another vertice serves this database (it holds {0}). Stop it, or give this one a data directory of its own"
    )]
    Served(PathBuf),
    /// No connection, or not an answer.
    #[error("cannot open the database: {0}")]
    Connect(#[from] sqlx::Error),
    /// The copy before a migration failed, so nothing was migrated.
    #[error("cannot back up the database to {path} before its migration, so nothing was changed: {source}")]
    Backup { path: PathBuf, source: sqlx::Error },
    /// The database was written by a newer version.
    #[error(
        "the database has schema version {found}, but this program knows only up to {known}: \
         a newer version has used it. Start that version, or restore a backup"
    )]
    Newer {
        /// The database's version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// A migration failed.
    #[error("cannot bring the database to this version: {0}")]
    Migrate(#[from] MigrateError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// An open database: every store in one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    read: AnyPool,
    search: AnyPool,
    write: AnyPool,
    groups: group::Groups,
    backend: Backend,
    limits: Limits,
    /// Held for as long as a server runs on a SQLite file.
    serving: Option<Arc<std::fs::File>>,
}

impl Database {
    /// Opens the database, makes it if need be, and brings it to this version's schema.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        Self::open_tuned(config, Tuning::default()).await
    }

    /// The same with other limits.
    pub async fn open_tuned(config: &DatabaseConfig, tuning: Tuning) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        match &config.url {
            DatabaseUrl::Sqlite(path) => sqlite::open(path, &config.backup_dir, tuning).await,
            DatabaseUrl::Postgres(url) => postgres::open(url, tuning).await,
        }
    }

    /// Waits for running queries and closes all connections. Every later call fails as unavailable.
    pub async fn close(&self) {
        self.groups.close().await;
        self.read.close().await;
        self.search.close().await;
        self.write.close().await;
        if let Some(Err(error)) = self.serving.as_ref().map(|file| file.unlock()) {
            tracing::warn!(%error, "cannot let go of the database's lock before the end of the process");
        }
    }

    /// What is remembered of users' daily limits.
    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Where single statements that only read are run.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.read
    }

    /// Where searches are run: on connections of their own, so that a slow one keeps nobody waiting.
    pub(crate) fn searcher(&self) -> &AnyPool {
        &self.search
    }

    /// Which of the two databases it is.
    pub(crate) const fn backend(&self) -> Backend {
        self.backend
    }

    /// Makes the words of all rows that have none yet, which are not found until then; how many that were. Contents of artifacts are
    /// read from `blobs`.
    pub async fn renew_search(&self, blobs: &dyn Blobs) -> DomainResult<u64> {
        search::renew(self, blobs).await
    }

    /// Where single statements that write are run.
    pub(crate) fn writer(&self) -> &AnyPool {
        &self.write
    }

    /// A transaction that may write. In SQLite it takes the write lock at once: a lock taken later could be refused
    /// without waiting.
    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Any>, Fault> {
        let statement = match self.backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN",
        };
        begin(&self.write, statement).await
    }

    /// Whether other nodes may be on the same database. A SQLite folder belongs to one server.
    pub const fn has_other_nodes(&self) -> bool {
        matches!(self.backend, Backend::Postgres)
    }

    /// What lets a statement of this transaction take longer than others may.
    pub(crate) const fn long_statement(&self) -> Option<&'static str> {
        match self.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some("SET LOCAL statement_timeout = '10min'"),
        }
    }

    /// What makes a query of turns hold their rows until the end of the transaction. SQLite has one writer at a time.
    pub(crate) const fn row_lock(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// The database's own time in milliseconds, as an expression.
    pub(crate) const fn now_ms(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)",
            // Not the time at which the transaction began: it may have waited.
            Backend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }

    /// The same for rows that several nodes want at once: each takes those that no other one holds.
    pub(crate) const fn claim_lock(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A transaction in which every query sees the same state.
    pub(crate) async fn begin_read(&self) -> Result<Transaction<'static, Any>, Fault> {
        let statement = match self.backend {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        begin(&self.read, statement).await
    }
}

/// Begins, whoever goes away meanwhile: of a `BEGIN` that nobody waits for any more the driver does not know that it was carried out
/// (sqlx 0.9.0), and gives the connection to the next one, whose writes are then part of a transaction that nobody commits.
async fn begin(pool: &AnyPool, statement: &'static str) -> Result<Transaction<'static, Any>, Fault> {
    let pool = pool.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the database's answer, and holds nothing that a shutdown waits for"
    )]
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    // It is never aborted: only the end of the runtime takes it away.
    Ok(begun.await.map_err(|_| Fault::Broken("a transaction's beginning was taken away"))??)
}
