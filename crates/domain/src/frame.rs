//! Frames on a byte stream: one JSON value a line. Encoding for the server, incremental decoding for the browser.

use serde::{Serialize, de::DeserializeOwned};

use crate::Error;

/// One frame: an item, or the failure that ends the stream.
pub type Frame<T> = Result<T, Error>;

/// The line that carries `frame`, newline included.
pub fn encode<T: Serialize>(frame: &Frame<T>) -> Vec<u8> {
    let mut line = serde_json::to_vec(frame)
        .expect("frames are made of types with string keys only and cannot fail to serialise");
    line.push(b'\n');
    line
}

/// A line that only keeps the connection busy; decoders skip it.
pub const HEARTBEAT: &[u8] = b"\n";

/// Turns chunks of bytes, cut anywhere, into frames.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
}

impl Decoder {
    /// Takes in a chunk and gives every line that is now whole.
    pub fn lines(&mut self, chunk: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for part in chunk.split_inclusive(|&byte| byte == b'\n') {
            self.pending.extend_from_slice(part);
            if part.ends_with(b"\n") {
                lines.push(std::mem::take(&mut self.pending));
            }
        }
        lines
    }

    /// The same as frames.
    pub fn push<T: DeserializeOwned>(&mut self, chunk: &[u8]) -> Vec<Frame<T>> {
        decode(&self.lines(chunk))
    }
}

/// The frames of these lines. A line that is none is skipped: tomorrow's server may say more than today's page understands.
pub fn decode<T: DeserializeOwned>(lines: &[Vec<u8>]) -> Vec<Frame<T>> {
    lines.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_are_no_frames_are_skipped() {
        let frames: Vec<Frame<String>> =
            Decoder::default().push(b"<html>\n{\"Later\":1}\n{\"Ok\":7}\n{\"Ok\":\"a\"}\n");
        assert_eq!(frames, [Ok("a".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(texts in prop::collection::vec(".*", 0..8), size in 1usize..9) {
            let frames: Vec<Frame<String>> = texts.into_iter().map(Ok).chain([Err(Error::not_found("turn"))]).collect();
            let bytes: Vec<u8> = frames.iter().flat_map(|f| [encode(f), HEARTBEAT.to_vec()].concat()).collect();
            let mut decoder = Decoder::default();
            let read: Vec<Frame<String>> = bytes.chunks(size).flat_map(|chunk| decoder.push(chunk)).collect();
            prop_assert_eq!(read, frames);
        }
    }
}
