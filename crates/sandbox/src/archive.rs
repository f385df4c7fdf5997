//! A workspace as a zip archive, made while it is being taken.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use rustix::fs::OFlags;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
    task::spawn_blocking,
    time,
};
use vertice_domain::{Error, ErrorKind, Result, sandbox::EntryKind};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    files::{beneath, root},
    seen::Seen,
};

/// The most bytes of one piece, how many of them may wait, and how long one may wait for somebody to take it.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);

/// Archives that are made at the same time: each takes a thread for as long as it is being taken.
static ROOM: Semaphore = Semaphore::const_new(4);

/// All that was seen in the folder. Links are left out, and what was taken away meanwhile; of names that are the same as text, the first.
pub(crate) fn stream(folder: PathBuf, seen: Seen) -> Result<BoxStream<'static, Result<Bytes>>> {
    let room = ROOM.try_acquire().map_err(|_| {
        let message = "Too many archives are being made. Try again in a moment.";
        Error::new(ErrorKind::Unavailable, "busy", message)
    })?;
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let handle = Handle::current();
    spawn_blocking(move || {
        let _room = room;
        let pieces = Pieces { sender: sender.clone(), handle, waiting: Vec::with_capacity(PIECE) };
        if let Err(error) = pack(&folder, &seen, pieces) {
            tracing::info!(%error, "an archive of a workspace ended early");
            let _gone = sender.try_send(Err(Error::internal()));
        }
    });
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)).boxed())
}

fn pack(folder: &Path, seen: &Seen, pieces: Pieces) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pieces);
    let (folder, mut names) = (root(folder)?, HashSet::new());
    for (path, stamp) in &seen.entries {
        let options = SimpleFileOptions::default().unix_permissions(stamp.mode);
        let name = String::from_utf8_lossy(path);
        if stamp.kind == EntryKind::Link || !names.insert(name.clone()) {
            continue;
        }
        if stamp.kind == EntryKind::Folder {
            zip.add_directory(name, options)?;
        } else if let Ok(file) = beneath(&folder, path, OFlags::RDONLY | OFlags::NONBLOCK) {
            zip.start_file(name, options)?;
            io::copy(&mut File::from(file), &mut zip)?;
        }
    }
    zip.finish()?.into_inner().flush()
}

/// Sends what is written, in pieces.
struct Pieces {
    sender: mpsc::Sender<Result<Bytes>>,
    handle: Handle,
    waiting: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.waiting));
        // Whoever took it has gone, or does not take it any more.
        match self.handle.block_on(time::timeout(PATIENCE, self.sender.send(Ok(piece)))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
