//! Many artifacts, large ones, many at once, and what becomes of them in exports, forks and searches.

use std::path::PathBuf;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    artifacts::{Desk, path_of},
    client::Place,
};

const MB: usize = 1024 * 1024;

#[tokio::test]
async fn of_many_at_once_one_wins() {
    let desk = Desk::new().await;
    let made = desk.make("a.md", "0").await;
    let contents: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    let puts = join_all(contents.iter().map(|content| desk.write(&made["id"], content, 1))).await;
    let won: Vec<&Value> = puts.iter().filter(|(status, _)| *status == 200).map(|(_, body)| body).collect();
    assert_eq!(won.len(), 1);
    assert!(puts.iter().all(|(status, body)| *status == 200 || body["code"] == "version_conflict"));
    let now = desk.json("GET", &path_of(&made["id"]), None).await;
    assert_eq!((&now["version"], &now["content"]), (&json!(2), &won[0]["content"]));

    let body = || json!({"path": "b.md", "content": "x"});
    let made = join_all((0..20).map(|_| desk.try_make(body())).collect::<Vec<_>>()).await;
    assert_eq!(made.iter().filter(|(status, _)| *status == 201).count(), 1);
    assert!(made.iter().all(|(status, body)| *status == 201 || body["code"] == "path_taken"));
    // Who names no path gets one that is free.
    let body = || json!({"title": "Plan", "content": "x"});
    let made = join_all((0..6).map(|_| desk.try_make(body())).collect::<Vec<_>>()).await;
    assert!(made.iter().all(|(status, _)| *status == 201), "{made:?}");
    assert_eq!(desk.paths().await.len(), 8);
}

#[tokio::test]
async fn the_other_tabs_hear_of_every_change() {
    let desk = Desk::new().await;
    let cookie = desk.server.cookie("ann@example.com").await;
    let mut feed = desk.server.function("feed", &cookie, json!({})).await;
    assert_eq!(feed.frame().await.unwrap()["type"], "ready");
    let made = desk.make("a.md", "x").await;
    let path = path_of(&made["id"]);
    // Nothing has changed, and nobody hears of it.
    desk.write(&made["id"], "x", 1).await;
    desk.write(&made["id"], "y", 1).await;
    desk.json("PATCH", &path, Some(json!({"title": "New"}))).await;
    desk.json("POST", &format!("{path}/restore"), Some(json!({"version": 1}))).await;
    desk.send("DELETE", &path, None).await;
    let conversation = format!("/api/v1/conversations/{}", desk.conversation);
    desk.server.json("PATCH", &desk.token, &conversation, Some(json!({"title": "End"}))).await;
    for _ in 0..5 {
        let news = feed.frame().await.unwrap();
        let told = (&news["type"], &news["conversation_id"]);
        assert_eq!(told, (&json!("artifacts_changed"), &json!(desk.conversation)));
    }
    assert_eq!(feed.frame().await.unwrap()["type"], "list_changed");
}

