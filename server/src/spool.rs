//! Uploads that are too large to lie in memory: they lie in the data directory, in files that have no name, and are gone with whoever
//! holds them, also after a crash.

mod incoming;

use std::{
    collections::HashSet,
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, header};
use tokio::{
    io::{AsyncWriteExt as _, BufWriter},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use vertice_domain::{Error, ErrorKind, Result, UserId};
use vertice_ports::imports::ImportFile;

pub use self::incoming::{Incoming, broken};

/// Where they lie, in the data directory.
const FOLDER: &str = "uploads";
/// How many lie there at the same time, from their first byte until they have been read.
const AT_ONCE: usize = 8;
/// How much of an upload over the limit is read and thrown away, so that its sender gets to read the refusal, in bytes.
const MAX_DISCARDED: u64 = 64 * 1024 * 1024;

/// Takes uploads in. Cheap to clone.
#[derive(Clone)]
pub struct Spool {
    folder: PathBuf,
    /// The largest upload, in bytes.
    pub limit: u64,
    room: Arc<Semaphore>,
    /// Whose they are: one each.
    senders: Senders,
}

type Senders = Arc<Mutex<HashSet<UserId>>>;

/// An upload that has arrived whole. Its place is taken as long as it is there.
pub struct Spooled {
    pub file: File,
    pub size: u64,
    place: Arc<Place>,
}

impl Spooled {
    /// `name`: what its sender calls it.
    pub fn named(self, name: String) -> ImportFile {
        let Self { file, size, place } = self;
        ImportFile { name, file, size, place: Box::new(place) }
    }
}

/// The right to send one, and to have it lie here.
pub struct Place {
    _room: OwnedSemaphorePermit,
    user: UserId,
    senders: Senders,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

impl Spool {
    pub fn new(data_dir: &std::path::Path, limit: u64) -> Self {
        let (room, senders) = (Arc::new(Semaphore::new(AT_ONCE)), Senders::default());
        Self { folder: data_dir.join(FOLDER), limit, room, senders }
    }

    /// A body that is to be taken in, with the place for it; before anything of it is read. Whoever is refused gets to read why.
    pub async fn begin<E: 'static>(
        &self,
        user: UserId,
        headers: &HeaderMap,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    ) -> Result<(Arc<Place>, Incoming)> {
        self.check(headers)?;
        let body = self.watched(body);
        match self.place(user) {
            Ok(place) => Ok((place, body)),
            Err(refused) => {
                // Who asks before sending is answered before.
                if !headers.contains_key(header::EXPECT) {
                    discard(body).await;
                }
                Err(refused)
            }
        }
    }

    /// A body, as it may be sent.
    pub fn watched<E: 'static>(
        &self,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    ) -> Incoming {
        incoming::watched(body, self.limit.saturating_add(MAX_DISCARDED), self.too_large())
    }

    /// One for each user; who comes when all are taken is told to come later.
    fn place(&self, user: UserId) -> Result<Arc<Place>> {
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            let message = "Too many large files are being taken in. Send it again in a moment.";
            return Err(Error::new(ErrorKind::Unavailable, "busy", message));
        };
        if !self.senders.lock().unwrap_or_else(PoisonError::into_inner).insert(user) {
            let message = "An import of yours is under way. Wait for its end, then begin the next one.";
            return Err(Error::new(ErrorKind::Conflict, "import_running", message));
        }
        Ok(Arc::new(Place { _room: room, user, senders: Arc::clone(&self.senders) }))
    }

    /// Takes an upload in. `taken`: how much of the limit others of the same request have used; it grows.
    pub async fn take(
        &self,
        place: &Arc<Place>,
        mut body: impl Stream<Item = Result<Bytes>> + Unpin,
        taken: &mut u64,
    ) -> Result<Spooled> {
        let mut file =
            BufWriter::with_capacity(1024 * 1024, self.file().await.map_err(|error| unwritable(&error))?);
        let before = *taken;
        while let Some(chunk) = body.next().await.transpose()? {
            *taken += chunk.len() as u64;
            if *taken <= self.limit {
                file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
            }
        }
        if *taken > self.limit {
            return Err(self.too_large());
        }
        file.flush().await.map_err(|error| unwritable(&error))?;
        let (file, size) = (file.into_inner().into_std().await, *taken - before);
        Ok(Spooled { file, size, place: Arc::clone(place) })
    }

    /// Refuses what says before it is sent that it is too large.
    fn check(&self, headers: &HeaderMap) -> Result<()> {
        let declared =
            headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let is_large = declared.is_some_and(|length| length > self.limit);
        if is_large && headers.contains_key(header::EXPECT) { Err(self.too_large()) } else { Ok(()) }
    }

    /// A file without a name.
    async fn file(&self) -> io::Result<tokio::fs::File> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let folder = self.folder.clone();
        let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await;
        Ok(tokio::fs::File::from_std(file.map_err(io::Error::other)??))
    }

    fn too_large(&self) -> Error {
        let limit = self.limit / (1024 * 1024);
        let message =
            format!("The file is larger than {limit} MB, the most that this server takes in at once.");
        Error::new(ErrorKind::TooLarge, "body_too_large", message)
    }
}

