//! [`Place`]: a workspace as people and tools work in it.

use std::{io, ops::ControlFlow};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use rustix::io::Errno;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Error, ErrorKind, Result,
    sandbox::{
        EntryKind, FilePath, MAX_LISTED, MAX_WORKSPACE_FILE_BYTES, Run, RunLimits, RunReport, WorkspaceEntry,
        WorkspaceListing,
    },
};
use vertice_ports::{
    Workspace,
    sandbox::Listener,
    workspaces::{Edit, Visit},
};

use crate::{
    archive,
    error::is_full,
    files::{get, root},
    merge,
    plan::megabytes,
    runs::Runs,
    seen::{self, Seen},
    workspace::Kept,
};

/// A workspace of a conversation, or a folder that somebody works in.
pub(crate) struct Place {
    pub(crate) runs: Runs,
    pub(crate) kept: Kept,
}

impl Place {
    async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(Kept) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let kept = self.kept.clone();
        let outcome = spawn_blocking(move || work(kept)).await.map_err(|_| Error::internal())?;
        outcome.map_err(|error| told(&error, what))
    }

    /// Writes it, if there is room for it. For whoever holds the workspace's lock.
    async fn put(&self, path: &FilePath, content: Vec<u8>) -> Result<()> {
        if content.len() > MAX_WORKSPACE_FILE_BYTES {
            return Err(too_large(path.as_str()));
        }
        let wanted = path.clone();
        let write = move |kept: Kept| {
            let (path, seen) = (wanted.as_str().as_bytes(), look(&kept)?);
            let old = seen.entries.get(path);
            let more = (content.len() as u64).saturating_sub(old.map_or(0, |old| old.size));
            let most = megabytes(RunLimits::default().disk_mb);
            let is_full = seen.is_cut || old.is_none() && seen.entries.len() >= MAX_LISTED;
            if more > 0 && seen.bytes() + more > most || is_full {
                return Ok(Err(full()));
            }
            if let Some(Err(held)) = kept.share.as_ref().map(|share| share.check(more)).transpose()? {
                return Ok(Err(exceeded(held)));
            }
            merge::write(&kept, path, &content).map(Ok)
        };
        self.blocking(path.as_str(), write).await?
    }
}

#[async_trait]
impl Workspace for Place {
    async fn list(&self) -> Result<WorkspaceListing> {
        let seen = self.blocking("the workspace", |kept| look(&kept)).await?;
        let items: Vec<WorkspaceEntry> = seen
            .entries
            .iter()
            .map(|(path, stamp)| WorkspaceEntry {
                path: String::from_utf8_lossy(path).into_owned(),
                kind: stamp.kind,
                size: stamp.size,
                changed_at: stamp.changed_at(),
            })
            .collect();
        let bytes = items.iter().map(|item| item.size).sum();
        Ok(WorkspaceListing { items, bytes, truncated: seen.is_cut })
    }

    async fn read(&self, path: &FilePath) -> Result<Vec<u8>> {
        let wanted = path.clone();
        let read = move |kept: Kept| {
            get(&root(&kept.folder)?, wanted.as_str().as_bytes(), MAX_WORKSPACE_FILE_BYTES as u64)
        };
        self.blocking(path.as_str(), read).await
    }

    async fn write(&self, path: &FilePath, content: Vec<u8>) -> Result<()> {
        let _alone = self.kept.lock.lock().await;
        self.put(path, content).await
    }

    async fn change(&self, path: &FilePath, edit: Edit) -> Result<()> {
        let _alone = self.kept.lock.lock().await;
        let content = self.read(path).await?;
        self.put(path, edit(content)?).await
    }

    async fn remove(&self, path: &FilePath) -> Result<()> {
        let _alone = self.kept.lock.lock().await;
        let wanted = path.clone();
        let remove = move |kept: Kept| merge::remove_path(&kept, wanted.as_str().as_bytes());
        self.blocking(path.as_str(), remove).await
    }

