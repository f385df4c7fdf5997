//! Opening PostgreSQL: one pool, with limits on how long anything may take.

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, any::AnyPoolOptions};

use super::{ACQUIRE_TIMEOUT, Backend, Database, OpenError, Tuning, migrations};

/// The most connections one node opens.
const CONNECTIONS: u32 = 16;

/// Connects to, and if need be migrates, the database at `url`.
pub(super) async fn open(url: &str, tuning: Tuning) -> Result<Database, OpenError> {
    // A migration may take longer than any query, so it runs outside the pool and its limits.
    let connecting = tokio::time::timeout(ACQUIRE_TIMEOUT, AnyConnection::connect(url)).await;
    let mut connection = connecting.map_err(|_| sqlx::Error::PoolTimedOut)??;
    let state = migrations::state(&mut connection, &migrations::POSTGRES).await?;
    if state.pending && state.version > 0 {
        tracing::warn!(
            version = state.version,
            "migrating the PostgreSQL database; backups of it are the operator's: none was made here"
        );
    }
    migrations::run(&mut connection, &migrations::POSTGRES).await?;
    connection.close().await?;
    let settings = format!(
        "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'; \
         SET lock_timeout = {}",
        tuning.lock_timeout.as_millis()
    );
    let pool = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(settings)).await.map(|_| ()) })
        })
        .connect(url)
        .await?;
    Ok(Database { read: pool.clone(), write: pool, backend: Backend::Postgres })
}
