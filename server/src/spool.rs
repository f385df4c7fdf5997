//! Uploads that are too large to lie in memory: they lie in the data directory, in files that have no name, and are gone with whoever
//! holds them, also after a crash.

use std::{fs::File, io, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, header};
use tokio::{
    io::{AsyncWriteExt as _, BufWriter},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use vertice_domain::{Error, ErrorKind, Result};

/// Where they lie, in the data directory.
const FOLDER: &str = "uploads";
/// How many are taken in at the same time.
const AT_ONCE: usize = 8;
/// How long a sender may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// How much of an upload over the limit is read and thrown away, so that its sender gets to read the refusal, in bytes.
const MAX_DISCARDED: u64 = 64 * 1024 * 1024;

/// Takes uploads in. Cheap to clone.
#[derive(Clone)]
pub struct Spool {
    folder: PathBuf,
    /// The largest upload, in bytes.
    pub limit: u64,
    room: Arc<Semaphore>,
}

/// An upload that has arrived whole.
pub struct Spooled {
    pub file: File,
    pub size: u64,
}

/// The right to send one.
pub struct Place {
    _room: OwnedSemaphorePermit,
}

impl Spool {
    pub fn new(data_dir: &std::path::Path, limit: u64) -> Self {
        Self { folder: data_dir.join(FOLDER), limit, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Who comes when all places are taken is told to come later.
    pub fn place(&self) -> Result<Place> {
        let busy = |_| {
            let message = "Too many large files are being taken in. Send it again in a moment.";
            Error::new(ErrorKind::Unavailable, "busy", message)
        };
        Arc::clone(&self.room).try_acquire_owned().map(|_room| Place { _room }).map_err(busy)
    }

    /// Takes an upload in. `taken`: how much of the limit others of the same request have used; it grows.
    pub async fn take<E>(
        &self,
        _place: &Place,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        taken: &mut u64,
    ) -> Result<Spooled> {
        let mut file =
            BufWriter::with_capacity(1024 * 1024, self.file().await.map_err(|error| unwritable(&error))?);
        let before = *taken;
        while let Some(chunk) = next(&mut body).await? {
            *taken += chunk.len() as u64;
            if *taken > self.limit.saturating_add(MAX_DISCARDED) {
                break;
            }
            if *taken <= self.limit {
                file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
            }
        }
        if *taken > self.limit {
            return Err(self.too_large());
        }
        file.flush().await.map_err(|error| unwritable(&error))?;
        Ok(Spooled { file: file.into_inner().into_std().await, size: *taken - before })
    }

    /// Refuses what says before it is sent that it is too large.
    pub fn check(&self, headers: &HeaderMap) -> Result<()> {
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
pub async fn discard<E>(mut body: impl Stream<Item = Result<Bytes, E>> + Unpin) {
    let mut read = 0;
    while let Ok(Some(chunk)) = next(&mut body).await {
        read += chunk.len() as u64;
        if read > MAX_DISCARDED {
            break;
        }
    }
}

async fn next<E>(body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) -> Result<Option<Bytes>> {
    match tokio::time::timeout(SILENCE, body.next()).await {
        Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) => Err(Error::new(
            ErrorKind::Malformed,
            "malformed_body",
            "The file did not arrive to its end. Nothing was taken; send it again.",
        )),
        Err(_) => Err(Error::new(
            ErrorKind::Malformed,
            "body_timeout",
            "Nothing more of the file arrived for half a minute. Nothing was taken; send it again.",
        )),
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

    use super::*;

    fn body(chunks: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
        stream::iter((0..chunks).map(|_| Ok(Bytes::from_static(b"abcd"))))
    }

    #[tokio::test]
    async fn what_is_within_the_limit_lies_in_a_file_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path(), 8);
        let (place, mut taken) = (spool.place().unwrap(), 0);
        let mut spooled = spool.take(&place, body(2), &mut taken).await.unwrap();
        let mut text = String::new();
        std::io::Seek::rewind(&mut spooled.file).unwrap();
        spooled.file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), spooled.size, taken), ("abcdabcd", 8, 8));
        let mut here = tokio::fs::read_dir(folder.path().join(FOLDER)).await.unwrap();
        assert!(here.next_entry().await.unwrap().is_none());
        let refused = spool.take(&place, body(1), &mut taken).await.err().unwrap();
        assert_eq!(refused.code, "body_too_large");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path(), 8);
        let broken = stream::iter([Ok(Bytes::from_static(b"a")), Err(())]);
        let place = spool.place().unwrap();
        assert_eq!(spool.take(&place, broken, &mut 0).await.err().unwrap().code, "malformed_body");
    }

    #[test]
    fn places_are_few_and_come_free_again() {
        let spool = Spool::new(std::path::Path::new("nowhere"), 8);
        let places: Vec<_> = (0..AT_ONCE).map(|_| spool.place().unwrap()).collect();
        assert!(spool.place().is_err_and(|error| error.code == "busy"));
        drop(places);
        assert!(spool.place().is_ok());
    }
}
