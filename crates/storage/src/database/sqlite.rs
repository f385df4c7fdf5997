//! Opening SQLite: WAL, one connection that writes, a few that read.

use std::{fs::TryLockError, path::Path, sync::Arc, time::Duration};

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, any::AnyPoolOptions};

use super::{
    ACQUIRE_TIMEOUT, Backend, Database, OPENING_PATIENCE, OpenError, Tuning, group::Groups, migrations,
};
use crate::accounts::limits::Limits;

/// Connections that read.
const READERS: u32 = 4;
/// Connections that search.
const SEARCHERS: u32 = 2;
/// How often an opening looks whether that of another process has ended.
const RETRY: Duration = Duration::from_millis(20);
/// SQLite's page size, in bytes, unless a database was made with another one.
const PAGE_BYTES: u64 = 4_096;

/// Opens, and if need be makes and migrates, the file at `path`.
pub(super) async fn open(path: &Path, backup_dir: &Path, tuning: Tuning) -> Result<Database, OpenError> {
    let serving = if tuning.serves { Some(Arc::new(serving_lock(path).await?)) } else { None };
    // Held until the pools stand: of several processes that open a new file at once, one migrates it.
    let _turn = opening_turn(path).await?;
    let existed = prepare_file(path).await?;
    let url = url(path)?;
    let mut connection = AnyConnection::connect(&url).await?;
    connection.execute(AssertSqlSafe(pragmas(tuning))).await?;
    connection.execute("PRAGMA journal_mode = WAL").await?;
    let state = migrations::state(&mut connection, &migrations::SQLITE).await?;
    if existed && state.pending {
        migrations::back_up(&mut connection, state.version, backup_dir).await?;
    }
    migrations::run(&mut connection, &migrations::SQLITE).await?;
    // The first pools' connection is opened before the last one of the migration goes: the WAL file stays in place.
    let write = pool(&url, 1, writer_pragmas(tuning)).await?;
    let read = pool(&url, READERS, format!("{} PRAGMA query_only = ON;", pragmas(tuning))).await?;
    let search = pool(&url, SEARCHERS, format!("{} PRAGMA query_only = ON;", pragmas(tuning))).await?;
    if serving.is_some() {
        // Whoever served before is gone, by whatever way: nothing is anybody's any more.
        connection.execute("UPDATE nodes SET lease_until = 0 WHERE lease_until > 0").await?;
    }
    connection.close().await?;
    let groups = Groups::task(write.clone());
    Ok(Database { read, search, write, groups, backend: Backend::Sqlite, limits: Limits::default(), serving })
}

async fn pool(url: &str, connections: u32, pragmas: String) -> Result<AnyPool, OpenError> {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // On a full disk SQLite ends the transaction by itself; the driver still counts it as open and could never begin
        // another one on that connection. Such a connection is replaced.
        .before_acquire(|connection, _| {
            let usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(usable) })
        })
        .after_connect(move |connection, _| {
            let pragmas = pragmas.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(pragmas)).await.map(|_| ()) })
        });
    Ok(options.connect(url).await?)
}

/// `FULL`: every commit is on the disk when it returns, and so survives a power cut.
fn pragmas(tuning: Tuning) -> String {
    let wait = tuning.lock_timeout.as_millis();
    format!("PRAGMA busy_timeout = {wait}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
}

fn writer_pragmas(tuning: Tuning) -> String {
    let limit = tuning.max_bytes.map(|bytes| format!(" PRAGMA max_page_count = {};", bytes / PAGE_BYTES));
    pragmas(tuning) + &limit.unwrap_or_default()
}

/// Takes the lock of the one server on this file. The kernel lets go of it when the process ends, however it ends.
async fn serving_lock(path: &Path) -> Result<std::fs::File, OpenError> {
    let path = path.with_extension("server.lock");
    let fault = |source| OpenError::File { path: path.clone(), source };
    make_folder(&path).await?;
    let file = options().open(&path).await.map_err(fault)?.into_std().await;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Served(path)),
        Err(TryLockError::Error(source)) => Err(fault(source)),
    }
}

/// Waits until no other process is opening the same file. The turn ends when the lock file is dropped.
async fn opening_turn(path: &Path) -> Result<std::fs::File, OpenError> {
    let path = path.with_extension("lock");
    let fault = |source| OpenError::File { path: path.clone(), source };
    make_folder(&path).await?;
    let file = options().open(&path).await.map_err(fault)?.into_std().await;
    let waiting = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(RETRY).await,
                Err(TryLockError::Error(source)) => return Err(fault(source)),
            }
        }
    };
    tokio::time::timeout(OPENING_PATIENCE, waiting)
        .await
        .map_err(|_| OpenError::Busy(path.display().to_string()))??;
    Ok(file)
}

async fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|source| OpenError::File { path: path.to_owned(), source })
}

/// A file that is made where it is missing, for the owner's eyes only.
fn options() -> tokio::fs::OpenOptions {
    let mut options = tokio::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// Makes the file and its folder where they are missing, for the owner's eyes only; tells whether it held anything.
async fn prepare_file(path: &Path) -> Result<bool, OpenError> {
    let fault = |source| OpenError::File { path: path.to_owned(), source };
    make_folder(path).await?;
    let file = options().open(path).await.map_err(fault)?;
    Ok(file.metadata().await.map_err(fault)?.len() > 0)
}

/// The URL of the file, with every byte escaped that could mean something else in it.
fn url(path: &Path) -> Result<String, OpenError> {
    let absolute =
        std::path::absolute(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    let text = absolute.to_str().ok_or_else(|| OpenError::Path(absolute.clone()))?;
    let mut url = "sqlite://".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use sqlx::Row as _;

    use super::*;
    use crate::{DatabaseConfig, DatabaseUrl, database::Verdict};

    /// What was said to be saved must survive a power cut, which no test can make: at `NORMAL` (1) it would not.
    #[tokio::test]
    async fn every_commit_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("vertice.db"));
        let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
        let db = Database::open(&config).await.unwrap();
        let asked = db.grouped(|connection| {
            Box::pin(async move {
                let row = sqlx::query("PRAGMA synchronous").fetch_one(&mut *connection).await?;
                let mode = sqlx::query("PRAGMA journal_mode").fetch_one(connection).await?;
                Ok(Verdict::Keep((row.try_get::<i64, _>(0)?, mode.try_get::<String, _>(0)?)))
            })
        });
        assert_eq!(asked.await.unwrap(), (2, "wal".to_owned()), "FULL");
        db.close().await;
    }

    #[test]
    fn any_path_becomes_a_url() {
        assert_eq!(url(Path::new("/da ta/é?#%.db")).unwrap(), "sqlite:///da%20ta/%C3%A9%3F%23%25.db");
    }
}
