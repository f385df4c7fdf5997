//! Files of a workspace, reached from outside. Whatever the code has put there, nothing leads out: no symbolic link is followed, and
//! nothing is opened that is not a file or a folder of its own. Blocking: for threads that may block.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::Path,
};

use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Gid, Mode, OFlags, ResolveFlags, Uid};
use rustix::io::Errno;
use vertice_domain::sandbox::FilePath;

/// Folders within folders that are looked into.
pub(crate) const DEEPEST: usize = 32;

/// Opens what stands at this path below the folder, and nothing that lies elsewhere.
pub(crate) fn beneath(folder: &OwnedFd, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = if flags.contains(OFlags::CREATE) { Mode::from_raw_mode(0o644) } else { Mode::empty() };
    Ok(rustix::fs::openat2(folder, std::ffi::OsStr::from_bytes(path), flags, mode, how)?)
}

/// None: it has gone meanwhile.
pub(crate) fn there<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
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

/// Opens a folder below, after making it and those above it where they are missing. What is made belongs to `owner`, if one is named.
pub(crate) fn folder(root: &OwnedFd, path: &[u8], owner: Option<u32>) -> io::Result<OwnedFd> {
    let mut folder = beneath(root, b".", OFlags::RDONLY | OFlags::DIRECTORY)?;
    for name in path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()) {
        let made = match rustix::fs::mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(error.into()),
        };
        folder = beneath(&folder, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
        if let (true, Some(owner)) = (made, owner) {
            rustix::fs::fchown(&folder, Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner)))?;
        }
    }
    Ok(folder)
}

/// The path of the folder that it stands in (`.`: the workspace itself), and its name there.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b".", path),
    }
}

/// Writes a file, and the folders above it; they belong to `owner`, if one is named.
pub(crate) fn put(workspace: &Path, path: &FilePath, content: &[u8], owner: Option<u32>) -> io::Result<()> {
    let (above, name) = split(path.as_str().as_bytes());
    let folder = folder(&root(workspace)?, above, owner)?;
    // A fifo or a device of that name must neither hold us up nor be written to.
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
    let file = beneath(&folder, name, flags)?;
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::other(format!("{} is there and is no file", path.as_str())));
    }
    if let Some(owner) = owner {
        rustix::fs::fchown(&file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner)))?;
    }
    let mut file = File::from(file);
    file.set_len(0)?;
    file.write_all(content)
}

/// Reads a file of at most so many bytes.
pub(crate) fn get(root: &OwnedFd, path: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let file = beneath(root, path, OFlags::RDONLY | OFlags::NONBLOCK)?;
    let told = rustix::fs::fstat(&file)?;
    match FileType::from_raw_mode(told.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(io::ErrorKind::IsADirectory.into()),
        _ => return Err(io::ErrorKind::NotFound.into()),
    }
    if told.st_size.unsigned_abs() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut content = Vec::new();
    File::from(file).take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// Takes a file away that stands directly in the workspace.
pub(crate) fn take_away(workspace: &Path, name: &str) {
    if let Ok(root) = root(workspace) {
        let _gone = rustix::fs::unlinkat(&root, name, AtFlags::empty());
    }
}
