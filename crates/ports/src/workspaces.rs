//! Folders of files that conversations work in.

use std::{ops::ControlFlow, sync::Arc};

use crate::sandbox::Listener;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, ConversationId, Result,
    sandbox::{FilePath, Run, RunReport, WorkspaceListing},
};

/// What is wanted of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    /// Change its files, and run code in it.
    Write,
}

/// Looks at one file: its path and its content. Whether it wants to see more.
pub type Visit = Box<dyn FnMut(&str, &[u8]) -> ControlFlow<()> + Send>;

/// Makes a file's new content of its old one, or says why not.
pub type Edit = Box<dyn FnOnce(Vec<u8>) -> Result<Vec<u8>> + Send>;

/// The workspaces of conversations.
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// Whether code runs here at all. Waits until that has been tried.
    async fn run_code(&self) -> bool;

    /// The workspace of one of the actor's own conversations.
    async fn open(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        access: Access,
    ) -> Result<Arc<dyn Workspace>>;
}

/// A folder of files. Whatever stands in it, nothing that is done here leads out of it. Many may work in it at once: a change is
/// there as a whole or not at all, and the last one stays.
#[async_trait]
pub trait Workspace: Send + Sync {
    async fn list(&self) -> Result<WorkspaceListing>;

    /// A file's content. One that is too large to be read here is refused.
    async fn read(&self, path: &FilePath) -> Result<Vec<u8>>;

    /// Writes a file, and the folders above it, in place of what stood there.
    async fn write(&self, path: &FilePath, content: Vec<u8>) -> Result<()>;

    /// Reads a file and writes what `edit` makes of it; nobody else writes in between.
    async fn change(&self, path: &FilePath, edit: Edit) -> Result<()>;

    /// Takes a file away, or a folder with all that is in it.
    async fn remove(&self, path: &FilePath) -> Result<()>;

    /// Shows the files that are not too large to be read here, in the order of their paths, to `visit`, on a thread that may block.
    async fn scan(&self, visit: Visit) -> Result<()>;

    /// All of it, as a zip archive, while it is being made.
    async fn archive(&self) -> Result<BoxStream<'static, Result<Bytes>>>;

    /// Runs code in a copy of it, and takes over what the code has changed. Once it is cancelled it returns soon, and nothing of
    /// the run is left. A listener never holds it up.
    async fn run(&self, run: Run, listener: Option<Listener>, cancel: CancellationToken)
    -> Result<RunReport>;
}
