//! As much of an HTTP client as it takes to fetch a file from this machine. It must never be used for anything else.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it sends the visitor.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Fetches a path. In HTTP/1.0 a body ends where the connection does.
pub(super) fn get(addr: SocketAddr, path: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {addr}\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    read(&bytes).with_context(|| format!("the answer to {path} is not HTTP"))
}

fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let location = lines.filter_map(|line| line.split_once(": "));
    let location = location.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    let location = location.map(|(_, value)| value.to_owned()).next();
    Some(Answer { status, location, body: bytes[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let answer = read(b"HTTP/1.0 302 Found\r\nLocation: /welcome\r\n\r\nbody").unwrap();
        assert_eq!((answer.status, answer.location.as_deref()), (302, Some("/welcome")));
        assert_eq!(answer.body, b"body");
        assert!(read(b"HTTP/1.0 200 OK\r\n").is_none());
        assert!(read(b"nonsense\r\n\r\n").is_none());
    }
}