#[tokio::test]
async fn sizes_are_bounded() {
    let desk = Desk::new().await;
    // Each of these is six bytes of JSON.
    let escaped = desk.make("escaped", &"\u{1}".repeat(MB)).await;
    assert_eq!(escaped["size"], MB);
    let most = "x".repeat(MB);
    let large = desk.make("large", &most).await;
    for (status, refused) in [
        desk.try_make(json!({"path": "larger", "content": format!("{most}x")})).await,
        desk.write(&large["id"], &format!("{most}x"), 1).await,
    ] {
        assert_eq!((status.as_u16(), &refused["code"]), (413, &json!("artifact_too_large")), "{refused}");
    }
    let beyond = desk.try_make(json!({"path": "larger", "content": "x".repeat(10 * MB)})).await;
    assert_eq!((beyond.0.as_u16(), &beyond.1["code"]), (413, &json!("body_too_large")));

    // A page is no larger than it should be, and all of them come.
    for n in 0..10 {
        desk.make(&format!("{n:02}"), &most).await;
    }
    let (mut seen, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let query = format!("?limit=100&conversation_id={}{cursor}", desk.conversation);
        let page = desk.json("GET", &query, None).await;
        let items = page["items"].as_array().unwrap();
        let bytes: usize = items.iter().map(|item| item["content"].as_str().unwrap().len()).sum();
        assert!(bytes <= 8 * MB, "{bytes}");
        seen.extend(items.iter().map(|item| item["path"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((pages, seen.len()), (2, 12));
    assert_eq!(seen, desk_paths(&desk).await);
}

#[tokio::test]
async fn documents_and_archives_are_bounded() {
    let desk = Desk::new().await;
    desk.make("small.md", "small").await;
    let most = "x".repeat(MB);
    for n in 0..49 {
        desk.make(&format!("{n:02}.txt"), &most).await;
    }
    let export = format!("/api/v1/conversations/{}/export?format=", desk.conversation);
    for format in ["markdown", "html"] {
        let answer = desk.server.open("GET", &desk.token, &format!("{export}{format}"), None).await;
        let text = String::from_utf8(answer.bytes().await.to_vec()).unwrap();
        assert!((MB..3 * MB).contains(&text.len()), "{format}: {}", text.len());
        assert!(text.contains("small.md") && text.contains("48.txt"), "{format}");
        assert!(text.contains("Too large for this page."), "{format}");
    }
    let archive = format!("/export?conversation_id={}", desk.conversation);
    assert_eq!(desk.send("GET", &archive, None).await.status, 200);
    for n in 49..51 {
        desk.make(&format!("{n}.txt"), &most).await;
    }
    let refused = desk.send("GET", &archive, None).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.json().await["code"], "archive_too_large");
    let document = desk.server.json("GET", &desk.token, &format!("{export}json"), None).await;
    let artifacts = document["artifacts"].as_array().unwrap();
    let whole = artifacts.iter().filter(|artifact| artifact["content"].is_string()).count();
    assert_eq!((artifacts.len(), whole, &artifacts[51]["left_out"]), (52, 50, &json!("too_large")));
}

/// The paths in pages of five.
async fn desk_paths(desk: &Desk) -> Vec<String> {
    let (mut paths, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk.json("GET", &format!("?limit=5{cursor}"), None).await;
        let items = page["items"].as_array().unwrap();
        paths.extend(items.iter().map(|item| item["path"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { return paths };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test]
async fn a_conversation_holds_five_hundred() {
    let desk = Desk::new().await;
    for hundred in 0..5 {
        let made = (0..100).map(|n| desk.make_one(hundred * 100 + n)).collect::<Vec<_>>();
        join_all(made).await;
    }
    let (status, refused) = desk.try_make(json!({"path": "one more", "content": ""})).await;
    assert_eq!((status.as_u16(), &refused["code"]), (413, &json!("too_many_artifacts")), "{refused}");
    let first = desk.json("GET", "?limit=1", None).await["items"][0].take();
    assert_eq!(desk.send("DELETE", &path_of(&first["id"]), None).await.status, 204);
    desk.make("one more", "").await;
}

impl Desk {
    async fn make_one(&self, n: usize) {
        self.make(&format!("{n}.txt"), &format!("{n}")).await;
    }

    /// The file with the content of a version.
    async fn blob(&self, content: &str) -> PathBuf {
        let data = self.place.path().join("data/blobs");
        let mut folders = vec![data];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read(&path).unwrap() == content.as_bytes() {
                    return path;
                }
            }
        }
        panic!("there is no file with {content}");
    }
}

#[tokio::test]
async fn a_content_that_is_gone_harms_no_other() {
    let desk = Desk::new().await;
    let lost = desk.make("lost.md", "the lost one").await;
    desk.make("good.md", "the good one").await;
    std::fs::remove_file(desk.blob("the lost one").await).unwrap();
    let path = path_of(&lost["id"]);
    let refused = desk.send("GET", &path, None).await;
    assert_eq!(refused.status, 500);
    assert_eq!(refused.json().await["code"], "content_missing");
    let listed = desk.json("GET", "", None).await;
    assert_eq!(
        (&listed["items"][0]["content"], &listed["items"][1]["content"]),
        (&Value::Null, &json!("the good one"))
    );
    assert_eq!(desk.json("GET", &format!("{path}/versions"), None).await["items"][0]["content"], Value::Null);
    // An archive would be mistaken for a whole one.
    let query = format!("/export?conversation_id={}", desk.conversation);
    let archive = desk.json("GET", &query, None).await;
    assert!(archive["detail"].as_str().unwrap().starts_with("lost.md: "), "{archive}");
    let export = format!("/api/v1/conversations/{}/export", desk.conversation);
    let document = desk.server.json("GET", &desk.token, &export, None).await;
    assert_eq!(document["artifacts"][0]["left_out"], "unreadable", "{document}");
    assert_eq!(document["artifacts"][1]["content"], "the good one");
    // It can be written anew, and then all is well.
    let (status, written) = desk.write(&lost["id"], "found", 1).await;
    assert_eq!((status.as_u16(), &written["version"]), (200, &json!(2)));
    assert_eq!(desk.send("GET", &query, None).await.status, 200);
    assert!(desk.server.end().await.contains("an artifact's content is missing"));
}

#[tokio::test]
async fn what_a_user_may_keep_holds_for_artifacts() {
    let desk = Desk::at(Place::new().set("STORAGE_LIMIT_MB_PER_USER", "2")).await;
    let content = |letter: &str| letter.repeat(MB - 10);
    let made = desk.make("a", &content("a")).await;
    desk.make("b", &content("b")).await;
    // The same once more needs no room.
    desk.make("c", &content("a")).await;
    for (status, refused) in [
        desk.try_make(json!({"path": "d", "content": content("d")})).await,
        desk.write(&made["id"], &content("d"), 1).await,
    ] {
        assert_eq!((status.as_u16(), &refused["code"]), (413, &json!("storage_exceeded")), "{refused}");
    }
    assert_eq!(desk.paths().await, ["a", "b", "c"]);
    assert_eq!(desk.json("GET", &path_of(&made["id"]), None).await["version"], 1);
}

#[tokio::test]
async fn a_deleted_conversation_takes_its_artifacts_along() {
    let desk = Desk::new().await;
    let made = desk.make("a.md", "x").await;
    let found = "/api/v1/conversations?q=has:artifact";
    let ids = async || {
        let found = desk.server.json("GET", &desk.token, found, None).await;
        found["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [json!(desk.conversation)]);
    let conversation = format!("/api/v1/conversations/{}", desk.conversation);
    assert_eq!(desk.server.open("DELETE", &desk.token, &conversation, None).await.status, 204);
    let path = path_of(&made["id"]);
    let query = format!("conversation_id={}", desk.conversation);
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("GET", format!("{path}/versions"), None),
        ("PUT", path.clone(), Some(json!({"content": "y", "expected_version": 1}))),
        ("DELETE", path.clone(), None),
        ("GET", format!("?{query}"), None),
        ("GET", format!("/export?{query}"), None),
    ] {
        assert_eq!(desk.send(method, &path, body).await.status, 404, "{method} {path}");
    }
    let (status, _) = desk.try_make(json!({"path": "b.md", "content": ""})).await;
    assert_eq!(status, 404);
    assert!(ids().await.is_empty());
    assert_eq!(desk.json("GET", "", None).await["items"], json!([]));
}
