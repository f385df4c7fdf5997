//! JSON as a card shows it: with other blanks between its pieces and nothing else changed, as a table where it is one, or
//! the one value that says most. It is cut where its brackets and commas are, never read into values: numbers and names stay
//! as they were written. Pure.

use serde::de::IgnoredAny;

/// How far a line is indented at most, so that what is deep does not grow without end.
const DEEPEST: usize = 24;
/// What a table may have of each.
const MOST_ROWS: usize = 100;
const MOST_COLUMNS: usize = 8;
const MOST_IN_A_CELL: usize = 160;
/// The longest arguments (bytes) in which the one that says most is looked for.
const LONGEST: usize = 20_000;
/// Arguments that say by themselves what a call is about, the best first.
const TELLING: [&str; 14] = [
    "command",
    "cmd",
    "query",
    "sql",
    "pattern",
    "path",
    "file_path",
    "filename",
    "file",
    "url",
    "uri",
    "title",
    "name",
    "message",
];

/// Where `text` is no JSON: the line and the column.
pub(super) fn fault(text: &str) -> Option<(usize, usize)> {
    serde_json::from_str::<IgnoredAny>(text).err().map(|error| (error.line(), error.column()))
}

/// An object or a list over several lines. None: it is something else.
pub(super) fn pretty(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || fault(text).is_some() {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut copied, mut opened) = (0_usize, 0, false);
    for (at, byte) in outside(text).chain([(text.len(), b' ')]) {
        if !matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'\n' | b'\r' | b'\t') {
            continue;
        }
        let token = &text[copied..at];
        copied = at + 1;
        let opens = matches!(byte, b'{' | b'[');
        if opened && (opens || !token.is_empty()) {
            line(&mut out, depth);
            opened = false;
        }
        out.push_str(token);
        match byte {
            b'{' | b'[' => {
                out.push(char::from(byte));
                depth += 1;
                opened = true;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !opened {
                    line(&mut out, depth);
                }
                out.push(char::from(byte));
                opened = false;
            }
            b',' => {
                out.push(',');
                line(&mut out, depth);
            }
            b':' => out.push_str(": "),
            _ => {}
        }
    }
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth.min(DEEPEST) {
        out.push_str("  ");
    }
}

/// What stands outside of strings, each of which is told by its opening quote alone.
fn outside(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().enumerate().filter(move |(_, byte)| {
        if !quoted {
            quoted = *byte == b'"';
            return true;
        }
        if escaped {
            escaped = false;
        } else {
            escaped = *byte == b'\\';
            quoted = *byte != b'"';
        }
        false
    })
}

/// What stands between the commas inside the outermost brackets of valid JSON.
fn pieces(text: &str) -> Vec<&str> {
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let (mut pieces, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, byte) in outside(inside) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                pieces.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = inside[start..].trim();
    pieces.extend(Some(last).filter(|last| !last.is_empty()));
    pieces
}

/// The names and values of a valid object, in order.
fn members(object: &str) -> Vec<(String, &str)> {
    pieces(object).into_iter().filter_map(member).collect()
}

fn member(piece: &str) -> Option<(String, &str)> {
    let (colon, _) = outside(piece).find(|(_, byte)| *byte == b':')?;
    Some((said(piece[..colon].trim()), piece[colon + 1..].trim()))
}

/// A value as people read it: a string without its quotes.
fn said(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.to_owned())
}

/// A list of flat objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) heads: Vec<String>,
    /// As many cells each as there are heads.
    pub(super) rows: Vec<Vec<String>>,
}

/// `text` as a table, if it is one and all of it can be shown so.
pub(super) fn table(text: &str) -> Option<Table> {
    let text = text.trim();
    if !text.starts_with('[') || fault(text).is_some() {
        return None;
    }
    let objects = pieces(text);
    if objects.is_empty() || objects.len() > MOST_ROWS {
        return None;
    }
    let (mut heads, mut rows) = (Vec::<String>::new(), Vec::<Vec<String>>::new());
    for object in objects {
        let mut row = vec![String::new(); heads.len()];
        for (name, value) in members(Some(object).filter(|object| object.starts_with('{'))?) {
            let place = heads.iter().position(|head| *head == name).unwrap_or(heads.len());
            if place == heads.len() {
                heads.push(name);
            }
            row.resize(heads.len().max(row.len()), String::new());
            // What is said twice, or in a value of many parts, no cell holds.
            if value.starts_with(['{', '[']) || value.len() > MOST_IN_A_CELL || !row[place].is_empty() {
                return None;
            }
            row[place] = said(value);
        }
        rows.push(row);
    }
    if heads.is_empty() || heads.len() > MOST_COLUMNS {
        return None;
    }
    rows.iter_mut().for_each(|row| row.resize(heads.len(), String::new()));
    Some(Table { heads, rows })
}

