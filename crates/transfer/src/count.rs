//! A file that counts what is read of it, and of which only so much may be read while nobody knows what it is.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What was read of all files, for whoever waits.
pub(crate) type Count = Arc<AtomicU64>;

/// No limit.
const ANY: u64 = u64::MAX;

pub(crate) struct Counted {
    file: File,
    count: Count,
    left: Arc<AtomicU64>,
}

/// Takes the limit away.
pub(crate) struct Limit(Arc<AtomicU64>);

impl Limit {
    pub(crate) fn lift(&self) {
        self.0.store(ANY, Ordering::Relaxed);
    }
}

impl Counted {
    pub(crate) fn new(file: File, count: Count) -> Self {
        Self { file, count, left: Arc::new(AtomicU64::new(ANY)) }
    }

    /// The same; only `most` bytes may be read until the limit is lifted, and they do not count.
    pub(crate) fn limited(self, most: u64) -> (Self, Limit) {
        self.left.store(most, Ordering::Relaxed);
        let limit = Limit(Arc::clone(&self.left));
        (self, limit)
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        match self.left.load(Ordering::Relaxed) {
            ANY => {
                self.count.fetch_add(read as u64, Ordering::Relaxed);
            }
            left if left < read as u64 => {
                return Err(io::Error::other("there is too much to be looked through"));
            }
            left => self.left.store(left - read as u64, Ordering::Relaxed),
        }
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// A reader that ends with an error where there is more than may be.
pub(crate) struct AtMost<'a, R> {
    pub(crate) inside: R,
    /// How much may still be read, of this one and of those after it.
    pub(crate) left: &'a mut u64,
}

impl<R: Read> Read for AtMost<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inside.read(buffer)?;
        *self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("the archives unpack to more than 4 GB"))?;
        Ok(read)
    }
}
