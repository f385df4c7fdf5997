//! Databases for tests: each test gets an empty one of its own.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, migrate::Migrator};
use tempfile::TempDir;
use vertice_ports::Ids as _;
use vertice_runtime::SystemIds;
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, OpenError, Tuning};

/// Where a PostgreSQL server listens in which tests may make databases.
const POSTGRES_URL: &str = "VERTICE_TEST_POSTGRES_URL";

/// Short, so that tests of locks are quick.
pub(crate) const TUNING: Tuning =
    Tuning { lock_timeout: Duration::from_millis(200), max_bytes: None, serves: false };

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

    /// Another, empty database with the schema of the version before there were parts.
    pub(crate) async fn before_parts(&self) -> (DatabaseConfig, AnyConnection) {
        let (url, migrations) = match (&self.config.url, &self.made) {
            (DatabaseUrl::Postgres(url), Some((server, name))) => {
                execute(server, format!("CREATE DATABASE {name}_old")).await;
                (DatabaseUrl::Postgres(url.replace(name, &format!("{name}_old"))), "postgres")
            }
            _ => (DatabaseUrl::Sqlite(self.folder.path().join("old.db")), "sqlite"),
        };
        if let DatabaseUrl::Sqlite(path) = &url {
            std::fs::File::create(path).unwrap();
        }
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(migrations);
        let some = TempDir::new().unwrap();
        for name in ["0001_accounts.sql", "0002_conversations.sql", "0003_ledger.sql", "0004_money.sql"] {
            std::fs::copy(all.join(name), some.path().join(name)).unwrap();
        }
        let mut connection = connect(&url).await;
        Migrator::new(some.path()).await.unwrap().run(&mut connection).await.unwrap();
        (DatabaseConfig { url, ..self.config.clone() }, connection)
    }

    /// A connection of the test's own, past the stores.
    pub(crate) async fn connection(&self) -> AnyConnection {
        connect(&self.config.url).await
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
            execute(server, format!("DROP DATABASE IF EXISTS {name}_old WITH (FORCE)")).await;
        }
        self.folder.close().unwrap();
    }
}

async fn connect(url: &DatabaseUrl) -> AnyConnection {
    let url = match url {
        DatabaseUrl::Sqlite(path) => {
            let path = path.to_str().unwrap().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
            format!("sqlite://{path}")
        }
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    AnyConnection::connect(&url).await.unwrap()
}

async fn execute(server: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(server).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings to read it from")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
