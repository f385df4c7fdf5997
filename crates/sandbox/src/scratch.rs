//! The folder that a run writes to. Where the server is root it is a file system of its own, whose size is a hard limit.

use std::{
    ffi::CString,
    io,
    path::{Path, PathBuf},
};

use rustix::mount::{MountFlags, UnmountFlags};
use tokio::fs;

use crate::host::Host;

/// Files and folders of a workspace.
const MOST_FILES: u32 = 20_000;

/// A workspace that goes with its run.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) folder: PathBuf,
    is_mounted: bool,
}

impl Scratch {
    pub(crate) async fn make(host: &Host, folder: PathBuf, user: u32, megabytes: u32) -> io::Result<Self> {
        fs::create_dir(&folder).await?;
        if host.is_root {
            let options = format!("size={megabytes}m,nr_inodes={MOST_FILES},mode=0700,uid={user},gid={user}");
            let options = CString::new(options).map_err(io::Error::other)?;
            let flags = MountFlags::NOSUID | MountFlags::NODEV;
            rustix::mount::mount("vertice", &folder, "tmpfs", flags, Some(options.as_c_str()))?;
        }
        Ok(Self { folder, is_mounted: host.is_root })
    }

    /// Whether nothing more can be written to it.
    pub(crate) fn is_full(&self) -> bool {
        self.is_mounted
            && rustix::fs::statvfs(&self.folder).is_ok_and(|told| told.f_bavail == 0 || told.f_favail == 0)
    }

    /// How many bytes it holds; none: only a file system of its own can tell.
    pub(crate) fn used(&self) -> Option<u64> {
        let told = self.is_mounted.then(|| rustix::fs::statvfs(&self.folder).ok())??;
        Some(told.f_blocks.saturating_sub(told.f_bfree) * told.f_frsize)
    }

    pub(crate) async fn remove(self) {
        if self.is_mounted {
            detach(&self.folder);
        }
        if let Err(error) = fs::remove_dir_all(&self.folder).await {
            tracing::warn!(%error, "the workspace of a run is left over");
        }
    }
}

/// Takes a mounted folder away, whoever still looks at it.
pub(crate) fn detach(folder: &Path) {
    if let Err(error) = rustix::mount::unmount(folder, UnmountFlags::DETACH) {
        tracing::warn!(%error, "the workspace of a run stays mounted");
    }
}
