//! Users, messages and blobs to test with; rows are written past the stores, as earlier versions wrote them.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Once,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use tempfile::TempDir;
use vertice_domain::{BlobHash, Timestamp, UserId};
use vertice_ports::{Clock, Ids as _};
use vertice_runtime::SystemIds;
use vertice_storage::{Bucket, BucketConfig, BucketTuning, StoredBlobs};
use vertice_testkit::S3Server;

use crate::harness::Store;

pub(crate) const LIMIT: u64 = 4_000_000;
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

/// What keeps the bytes.
enum Keeper {
    Disk(TempDir),
    S3(S3Server),
}

/// Blobs, and a look at where they lie.
pub(crate) struct Site {
    pub(crate) blobs: StoredBlobs,
    pub(crate) clock: Arc<Hands>,
    keeper: Keeper,
}

impl Site {
    pub(crate) async fn disk(store: &Store) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(Hands::default());
        let root = folder.path().join("blobs");
        let blobs = StoredBlobs::on_disk(store.db.clone(), root, LIMIT, Arc::clone(&clock) as _);
        Self { blobs, clock, keeper: Keeper::Disk(folder) }
    }

    pub(crate) async fn s3(store: &Store) -> Self {
        let server = S3Server::start().await;
        let clock = Arc::new(Hands::default());
        let bucket = bucket(&config(&server));
        let blobs = StoredBlobs::in_bucket(store.db.clone(), bucket, LIMIT, Arc::clone(&clock) as _);
        Self { blobs, clock, keeper: Keeper::S3(server) }
    }

    pub(crate) fn server(&self) -> &S3Server {
        match &self.keeper {
            Keeper::S3(server) => server,
            Keeper::Disk(_) => panic!("this test is about S3"),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        match &self.keeper {
            Keeper::Disk(folder) => folder.path().join("blobs"),
            Keeper::S3(server) => server.bucket().join("blobs"),
        }
    }

    pub(crate) fn file(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        self.root().join(&name[..2]).join(&name[2..4]).join(name)
    }

    /// Every file below the folder, without the probe of a bucket.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(&self.root(), &mut found);
        found.retain(|path| path != &self.root().join("probe"));
        found
    }
}

/// The server's bucket, with the keys to it.
pub(crate) fn config(server: &S3Server) -> BucketConfig {
    BucketConfig {
        endpoint: server.url(),
        bucket: S3Server::BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        access_key: S3Server::ACCESS_KEY.to_owned(),
        secret_key: S3Server::SECRET_KEY.to_owned(),
    }
}

/// Short, so that tests of servers that do not answer are quick; long enough for machines that are busy.
const TUNING: BucketTuning = BucketTuning {
    connect: Duration::from_secs(5),
    silence: Duration::from_secs(2),
    request: Duration::from_secs(10),
    retries: 2,
    retry_within: Duration::from_secs(1),
    ping: Duration::from_secs(1),
    removal: Duration::from_secs(1),
};

pub(crate) fn bucket(config: &BucketConfig) -> Bucket {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nothing else installs one");
    });
    Bucket::new(config, TUNING).unwrap()
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
