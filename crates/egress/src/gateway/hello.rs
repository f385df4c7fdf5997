//! Which server a TLS handshake is for. Reads the first message of the client and nothing else; pure, and bounded by what it is given.

use vertice_domain::sandbox::Denial;

/// Bytes of records that a first message may take. With keys for after quantum computers it takes about 2,000.
pub(super) const MOST_HELLO: usize = 16 * 1024;

/// The kind of record that holds a handshake, and the largest one (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
const MOST_RECORD: usize = 1 << 14;
/// The client's first message (4.1.2).
const CLIENT_HELLO: u8 = 1;
/// The extensions that name the server (RFC 6066, 3), and that hide its name (RFC 9849).
const SERVER_NAME: u16 = 0;
const HIDDEN: u16 = 0xFE0D;
/// The only kind of name there is.
const HOST_NAME: u8 = 0;

/// The name that the client's first message asks for, once it is all there; none: there is more to come.
pub(super) fn server_name(said: &[u8]) -> Result<Option<String>, Denial> {
    let Some(message) = first_message(said)? else {
        return if said.len() < MOST_HELLO { Ok(None) } else { Err(Denial::NotTls) };
    };
    let mut hello = Cursor(&message);
    let extensions = extensions(&mut hello).ok_or(Denial::NotTls)?;
    let mut name = None;
    let mut rest = Cursor(extensions);
    while !rest.0.is_empty() {
        let (kind, body) = extension(&mut rest).ok_or(Denial::NotTls)?;
        match kind {
            HIDDEN => return Err(Denial::HiddenServerName),
            // Who says it twice may be understood in two ways.
            SERVER_NAME if name.is_some() => return Err(Denial::NotTls),
            SERVER_NAME => name = Some(host_name(body).ok_or(Denial::NotTls)?),
            _ => {}
        }
    }
    name.map(Some).ok_or(Denial::NoServerName)
}

/// How many records are whole: only another one can say more than what was read before.
pub(super) fn whole_records(said: &[u8]) -> usize {
    let (mut rest, mut count) = (said, 0);
    while let Some((&[_, _, _, a, b], body)) = rest.split_first_chunk::<5>() {
        let Some(after) = body.get(usize::from(a) << 8 | usize::from(b)..) else { break };
        (rest, count) = (after, count + 1);
    }
    count
}

/// The first handshake message, put together from its records; none: there is more to come.
fn first_message(said: &[u8]) -> Result<Option<Vec<u8>>, Denial> {
    let mut records = Cursor(said);
    let mut message = Vec::new();
    loop {
        if let Some((&[kind, a, b, c], body)) = message.split_first_chunk::<4>() {
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            if kind != CLIENT_HELLO || length > MOST_HELLO || body.len() > length {
                return Err(Denial::NotTls);
            }
            if body.len() == length {
                return Ok(Some(body.to_vec()));
            }
        }
        let Some(header) = records.take(5) else {
            // What cannot become a handshake any more is not waited for.
            let begins = records.0.iter().zip([HANDSHAKE, 3]).all(|(byte, expected)| *byte == expected);
            return if begins { Ok(None) } else { Err(Denial::NotTls) };
        };
        let length = usize::from(header[3]) << 8 | usize::from(header[4]);
        if header[0] != HANDSHAKE || header[1] != 3 || !(1..=MOST_RECORD).contains(&length) {
            return Err(Denial::NotTls);
        }
        let Some(body) = records.take(length) else { return Ok(None) };
        message.extend_from_slice(body);
    }
}

/// The extensions of a hello, which end with it.
fn extensions<'a>(hello: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let _version_and_random = hello.take(2 + 32)?;
    let _session = hello.vector(1)?;
    let _suites = hello.vector(2)?;
    let _compressions = hello.vector(1)?;
    if hello.0.is_empty() {
        // One of the old ones, without any.
        return Some(&[]);
    }
    hello.vector(2).filter(|_| hello.0.is_empty())
}

fn extension<'a>(rest: &mut Cursor<'a>) -> Option<(u16, &'a [u8])> {
    let kind = rest.take(2)?;
    Some((u16::from_be_bytes([kind[0], kind[1]]), rest.vector(2)?))
}

/// The one name of a list of one.
fn host_name(extension: &[u8]) -> Option<String> {
    let mut extension = Cursor(extension);
    let mut list = Cursor(extension.vector(2)?);
    let kind = list.take(1)?[0];
    let name = list.vector(2)?;
    let is_one = extension.0.is_empty() && list.0.is_empty() && kind == HOST_NAME;
    String::from_utf8(name.to_vec()).ok().filter(|_| is_one)
}

