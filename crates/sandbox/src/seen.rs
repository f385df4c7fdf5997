//! What stands in a workspace at one moment, and what was made or changed between two of them. Blocking: for threads that may block.

use std::{collections::BTreeMap, io, os::fd::OwnedFd, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustix::fs::{FileType, OFlags};
use vertice_domain::{
    Timestamp,
    sandbox::{Encoding, EntryKind, MAX_FILES, MAX_LISTED, RunFile},
};

use crate::files::{DEEPEST, beneath, entries, get, root, there};

/// The most bytes of a file that are told, and of all of them.
const LARGEST: u64 = 1024 * 1024;
const LARGEST_SUM: u64 = 8 * 1024 * 1024;

/// What tells a thing from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) kind: EntryKind,
    /// Who may do what with it.
    pub(crate) mode: u32,
    inode: u64,
    pub(crate) size: u64,
    changed: (i64, u64),
}

impl Stamp {
    /// Whether it is still what it was. Of a folder only what it is counts: what is in it is seen by itself.
    pub(crate) fn is(&self, before: Option<&Self>) -> bool {
        before.is_some_and(|before| match self.kind {
            EntryKind::Folder => (before.kind, before.mode) == (self.kind, self.mode),
            _ => before == self,
        })
    }

    pub(crate) const fn changed_at(&self) -> Timestamp {
        let (seconds, nanos) = self.changed;
        Timestamp::from_millis(seconds * 1_000 + (nanos / 1_000_000) as i64)
    }
}

/// The files, folders and links of a workspace, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) entries: BTreeMap<Vec<u8>, Stamp>,
    /// There was more than is looked at.
    pub(crate) is_cut: bool,
}

impl Seen {
    /// Bytes of all its files.
    pub(crate) fn bytes(&self) -> u64 {
        self.entries.values().map(|stamp| stamp.size).sum()
    }
}

/// What is there.
pub(crate) fn look(workspace: &Path) -> io::Result<Seen> {
    look_from(&root(workspace)?)
}

pub(crate) fn look_from(root: &OwnedFd) -> io::Result<Seen> {
    let mut seen = Seen::default();
    walk(root, b"", 0, &mut seen)?;
    Ok(seen)
}

fn walk(folder: &OwnedFd, above: &[u8], depth: usize, seen: &mut Seen) -> io::Result<()> {
    for entry in entries(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if seen.entries.len() == MAX_LISTED {
            seen.is_cut = true;
            return Ok(());
        }
        // What cannot be looked at must never be taken for what is gone.
        let Some(found) = there(beneath(folder, name, OFlags::PATH))? else { continue };
        let told = rustix::fs::fstat(&found)?;
        let kind = match FileType::from_raw_mode(told.st_mode) {
            FileType::Directory if depth < DEEPEST => EntryKind::Folder,
            FileType::Directory => {
                seen.is_cut = true;
                continue;
            }
            FileType::RegularFile => EntryKind::File,
            FileType::Symlink => EntryKind::Link,
            // Fifos, sockets and devices belong to the run alone.
            _ => continue,
        };
        let path = [above, name].concat();
        if kind == EntryKind::Folder
            && let Some(inner) = there(beneath(folder, name, OFlags::RDONLY | OFlags::DIRECTORY))?
        {
            walk(&inner, &[path.as_slice(), b"/"].concat(), depth + 1, seen)?;
        }
        let stamp = Stamp {
            kind,
            mode: told.st_mode & 0o777,
            inode: told.st_ino,
            size: if kind == EntryKind::File { told.st_size.unsigned_abs() } else { 0 },
            changed: (told.st_ctime, told.st_ctime_nsec),
        };
        seen.entries.insert(path, stamp);
    }
    Ok(())
}

/// The files that were made or changed, and whether that is not all of it.
pub(crate) fn changed(workspace: &Path, before: &Seen, now: &Seen) -> io::Result<(Vec<RunFile>, bool)> {
    let root = root(workspace)?;
    let (mut files, mut is_cut, mut sum) = (Vec::new(), now.is_cut, 0);
    for (path, stamp) in &now.entries {
        if stamp.kind != EntryKind::File || stamp.is(before.entries.get(path)) {
            continue;
        }
        if files.len() == MAX_FILES {
            is_cut = true;
            break;
        }
        let fits = stamp.size <= LARGEST && sum + stamp.size <= LARGEST_SUM;
        let content = if fits { get(&root, path, LARGEST).ok() } else { None };
        sum += content.as_ref().map_or(0, |content| content.len() as u64);
        let (content, encoding) = match content.map(String::from_utf8) {
            None => (None, Encoding::Utf8),
            Some(Ok(text)) => (Some(text), Encoding::Utf8),
            Some(Err(bytes)) => (Some(BASE64_STANDARD.encode(bytes.as_bytes())), Encoding::Base64),
        };
        // A name that is no text is told as far as it is one.
        let path = String::from_utf8_lossy(path).into_owned();
        files.push(RunFile { path, size: stamp.size, content, encoding });
    }
    Ok((files, is_cut))
}
