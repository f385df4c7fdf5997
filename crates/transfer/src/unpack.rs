//! An archive that somebody has sent: its entries with JSON in them, whatever they are called. Nothing of it is believed, and
//! nothing is written anywhere.

use std::io::{self, BufRead as _, BufReader, Read};

use vertice_domain::import::SkipCode;
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use crate::count::{AtMost, Counted};

/// The most that is looked through to find the entries, in bytes: each takes many times its bytes in memory.
const MAX_DIRECTORY: u64 = 16 * 1024 * 1024;
/// The most that all entries of all archives of an import may unpack to, in bytes.
pub(crate) const MAX_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
/// The most characters of an entry's name that are told.
const MOST_TOLD: usize = 120;

/// An archive.
pub(crate) struct Archive(ZipArchive<Counted>);

/// What an entry is.
pub(crate) enum Entry<'a> {
    /// JSON, to be read.
    Json { name: String, text: Box<dyn Read + 'a> },
    /// A folder, or a file with something else in it.
    Other,
    /// It cannot be read, and why.
    Bad { name: String, why: &'static str },
}

impl Entry<'_> {
    pub(crate) const BAD: SkipCode = SkipCode::BadEntry;
}

impl Archive {
    /// None: it is no archive that can be read.
    pub(crate) fn open(file: Counted) -> Option<Self> {
        let (file, limit) = file.limited(MAX_DIRECTORY);
        let archive = ZipArchive::new(file).ok()?;
        limit.lift();
        Some(Self(archive))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// `left`: how much may still be unpacked.
    pub(crate) fn entry<'a>(&'a mut self, index: usize, left: &'a mut u64) -> Entry<'a> {
        let name = match self.0.name_for_index(index) {
            Some(Ok(name)) => shown(&name),
            _ => format!("entry {}", index + 1),
        };
        if let Some(why) = self.fault(index) {
            return Entry::Bad { name, why };
        }
        let Ok(entry) = self.0.by_index(index) else {
            return Entry::Bad { name, why: "cannot be unpacked: it is damaged" };
        };
        if entry.is_dir() {
            return Entry::Other;
        }
        let mut text = BufReader::new(AtMost { inside: Exact::new(entry), left });
        match begins_as_json(&mut text) {
            Ok(true) => Entry::Json { name, text: Box::new(text) },
            Ok(false) => Entry::Other,
            Err(_) => Entry::Bad { name, why: "cannot be unpacked: it is damaged" },
        }
    }

    fn fault(&mut self, index: usize) -> Option<&'static str> {
        let Ok(entry) = self.0.by_index_raw(index) else { return Some("cannot be read") };
        let is_known =
            [CompressionMethod::Stored, CompressionMethod::Deflated].contains(&entry.compression());
        match () {
            () if entry.is_symlink() => Some("is a symbolic link, and links lead anywhere"),
            () if entry.encrypted() => Some("is encrypted; pack it without a password"),
            () if !is_known && !entry.is_dir() => {
                Some("is packed in a way that is not supported; pack it with deflate")
            }
            () => None,
        }
    }
}

/// Looks at the first bytes without taking them; what begins later is no export.
fn begins_as_json<R: Read>(text: &mut BufReader<R>) -> io::Result<bool> {
    let first = text.fill_buf()?;
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    Ok(matches!(first.trim_ascii_start().first(), Some(b'[' | b'{')))
}

/// A name as people may read it: one line, nothing that turns it around.
pub(crate) fn shown(name: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    name.chars().filter(|c| !is_hidden(*c)).take(MOST_TOLD).collect()
}

/// An entry that must be as long as its archive says.
struct Exact<'a> {
    entry: ZipFile<'a, Counted>,
    left: u64,
}

impl<'a> Exact<'a> {
    fn new(entry: ZipFile<'a, Counted>) -> Self {
        let left = entry.size();
        Self { entry, left }
    }
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        let is_end = read == 0 && !buffer.is_empty();
        let left = self.left.checked_sub(read as u64).filter(|left| !is_end || *left == 0);
        self.left = left.ok_or_else(|| io::Error::other("it is not as long as the archive says"))?;
        Ok(read)
    }
}
