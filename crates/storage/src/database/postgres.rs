//! Opening PostgreSQL: one pool, with limits on how long anything may take.

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, any::AnyPoolOptions};

use super::{
    ACQUIRE_TIMEOUT, Backend, Database, OPENING_PATIENCE, OpenError, Tuning, group::Groups, migrations,
};
use crate::accounts::limits::Limits;

/// The key of the advisory lock that is held while a node opens the database: "vertice" in ASCII.
const OPENING: i64 = 0x76_65_72_74_69_63_65;
/// The most connections one node opens.
const CONNECTIONS: u32 = 16;

/// The most of them that search, beside those.
const SEARCHERS: u32 = 4;

/// Connects to, and if need be migrates, the database at `url`.
pub(super) async fn open(url: &str, tuning: Tuning) -> Result<Database, OpenError> {
    // A migration may take longer than any query, so it runs outside the pool and its limits.
    let connecting = tokio::time::timeout(ACQUIRE_TIMEOUT, AnyConnection::connect(url)).await;
    let mut connection = connecting.map_err(|_| sqlx::Error::PoolTimedOut)??;
    // Of several nodes that start at once, one migrates. The lock goes with the connection.
    let turn =
        sqlx::query("SELECT CAST(pg_advisory_lock($1) AS TEXT)").bind(OPENING).execute(&mut connection);
    let waited = tokio::time::timeout(OPENING_PATIENCE, turn).await;
    waited.map_err(|_| OpenError::Busy("an advisory lock of PostgreSQL".to_owned()))??;
    let state = migrations::state(&mut connection, &migrations::POSTGRES).await?;
    if state.pending && state.version > 0 {
        tracing::warn!(
            version = state.version,
            "migrating the PostgreSQL database; backups of it are the operator's: none was made here"
        );
    }
    migrations::run(&mut connection, &migrations::POSTGRES).await?;
    connection.close().await?;
    let settings = |statement| {
        format!(
            "SET statement_timeout = '{statement}'; SET idle_in_transaction_session_timeout = '30s'; \
         SET lock_timeout = {}",
            tuning.lock_timeout.as_millis()
        )
    };
    let search = pool(url, SEARCHERS, settings("5s")).await?;
    let pool = pool(url, CONNECTIONS, settings("10s")).await?;
    Ok(Database {
        read: pool.clone(),
        search,
        write: pool,
        groups: Groups::callers(),
        backend: Backend::Postgres,
        limits: Limits::default(),
        serving: None,
    })
}

async fn pool(url: &str, connections: u32, settings: String) -> Result<AnyPool, OpenError> {
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(settings)).await.map(|_| ()) })
        });
    Ok(options.connect(url).await?)
}
