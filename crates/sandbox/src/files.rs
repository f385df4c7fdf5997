//! The files of a workspace, looked at from outside. Whatever the code has put there, nothing leads out: no symbolic link is followed,
//! nothing is opened that is not a file of its own, and no depth or number is unbounded. Blocking: for threads that may block.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::Path,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Gid, Mode, OFlags, ResolveFlags, Uid};
use vertice_domain::sandbox::{Encoding, FilePath, MAX_FILES, RunFile};

/// Folders within folders that are looked into.
pub(crate) const DEEPEST: usize = 32;
/// Files and folders that are looked at.
const MOST_SEEN: usize = 10_000;
/// The most bytes of a file that are told, and of all of them.
const LARGEST: u64 = 1024 * 1024;
const LARGEST_SUM: u64 = 8 * 1024 * 1024;

/// What tells a file from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, u64),
}

/// The files of a workspace at one moment, by their paths.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    files: BTreeMap<String, Stamp>,
    /// There was more than is looked at.
    is_cut: bool,
}

/// Opens what has this name in the folder, and nothing that lies elsewhere.
pub(crate) fn beneath(folder: &OwnedFd, name: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(0o644) } else { Mode::empty() };
    Ok(rustix::fs::openat2(folder, std::ffi::OsStr::from_bytes(name), flags, mode, how)?)
}

pub(crate) fn root(workspace: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(workspace, flags, Mode::empty())?)
}

/// What stands in a folder, beside itself and the one above it.
pub(crate) fn entries(folder: &OwnedFd) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    let own = |entry: &DirEntry| matches!(entry.file_name().to_bytes(), b"." | b"..");
    let all = Dir::read_from(folder)?.map(|entry| entry.map_err(io::Error::from));
    Ok(all.filter(move |entry| !entry.as_ref().is_ok_and(own)))
}

/// Writes a file, and the folders above it; they belong to `owner`, if one is named.
pub(crate) fn put(workspace: &Path, path: &FilePath, content: &[u8], owner: Option<u32>) -> io::Result<()> {
    let own = |file: &OwnedFd| match owner {
        Some(owner) => rustix::fs::fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner))),
        None => Ok(()),
    };
    let (folders, name) = path.names();
    let mut folder = root(workspace)?;
    for above in folders {
        match rustix::fs::mkdirat(&folder, above, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        folder = beneath(&folder, above.as_bytes(), OFlags::RDONLY | OFlags::DIRECTORY)?;
        own(&folder)?;
    }
    // A fifo or a device of that name must neither hold us up nor be written to.
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
    let file = beneath(&folder, name.as_bytes(), flags)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::other(format!("{} is there and is no file", path.as_str())));
    }
    own(&file)?;
    let mut file = File::from(file);
    file.set_len(0)?;
    file.write_all(content)
}

/// Takes a file away that stands directly in the workspace.
pub(crate) fn take_away(workspace: &Path, name: &str) {
    if let Ok(root) = root(workspace) {
        let _gone = rustix::fs::unlinkat(&root, name, AtFlags::empty());
    }
}

/// What is there.
pub(crate) fn look(workspace: &Path) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let mut left = MOST_SEEN;
    walk(&root(workspace)?, "", 0, &mut left, &mut seen)?;
    Ok(seen)
}

fn walk(folder: &OwnedFd, above: &str, depth: usize, left: &mut usize, seen: &mut Seen) -> io::Result<()> {
    for entry in entries(folder)? {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_bytes();
        if *left == 0 {
            seen.is_cut = true;
            return Ok(());
        }
        *left -= 1;
        let Ok(found) = beneath(folder, name, OFlags::PATH) else { continue };
        let told = rustix::fs::fstat(&found)?;
        // A name that is no text is told as far as it is one.
        let path = format!("{above}{}", String::from_utf8_lossy(name));
        match FileType::from_raw_mode(told.st_mode) {
            FileType::Directory if depth < DEEPEST => {
                let Ok(inner) = beneath(folder, name, OFlags::RDONLY | OFlags::DIRECTORY) else { continue };
                walk(&inner, &format!("{path}/"), depth + 1, left, seen)?;
            }
            FileType::Directory => seen.is_cut = true,
            FileType::RegularFile => {
                let stamp = Stamp {
                    inode: told.st_ino,
                    size: told.st_size.unsigned_abs(),
                    changed: (told.st_ctime, told.st_ctime_nsec),
                };
                seen.files.insert(path, stamp);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The files that were made or changed since `before`, and whether that is not all of it.
pub(crate) fn changed(workspace: &Path, before: &Seen) -> io::Result<(Vec<RunFile>, bool)> {
    let now = look(workspace)?;
    let (mut files, mut is_cut, mut sum) = (Vec::new(), now.is_cut, 0);
    for (path, stamp) in &now.files {
        if before.files.get(path) == Some(stamp) {
            continue;
        }
        if files.len() == MAX_FILES {
            is_cut = true;
            break;
        }
        let fits = stamp.size <= LARGEST && sum + stamp.size <= LARGEST_SUM;
        let content = if fits { read(workspace, path, stamp).ok() } else { None };
        sum += content.as_ref().map_or(0, |content| content.len() as u64);
        let (content, encoding) = match content.map(String::from_utf8) {
            None => (None, Encoding::Utf8),
            Some(Ok(text)) => (Some(text), Encoding::Utf8),
            Some(Err(bytes)) => (Some(BASE64_STANDARD.encode(bytes.as_bytes())), Encoding::Base64),
        };
        files.push(RunFile { path: path.clone(), size: stamp.size, content, encoding });
    }
    Ok((files, is_cut))
}

fn read(workspace: &Path, path: &str, stamp: &Stamp) -> io::Result<Vec<u8>> {
    let file = beneath(&root(workspace)?, path.as_bytes(), OFlags::RDONLY | OFlags::NONBLOCK)?;
    let told = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(told.st_mode) != FileType::RegularFile || told.st_ino != stamp.inode {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut content = Vec::new();
    File::from(file).take(LARGEST).read_to_end(&mut content)?;
    Ok(content)
}
