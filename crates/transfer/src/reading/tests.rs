//! Whole files: what is told of each, in which words.

use std::io::Write as _;

use serde_json::{Value, json};
use vertice_testkit::archives::{Entry as Packed, zip};

use super::*;

fn chat(id: &str) -> Value {
    json!({"uuid": id, "name": id, "chat_messages": [{"sender": "human", "text": "Hi"}]})
}

fn told(files: &[(&str, Vec<u8>)]) -> Vec<String> {
    let files = files.iter().map(|(name, bytes)| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        ImportFile { name: (*name).to_owned(), file, size: bytes.len() as u64, place: Box::new(()) }
    });
    let mut all = Vec::new();
    let mut tell = |told: Told| {
        all.push(match told {
            Told::Conversation { what, .. } => what,
            Told::Skipped(Skipped { what, why, code }) => format!("{code:?} {what}: {why}"),
            Told::Broken { what, why } => format!("broken {what}: {why}"),
        });
        true
    };
    read(files.collect(), &Count::default(), &Stop::default(), &mut tell);
    all
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn lists_single_ones_and_several_files_are_read() {
    assert_eq!(
        told(&[("", bytes(&json!([chat("a"), chat("b")])))]),
        ["conversation 1 (“a”)", "conversation 2 (“b”)"]
    );
    assert_eq!(told(&[("", bytes(&chat("a")))]), ["conversation 1 (“a”)"]);
    let two = [("x.json", bytes(&json!([chat("a")]))), ("y\u{202e}.json", bytes(&chat("b")))];
    assert_eq!(told(&two), ["x.json, conversation 1 (“a”)", "y.json, conversation 1 (“b”)"]);
}

#[test]
fn what_cannot_be_taken_is_told_and_the_rest_is_read() {
    let text = format!("[{}, {{\"chat_messages\": [nope]}}, 7, {}, {{", chat("a"), chat("b"));
    assert_eq!(
        told(&[("", text.into_bytes())]),
        [
            "conversation 1 (“a”)",
            "Unreadable conversation 2: it is not valid JSON: expected ident",
            "conversation 4 (“b”)",
            "broken conversation 5: the file ends too early: it was cut off on its way.",
            "Unreadable conversation 3: It is no conversation in a form that is known.",
        ]
    );
    assert_eq!(told(&[("", b"<html>".to_vec())]), ["broken the file: it is neither JSON nor a zip archive."]);
    assert_eq!(
        told(&[("", b"PK\x03\x04 and nothing".to_vec())]),
        ["broken the file: it is no zip archive that can be read."]
    );
    for nothing in [json!([]), json!([{"id": 1, "title": "x"}]), json!({"user": {}})] {
        assert_eq!(
            told(&[("", bytes(&nothing))]),
            ["NoConversation the file: It holds no conversation in a form that is known."]
        );
    }
}

#[test]
fn archives_are_read_by_what_is_in_them() {
    let archive = zip(&[
        Packed::file("user.json", bytes(&json!({"id": "user-1", "email": "a@b.c"}))),
        Packed::file("chat.html", *b"<html>"),
        Packed::file("dalle/x.png", [0x89, b'P']),
        Packed::file("conversations-000.json", bytes(&json!([chat("a")]))),
        Packed::file("deep/no ending", bytes(&json!([chat("b")]))),
        Packed { flags: 1, ..Packed::file("secret.json", *b"[]") },
        Packed { mode: 0o120_777, ..Packed::file("link.json", *b"[]") },
        Packed { claims: Some(3), ..Packed::file("liar.json", bytes(&json!([chat("c")]))) },
        Packed { checksum: Some(7), ..Packed::file("damaged.json", bytes(&json!([chat("d")]))) },
    ]);
    let all = told(&[("", archive)]);
    for part in [
        "NoConversation user.json: It holds no conversation in a form that is known.",
        "conversations-000.json, conversation 1 (“a”)",
        "deep/no ending, conversation 1 (“b”)",
        "BadEntry secret.json: It is encrypted; pack it without a password.",
        "BadEntry link.json: It is a symbolic link, and links lead anywhere.",
        "NoConversation 2 other entries of the archive: They are no JSON: pictures, pages, folders.",
    ] {
        assert!(all.iter().any(|told| told == part), "{part} in {all:#?}");
    }
    let is_refused = |name: &str| {
        all.iter()
            .any(|told| told.contains(name) && (told.starts_with("BadEntry") || told.starts_with("broken")))
    };
    assert!(is_refused("liar.json"), "{all:#?}");
    assert!(is_refused("damaged.json"), "{all:#?}");
    assert_eq!(told(&[("", zip(&[]))]), [""; 0]);
}

#[test]
fn nobody_reads_on_for_nobody() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes(&json!([chat("a"), chat("b"), chat("c")]))).unwrap();
    let mut count = 0;
    let mut tell = |_| {
        count += 1;
        count < 2
    };
    let files = vec![ImportFile { name: String::new(), file, size: 0, place: Box::new(()) }];
    read(files, &Count::default(), &Stop::default(), &mut tell);
    assert_eq!(count, 2);
}

#[test]
fn what_is_unpacked_is_bounded_over_all_archives() {
    let mut unpackable = 150;
    let mut all = Vec::new();
    for name in ["a.zip", "b.zip"] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&zip(&[Packed::file("x.json", bytes(&chat(name)))])).unwrap();
        let mut tell = |told| {
            all.push(match told {
                Told::Conversation { what, .. } => what,
                Told::Broken { why, .. } => why,
                Told::Skipped(skipped) => skipped.why,
            });
            true
        };
        let (count, stop) = (Count::default(), Stop::default());
        assert!(one(file, name, &count, &mut unpackable, &stop, &mut tell).is_ok());
    }
    assert_eq!(all[0], "x.json, conversation 1 (“a.zip”)");
    assert!(
        all[1].ends_with("It cannot be unpacked: it is damaged.") || all[1].contains("more than 4 GB"),
        "{all:?}"
    );
}

#[test]
fn a_reason_quotes_only_so_much() {
    let odd = json!({"version": 1, "messages": [], "conversation": {"id": "x".repeat(100_000)}});
    let all = told(&[("", bytes(&json!([odd])))]);
    assert!(
        all[0].starts_with("Unreadable conversation 1: conversation.id: ") && all[0].len() < 1_000,
        "{all:?}"
    );
}
