//! Text in bytes: UTF-8, or UTF-16 that says so by its first two bytes. Pure.

/// The mark that some programs write before UTF-8.
const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// The text; none: these bytes are no text.
pub(crate) fn decoded(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => std::str::from_utf8(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)).ok()?.to_owned(),
    };
    (!text.chars().any(is_binary)).then_some(text)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().copied().map(unit)).collect::<Result<_, _>>().ok()
}

/// What stands in no text that somebody wrote. Logs hold the bell, form feeds and escapes for colours.
const fn is_binary(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{6}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_others_are_not() {
        assert_eq!(decoded("Olá 😀\r\n".as_bytes()).as_deref(), Some("Olá 😀\r\n"));
        assert_eq!(decoded(b"\xEF\xBB\xBFa").as_deref(), Some("a"));
        assert_eq!(decoded(b"\xFF\xFEa\0\x3D\xD8\x00\xDE").as_deref(), Some("a😀"));
        assert_eq!(decoded(b"\xFE\xFF\0a").as_deref(), Some("a"));
        assert_eq!(decoded(b"\x1b[31mred\x1b[0m").as_deref(), Some("\u{1b}[31mred\u{1b}[0m"));
        for none in
            [&b"a\0b"[..], b"PK\x03\x04 ok", b"caf\xe9", b"\xFF\xFEa", b"\xFF\xFE\x00\xD8", b"\x7fELF\x02"]
        {
            assert_eq!(decoded(none), None, "{none:?}");
        }
    }
}