    async fn scan(&self, mut visit: Visit) -> Result<()> {
        let scan = move |kept: Kept| {
            let seen = look(&kept)?;
            if seen.entries.is_empty() {
                return Ok(());
            }
            let folder = root(&kept.folder)?;
            for (path, _) in seen.entries.iter().filter(|(_, stamp)| stamp.kind == EntryKind::File) {
                // What was changed meanwhile, or is too large, is passed over.
                let Ok(content) = get(&folder, path, MAX_WORKSPACE_FILE_BYTES as u64) else { continue };
                let Ok(path) = std::str::from_utf8(path) else { continue };
                if let ControlFlow::Break(()) = visit(path, &content) {
                    break;
                }
            }
            Ok(())
        };
        self.blocking("the workspace", scan).await
    }

    async fn archive(&self) -> Result<BoxStream<'static, Result<Bytes>>> {
        let seen = self.blocking("the workspace", |kept| look(&kept)).await?;
        archive::stream(self.kept.folder.clone(), seen)
    }

    async fn run(
        &self,
        run: Run,
        listener: Option<Listener>,
        cancel: CancellationToken,
    ) -> Result<RunReport> {
        let name = self.kept.folder.file_name().unwrap_or_default().to_string_lossy();
        let user = self.kept.share.as_ref().map(|share| share.user);
        let shown = user.map(tracing::field::display);
        let span =
            tracing::info_span!("run", run = tracing::field::Empty, user = shown, conversation = %name);
        self.runs.run(run, (user, Some(self.kept.clone())), (listener, cancel), span).await
    }
}

/// What is there; before anything was written nothing is.
fn look(kept: &Kept) -> io::Result<Seen> {
    match seen::look(&kept.folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::default()),
        outcome => outcome,
    }
}

fn exceeded(held: u64) -> Error {
    let message = format!(
        "Your workspaces hold {} MB, which is all that you may keep (STORAGE_LIMIT_MB_PER_USER). Delete files in them, or \
         conversations that you need no more.",
        held / (1024 * 1024)
    );
    Error::new(ErrorKind::TooLarge, "storage_exceeded", message)
}

/// What went wrong with `path`, for people and models.
fn told(error: &io::Error, path: &str) -> Error {
    use io::ErrorKind as Kind;
    // A link, or what leads out.
    if matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::XDEV)) {
        return refused(format!(
            "{path:?} is a symbolic link, or lies behind one. Only code that runs follows links."
        ));
    }
    match error.kind() {
        Kind::FileTooLarge => too_large(path),
        Kind::NotFound => Error::new(
            ErrorKind::NotFound,
            "not_found",
            format!("There is no file {path:?} in the workspace."),
        ),
        Kind::IsADirectory => refused(format!("{path:?} is a folder.")),
        Kind::NotADirectory => refused(format!("A folder above {path:?} is a file or a symbolic link.")),
        Kind::InvalidFilename => refused(format!("{path:?} is too long a name.")),
        _ if is_full(error) => Error::new(
            ErrorKind::Unavailable,
            "storage_full",
            "This server's disk is full. Nothing was changed.",
        ),
        _ => {
            tracing::error!(%error, "a workspace cannot be used");
            Error::new(
                ErrorKind::Unavailable,
                "workspace_unavailable",
                "The workspace cannot be used right now.",
            )
        }
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Conflict, "not_a_file", message)
}

fn too_large(path: &str) -> Error {
    let message = format!("{path:?} is larger than {} MB.", MAX_WORKSPACE_FILE_BYTES / (1024 * 1024));
    Error::new(ErrorKind::TooLarge, "file_too_large", message)
}

fn full() -> Error {
    let message = "The workspace is full: it may hold 128 MB, and 20,000 files and folders. Delete what is not needed any more.";
    Error::new(ErrorKind::TooLarge, "workspace_full", message)
}
