//! Archives from somebody who means no good, and from those who do.

use std::io::Write as _;

use vertice_testkit::archives::{Entry, zip};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

fn file(name: &str) -> Entry {
    Entry::file(name, *b"text")
}

/// The same in deflate's form: one block that is not packed, and is the last one (RFC 1951, 3.2.4).
fn deflated(name: &str) -> Entry {
    let text = file(name);
    let data = [b"\x01\x04\0\xfb\xff", text.data.as_slice()].concat();
    Entry { method: 8, claims: Some(4), checksum: Some(0x3b8b_a7c7), data, ..text }
}

/// The entry that is named where it is refused, and what is wrong with it.
fn refusal(bytes: &[u8]) -> (String, String) {
    let error = unpacked(bytes).unwrap_err();
    assert_eq!(error.code, "invalid_request", "{error:?}");
    let fault = error.fields.into_iter().next().unwrap();
    (fault.field, fault.message)
}

fn names_of(bytes: &[u8]) -> Vec<String> {
    unpacked(bytes).unwrap().into_iter().map(|(path, _)| path.as_str().to_owned()).collect()
}

#[test]
fn paths_that_lead_elsewhere_are_refused_by_name() {
    for name in [
        "../up.txt",
        "a/../../up.txt",
        "a/..",
        "../",
        "/etc/passwd",
        "C:\\up.txt",
        "C:/up.txt",
        "a\\b.txt",
        "\\\\server\\share",
        "nul\0.txt",
        "a//b",
        "./a",
        "con",
        "a/LPT1.txt",
        "end.",
        "end ",
        "gpj.\u{202e}exe",
        "line\nbreak",
        "/",
    ] {
        assert_eq!(refusal(&zip(&[file("good.txt"), file(name)])).0, name);
    }
    let long = "x".repeat(300);
    let (field, fault) = refusal(&zip(&[file(&long)]));
    assert_eq!((field.len(), fault.contains("255")), (MOST_TOLD, true));
}

#[test]
fn entries_that_are_no_files_are_refused_by_name() {
    for (mode, wrong) in [(0o120_777, "symbolic link"), (0o010_644, "no file"), (0o060_644, "no file")] {
        let odd = Entry { mode, ..Entry::file("odd", *b"/etc/passwd") };
        let (field, fault) = refusal(&zip(&[file("good.txt"), odd]));
        assert!(field == "odd" && fault.contains(wrong), "{field}: {fault}");
    }
    let long = vec![b'x'; MAX_CONTENT + 1];
    for (entry, wrong) in [
        (Entry { flags: 1, ..file("odd") }, "encrypted"),
        (Entry { method: 12, ..file("odd") }, "deflate"),
        (Entry { method: 99, ..file("odd") }, "deflate"),
        (Entry { method: 8, ..file("odd") }, "damaged"),
        (Entry { checksum: Some(1), ..file("odd") }, "damaged"),
        (Entry { claims: Some(3), ..file("odd") }, "damaged"),
        (Entry { claims: Some(3), ..deflated("odd") }, "damaged"),
        (Entry { claims: Some(5), ..deflated("odd") }, "not as long"),
        (Entry { claims: Some(u32::MAX), ..deflated("odd") }, "not as long"),
        (Entry::file("odd", [0xff, 0xfe, 0]), "no text"),
        (Entry::file("odd", zip(&[Entry::file("inner", [0xff])])), "no text"),
        (Entry::file("odd", long), "larger than 1 MB"),
    ] {
        let (field, fault) = refusal(&zip(&[file("good.txt"), entry]));
        assert!(field == "odd" && fault.contains(wrong), "{field}: {fault}, not {wrong}");
    }
}

#[test]
fn names_that_some_systems_cannot_tell_apart_are_refused() {
    for (one, two, wrong) in [
        ("a.txt", "a.txt", "twice"),
        ("a/README.md", "a/readme.md", "large letters"),
        ("caf\u{e9}", "cafe\u{301}", "twice"),
        ("a", "A/b.txt", "says that it is a file"),
        ("a/b/c", "a/b", "says that it is a file"),
    ] {
        let (_, fault) = refusal(&zip(&[file("good.txt"), file(one), file(two)]));
        assert!(fault.contains(wrong), "{one}, {two}: {fault}");
    }
    assert_eq!(refusal(&zip(&[file("good.txt"), file("a"), file("a")])).0, "a");
}

