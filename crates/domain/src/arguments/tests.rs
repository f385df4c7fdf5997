//! Arguments cut anywhere tell the same, and whatever comes breaks nothing.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// The texts told of a document that comes in these pieces, and which of them are whole.
fn told<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Vec<(String, String, bool)> {
    let (mut reader, mut texts) = (Arguments::default(), Vec::<(String, String, bool)>::new());
    for piece in pieces {
        reader.feed(piece, |piece| match piece {
            Piece::Begins { field } => {
                texts.retain(|(name, ..)| name != field);
                texts.push((field.to_owned(), String::new(), false));
            }
            Piece::More { field, text } => {
                let last = texts.last_mut().unwrap();
                assert_eq!(last.0, field);
                last.1.push_str(text);
            }
            Piece::Ends { field } => {
                let last = texts.last_mut().unwrap();
                assert_eq!(last.0, field);
                last.2 = true;
            }
        });
    }
    texts
}

fn whole(name: &str, text: &str) -> (String, String, bool) {
    (name.to_owned(), text.to_owned(), true)
}

#[test]
fn every_cut_tells_the_same() {
    let document = "\u{feff} {\"path\": \"a\\/b\\n\\u00e9\\ud83d\\ude00.txt\", \"n\": -1.5e3, \"ok\":true, \"deep\": {\"a\": [\"}\\\"\", {}]}, \
                    \"content\": \"línea \\\"1\\\"\\t\\\\\", \"none\": null}";
    let expected = vec![whole("path", "a/b\né😀.txt"), whole("content", "línea \"1\"\t\\")];
    assert_eq!(told([document]), expected);
    let places: Vec<usize> = document.char_indices().map(|(place, _)| place).collect();
    for cut in &places {
        assert_eq!(told([&document[..*cut], &document[*cut..]]), expected, "cut at {cut}");
    }
    let single = places
        .iter()
        .map(|place| &document[*place..][..document[*place..].chars().next().unwrap().len_utf8()]);
    assert_eq!(told(single), expected);
}

#[test]
fn what_is_not_whole_is_told_so_far() {
    assert_eq!(told(["{\"content\": \"a\\u12"]), [("content".to_owned(), "a".to_owned(), false)]);
    assert_eq!(told(["{\"content\": \"a\\ud83d\"}"]), [whole("content", "a\u{fffd}")]);
    assert_eq!(
        told(["{\"content\": \"\\ud83dx\\ud83d\\ud83d\\ude00\"}"]),
        [whole("content", "\u{fffd}x\u{fffd}😀")]
    );
    assert_eq!(told(["{\"a\": \"one\", \"a\": \"two\"}"]), [whole("a", "two")]);
    assert_eq!(told(["{\"a\": \"line\nbreak\"}"]), [whole("a", "line\nbreak")]);
}

#[test]
fn what_is_no_object_tells_nothing() {
    let deep = format!("{{\"a\": {}\"b\"", "[".repeat(100));
    for text in [
        "",
        "{}",
        "\"{\\\"a\\\": \\\"b\\\"}\"",
        "[\"a\"]",
        "```json\n{\"a\": \"b\"}",
        "null",
        "{a: \"b\"}",
        &deep,
    ] {
        assert_eq!(told([text]), [], "{text}");
    }
    // A second object is none of the first.
    assert_eq!(told(["{\"a\": \"b\"}{\"c\": \"d\"}"]), [whole("a", "b")]);
}

proptest! {
    #[test]
    fn texts_are_serdes(fields in prop::collection::btree_map("[a-z]{1,4}", any::<String>(), 0..5), cut in any::<prop::sample::Index>()) {
        let object: Map<String, Value> = fields.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
        let document = Value::Object(object).to_string();
        let places: Vec<usize> = document.char_indices().map(|(place, _)| place).collect();
        let cut = places[cut.index(places.len())];
        let expected: Vec<_> = fields.iter().map(|(name, text)| whole(name, text)).collect();
        prop_assert_eq!(told([&document[..cut], &document[cut..]]), expected);
    }

    #[test]
    fn no_text_breaks_it(text in ".*") {
        told([text.as_str()]);
        told(["{\"a\": \"", text.as_str()]);
    }
}
