//! Servers in processes of their own.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use vertice_ports::{AccountStore as _, Ids as _, TurnStore as _};
use vertice_runtime::SystemIds;
use vertice_storage::{Database, DatabaseConfig, DatabaseUrl, OpenError, Tuning};

use crate::{
    fixtures::{LEASE, begun, node, user},
    harness::{Store, TUNING, variable},
};

/// Tells the process that this file starts which database it serves.
const FILE: &str = "VERTICE_TEST_SERVED_FILE";
const SERVES: Tuning = Tuning { serves: true, ..TUNING };
const SAYS: &str = "it serves";

/// Not a test of its own: what the other process does.
#[tokio::test]
#[ignore = "run by a_second_server_on_one_file_is_refused"]
async fn serve_until_killed() {
    let Some(file) = variable(FILE) else { return };
    let folder = std::path::PathBuf::from(&file).with_extension("backups");
    let config = DatabaseConfig { url: DatabaseUrl::Sqlite(file.into()), backup_dir: folder };
    let db = Database::open_tuned(&config, SERVES).await.unwrap();
    let owner = user(&db, "ada@example.com").await;
    // Its lease is long: whoever finds the turn after the process was killed does not wait for its end.
    db.append(node(), LEASE, Vec::new()).await.unwrap();
    begun(&db, owner).await;
    println!("\n{SAYS}");
    std::future::pending::<()>().await;
}

async fn served(config: &DatabaseConfig) -> Child {
    let DatabaseUrl::Sqlite(file) = &config.url else { panic!("a test of SQLite") };
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::serve_until_killed", "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == SAYS {
            return server;
        }
    }
    panic!("the other process has ended: {:?}", server.wait().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_one_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("vertice.db"));
    let config = DatabaseConfig { url, backup_dir: folder.path().join("backups") };
    let mut server = served(&config).await;

    let refused = Database::open_tuned(&config, SERVES).await.unwrap_err();
    assert!(matches!(refused, OpenError::Served(_)), "{refused}");
    let sentence = refused.to_string();
    assert!(
        sentence.starts_with("another vertice serves this database") && !sentence.contains('\n'),
        "{sentence}"
    );

    // A command beside it reads and writes, and takes nothing from it.
    let command = Database::open_tuned(&config, TUNING).await.unwrap();
    user(&command, "eve@example.com").await;
    assert!(command.take_abandoned(SystemIds.node()).await.unwrap().is_empty());
    command.close().await;

    server.kill().await.unwrap();
    let db = Database::open_tuned(&config, SERVES).await.unwrap();
    assert!(db.has_users().await.unwrap());
    assert_eq!(db.forget_nodes(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(db.take_abandoned(SystemIds.node()).await.unwrap().len(), 1);
    db.close().await;
    // A server that has closed it makes room at once.
    let next = Database::open_tuned(&config, SERVES).await.unwrap();
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_share_one_postgres() {
    let Some(store) = Store::postgres().await else { return };
    let one = Database::open_tuned(&store.config, SERVES).await.unwrap();
    let owner = user(&one, "ada@example.com").await;
    one.append(node(), LEASE, Vec::new()).await.unwrap();
    begun(&one, owner).await;
    let two = Database::open_tuned(&store.config, SERVES).await.unwrap();
    assert!(two.take_abandoned(SystemIds.node()).await.unwrap().is_empty());
    assert_eq!(two.forget_nodes(Duration::ZERO).await.unwrap(), 0);
    one.close().await;
    two.close().await;
    store.remove().await;
}
