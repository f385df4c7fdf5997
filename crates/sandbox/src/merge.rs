//! What a run has changed in its copy of a workspace is taken over into the workspace itself, and nothing else is touched: people, tools
//! and other runs may have worked there meanwhile. Blocking: for threads that may block.

use std::{
    fs::File,
    io::{self, Write as _},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::Path,
};

use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;
use vertice_domain::sandbox::EntryKind;

use crate::{
    files::{beneath, folder, root, split},
    seen::{Seen, Stamp},
    workspace::{Kept, make, remove},
};

/// Takes over what was made, changed and removed between `before` and `now`. All that is new is copied first, so that for want of room
/// nothing is done at all. What cannot be put where it belongs, since somebody has made something else there meanwhile, is left out and
/// told. For whoever holds the workspace's lock.
pub(crate) fn merge(copy: &Path, before: &Seen, now: &Seen, kept: &Kept) -> io::Result<Vec<String>> {
    prepared(kept, || staged(copy, before, now, &kept.staging, &kept.folder))
}

/// Does the work with the workspace there, and an empty folder beside it that goes with the work.
fn prepared<T>(kept: &Kept, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    make(&kept.folder)?;
    remove(&kept.staging)?;
    make(&kept.staging)?;
    let outcome = work();
    remove(&kept.staging)?;
    outcome
}

/// Writes one file, and the folders above it. For whoever holds the workspace's lock.
pub(crate) fn write(kept: &Kept, path: &[u8], content: &[u8]) -> io::Result<()> {
    prepared(kept, || written(kept, path, content))
}

