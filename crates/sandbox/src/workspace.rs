//! The workspaces of conversations, as they are kept between runs. A run works in a copy, whose size is a hard limit, and what it
//! does halfway when it is killed with the server is not kept. Blocking: for threads that may block.

use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustix::fs::{FileType, Gid, Mode, OFlags, Uid};
use vertice_domain::{ConversationId, UserId, sandbox::MAX_LISTED};

use crate::files::{DEEPEST, beneath, entries, root, there};

/// What a file or a folder takes at least, in bytes.
const LEAST: u64 = 4096;

/// The folder of everybody's workspaces, in the data directory: a folder for each user, and in it one for each conversation.
const ALL: &str = "workspaces";
/// The ending of the mark of a workspace whose conversation was not there when it was last looked for.
const GONE: &str = "gone";

/// A workspace at rest.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) folder: PathBuf,
    /// Where what is new is put together, on the same file system.
    pub(crate) staging: PathBuf,
    /// Held while it is copied or changed.
    pub(crate) lock: Arc<tokio::sync::Mutex<()>>,
    /// None: it is nobody's share.
    pub(crate) share: Option<Share>,
}

/// Whose room it takes: a user may keep so many bytes in all workspaces.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) data: PathBuf,
    pub(crate) user: UserId,
    pub(crate) most_kept: u64,
}

impl Share {
    /// Whether the user may keep so many bytes more; if not, how many they keep.
    pub(crate) fn check(&self, more: u64) -> io::Result<Result<(), u64>> {
        // What needs no room is not measured.
        if more == 0 {
            return Ok(Ok(()));
        }
        let held = held(&self.data, self.user)?;
        Ok(if held + more <= self.most_kept { Ok(()) } else { Err(held) })
    }
}

/// The ending of the folder where what is new in a workspace is put together.
pub(crate) const NEW: &str = "new";

/// Where a conversation's workspace is kept.
pub(crate) fn folder(data: &Path, user: UserId, conversation: ConversationId) -> PathBuf {
    data.join(ALL).join(user.to_string()).join(conversation.to_string())
}

/// How many bytes a user's workspaces hold.
fn held(data: &Path, user: UserId) -> io::Result<u64> {
    match root(&data.join(ALL).join(user.to_string())) {
        Ok(all) => size(&all, 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn size(folder: &OwnedFd, depth: usize) -> io::Result<u64> {
    let mut sum = 0;
    for entry in entries(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let Some(found) = there(beneath(folder, name, OFlags::PATH))? else { continue };
        let told = rustix::fs::fstat(&found)?;
        sum += match FileType::from_raw_mode(told.st_mode) {
            // A workspace is as deep as can be kept, below its user's folder.
            FileType::Directory if depth <= DEEPEST + 1 => {
                match there(beneath(folder, name, OFlags::RDONLY | OFlags::DIRECTORY))? {
                    Some(inner) => LEAST + size(&inner, depth + 1)?,
                    None => 0,
                }
            }
            // An empty one takes room, too.
            FileType::RegularFile => told.st_size.unsigned_abs().max(LEAST),
            _ => 0,
        };
    }
    Ok(sum)
}

/// All workspaces that are kept, by whose they are.
#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn all(data: &Path) -> Vec<(UserId, ConversationId)> {
    let named = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let all = data.join(ALL);
    let mut found = Vec::new();
    for user in named(&all) {
        let Ok(owner) = user.parse::<UserId>() else { continue };
        // Beside it may lie what a server that was killed was just putting into it.
        let id = |name: String| name.strip_suffix(&format!(".{NEW}")).unwrap_or(&name).parse().ok();
        let kept = named(&all.join(&user)).into_iter().filter_map(id);
        found.extend(kept.map(|conversation| (owner, conversation)));
    }
    found
}

/// Takes a workspace away whose conversation has been missing for `patience`: until then it can be brought back.
#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn forget(kept: &Path, patience: Duration) -> io::Result<()> {
    let mark = kept.with_extension(GONE);
    let Ok(marked) = std::fs::metadata(&mark).and_then(|told| told.modified()) else {
        return std::fs::write(&mark, "");
    };
    if marked.elapsed().is_ok_and(|age| age > patience) {
        remove(kept)?;
        std::fs::remove_file(&mark)?;
    }
    Ok(())
}

/// Its conversation is there, or there again.
#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn unmark(kept: &Path) {
    let _unmarked = std::fs::remove_file(kept.with_extension(GONE));
}

/// Copies what is kept into a run's workspace, for `owner`.
///
/// `most`: bytes of it.
pub(crate) fn load(kept: &Path, workspace: &Path, owner: Option<u32>, most: u64) -> io::Result<()> {
    match root(kept) {
        Ok(from) => copy(&from, &root(workspace)?, owner, 0, &mut Left { entries: MAX_LISTED, bytes: most }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Takes away what stands there, if something does. The standard library follows no links on its way.
#[expect(clippy::disallowed_methods, reason = "on a thread that may block")]
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|told| told.is_dir());
    match if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) } {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What there is room for.
struct Left {
    entries: usize,
    bytes: u64,
}

fn copy(from: &OwnedFd, to: &OwnedFd, owner: Option<u32>, depth: usize, left: &mut Left) -> io::Result<()> {
    for entry in entries(from)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if left.entries == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        left.entries -= 1;
        // What goes away meanwhile was not there.
        let Some(found) = there(beneath(from, name, OFlags::PATH))? else { continue };
        let told = rustix::fs::fstat(&found)?;
        let mode = Mode::from_raw_mode(told.st_mode & 0o777);
        match FileType::from_raw_mode(told.st_mode) {
            FileType::Directory if depth < DEEPEST => {
                rustix::fs::mkdirat(to, entry.file_name(), Mode::from_raw_mode(0o700))?;
                let inner = beneath(to, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
                let source = named(name, beneath(from, name, OFlags::RDONLY | OFlags::DIRECTORY))?;
                copy(&source, &inner, owner, depth + 1, left)?;
                give(&inner, owner, mode)?;
            }
            FileType::RegularFile => {
                let source = beneath(from, name, OFlags::RDONLY | OFlags::NONBLOCK);
                let Some(source) = there(named(name, source))? else { continue };
                let size = told.st_size.unsigned_abs();
                left.bytes = left.bytes.checked_sub(size).ok_or(io::ErrorKind::FileTooLarge)?;
                let target = beneath(to, name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
                give(&target, owner, mode)?;
                io::copy(&mut File::from(source).take(size), &mut File::from(target))?;
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

/// Says what cannot be read.
fn named<T>(name: &[u8], outcome: io::Result<T>) -> io::Result<T> {
    outcome.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let name = String::from_utf8_lossy(name).into_owned();
            io::Error::new(io::ErrorKind::PermissionDenied, format!("{name:?} cannot be read"))
        }
        _ => error,
    })
}

fn give(file: &OwnedFd, owner: Option<u32>, mode: Mode) -> io::Result<()> {
    if let Some(owner) = owner {
        rustix::fs::fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner)))?;
    }
    // Neither set-user-id nor unreadable to whom it belongs.
    rustix::fs::fchmod(file, mode | Mode::RUSR | Mode::WUSR)?;
    Ok(())
}
