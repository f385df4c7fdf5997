//! Databases for tests: each test gets an empty one of its own.

use std::{path::PathBuf, time::Duration};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;
use vertice_ports::{Ids as _, SystemIds};
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, OpenError, Tuning};

/// Where a PostgreSQL server listens in which tests may make databases.
const POSTGRES_URL: &str = "VERTICE_TEST_POSTGRES_URL";

/// Short, so that tests of locks are quick.
pub(crate) const TUNING: Tuning = Tuning { lock_timeout: Duration::from_millis(200), max_bytes: None };

/// A test's own database.
pub(crate) struct Store {
    pub(crate) db: Database,
    pub(crate) config: DatabaseConfig,
    /// The server and the name of the database made in it.
    made: Option<(String, String)>,
    folder: TempDir,
}

impl Store {
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("da ta/100% é?#.db"));
        Self::open(url, folder, None).await
    }

    /// None: there is no server to test with, which only a developer's machine may lack.
    pub(crate) async fn postgres() -> Option<Self> {
        let Some(server) = variable(POSTGRES_URL) else {
            assert!(variable("CI").as_deref() != Some("true"), "{POSTGRES_URL} must be set in CI");
            eprintln!("skipped on PostgreSQL: {POSTGRES_URL} is not set");
            return None;
        };
        let name = format!("vertice_{}", SystemIds.uuid().simple());
        execute(&server, format!("CREATE DATABASE {name}")).await;
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let (host, _) = base.rsplit_once('/').filter(|(host, _)| !host.ends_with('/')).unwrap_or((base, ""));
        let url = DatabaseUrl::Postgres(format!("{host}/{name}?{query}"));
        Some(Self::open(url, TempDir::new().unwrap(), Some((server, name))).await)
    }

    async fn open(url: DatabaseUrl, folder: TempDir, made: Option<(String, String)>) -> Self {
        let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
        let db = Database::open_tuned(&config, TUNING).await.unwrap();
        Self { db, config, made, folder }
    }

    /// The same database once more, as another process would open it.
    pub(crate) async fn open_again(&self) -> Result<Database, OpenError> {
        Database::open_tuned(&self.config, TUNING).await
    }

    /// A connection of the test's own, past the stores.
    pub(crate) async fn connection(&self) -> AnyConnection {
        let url = match &self.config.url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.to_str().unwrap().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
                format!("sqlite://{path}")
            }
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        AnyConnection::connect(&url).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.made.is_none()
    }

    pub(crate) fn backup_files(&self) -> Vec<PathBuf> {
        match std::fs::read_dir(&self.config.backup_dir) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }

    pub(crate) async fn remove(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.made {
            execute(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        self.folder.close().unwrap();
    }
}

async fn execute(server: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to read it from")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
