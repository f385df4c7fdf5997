//! Reading JSON of which nobody says how it looks: what is of another kind than expected reads as absent. Pure.

use serde_json::Value;
use vertice_domain::Timestamp;

/// A text that says something.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

pub(crate) fn owned(value: &Value, name: &str) -> Option<String> {
    text(value, name).map(str::to_owned)
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn is_true(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool) == Some(true)
}

/// A point in time: seconds since 1970, or as RFC 3339 writes it. What cannot be one is none.
pub(crate) fn time(value: &Value, name: &str) -> Option<Timestamp> {
    let millis = match value.get(name)? {
        Value::Number(number) => (number.as_f64()? * 1_000.0).round(),
        Value::String(text) => return text.parse().ok().filter(is_plausible),
        _ => return None,
    };
    // Beyond that no number is told exactly.
    let is_exact = millis.is_finite() && millis.abs() < 9.0e15;
    is_exact.then(|| Timestamp::from_millis(millis as i64)).filter(is_plausible)
}

/// From 1970 on: zero and less is what programs write where they know none.
const fn is_plausible(time: &Timestamp) -> bool {
    time.as_millis() > 0
}

/// Reads a value. Halves of characters, which some programs write (`\ud83d` alone), are replaced by the mark for what is lost.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match whole_characters(bytes) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    })
}

/// The same bytes without halves of characters; none: there are no such.
pub(crate) fn whole_characters(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut mended, mut at, mut is_changed) = (Vec::with_capacity(bytes.len()), 0, false);
    while let Some(byte) = bytes.get(at) {
        let length = match escaped(bytes, at) {
            Some(unit @ 0xd800..=0xdbff) => {
                let is_whole = matches!(escaped(bytes, at + 6), Some(0xdc00..=0xdfff)) && unit < 0xdc00;
                if is_whole { 12 } else { 0 }
            }
            Some(0xdc00..=0xdfff) => 0,
            Some(_) => 6,
            // The second byte of `\\` begins nothing.
            None if *byte == b'\\' => 2,
            None => 1,
        };
        if length == 0 {
            mended.extend_from_slice(b"\\ufffd");
            (at, is_changed) = (at + 6, true);
        } else {
            let end = (at + length).min(bytes.len());
            mended.extend_from_slice(&bytes[at..end]);
            at = end;
        }
    }
    is_changed.then_some(mended)
}

/// The number of `\uXXXX`, if that stands there.
fn escaped(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_numbers_or_texts_or_nothing() {
        let at = |value: Value| time(&json!({"t": value}), "t").map(|time| time.to_string());
        assert_eq!(at(json!(1_700_000_000.123)).as_deref(), Some("2023-11-14T22:13:20.123Z"));
        assert_eq!(
            at(json!("2024-03-01T10:00:00.123456+00:00")).as_deref(),
            Some("2024-03-01T10:00:00.123Z")
        );
        for odd in [json!(null), json!("yesterday"), json!(1e300), json!(-5), json!(0), json!([1])] {
            assert_eq!(at(odd.clone()), None, "{odd}");
        }
    }

    #[test]
    fn halves_of_characters_are_replaced() {
        let read = |text: &str| read(text.as_bytes()).unwrap();
        assert_eq!(
            read(r#"["a\ud83d","\ude00b","\ud83d\ude00","\\ud83d"]"#),
            json!(["a\u{fffd}", "\u{fffd}b", "😀", "\\ud83d"])
        );
        assert!(super::read(b"{").is_err());
    }
}
