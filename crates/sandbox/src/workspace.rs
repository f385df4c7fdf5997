//! The workspaces of conversations, as they are kept between runs: copied into a run's own file system, and back when it is over. So
//! the limit on its size is hard while code runs, and what a run does halfway when it is killed with the server is not kept.
//! Blocking: for threads that may block.

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use rustix::fs::{Dir, FileType, Gid, Mode, OFlags, Uid};
use vertice_domain::ConversationId;

use crate::files::{DEEPEST, beneath, root};

/// Names that are left out when a workspace is kept: nobody looks deeper either.
const MOST: usize = 20_000;

/// Where a conversation's workspace is kept.
pub(crate) fn folder(data: &Path, conversation: ConversationId) -> PathBuf {
    data.join("workspaces").join(conversation.to_string())
}

/// Copies what is kept into a run's workspace, for `owner`.
pub(crate) fn load(kept: &Path, workspace: &Path, owner: Option<u32>) -> io::Result<()> {
    match root(kept) {
        Ok(from) => copy(&from, &root(workspace)?, owner, 0, &mut MOST.clone()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Keeps a run's workspace in place of what was kept before.
pub(crate) fn save(workspace: &Path, kept: &Path) -> io::Result<()> {
    let (new, old) = (kept.with_extension("new"), kept.with_extension("old"));
    for left in [&new, &old] {
        remove(left)?;
    }
    make(&new)?;
    copy(&root(workspace)?, &root(&new)?, None, 0, &mut MOST.clone())?;
    match rustix::fs::rename(kept, &old) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    rustix::fs::rename(&new, kept)?;
    remove(&old)
}

#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Takes a kept workspace away. The standard library follows no links on its way.
#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn copy(from: &OwnedFd, to: &OwnedFd, owner: Option<u32>, depth: usize, left: &mut usize) -> io::Result<()> {
    for entry in Dir::read_from(from)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        if *left == 0 {
            return Err(io::Error::other(format!("a workspace may hold {MOST} files and folders")));
        }
        *left -= 1;
        let found = beneath(from, name, OFlags::PATH)?;
        let told = rustix::fs::fstat(&found)?;
        let mode = Mode::from_raw_mode(told.st_mode & 0o777);
        match FileType::from_raw_mode(told.st_mode) {
            FileType::Directory if depth < DEEPEST => {
                rustix::fs::mkdirat(to, entry.file_name(), Mode::from_raw_mode(0o700))?;
                let inner = beneath(to, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
                let source = beneath(from, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
                copy(&source, &inner, owner, depth + 1, left)?;
                give(&inner, owner, mode)?;
            }
            FileType::RegularFile => {
                let source = beneath(from, name, OFlags::RDONLY | OFlags::NONBLOCK)?;
                let target = beneath(to, name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
                give(&target, owner, mode)?;
                io::copy(&mut File::from(source), &mut File::from(target))?;
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(from, entry.file_name(), Vec::new())?;
                rustix::fs::symlinkat(target, to, entry.file_name())?;
            }
            // Fifos, sockets, devices and what is too deep belong to the run alone.
            _ => {}
        }
    }
    Ok(())
}

fn give(file: &OwnedFd, owner: Option<u32>, mode: Mode) -> io::Result<()> {
    if let Some(owner) = owner {
        rustix::fs::fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner)))?;
    }
    // Neither set-user-id nor unreadable to whom it belongs.
    rustix::fs::fchmod(file, mode | Mode::RUSR | Mode::WUSR)?;
    Ok(())
}
