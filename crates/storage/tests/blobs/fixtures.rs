//! Users, messages and blobs to test with; rows are written past the stores, as earlier versions wrote them.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use tempfile::TempDir;
use vertice_domain::{BlobHash, Timestamp, UserId};
use vertice_ports::{Clock, Ids as _};
use vertice_runtime::SystemIds;
use vertice_storage::DiskBlobs;

use crate::harness::Store;

pub(crate) const LIMIT: u64 = 1_000_000;
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A clock that stands still until it is moved.
#[derive(Default)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn forward(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        // Near the machine's time, which files are stamped with.
        Timestamp::from_millis(
            vertice_runtime::SystemClock.now().as_millis() + self.0.load(Ordering::Relaxed),
        )
    }
}

pub(crate) struct Disk {
    pub(crate) blobs: DiskBlobs,
    pub(crate) clock: Arc<Hands>,
    folder: TempDir,
}

impl Disk {
    pub(crate) fn new(store: &Store) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(Hands::default());
        let blobs =
            DiskBlobs::new(store.db.clone(), folder.path().join("blobs"), LIMIT, Arc::clone(&clock) as _);
        Self { blobs, clock, folder }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }

    pub(crate) fn file(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        self.root().join(&name[..2]).join(&name[2..4]).join(name)
    }

    /// Every file below the folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(&self.root(), &mut found);
        found
    }
}

pub(crate) async fn execute(store: &Store, sql: String) {
    store.connection().await.execute(AssertSqlSafe(sql)).await.unwrap();
}

pub(crate) async fn number(store: &Store, sql: &str) -> i64 {
    let row =
        sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(&mut store.connection().await).await.unwrap();
    row.get(0)
}

pub(crate) async fn texts(store: &Store, sql: &str) -> Vec<String> {
    let rows =
        sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut store.connection().await).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

pub(crate) async fn user(store: &Store) -> UserId {
    let id = SystemIds.user();
    let sql = format!(
        "INSERT INTO users (id, email, name, role, password_hash, created_at) \
         VALUES ('{id}', '{id}@example.com', 'Ada', 'user', 'x', 0)"
    );
    execute(store, sql).await;
    id
}

/// The id of a message of `owner`'s, in a conversation of its own.
pub(crate) async fn message(store: &Store, owner: UserId) -> String {
    let (conversation, message) = (SystemIds.conversation(), SystemIds.message());
    let sql = format!(
        "INSERT INTO conversations (id, owner_id, title, title_search, pinned, archived, model, mode, created_at, \
         updated_at) VALUES ('{conversation}', '{owner}', '', '', 0, 0, 'auto', 'ask', 0, 0); \
         INSERT INTO messages (id, conversation_id, role, status, created_at, has_code, content, search_text, thinking) \
         VALUES ('{message}', '{conversation}', 'user', 'complete', 0, 0, '', '', '')"
    );
    execute(store, sql).await;
    message.to_string()
}

/// Lets a message refer to a blob.
pub(crate) async fn refer(store: &Store, owner: UserId, hash: BlobHash, message: &str) {
    let sql = format!(
        "INSERT INTO blob_refs (hash, owner_id, kind, id, created_at) VALUES ('{hash}', '{owner}', 'message', '{message}', 0)"
    );
    execute(store, sql).await;
}
