//! A bucket of an S3-compatible server: `blobs/ab/cd/<hash>` for the hash `abcd…`, each put whole in one request, read in
//! pieces of which each is a request of its own, so that a slow listener holds no connection. It must never say that
//! bytes are gone while the bucket cannot be used, and never show the secret key.

mod config;
mod fault;

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use object_store::{
    Error, GetOptions, GetResult, ObjectStore as _, ObjectStoreExt as _, PutPayload, aws::AmazonS3,
    path::Path,
};
use tokio::time::timeout;
use vertice_domain::BlobHash;
use vertice_ports::blobs::BlobStream;

use self::fault::{Fault, Site};
pub(super) use self::fault::{unreadable, unusable, unwritable};
pub use self::{
    config::{BucketConfig, BucketTuning},
    fault::BucketError,
};

/// How much is asked for at once.
const PIECE: u64 = 1024 * 1024;

/// Lies in every bucket that is used, so that a question can be asked which is answered with a yes.
const PROBE: &str = "blobs/probe";

/// What the probe holds.
const PROBE_BYTES: &[u8] = b"Vertice Chat keeps blobs here.\n";

/// Is never there.
const NOTHING: &str = "blobs/nothing";

/// How long all the questions of a start may take.
const CHECK: Duration = Duration::from_secs(15);

type Found<T> = Result<T, BucketError>;

/// A bucket, and the way to it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bucket {
    store: AmazonS3,
    site: Arc<Site>,
    tuning: BucketTuning,
}

impl Bucket {
    /// Nothing is asked yet.
    pub fn new(config: &BucketConfig, tuning: BucketTuning) -> Found<Self> {
        let site = Arc::new(Site::of(config));
        match config::client(config, &tuning) {
            Ok(store) => Ok(Self { store, site, tuning }),
            Err(error) => Err(site.fault(Fault::of(&error))),
        }
    }

    /// Tries all that the bucket is needed for: objects are put, read, removed, and told from those that are not there.
    pub async fn check(&self) -> Found<()> {
        let checked = timeout(CHECK, async {
            self.put_probe().await?;
            let found = self.whole(&Path::from(PROBE), PROBE_BYTES.len() as u64).await?;
            if found.as_deref() != Some(PROBE_BYTES) {
                return Err(self
                    .site
                    .fault(Fault::Other("it does not give back what it was given".to_owned())));
            }
            let nothing = Path::from(NOTHING);
            self.delete(&nothing).await?;
            self.find(&nothing).await.map(drop)
        });
        checked.await.unwrap_or_else(|_elapsed| Err(self.site.fault(Fault::Slow)))
    }

    /// Whether the bucket is there and can be read. Only a probe that has gone is written.
    pub(super) async fn ping(&self) -> Found<()> {
        let asked = timeout(self.tuning.ping, async {
            match self.whole(&Path::from(PROBE), PROBE_BYTES.len() as u64).await? {
                Some(_) => Ok(()),
                // Whether it alone has gone, or the bucket with it, not every server says; a put tells.
                None => self.put_probe().await,
            }
        });
        asked.await.unwrap_or_else(|_elapsed| Err(self.site.fault(Fault::Slow)))
    }

    pub(super) async fn keep(&self, hash: BlobHash, bytes: &Bytes) -> Found<()> {
        let path = path(hash);
        if self.find(&path).await? == Some(bytes.len() as u64) {
            return Ok(());
        }
        self.put(&path, bytes.clone()).await
    }

    pub(super) async fn has(&self, hash: BlobHash, size: u64) -> Found<bool> {
        let found = self.find(&path(hash)).await? == Some(size);
        if !found {
            self.ping().await?;
        }
        Ok(found)
    }

    pub(super) async fn read(&self, hash: BlobHash, size: u64) -> Found<Option<Bytes>> {
        let found = self.whole(&path(hash), size).await?;
        if found.is_none() {
            self.ping().await?;
        }
        Ok(found)
    }

