//! The files: `ab/cd/<hash>` for the hash `abcd…`, written beside and renamed, so that a file of that name is whole.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt as _, AsyncWriteExt as _},
};
use vertice_domain::{BlobHash, Error, ErrorKind};
use vertice_ports::blobs::BlobStream;

/// How much is read at once.
const PIECE: usize = 192 * 1024;

/// The least room there must be, in bytes.
const LEAST_ROOM: u64 = 1024 * 1024;

/// Where files lie until they are whole.
const UNFINISHED: &str = "unfinished";

/// The folder of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: Arc<Path>,
    written: Arc<AtomicU64>,
}

impl Files {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root: root.into(), written: Arc::default() }
    }

    fn path(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..2]).join(&name[2..4]).join(name)
    }

    /// Whether the file is there, by its size.
    pub(super) async fn has(&self, hash: BlobHash, size: u64) -> bool {
        fs::metadata(self.path(hash)).await.is_ok_and(|found| found.is_file() && found.len() == size)
    }

    /// Writes a file; on the disk when it returns, and never half.
    pub(super) async fn write(&self, hash: BlobHash, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.write_unfinished(&hash.to_string(), bytes).await?;
        let moved = self.move_in(&unfinished, &self.path(hash)).await;
        if moved.is_err() {
            let _ = fs::remove_file(&unfinished).await;
        }
        moved
    }

    async fn write_unfinished(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let folder = self.root.join(UNFINISHED);
        fs::create_dir_all(&folder).await?;
        let (path, mut file) = loop {
            let number = self.written.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{name}.{number}"));
            match OpenOptions::new().write(true).create_new(true).open(&path).await {
                Ok(file) => break (path, file),
                // Another process's, or left behind by one.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let written = async {
            file.write_all(bytes).await?;
            file.sync_all().await
        };
        if let Err(error) = written.await {
            let _ = fs::remove_file(&path).await;
            return Err(error);
        }
        Ok(path)
    }

    async fn move_in(&self, from: &Path, to: &Path) -> io::Result<()> {
        let folder = to.parent().unwrap_or(&self.root);
        let is_new = !fs::try_exists(folder).await?;
        fs::create_dir_all(folder).await?;
        fs::rename(from, to).await?;
        // A name is on the disk when its folder is.
        sync_folder(folder).await?;
        if is_new {
            if let Some(above) = folder.parent() {
                sync_folder(above).await?;
            }
            sync_folder(&self.root).await?;
        }
        Ok(())
    }

    /// The whole file; none: it is missing or has another size.
    pub(super) async fn read(&self, hash: BlobHash, size: u64) -> io::Result<Option<Bytes>> {
        let Some(mut file) = self.open(hash, size).await? else { return Ok(None) };
        let length = usize::try_from(size).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).await?;
        Ok(Some(bytes.into()))
    }

    /// The file piece by piece; none: it is missing or has another size.
    pub(super) async fn stream(&self, hash: BlobHash, size: u64) -> io::Result<Option<BlobStream>> {
        let Some(file) = self.open(hash, size).await? else { return Ok(None) };
        let pieces = futures::stream::try_unfold((file, size), |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let piece = next_piece(&mut file, left).await.map_err(|error| unreadable(&error))?;
            let left = left - piece.len() as u64;
            Ok(Some((piece, (file, left))))
        });
        Ok(Some(Box::pin(pieces)))
    }

    async fn open(&self, hash: BlobHash, size: u64) -> io::Result<Option<File>> {
        let file = match File::open(self.path(hash)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok((file.metadata().await?.len() == size).then_some(file))
    }

    pub(super) async fn remove(&self, hash: BlobHash) -> io::Result<()> {
        match fs::remove_file(self.path(hash)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes what a crash left half written longer than `age` before `now`.
    pub(super) async fn clear_unfinished(&self, now: SystemTime, age: Duration) -> io::Result<()> {
        let mut entries = match fs::read_dir(self.root.join(UNFINISHED)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        while let Some(entry) = entries.next_entry().await? {
            let written = entry.metadata().await.and_then(|found| found.modified());
            let is_old = written.is_ok_and(|at| now.duration_since(at).is_ok_and(|since| since > age));
            if is_old {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }

    /// Tries whether files can be written.
    /// Nothing is written, so that it may be asked often.
    pub(super) async fn probe(&self) -> io::Result<()> {
        let root = Arc::clone(&self.root);
        let probed = tokio::task::spawn_blocking(move || match writable(&root) {
            // The first blob makes it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                root.parent().map_or(Err(error), writable)
            }
            outcome => outcome,
        });
        probed.await.map_err(io::Error::other)?
    }
}

/// Whether files may be made in the folder, and have room, without making one. Blocks.
fn writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access, statvfs};
    // What stands there may be a file, on which the rights alone would say nothing.
    let inside = folder.join(".");
    access(&inside, Access::WRITE_OK | Access::EXEC_OK)?;
    let volume = statvfs(&inside)?;
    if volume.f_bavail.saturating_mul(volume.f_frsize) < LEAST_ROOM {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}

async fn next_piece(file: &mut File, left: u64) -> io::Result<Bytes> {
    let room = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
    let mut piece = BytesMut::with_capacity(room);
    while piece.len() < room {
        let want = room - piece.len();
        if (&mut *file).take(want as u64).read_buf(&mut piece).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(piece.freeze())
}

async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

/// Bytes cannot be written: why, and what to do.
pub(super) fn unwritable(error: &io::Error) -> Error {
    tracing::error!(%error, "a blob cannot be written");
    let message = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "The server's disk is full, so the picture cannot be kept. Tell the administrator, then send it again."
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "The server may not write to its folder of pictures and files. The administrator must let it write to \
             `blobs` in VERTICE_DATA_DIR."
        }
        _ => {
            "The server's disk cannot be written to, so the picture cannot be kept. Send it again in a moment."
        }
    };
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}

/// Bytes cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Error {
    tracing::error!(%error, "a blob cannot be read");
    let message = "The server cannot read the picture from its disk right now. Try again in a moment.";
    Error::new(ErrorKind::Unavailable, "storage_unavailable", message)
}