#[test]
fn bombs_do_not_go_off() {
    let mut packing = ZipWriter::new(Cursor::new(Vec::new()));
    packing.start_file("bomb.txt", SimpleFileOptions::default()).unwrap();
    let megabyte = vec![b'0'; 1024 * 1024];
    for _ in 0..200 {
        packing.write_all(&megabyte).unwrap();
    }
    let mut bomb = packing.finish().unwrap().into_inner();
    assert!(bomb.len() < 250_000, "{}", bomb.len());
    assert_eq!(refusal(&bomb), ("bomb.txt".to_owned(), "is larger than 1 MB".to_owned()));
    // Nor where it says that it is small.
    let size = 200_u32 * 1024 * 1024;
    let claims: Vec<usize> =
        (0..bomb.len() - 3).filter(|at| bomb[*at..*at + 4] == size.to_le_bytes()).collect();
    for at in claims {
        bomb[at..at + 4].copy_from_slice(&7_u32.to_le_bytes());
    }
    assert_eq!(refusal(&bomb).0, "bomb.txt");

    // Many names for the same bytes.
    let first = Entry::file("first", vec![b'x'; 1_000]);
    let others = (0..99).map(|n| Entry { name: format!("{n}").into(), is_shared: true, ..first.clone() });
    let shared: Vec<Entry> = [first.clone()].into_iter().chain(others).collect();
    assert!(refusal(&zip(&shared)).1.contains("lies in another entry"));
    // One that reaches into the archive's directory.
    let mut reaching = zip(&[first]);
    for at in (0..reaching.len() - 3)
        .filter(|at| reaching[*at..*at + 4] == 1_000_u32.to_le_bytes())
        .collect::<Vec<_>>()
    {
        reaching[at..at + 4].copy_from_slice(&1_040_u32.to_le_bytes());
    }
    assert_eq!(refusal(&reaching).0, "first");

    let many = |count: usize| zip(&(0..count).map(|n| file(&format!("{n}"))).collect::<Vec<_>>());
    assert_eq!(unpacked(&many(500)).unwrap().len(), 500);
    assert!(refusal(&many(501)).1.contains("more than 500 files"));
    assert!(refusal(&many(2_001)).1.contains("too many entries"));
    let large = |n: usize| Entry::file(format!("{n}"), vec![b'x'; MAX_CONTENT]);
    let large: Vec<Entry> = (0..51).map(large).collect();
    assert!(refusal(&zip(&large)).1.contains("more than 50 MB"));
}

#[test]
fn what_is_no_archive_is_refused() {
    let whole = zip(&[file("a.txt"), file("b.txt")]);
    for bytes in [&b""[..], b"PK\x03\x04", b"no archive at all", &whole[..whole.len() - 30], &whole[40..]] {
        let (field, _) = refusal(bytes);
        assert!(["archive", "a.txt", "b.txt"].contains(&field.as_str()), "{field}");
    }
    for nothing in [zip(&[]), zip(&[Entry::file("folder/", *b"")])] {
        assert!(refusal(&nothing).1.contains("no file"));
    }
}

#[test]
fn what_people_pack_is_taken() {
    let folder = |name: &str| Entry { mode: 0o040_755, ..Entry::file(name, *b"") };
    let packed = zip(&[
        folder("site/"),
        folder("site/empty/"),
        Entry { mode: 0o100_644, ..file("site/index.html") },
        Entry::file("empty.txt", *b""),
        Entry::file("__MACOSX/site/._index.html", [0xff]),
        Entry::file("site/.DS_Store", [0xff]),
        Entry::file("._notes.md", [0xff]),
        file("cafe\u{301}/コード.rs"),
        deflated("packed.txt"),
    ]);
    assert_eq!(names_of(&packed), ["site/index.html", "empty.txt", "caf\u{e9}/コード.rs", "packed.txt"]);
    let full = Entry::file("full.txt", vec![b'x'; MAX_CONTENT]);
    assert_eq!(unpacked(&zip(&[full])).unwrap()[0].1.len(), MAX_CONTENT);
}
