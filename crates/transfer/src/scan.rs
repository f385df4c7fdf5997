//! The values of a JSON file, one by one, as bytes: those of the list that the file is, or the file's own, also several after each
//! other. Pure. What is in a value is not looked at; a value that is too large is passed over without being kept.

use std::io::{self, BufRead, BufReader, Read};

use crate::stop::Stop;

/// The largest value, in bytes: our own export may hold 50 MB of artifacts, which grow when they are written as JSON.
pub(crate) const MAX_VALUE: usize = 64 * 1024 * 1024;
/// The most pieces that one may be made of: each takes some 400 bytes in memory, however few in the file. A
/// message of ChatGPT's has some 40.
pub(crate) const MAX_PIECES: u64 = 250_000;

const BUFFER: usize = 256 * 1024;
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// A value of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Value(Vec<u8>),
    TooLarge,
}

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the file ends too early: it was cut off on its way")]
    End,
    #[error("byte {0} of the file is not what JSON has there")]
    Junk(u64),
    #[error("the file cannot be read any further: {0}")]
    Unreadable(#[from] io::Error),
    #[error("nobody wants to know any more")]
    Stopped,
}

/// Where the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the file's beginning.
    Begin,
    /// Outside of any list: something may follow, or nothing.
    Outside,
    /// In a list, before its first value.
    First,
    /// In a list, after a value.
    After,
}

/// Reads values.
pub(crate) struct Scanner<R> {
    input: BufReader<R>,
    stop: Stop,
    at: u64,
    place: Place,
}

impl<R: Read> Scanner<R> {
    pub(crate) fn new(input: R, stop: Stop) -> Self {
        Self { input: BufReader::with_capacity(BUFFER, input), stop, at: 0, place: Place::Begin }
    }

    /// The next value; none: that was all.
    pub(crate) fn next(&mut self) -> Result<Option<Element>, Broken> {
        if self.place == Place::Begin {
            self.pass_mark()?;
            self.place = Place::Outside;
        }
        loop {
            let Some(byte) = self.peek()? else {
                return if self.place == Place::Outside { Ok(None) } else { Err(Broken::End) };
            };
            match (self.place, byte) {
                (Place::Outside, b'[') => self.go_on(Place::First),
                (Place::First | Place::After, b']') => self.go_on(Place::Outside),
                (Place::After, b',') => {
                    self.go_on(Place::First);
                    if self.peek()? == Some(b']') {
                        return Err(Broken::Junk(self.at));
                    }
                }
                (Place::Outside, b'{') => return self.value().map(Some),
                (Place::First, byte) if begins_value(byte) => {
                    self.place = Place::After;
                    return self.value().map(Some);
                }
                _ => return Err(Broken::Junk(self.at)),
            }
        }
    }

    fn go_on(&mut self, place: Place) {
        self.input.consume(1);
        self.at += 1;
        self.place = place;
    }

    /// What comes next; nothing: that was all.
    fn fill(&mut self) -> Result<&[u8], Broken> {
        if self.stop.is_asked() { Err(Broken::Stopped) } else { Ok(self.input.fill_buf()?) }
    }

    fn pass_mark(&mut self) -> Result<(), Broken> {
        if self.fill()?.starts_with(&BYTE_ORDER_MARK) {
            self.input.consume(BYTE_ORDER_MARK.len());
            self.at += BYTE_ORDER_MARK.len() as u64;
        }
        Ok(())
    }

    /// The next byte that is no blank; it is not taken.
    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            let chunk = self.fill()?;
            let found = chunk.iter().position(|byte| !byte.is_ascii_whitespace());
            let (blank, byte) = match found {
                Some(at) => (at, chunk.get(at).copied()),
                None if chunk.is_empty() => return Ok(None),
                None => (chunk.len(), None),
            };
            self.input.consume(blank);
            self.at += blank as u64;
            if byte.is_some() {
                return Ok(byte);
            }
        }
    }

    fn value(&mut self) -> Result<Element, Broken> {
        let (mut taken, mut state, mut is_too_large) = (Vec::new(), State::default(), false);
        loop {
            let chunk = self.fill()?;
            if chunk.is_empty() {
                return Err(Broken::End);
            }
            let (used, is_whole) = state.pass(chunk);
            is_too_large |= taken.len() + used > MAX_VALUE || state.pieces > MAX_PIECES;
            if is_too_large {
                taken = Vec::new();
            } else {
                taken.extend_from_slice(&chunk[..used]);
            }
            self.input.consume(used);
            self.at += used as u64;
            if is_whole {
                return Ok(if is_too_large { Element::TooLarge } else { Element::Value(taken) });
            }
        }
    }
}