/// The argument that says most of what a call is about. None: the arguments are no object.
pub(super) fn intent(arguments: &str) -> Option<String> {
    let arguments = arguments.trim();
    if arguments.len() > LONGEST || !arguments.starts_with('{') || fault(arguments).is_some() {
        return None;
    }
    let members = members(arguments);
    let telling = TELLING.iter().find_map(|known| members.iter().find(|(name, _)| name == known));
    let text = || members.iter().find(|(_, value)| value.starts_with('"'));
    let best = telling.or_else(text).or(members.first());
    Some(best.map(|(_, value)| said(value)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            r#"[a-c"\\,:{}\[\]\n é]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map(r#"[a-c",:{}é]{0,4}"#, inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn only_blanks_change(value in values()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).expect("it is JSON")] {
                let shown = pretty(&text);
                prop_assert_eq!(shown.is_some(), value.is_array() || value.is_object());
                if let Some(shown) = shown {
                    prop_assert_eq!(&shown, &serde_json::to_string_pretty(&value).expect("it is JSON"));
                }
            }
        }

        #[test]
        fn any_text_can_be_looked_at(text in r#"[\[\]{}",:\\a1é ]{0,40}"#) {
            let _shown = (pretty(&text), table(&text), intent(&text));
        }
    }

    #[test]
    fn what_was_written_stays_as_it_was_written() {
        let text = r#"{"n":1.10,"big":12345678901234567890123,"n":[{},[]],"s":"\u202e, {\"x\": 1}"}"#;
        let expected = "{\n  \"n\": 1.10,\n  \"big\": 12345678901234567890123,\n  \"n\": [\n    {},\n    []\n  ],\n  \
                        \"s\": \"\\u202e, {\\\"x\\\": 1}\"\n}";
        assert_eq!(pretty(text).as_deref(), Some(expected));
        for other in ["", "12", "\"text\"", "{\"a\":", "[1,]", "Plain text."] {
            assert_eq!(pretty(other), None, "{other}");
        }
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        assert!(pretty(&deep).is_none_or(|shown| shown.len() < 4_000_000));
    }

    #[test]
    fn flat_objects_are_a_table() {
        let found = table(r#"[{"name":"a","size":1},{"size":2,"kind":"f, \"x\""},{}]"#).expect("it is one");
        assert_eq!(found.heads, ["name", "size", "kind"]);
        assert_eq!(found.rows, [["a", "1", ""], ["", "2", "f, \"x\""], ["", "", ""]]);
        let long = format!(r#"[{{"a":"{}"}}]"#, "x".repeat(200));
        for other in ["[]", "[1]", r#"[{"a":[1]}]"#, r#"[{"a":1,"a":2}]"#, "[{}]", &long, r#"{"a":1}"#] {
            assert_eq!(table(other), None, "{other}");
        }
    }

    #[test]
    fn the_argument_that_says_most_is_told() {
        let cases = [
            (r#"{"cwd":"/tmp","command":"cargo test"}"#, Some("cargo test")),
            (r#"{"limit":3,"topic":"rust\nleptos"}"#, Some("rust\nleptos")),
            (r#"{"n":1}"#, Some("1")),
            (r#"{"command":["ls","-l"]}"#, Some(r#"["ls","-l"]"#)),
            ("{}", Some("")),
            (r#"{"path":"#, None),
            ("[1]", None),
        ];
        for (arguments, expected) in cases {
            assert_eq!(intent(arguments).as_deref(), expected, "{arguments}");
        }
    }

    #[test]
    fn a_fault_has_a_place() {
        assert_eq!(fault("{\n  \"a\": }"), Some((2, 8)));
        assert_eq!(fault(" {\"a\": 1} "), None);
    }
}