/// Reads a body to its end, so that its sender gets to read why it is not wanted.
pub async fn discard(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(chunk)) = body.next().await {
        read += chunk.len() as u64;
        if read > MAX_DISCARDED {
            break;
        }
    }
}

fn unwritable(error: &io::Error) -> Error {
    tracing::error!(%error, "an upload cannot be kept in the data directory");
    let message =
        "The file cannot be kept: the server's disk cannot be written, or is full. Nothing was taken.";
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, io::Read as _};

    use futures::stream;
    use vertice_ports::Ids as _;
    use vertice_runtime::SystemIds;

    use super::*;

    fn body(chunks: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + Send + 'static {
        stream::iter((0..chunks).map(|_| Ok(Bytes::from_static(b"abcd"))))
    }

    fn code<T>(refused: Result<T>) -> String {
        refused.err().map(|error| error.code).unwrap_or_default()
    }

    #[tokio::test]
    async fn what_is_within_the_limit_lies_in_a_file_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path(), 8);
        let (place, mut taken) = (spool.place(SystemIds.user()).unwrap(), 0);
        let mut spooled = spool.take(&place, spool.watched(body(2)), &mut taken).await.unwrap();
        let mut text = String::new();
        std::io::Seek::rewind(&mut spooled.file).unwrap();
        spooled.file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), spooled.size, taken), ("abcdabcd", 8, 8));
        let mut here = tokio::fs::read_dir(folder.path().join(FOLDER)).await.unwrap();
        assert!(here.next_entry().await.unwrap().is_none());
        assert_eq!(code(spool.take(&place, spool.watched(body(1)), &mut taken).await), "body_too_large");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path(), 8);
        let broken = spool.watched(stream::iter([Ok(Bytes::from_static(b"a")), Err(())]));
        let place = spool.place(SystemIds.user()).unwrap();
        assert_eq!(code(spool.take(&place, broken, &mut 0).await), "malformed_body");
    }

    #[tokio::test]
    async fn a_place_is_taken_until_the_file_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (spool, user, headers) = (Spool::new(folder.path(), 8), SystemIds.user(), HeaderMap::new());
        let (place, body_of_first) = spool.begin(user, &headers, body(1)).await.unwrap();
        // Before anything of it was read.
        assert_eq!(code(spool.begin(user, &headers, body(1)).await), "import_running");
        let file = spool.take(&place, body_of_first, &mut 0).await.unwrap().named("a".to_owned());
        drop(place);
        assert_eq!(code(spool.begin(user, &headers, body(1)).await), "import_running");
        let others: Vec<_> = (1..AT_ONCE).map(|_| spool.place(SystemIds.user()).unwrap()).collect();
        assert_eq!(code(spool.begin(SystemIds.user(), &headers, body(1)).await), "busy");
        drop(others);
        drop(file);
        assert!(spool.begin(user, &headers, body(1)).await.is_ok());
    }
}
