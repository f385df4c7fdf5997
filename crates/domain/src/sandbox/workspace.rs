//! The files of a workspace, as people and models are told of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// The most bytes of a file that is read or written from outside of a run.
pub const MAX_WORKSPACE_FILE_BYTES: usize = 10 * 1024 * 1024;
/// Files and folders of a workspace that are listed.
pub const MAX_LISTED: usize = 20_000;

/// What stands at a path of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    File,
    Folder,
    /// A symbolic link. It is followed by what runs, and by nobody else.
    Link,
}

/// A file or a folder of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceEntry {
    /// Where in the workspace: `data/a.csv`. What in it is no text is told as U+FFFD.
    pub path: String,
    pub kind: EntryKind,
    /// Bytes; 0 for folders and links.
    pub size: u64,
    pub changed_at: Timestamp,
}

/// What a workspace holds, in the order of its paths.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceListing {
    pub items: Vec<WorkspaceEntry>,
    /// Bytes of all its files that are listed.
    pub bytes: u64,
    /// Whether there is more than is listed.
    pub truncated: bool,
}
