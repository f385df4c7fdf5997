//! Zip archives as no honest program packs them: with names that lead out, sizes that are no sizes, entries in each other.

/// An entry, with what its headers say of it, true or not.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    /// As it is packed.
    pub data: Vec<u8>,
    /// 0 is stored, 8 is deflated.
    pub method: u16,
    /// Bit 0 is encrypted.
    pub flags: u16,
    /// The Unix mode; 0: none is said.
    pub mode: u32,
    /// How long it says that it is, unpacked; none: as long as it is packed.
    pub claims: Option<u32>,
    /// The checksum that it says; none: that of the data.
    pub checksum: Option<u32>,
    /// Nothing is written for it: it lies where the first entry does.
    pub is_shared: bool,
}

impl Entry {
    /// A file that is stored.
    pub fn file(name: impl Into<Vec<u8>>, data: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), data: data.into(), ..Self::default() }
    }
}

/// Names are in UTF-8.
const UTF8: u16 = 1 << 11;
/// Made on Unix, by version 2.0 of the format.
const MADE_BY: u16 = (3 << 8) | 20;

/// The archive of these entries, in their order (APPNOTE.TXT of the format, 4.3).
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = if entry.is_shared { 0 } else { size(&bytes) };
        if !entry.is_shared {
            bytes.extend(b"PK\x03\x04");
            bytes.extend(common(entry));
            bytes.extend(&entry.name);
            bytes.extend(&entry.data);
        }
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(common(entry));
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let (start, count) = (size(&bytes), u16::try_from(entries.len()).unwrap_or(u16::MAX));
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size(&directory).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// What both headers of an entry say, in the same words.
fn common(entry: &Entry) -> Vec<u8> {
    let packed = size(&entry.data);
    let mut words = Vec::new();
    for word in [20, entry.flags | UTF8, entry.method, 0, 0x21] {
        words.extend(word.to_le_bytes());
    }
    for word in [entry.checksum.unwrap_or_else(|| crc32(&entry.data)), packed, entry.claims.unwrap_or(packed)]
    {
        words.extend(word.to_le_bytes());
    }
    words.extend(u16::try_from(entry.name.len()).unwrap_or(u16::MAX).to_le_bytes());
    words.extend([0; 2]);
    words
}

fn size(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}
