//! A workspace as a zip archive, made while it is being taken.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::{sync::mpsc, task::spawn_blocking};
use vertice_domain::{Error, Result, sandbox::EntryKind};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    files::{get, root},
    seen::Seen,
};

/// The most bytes of one piece, and how many of them may wait.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;

/// All that was seen in the folder. Links are left out, and what was taken away meanwhile; names that are no text are kept as far as they are.
pub(crate) fn stream(folder: PathBuf, seen: Seen) -> BoxStream<'static, Result<Bytes>> {
    let (sender, mut receiver) = mpsc::channel(WAITING);
    spawn_blocking(move || {
        let pieces = Pieces { sender: sender.clone(), waiting: Vec::with_capacity(PIECE) };
        if let Err(error) = pack(folder, &seen, pieces) {
            tracing::warn!(%error, "an archive of a workspace ended early");
            let _gone = sender.blocking_send(Err(Error::internal()));
        }
    });
    stream::poll_fn(move |context| receiver.poll_recv(context)).boxed()
}

fn pack(folder: PathBuf, seen: &Seen, pieces: Pieces) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pieces);
    for (path, stamp) in &seen.entries {
        let options = SimpleFileOptions::default().unix_permissions(stamp.mode);
        let name = String::from_utf8_lossy(path);
        match stamp.kind {
            EntryKind::Folder => zip.add_directory(name, options)?,
            EntryKind::File => {
                let Ok(content) = get(&root(&folder)?, path, u64::MAX) else { continue };
                zip.start_file(name, options)?;
                zip.write_all(&content)?;
            }
            EntryKind::Link => {}
        }
    }
    zip.finish()?.into_inner().flush()
}

/// Sends what is written, in pieces.
struct Pieces {
    sender: mpsc::Sender<Result<Bytes>>,
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
        // Whoever took it has gone.
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