/// What is still to be read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes whose number stands before them, in so many bytes.
    fn vector(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.take(width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vector(width: usize, body: &[u8]) -> Vec<u8> {
        let mut bytes = body.len().to_be_bytes()[8 - width..].to_vec();
        bytes.extend(body);
        bytes
    }

    fn named(name: &str) -> Vec<u8> {
        let entry = [vec![HOST_NAME], vector(2, name.as_bytes())].concat();
        [SERVER_NAME.to_be_bytes().to_vec(), vector(2, &vector(2, &entry))].concat()
    }

    fn other(kind: u16) -> Vec<u8> {
        [kind.to_be_bytes().to_vec(), vector(2, b"x")].concat()
    }

    /// A handshake message with these extensions.
    fn message(extensions: &[Vec<u8>]) -> Vec<u8> {
        let body = [
            vec![3, 3],
            vec![7; 32],
            vector(1, &[9; 32]),
            vector(2, &[0x13, 0x01]),
            vector(1, &[0]),
            vector(2, &extensions.concat()),
        ]
        .concat();
        [vec![CLIENT_HELLO], vector(3, &body)].concat()
    }

    /// The message in records of so many bytes.
    fn records(message: &[u8], size: usize) -> Vec<u8> {
        message.chunks(size).flat_map(|part| [vec![HANDSHAKE, 3, 1], vector(2, part)].concat()).collect()
    }

    fn hello(extensions: &[Vec<u8>]) -> Vec<u8> {
        records(&message(extensions), MOST_RECORD)
    }

    #[test]
    fn the_name_is_found_however_it_is_cut() {
        let message = message(&[other(43), named("a.example"), other(51)]);
        for size in [1, 2, 3, 7, 64, MOST_RECORD] {
            let said = records(&message, size);
            assert_eq!(server_name(&said), Ok(Some("a.example".to_owned())), "{size}");
            for end in 0..said.len() {
                assert_eq!(server_name(&said[..end]), Ok(None), "{size}, {end}");
            }
        }
    }

    #[test]
    fn what_can_be_understood_in_two_ways_is_refused() {
        let twice = [named("a.example"), named("b.example")];
        assert_eq!(server_name(&hello(&twice)), Err(Denial::NotTls));
        let two =
            [vec![HOST_NAME], vector(2, b"a.example"), vec![HOST_NAME], vector(2, b"b.example")].concat();
        let two = [SERVER_NAME.to_be_bytes().to_vec(), vector(2, &vector(2, &two))].concat();
        assert_eq!(server_name(&hello(&[two])), Err(Denial::NotTls));
        let hidden = [named("a.example"), other(HIDDEN)];
        assert_eq!(server_name(&hello(&hidden)), Err(Denial::HiddenServerName));
        assert_eq!(server_name(&hello(&[other(43)])), Err(Denial::NoServerName));
        // Something after the message, in its own record or within what it says.
        let mut more = message(&[named("a.example")]);
        more.push(0);
        assert_eq!(server_name(&records(&more, MOST_RECORD)), Err(Denial::NotTls));
    }

    #[test]
    fn what_is_no_handshake_is_seen_at_its_first_bytes() {
        for said in [
            &b"GET / HTTP/1.1"[..],
            b"CONNECT",
            b"SSH-2.0",
            b"\x16\x02",
            b"\x17\x03\x03\x00\x01x",
            b"\x80\x2e\x01\x03\x01",
        ] {
            assert_eq!(server_name(said), Err(Denial::NotTls), "{said:?}");
        }
        for said in
            [&[HANDSHAKE, 3, 1, 0, 0][..], &[HANDSHAKE, 3, 1, 0x40, 1], &[HANDSHAKE, 3, 1, 0, 4, 2, 0, 0, 0]]
        {
            assert_eq!(server_name(said), Err(Denial::NotTls), "{said:?}");
        }
        let endless = records(&[vec![CLIENT_HELLO], vector(3, &vec![0; MOST_HELLO])].concat(), 1);
        assert_eq!(server_name(&endless[..MOST_HELLO]), Err(Denial::NotTls));
    }

    proptest! {
        #[test]
        fn hostile_bytes_do_no_harm(said in proptest::collection::vec(any::<u8>(), 0..600), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _whatever = server_name(&said);
            // One that is right but for a byte: it names what it named, or another, or nothing.
            let mut said = records(&message(&[other(10), named("a.example"), other(43)]), 40);
            let place = at.index(said.len());
            said[place] = byte;
            let _whatever = server_name(&said);
            let _whatever = server_name(&said[..place]);
        }

        #[test]
        fn nothing_is_said_before_all_is_there(name in "[a-z]{1,20}\\.example", size in 1_usize..80) {
            let said = records(&message(&[named(&name)]), size);
            prop_assert_eq!(server_name(&said[..said.len() - 1]), Ok(None));
            prop_assert_eq!(server_name(&said), Ok(Some(name)));
        }
    }
}