const fn begins_value(byte: u8) -> bool {
    matches!(byte, b'{' | b'[' | b'"' | b'-' | b't' | b'f' | b'n') || byte.is_ascii_digit()
}

/// How far a value has been passed.
#[derive(Default)]
struct State {
    depth: u64,
    in_text: bool,
    is_escaped: bool,
    /// Something of it has been passed.
    has_begun: bool,
    pieces: u64,
}

impl State {
    /// How many of these bytes belong to the value, and whether it ends with them.
    fn pass(&mut self, chunk: &[u8]) -> (usize, bool) {
        for (at, byte) in chunk.iter().copied().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let is_bare_end = matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
            if self.depth == 0 && self.has_begun && is_bare_end {
                return (at, true);
            }
            self.has_begun = true;
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    self.pieces += 1;
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                b',' => self.pieces += 1,
                _ => {}
            }
        }
        (chunk.len(), false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8]) -> (Vec<String>, Option<String>) {
        let mut scanner = Scanner::new(text, Stop::default());
        let mut values = Vec::new();
        loop {
            match scanner.next() {
                Ok(Some(Element::Value(value))) => values.push(String::from_utf8_lossy(&value).into_owned()),
                Ok(Some(Element::TooLarge)) => values.push("too large".to_owned()),
                Ok(None) => return (values, None),
                Err(broken) => return (values, Some(broken.to_string())),
            }
        }
    }

    #[test]
    fn a_list_gives_its_values_and_objects_give_themselves() {
        let whole = |text: &str| {
            let (values, broken) = all(text.as_bytes());
            assert_eq!(broken, None, "{text}");
            values
        };
        assert_eq!(
            whole("\u{feff} [ {\"a\": \"]}\\\"\"} , [1,[2]] , 3 , \"x,\" , null]\n"),
            ["{\"a\": \"]}\\\"\"}", "[1,[2]]", "3", "\"x,\"", "null"]
        );
        assert_eq!(whole("{\"a\":[1]}\n{\"b\":2}\n"), ["{\"a\":[1]}", "{\"b\":2}"]);
        assert!(whole("").is_empty() && whole("[]").is_empty());
    }

    #[test]
    fn what_is_broken_says_where_and_keeps_what_came_before() {
        for (text, count, why) in [
            ("[{\"a\":1},{\"b\":", 1, "ends too early"),
            ("[{\"a\":1}", 1, "ends too early"),
            ("[1,]", 1, "byte 3"),
            ("[1 2]", 1, "byte 3"),
            ("<html>", 0, "byte 0"),
            ("{}x", 1, "byte 2"),
        ] {
            let (values, broken) = all(text.as_bytes());
            assert_eq!(values.len(), count, "{text}");
            assert!(broken.is_some_and(|broken| broken.contains(why)), "{text}");
        }
    }

    /// Blanks without an end, which are asked to stop after a while.
    struct Endless(Stop, u64);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1 == 10 {
                self.0.ask();
            }
            assert!(self.1 < 12, "it reads on for nobody");
            buffer.fill(b' ');
            Ok(buffer.len())
        }
    }

    #[test]
    fn it_stops_where_it_is() {
        for begin in ["", "[", "[\"", "[{"] {
            let stop = Stop::default();
            let text = begin.as_bytes().chain(Endless(stop.clone(), 0));
            assert!(matches!(Scanner::new(text, stop).next(), Err(Broken::Stopped)), "{begin}");
        }
    }

    #[test]
    fn what_is_too_large_is_passed_over() {
        let many = "0,".repeat(usize::try_from(MAX_PIECES).unwrap() + 1);
        let text = format!("[[{many}0],{{\"a\":1}}]");
        assert_eq!(all(text.as_bytes()).0, ["too large", "{\"a\":1}"]);
    }

    proptest! {
        #[test]
        fn every_list_comes_apart_into_its_values(values in prop::collection::vec(".*", 0..8)) {
            let values: Vec<serde_json::Value> =
                values.into_iter().map(|text| serde_json::json!({"k": [text, 1, null]})).collect();
            let (found, broken) = all(&serde_json::to_vec(&values).unwrap());
            prop_assert!(broken.is_none());
            let found: Vec<serde_json::Value> =
                found.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            prop_assert_eq!(found, values);
        }

        #[test]
        fn nothing_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ended = all(&bytes);
        }
    }
}
