//! What a client asks the proxy for: CONNECT to a host and a port, and nothing else. Pure; what could be read in two ways is refused.

use url::Url;

use super::hosts::{Named, named, port};

/// Bytes of a request that are looked at.
pub(super) const MOST_HEAD: usize = 8 * 1024;
/// What ends it.
const END: &[u8] = b"\r\n\r\n";
const HTTP: u16 = 80;

/// A host and a port, as they are checked, dialled and told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A tunnel to a host by its name.
    Tunnel(Target),
    /// A tunnel to an address.
    Address(Target),
    /// HTTP without TLS, of this host if it can be told.
    Plain(Option<Target>),
    /// What no client should say.
    Malformed,
}

/// Where a request ends in what was said so far.
pub(super) fn end(said: &[u8]) -> Option<usize> {
    said.windows(END.len()).position(|part| part == END).map(|at| at + END.len())
}

/// Reads a whole request, its end included.
pub(super) fn read(head: &[u8]) -> Asked {
    understood(head).unwrap_or(Asked::Malformed)
}

fn understood(head: &[u8]) -> Option<Asked> {
    let text = std::str::from_utf8(head.strip_suffix(END)?).ok()?;
    let mut lines = text.split("\r\n");
    let first = lines.next()?;
    if text.replace("\r\n", "").contains(|c: char| c.is_control() && c != '\t') {
        return None;
    }
    let mut words = first.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !matches!(version, "HTTP/1.1" | "HTTP/1.0") || method.is_empty() {
        return None;
    }
    if method != "CONNECT" {
        return Some(Asked::Plain(plain(target)));
    }
    are_harmless(lines)?;
    match authority(target)? {
        (Named::Name(host), port) => Some(Asked::Tunnel(Target { host, port })),
        (Named::Address(host), port) => Some(Asked::Address(Target { host, port })),
    }
}

/// `host:port` and nothing else.
fn authority(text: &str) -> Option<(Named, u16)> {
    let (host, digits) = text.rsplit_once(':')?;
    Some((named(host)?, port(digits)?))
}

/// Whether the headers are such as a tunnel has. Nobody goes by what they say.
fn are_harmless<'a>(lines: impl Iterator<Item = &'a str>) -> Option<()> {
    let mut has_host = false;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return None;
        }
        match name.to_ascii_lowercase().as_str() {
            // Some name the host here, some the proxy; who names two wants to be misunderstood.
            "host" if has_host => return None,
            "host" => has_host = true,
            "transfer-encoding" => return None,
            "content-length" if value.trim_matches([' ', '\t']) != "0" => return None,
            _ => {}
        }
    }
    Some(())
}

/// Whom an absolute address is of.
fn plain(target: &str) -> Option<Target> {
    let url = Url::parse(target).ok()?;
    let (Named::Name(host) | Named::Address(host)) = named(url.host_str()?)?;
    Some(Target { host, port: url.port_or_known_default().unwrap_or(HTTP) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tunnel(host: &str, port: u16) -> Asked {
        Asked::Tunnel(Target { host: host.to_owned(), port })
    }

    fn asked(head: &str) -> Asked {
        read(format!("{head}\r\n\r\n").as_bytes())
    }

    #[test]
    fn tunnels_are_asked_for_by_name_and_port() {
        for head in [
            "CONNECT a.example:443 HTTP/1.1",
            "CONNECT A.Example.:443 HTTP/1.0",
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: curl/8\r\nProxy-Connection: Keep-Alive",
            "CONNECT a.example:443 HTTP/1.1\r\nhOST:\tlocalhost:3128 \r\ncontent-length: 0",
        ] {
            assert_eq!(asked(head), tunnel("a.example", 443), "{head}");
        }
        assert_eq!(asked("CONNECT bücher.example:8443 HTTP/1.1"), tunnel("xn--bcher-kva.example", 8443));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_malformed() {
        for head in [
            "CONNECT user@a.example:443 HTTP/1.1",
            "CONNECT user:a.example:443 HTTP/1.1",
            "CONNECT a.example HTTP/1.1",
            "CONNECT a.example: HTTP/1.1",
            "CONNECT a.example:0 HTTP/1.1",
            "CONNECT a.example:65979 HTTP/1.1",
            "CONNECT a.example:+443 HTTP/1.1",
            "CONNECT https://a.example:443 HTTP/1.1",
            "CONNECT a.example:443/ HTTP/1.1",
            "CONNECT a.example%2eevil.test:443 HTTP/1.1",
            "CONNECT  a.example:443 HTTP/1.1",
            "CONNECT a.example:443 HTTP/1.1 x",
            "CONNECT a.example:443 HTTP/2",
            "CONNECT a.example:443",
            "connect",
            "",
            "CONNECT a.example:443\nHTTP/1.1",
            "CONNECT a.example:443\rX HTTP/1.1",
            "CONNECT a.example\0:443 HTTP/1.1",
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nHost: a.example",
            "CONNECT a.example:443 HTTP/1.1\r\nHost : a.example",
            "CONNECT a.example:443 HTTP/1.1\r\n Host: a.example",
            "CONNECT a.example:443 HTTP/1.1\r\nnonsense",
            "CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked",
            "CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 5",
        ] {
            assert_eq!(asked(head), Asked::Malformed, "{head:?}");
        }
        assert_eq!(read(b"CONNECT a\xff.example:443 HTTP/1.1\r\n\r\n"), Asked::Malformed);
    }

    #[test]
    fn addresses_and_plain_http_are_seen() {
        for (target, host) in [
            ("127.0.0.1:443", "127.0.0.1"),
            ("2130706433:443", "127.0.0.1"),
            ("0x7f.1:443", "127.0.0.1"),
            ("[::1]:443", "[::1]"),
            ("127.0.0.1.:443", "127.0.0.1"),
        ] {
            let expected = Asked::Address(Target { host: host.to_owned(), port: 443 });
            assert_eq!(asked(&format!("CONNECT {target} HTTP/1.1")), expected, "{target}");
        }
        let plain = |host: &str, port| Asked::Plain(Some(Target { host: host.to_owned(), port }));
        assert_eq!(asked("GET http://a.example/x HTTP/1.1\r\nHost: b.example"), plain("a.example", 80));
        assert_eq!(asked("POST http://user@a.example:8080/ HTTP/1.1"), plain("a.example", 8080));
        assert_eq!(asked("GET / HTTP/1.1"), Asked::Plain(None));
        assert_eq!(asked("connect a.example:443 HTTP/1.1"), Asked::Plain(None));
    }

    proptest! {
        #[test]
        fn hostile_requests_do_no_harm(head in proptest::collection::vec(any::<u8>(), 0..300), target in "\\PC{0,40}") {
            let _whatever = read(&head);
            if let Asked::Tunnel(target) = asked(&format!("CONNECT {target} HTTP/1.1")) {
                prop_assert!(target.host.is_ascii() && target.port > 0);
            }
        }
    }
}