    pub(super) async fn stream(&self, hash: BlobHash, size: u64) -> Found<Option<BlobStream>> {
        // The first piece is waited for: it tells whether there are any.
        let first = match size {
            0..=PIECE => self.whole(&path(hash), size).await?,
            _ => self.piece(&path(hash), 0..PIECE, size).await?,
        };
        let Some(first) = first else { return self.ping().await.map(|()| None) };
        let begun = (self.clone(), path(hash), Some(first), 0);
        let pieces = futures::stream::try_unfold(begun, move |(bucket, path, read, at)| async move {
            let piece = match read {
                Some(first) => first,
                None if at < size => bucket.next(&path, at, size).await?,
                None => return Ok(None),
            };
            let next = at + piece.len() as u64;
            Ok((!piece.is_empty()).then_some((piece, (bucket, path, None, next))))
        });
        Ok(Some(Box::pin(pieces)))
    }

    async fn next(&self, path: &Path, at: u64, size: u64) -> vertice_domain::Result<Bytes> {
        let piece = self.piece(path, at..size.min(at + PIECE), size).await;
        let there = piece.and_then(|piece| piece.ok_or_else(|| self.site.fault(Fault::CutShort)));
        there.map_err(|error| unreadable(&error))
    }

    /// Removes an object, or finds that there is none. Rows are locked meanwhile, so it has little time.
    pub(super) async fn remove(&self, hash: BlobHash) -> Found<()> {
        let path = path(hash);
        let removed = timeout(self.tuning.removal, self.delete(&path));
        removed.await.unwrap_or_else(|_elapsed| Err(self.site.fault(Fault::Slow)))
    }

    async fn put_probe(&self) -> Found<()> {
        self.put(&Path::from(PROBE), Bytes::from_static(PROBE_BYTES)).await
    }

    async fn put(&self, path: &Path, bytes: Bytes) -> Found<()> {
        let put = self.store.put(path, PutPayload::from(bytes)).await;
        put.map(drop).map_err(|error| self.site.fault(Fault::of(&error)))
    }

    async fn delete(&self, path: &Path) -> Found<()> {
        match self.store.delete(path).await {
            Err(error) => self.gone(&error).map(drop),
            Ok(()) => Ok(()),
        }
    }

    /// The size of what is there.
    async fn find(&self, path: &Path) -> Found<Option<u64>> {
        match self.store.head(path).await {
            Ok(found) => Ok(Some(found.size)),
            Err(error) => self.gone(&error).map(|()| None),
        }
    }

    async fn whole(&self, path: &Path, size: u64) -> Found<Option<Bytes>> {
        match self.store.get(path).await {
            Ok(found) => self.bytes(found, size).await,
            Err(error) => self.gone(&error).map(|()| None),
        }
    }

    /// A piece of an object of that size; none: it is missing, or of another size.
    async fn piece(&self, path: &Path, range: Range<u64>, size: u64) -> Found<Option<Bytes>> {
        match self.store.get_opts(path, GetOptions::new().with_range(Some(range))).await {
            Ok(found) => self.bytes(found, size).await,
            Err(error) => self.gone(&error).map(|()| None),
        }
    }

    async fn bytes(&self, found: GetResult, size: u64) -> Found<Option<Bytes>> {
        if found.meta.size != size {
            return Ok(None);
        }
        let promised = found.range.end - found.range.start;
        let bytes = found.bytes().await.map_err(|error| self.site.fault(Fault::of(&error)))?;
        if bytes.len() as u64 != promised {
            return Err(self.site.fault(Fault::CutShort));
        }
        Ok(Some(bytes))
    }

    /// `Ok`: nothing else is wrong than that there is no such object, or too little of it.
    fn gone(&self, error: &Error) -> Found<()> {
        match Fault::of(error) {
            Fault::NoObject => Ok(()),
            fault => Err(self.site.fault(fault)),
        }
    }
}

fn path(hash: BlobHash) -> Path {
    let name = hash.to_string();
    Path::from(format!("blobs/{}/{}/{name}", &name[..2], &name[2..4]))
}
