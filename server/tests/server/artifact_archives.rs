//! Artifacts as zip archives over real HTTP. What else is refused of an archive, and why, is tried where it is read.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};
use vertice_testkit::archives::{Entry, zip};

use crate::{
    artifacts::{ARTIFACTS, Desk, path_of},
    client::Answer,
};

impl Desk {
    async fn import(&self, archive: Vec<u8>) -> Answer {
        let path = format!("{ARTIFACTS}/import?conversation_id={}", self.conversation);
        self.server.post_bytes(&self.token, &path, "application/zip", archive).await
    }

    async fn export(&self) -> Answer {
        self.send("GET", &format!("/export?conversation_id={}", self.conversation), None).await
    }
}

fn told<'a>(imported: &'a Value) -> Vec<(&'a str, &'a str, u64)> {
    let items = imported["items"].as_array().unwrap_or_else(|| panic!("{imported}"));
    let one = |item: &'a Value| {
        let text = |fact: &str| item[fact].as_str().unwrap();
        (text("path"), text("content"), item["version"].as_u64().unwrap())
    };
    items.iter().map(one).collect()
}

#[tokio::test]
async fn what_goes_out_comes_in_again() {
    let desk = Desk::new().await;
    let files = [
        ("README.md", "# Ação\n"),
        ("src/ui/Card.tsx", "export default () => null\n"),
        ("コード/😀.txt", "\u{0}odd\r\n"),
        ("empty", ""),
    ];
    for (path, content) in files {
        desk.make(path, content).await;
    }
    let archive = desk.export().await;
    assert_eq!(archive.headers["content-type"], "application/zip");
    let disposition = archive.headers["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment; filename=") && disposition.ends_with(".zip\""));
    let archive = archive.bytes().await;
    let mut read = zip::ZipArchive::new(Cursor::new(archive.clone())).unwrap();
    for (path, content) in files {
        let mut text = String::new();
        read.by_name(path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, content, "{path}");
    }
    assert_eq!(read.len(), files.len());

    // Into the same conversation: nothing is new. Into another one: all of it is.
    let again = desk.import(archive.to_vec()).await;
    assert_eq!(again.status, 200);
    assert!(told(&again.json().await).iter().all(|(.., version)| *version == 1));
    let other = desk.server.json("POST", &desk.token, "/api/v1/conversations", Some(json!({}))).await;
    let desk = Desk { conversation: other["id"].as_str().unwrap().to_owned(), ..desk };
    assert!(desk.paths().await.is_empty());
    let imported = desk.import(archive.to_vec()).await.json().await;
    assert_eq!(told(&imported), files.map(|(path, content)| (path, content, 1)));
    assert_eq!(imported["items"][1]["type"], "react");
    assert_eq!(desk.paths().await, files.map(|(path, _)| path.to_owned()));
}

#[tokio::test]
async fn what_is_there_gets_a_new_version() {
    let desk = Desk::new().await;
    let there = desk.make("Docs/a.md", "old").await;
    desk.make("same.md", "same").await;
    let archive = zip(&[
        Entry::file("docs/A.md", *b"new"),
        Entry::file("same.md", *b"same"),
        Entry::file("docs/b.md", *b"more"),
        Entry::file("__MACOSX/docs/._b.md", [0xff]),
    ]);
    let imported = desk.import(archive).await.json().await;
    let expected = [("Docs/a.md", "new", 2), ("same.md", "same", 1), ("docs/b.md", "more", 1)];
    assert_eq!(told(&imported), expected);
    let path = format!("{}/versions", path_of(&there["id"]));
    let versions = desk.json("GET", &path, None).await;
    let newest = &versions["items"][0];
    assert_eq!(
        (&newest["note"], &newest["created_by"], &newest["added"]),
        (&json!("Imported"), &json!("user"), &json!(1))
    );
}

#[tokio::test]
async fn an_archive_with_one_bad_entry_makes_nothing() {
    let desk = Desk::new().await;
    desk.make("there.md", "there").await;
    desk.make("folder/file", "there").await;
    let good = || Entry::file("good.md", *b"good");
    let bad = |name: &str| Entry::file(name, *b"bad");
    let mut archives: Vec<(Entry, u16)> =
        ["../up", "/etc/passwd", "C:\\x", "a\\b", "nul\0", "con", "GOOD.md", "good.md/x"]
            .into_iter()
            .map(|name| (bad(name), 422))
            .collect();
    archives.extend([
        (Entry { mode: 0o120_777, ..bad("link") }, 422),
        (Entry { flags: 1, ..bad("secret") }, 422),
        (Entry { method: 14, ..bad("odd") }, 422),
        (Entry { claims: Some(1), ..bad("liar") }, 422),
        (Entry::file("binary", [0xff, 0]), 422),
        (Entry::file("large", vec![b'x'; 1024 * 1024 + 1]), 422),
        // What the conversation holds stands in the way.
        (bad("there.md/x"), 409),
        (bad("folder"), 409),
    ]);
    for (entry, status) in archives {
        let name = String::from_utf8(entry.name.clone()).unwrap();
        let refused = desk.import(zip(&[good(), entry])).await;
        assert_eq!(refused.status, status, "{name}");
        let refused = refused.json().await;
        if status == 422 {
            let field = refused["errors"][0]["field"].as_str().unwrap();
            assert!(field == name || name.to_lowercase() == "good.md", "{name}: {refused}");
        }
    }
    for archive in [Vec::new(), b"no archive".to_vec(), zip(&[])] {
        let refused = desk.import(archive).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.json().await["errors"][0]["field"], "archive");
    }
    let many: Vec<Entry> = (0..499).map(|n| bad(&format!("{n}"))).collect();
    let refused = desk.import(zip(&many)).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.json().await["code"], "too_many_artifacts");
    assert_eq!(desk.paths().await, ["there.md", "folder/file"]);
}

#[tokio::test]
async fn who_may_not_imports_nothing() {
    let desk = Desk::new().await;
    let bob = desk.place.token("bob@example.com").await;
    let archive = zip(&[Entry::file("a.md", *b"x")]);
    let path = format!("{ARTIFACTS}/import?conversation_id={}", desk.conversation);
    let foreign = desk.server.post_bytes(&bob, &path, "application/zip", archive.clone()).await;
    assert_eq!(foreign.status, 404);
    let export = format!("{ARTIFACTS}/export?conversation_id={}", desk.conversation);
    assert_eq!(desk.server.open("GET", &bob, &export, None).await.status, 404);
    let list = format!("{ARTIFACTS}?conversation_id={}", desk.conversation);
    assert_eq!(desk.server.open("GET", &bob, &list, None).await.status, 404);
    let odd = desk.server.post_bytes(&desk.token, &path, "text/plain", archive.clone()).await;
    assert_eq!(odd.status, 415);
    let large =
        desk.server.post_bytes(&desk.token, &path, "application/zip", vec![0; 11 * 1024 * 1024]).await;
    assert_eq!(large.status, 413);
    let nowhere =
        desk.server.post_bytes(&desk.token, &format!("{ARTIFACTS}/import"), "application/zip", archive).await;
    assert_eq!(nowhere.status, 422);
    assert!(desk.paths().await.is_empty());
}