fn written(kept: &Kept, path: &[u8], content: &[u8]) -> io::Result<()> {
    const NAME: &str = "file";
    let (workspace, staging) = (root(&kept.folder)?, root(&kept.staging)?);
    let (above, name) = split(path);
    let place = folder(&workspace, above, None)?;
    let target = beneath(&staging, NAME.as_bytes(), OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
    give(&target, &place)?;
    // What can be run stays so.
    let old = beneath(&place, name, OFlags::PATH).and_then(|old| Ok(rustix::fs::fstat(&old)?));
    if let Some(old) = old.ok().filter(|old| FileType::from_raw_mode(old.st_mode) == FileType::RegularFile) {
        allow(&target, old.st_mode & 0o777 | 0o600)?;
    }
    File::from(target).write_all(content)?;
    Ok(rustix::fs::renameat(&staging, NAME, &place, std::ffi::OsStr::from_bytes(name))?)
}

/// Takes a file or a folder away, with all that is in it. For whoever holds the workspace's lock.
pub(crate) fn remove_path(kept: &Kept, path: &[u8]) -> io::Result<()> {
    let (above, name) = split(path);
    let place = beneath(&root(&kept.folder)?, above, OFlags::RDONLY | OFlags::DIRECTORY)?;
    remove(&kept.staging)?;
    // Out of the workspace at once; what takes long comes afterwards.
    rustix::fs::renameat(&place, std::ffi::OsStr::from_bytes(name), rustix::fs::CWD, &kept.staging)?;
    remove(&kept.staging)
}

fn staged(
    copy: &Path,
    before: &Seen,
    now: &Seen,
    staging: &Path,
    workspace: &Path,
) -> io::Result<Vec<String>> {
    let (copy, staging, workspace) = (root(copy)?, root(staging)?, root(workspace)?);
    let is_new = |(path, stamp): &(&Vec<u8>, &Stamp)| !stamp.is(before.entries.get(*path));
    let new: Vec<(&Vec<u8>, &Stamp)> = now.entries.iter().filter(is_new).collect();
    for (number, (path, stamp)) in new.iter().enumerate() {
        stage(&copy, path, stamp, &staging, &number.to_string())?;
    }
    let mut left_out = Vec::new();
    let mut tell = |path: &[u8], outcome: io::Result<()>| {
        if let Err(error) = outcome {
            tracing::info!(%error, "a change of a run is left out");
            left_out.push(String::from_utf8_lossy(path).into_owned());
        }
    };
    // What is something else now makes room first. What is in a folder comes after it, so that backwards the folders are empty when
    // it is their turn.
    for (path, stamp) in before.entries.iter().rev() {
        if now.entries.get(path).is_some_and(|now| now.kind != stamp.kind) {
            let below = [path.as_slice(), b"/"].concat();
            let inner =
                before.entries.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
            for (path, stamp) in inner.collect::<Vec<_>>().into_iter().rev() {
                tell(path, take(&workspace, path, stamp.kind));
            }
            tell(path, take(&workspace, path, stamp.kind));
        }
    }
    for (number, (path, stamp)) in new.iter().enumerate() {
        tell(path, put(&staging, &number.to_string(), &workspace, path, stamp));
    }
    for (path, stamp) in before.entries.iter().rev().filter(|(path, _)| !now.entries.contains_key(*path)) {
        tell(path, take(&workspace, path, stamp.kind));
    }
    Ok(left_out)
}

fn put(staging: &OwnedFd, name: &str, workspace: &OwnedFd, path: &[u8], stamp: &Stamp) -> io::Result<()> {
    let (above, own) = split(path);
    let place = folder(workspace, above, None)?;
    if stamp.kind == EntryKind::Folder {
        let made = folder(&place, own, None)?;
        give(&made, &place)?;
        return allow(&made, stamp.mode | 0o700);
    }
    if stamp.kind == EntryKind::File {
        give(&beneath(staging, name.as_bytes(), OFlags::RDONLY)?, &place)?;
    }
    Ok(rustix::fs::renameat(staging, name, &place, std::ffi::OsStr::from_bytes(own))?)
}

/// Makes it belong to whom the folder around it belongs.
fn give(file: &OwnedFd, around: &OwnedFd) -> io::Result<()> {
    let owner = rustix::fs::fstat(around)?;
    match rustix::fs::fchown(file, Some(Uid::from_raw(owner.st_uid)), Some(Gid::from_raw(owner.st_gid))) {
        // Whoever is not root makes nothing but their own.
        Ok(()) | Err(Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn stage(copy: &OwnedFd, path: &[u8], stamp: &Stamp, staging: &OwnedFd, name: &str) -> io::Result<()> {
    match stamp.kind {
        EntryKind::Folder => Ok(()),
        EntryKind::File => {
            let source = beneath(copy, path, OFlags::RDONLY | OFlags::NONBLOCK)?;
            let target = beneath(staging, name.as_bytes(), OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
            // Neither set-user-id nor unreadable to whom it belongs.
            allow(&target, stamp.mode | 0o600)?;
            io::copy(&mut File::from(source), &mut File::from(target)).map(drop)
        }
        EntryKind::Link => {
            let (above, link) = split(path);
            let place = beneath(copy, above, OFlags::RDONLY | OFlags::DIRECTORY)?;
            let to = rustix::fs::readlinkat(&place, std::ffi::OsStr::from_bytes(link), Vec::new())?;
            Ok(rustix::fs::symlinkat(to, staging, name)?)
        }
    }
}

/// Takes away what the run has taken away. A folder stays where somebody else has put something into it.
fn take(workspace: &OwnedFd, path: &[u8], kind: EntryKind) -> io::Result<()> {
    let (above, name) = split(path);
    let Ok(place) = beneath(workspace, above, OFlags::RDONLY | OFlags::DIRECTORY) else { return Ok(()) };
    let flags = if kind == EntryKind::Folder { AtFlags::REMOVEDIR } else { AtFlags::empty() };
    match rustix::fs::unlinkat(&place, std::ffi::OsStr::from_bytes(name), flags) {
        Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR | Errno::ISDIR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn allow(file: &OwnedFd, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
}
