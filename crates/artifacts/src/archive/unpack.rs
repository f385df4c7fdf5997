//! Reading an archive that somebody has sent. Nothing of it is believed: neither its names, nor its sizes. Pure.

use std::{
    collections::HashSet,
    io::{Cursor, Read as _},
};

use vertice_domain::{
    ArtifactPath, Error, FieldError, Result,
    artifact::{MAX_CONTENT, MAX_IN_CONVERSATION},
};
use zip::{CompressionMethod, ZipArchive};

use super::MAX_TOTAL;
use crate::path;

/// The most entries, with folders and with what some systems leave beside files.
const MAX_ENTRIES: usize = 4 * MAX_IN_CONVERSATION as usize;

/// The most characters of an entry's name that are told.
const MOST_TOLD: usize = 200;

/// What kind of thing an entry is, in the bits of its mode that say so.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The files of an archive. One that cannot be taken is named, and then none is.
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Vec<(ArtifactPath, String)>> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|_| refused("is no zip archive that can be read"))?;
    if archive.len() > MAX_ENTRIES {
        return Err(refused("holds too many entries; 500 files fit into a conversation"));
    }
    check_directory(bytes, &archive)?;
    check_places(&mut archive)?;
    let (mut files, mut total) = (Vec::new(), 0);
    for index in 0..archive.len() {
        let Some((path, content)) = entry(&mut archive, index)? else { continue };
        total += content.len() as u64;
        if total > MAX_TOTAL {
            return Err(refused("holds more than 50 MB"));
        }
        files.push((path, content));
        if files.len() > MAX_IN_CONVERSATION as usize {
            return Err(refused("holds more than 500 files"));
        }
    }
    check_paths(&files)?;
    Ok(files)
}

fn refused(message: &str) -> Error {
    Error::invalid_field("archive", message)
}

fn named(entry: &str, fault: &str) -> Error {
    Error::invalid(vec![FieldError::new(short(entry), fault)])
}

/// No name twice: who reads entries by their names would see one of them only.
fn check_directory(bytes: &[u8], archive: &Archive<'_>) -> Result<()> {
    if !archive.has_duplicate_names() {
        return Ok(());
    }
    let mut seen = HashSet::new();
    let start = usize::try_from(archive.central_directory_start()).unwrap_or(usize::MAX);
    let names = names(bytes.get(start..).unwrap_or_default());
    let twice = names.into_iter().find(|name| !seen.insert(*name)).unwrap_or_default();
    Err(named(&String::from_utf8_lossy(twice), "is there twice"))
}

/// The names in an archive's directory, one after the other (APPNOTE.TXT of the format, 4.3.12).
fn names(directory: &[u8]) -> Vec<&[u8]> {
    let (mut names, mut rest) = (Vec::new(), directory);
    while let Some(header) = rest.get(..46).filter(|header| header.starts_with(b"PK\x01\x02")) {
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let end = 46 + length(28);
        let Some(name) = rest.get(46..end) else { break };
        names.push(name);
        rest = rest.get(end + length(30) + length(32)..).unwrap_or_default();
    }
    names
}

/// Each entry lies where no other one does: in each other, a few bytes would unpack to many.
fn check_places(archive: &mut Archive<'_>) -> Result<()> {
    let (mut places, directory) = (Vec::new(), archive.central_directory_start());
    for index in 0..archive.len() {
        let name = name(archive, index)?;
        let broken = || named(&name, "cannot be read");
        let entry = archive.by_index_raw(index).map_err(|_| broken())?;
        let start = entry.data_start().ok_or_else(broken)?;
        let end = start.checked_add(entry.compressed_size()).ok_or_else(broken)?;
        places.push((entry.header_start(), end, name));
    }
    places.sort();
    let next = places.iter().skip(1).map(|(start, ..)| *start).chain([directory]);
    match places.iter().zip(next).find(|((_, end, _), next)| end > next) {
        Some(((.., name), _)) => Err(named(name, "lies in another entry, as no program packs files")),
        None => Ok(()),
    }
}

fn name(archive: &Archive<'_>, index: usize) -> Result<String> {
    let unreadable = || refused(&format!("holds an entry, number {}, whose name cannot be read", index + 1));
    let name = archive.name_for_index(index).ok_or_else(unreadable)?;
    Ok(name.map_err(|_| unreadable())?.into_owned())
}

/// A file of the archive; none: a folder, or what some systems leave beside files.
fn entry(archive: &mut Archive<'_>, index: usize) -> Result<Option<(ArtifactPath, String)>> {
    let name = name(archive, index)?;
    if is_left_behind(&name) {
        return Ok(None);
    }
    let place = path(&short(&name), name.strip_suffix('/').unwrap_or(&name))?;
    let is_folder = check_kind(archive, index, &name)?;
    if is_folder {
        return Ok(None);
    }
    let unpackable = || named(&name, "cannot be unpacked: it is damaged");
    let entry = archive.by_index(index).map_err(|_| unpackable())?;
    let claimed = entry.size();
    let mut bytes = Vec::new();
    entry.take(MAX_CONTENT as u64 + 1).read_to_end(&mut bytes).map_err(|_| unpackable())?;
    if bytes.len() > MAX_CONTENT {
        return Err(named(&name, "is larger than 1 MB"));
    }
    if bytes.len() as u64 != claimed {
        return Err(named(&name, "is not as long as the archive says"));
    }
    let text = String::from_utf8(bytes).map_err(|_| named(&name, "is no text in UTF-8"))?;
    Ok(Some((place, text)))
}

fn short(name: &str) -> String {
    name.chars().take(MOST_TOLD).collect()
}

/// What macOS leaves beside files, wherever it goes: nothing is made of it.
fn is_left_behind(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || last == ".DS_Store" || last.starts_with("._")
}

/// Whether it is a folder; refused if it is neither that nor a file that can be unpacked.
fn check_kind(archive: &mut Archive<'_>, index: usize, name: &str) -> Result<bool> {
    let entry = archive.by_index_raw(index).map_err(|_| named(name, "cannot be read"))?;
    if entry.is_symlink() {
        return Err(named(name, "is a symbolic link, and links lead anywhere"));
    }
    match entry.unix_mode().unwrap_or_default() & KIND {
        0 | FILE | FOLDER => {}
        _ => return Err(named(name, "is no file")),
    }
    if entry.is_dir() {
        return Ok(true);
    }
    if entry.encrypted() {
        return Err(named(name, "is encrypted; pack it without a password"));
    }
    if ![CompressionMethod::Stored, CompressionMethod::Deflated].contains(&entry.compression()) {
        return Err(named(name, "is packed in a way that is not supported; pack it with deflate"));
    }
    Ok(false)
}

/// At least one file, and together they can lie in one folder, on every system.
fn check_paths(files: &[(ArtifactPath, String)]) -> Result<()> {
    if files.is_empty() {
        return Err(refused("holds no file"));
    }
    let mut keys = HashSet::new();
    for (path, _) in files {
        if !keys.insert(path.key()) {
            return Err(named(
                path.as_str(),
                "is there twice, or another name differs by large letters only",
            ));
        }
    }
    for (path, _) in files {
        let key = path.key();
        let mut folders = key.match_indices('/').map(|(end, _)| &key[..end]);
        if folders.any(|folder| keys.contains(folder)) {
            return Err(named(path.as_str(), "lies in a folder of which the archive says that it is a file"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
