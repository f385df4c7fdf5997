//! Artifacts over real HTTP: made, written, moved, compared, restored, and refused.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_domain::Action;

use crate::{
    client::{Answer, Place, Running},
    permissions::{ID, Step},
};

pub(crate) const ARTIFACTS: &str = "/api/v1/artifacts";

/// What the routes do, with bodies that are good.
pub(crate) fn routes() -> Vec<Step> {
    let (read, write) = (Some(Action::ReadConversations), Some(Action::WriteConversations));
    let new = json!({"conversation_id": ID, "path": "a.md", "content": "x"});
    vec![
        ("GET", "/api/v1/artifacts", read, None),
        ("POST", "/api/v1/artifacts", write, Some(new)),
        ("GET", "/api/v1/artifacts/export", read, None),
        ("POST", "/api/v1/artifacts/import", write, Some(json!("no archive"))),
        ("GET", "/api/v1/artifacts/{id}", read, None),
        ("PUT", "/api/v1/artifacts/{id}", write, Some(json!({"content": "x", "expected_version": 1}))),
        ("PATCH", "/api/v1/artifacts/{id}", write, Some(json!({"title": "x"}))),
        ("DELETE", "/api/v1/artifacts/{id}", write, None),
        ("GET", "/api/v1/artifacts/{id}/versions", read, None),
        ("GET", "/api/v1/artifacts/{id}/versions/{version}", read, None),
        ("POST", "/api/v1/artifacts/{id}/restore", write, Some(json!({"version": 1}))),
        ("GET", "/api/v1/artifacts/{id}/diff", read, None),
    ]
}

/// A server, Ann's token, and a conversation of hers.
pub(crate) struct Desk {
    pub(crate) place: Place,
    pub(crate) server: Running,
    pub(crate) token: String,
    pub(crate) conversation: String,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::at(Place::new()).await
    }

    pub(crate) async fn at(place: Place) -> Self {
        let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
        let token = place.token("ann@example.com").await;
        let server = place.serve().await;
        let made = server.json("POST", &token, "/api/v1/conversations", Some(json!({}))).await;
        let conversation = made["id"].as_str().unwrap().to_owned();
        Self { place, server, token, conversation }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.server.open(method, &self.token, &format!("{ARTIFACTS}{path}"), body).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.send(method, path, body).await.json().await
    }

    /// Makes an artifact of what is given beside the conversation.
    pub(crate) async fn try_make(&self, mut body: Value) -> (StatusCode, Value) {
        body["conversation_id"] = json!(self.conversation);
        let answer = self.send("POST", "", Some(body)).await;
        (answer.status, answer.json().await)
    }

    pub(crate) async fn make(&self, path: &str, content: &str) -> Value {
        let (status, made) = self.try_make(json!({"path": path, "content": content})).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    pub(crate) async fn write(&self, id: &Value, content: &str, expected: u32) -> (StatusCode, Value) {
        let body = json!({"content": content, "expected_version": expected});
        let answer = self.send("PUT", &path_of(id), Some(body)).await;
        (answer.status, answer.json().await)
    }

    /// The paths of the conversation's artifacts.
    pub(crate) async fn paths(&self) -> Vec<String> {
        let query = format!("?conversation_id={}&limit=100", self.conversation);
        let listed = self.json("GET", &query, None).await;
        let items = listed["items"].as_array().unwrap_or_else(|| panic!("{listed}"));
        items.iter().map(|item| item["path"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn path_of(id: &Value) -> String {
    format!("/{}", id.as_str().unwrap())
}

fn problem((status, body): &(StatusCode, Value)) -> (u16, &str) {
    (status.as_u16(), body["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn an_artifact_goes_through_its_life() {
    let desk = Desk::new().await;
    let body =
        json!({"path": "src/App.tsx", "title": "The app", "content": "one\ntwo\n", "note": "First try"});
    let (status, made) = desk.try_make(body).await;
    assert_eq!(status, 201);
    let facts = ["conversation_id", "message_id", "path", "title", "type", "language", "content", "version"];
    let told = json!(facts.map(|fact| made[fact].clone()));
    let tsx = "tsx";
    let first = json!([desk.conversation, null, "src/App.tsx", "The app", "react", tsx, "one\ntwo\n", 1]);
    assert_eq!(told, first);
    assert!(made["created_at"].as_str().unwrap().ends_with('Z') && made["updated_at"].is_string());
    let id = &made["id"];
    let path = path_of(id);
    assert_eq!(desk.json("GET", &path, None).await, made);

    let (status, written) = desk.write(id, "one\n2\nthree\n", 1).await;
    assert_eq!((status.as_u16(), &written["version"]), (200, &json!(2)), "{written}");
    // What changes nothing is no version; what was made from an older one is refused, even if it says the same.
    assert_eq!(desk.write(id, "one\n2\nthree\n", 2).await.1, written);
    for stale in [0, 1, 3] {
        let refused = desk.write(id, "mine", stale).await;
        assert_eq!(problem(&refused), (409, "version_conflict"), "{refused:?}");
    }
    let listed = desk.json("GET", &format!("{path}/versions"), None).await;
    let versions = listed["items"].as_array().unwrap();
    let facts = ["version", "created_by", "note", "content", "added", "removed", "message_id"];
    let told: Vec<Value> = versions.iter().map(|version| json!(facts.map(|fact| &version[fact]))).collect();
    assert_eq!(
        told,
        [
            json!([2, "user", "", "one\n2\nthree\n", 2, 1, null]),
            json!([1, "user", "First try", "one\ntwo\n", 2, 0, null])
        ]
    );
    assert_eq!(desk.json("GET", &format!("{path}/versions/1"), None).await, versions[1]);

    let diff = desk.send("GET", &format!("{path}/diff?from=1&to=2"), None).await;
    assert!(diff.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    let diff = diff.bytes().await;
    let expected =
        "--- src/App.tsx (version 1)\n+++ src/App.tsx (version 2)\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n";
    assert_eq!(diff, expected);
    assert_eq!(desk.send("GET", &format!("{path}/diff"), None).await.bytes().await, expected);
    assert_eq!(desk.send("GET", &format!("{path}/diff?from=2&to=2"), None).await.bytes().await, "");

    let restored = desk.json("POST", &format!("{path}/restore"), Some(json!({"version": 1}))).await;
    assert_eq!((&restored["version"], &restored["content"]), (&json!(3), &json!("one\ntwo\n")));
    let newest = desk.json("GET", &format!("{path}/versions/3"), None).await;
    assert_eq!(newest["note"], "Version 1 restored");

    let moved = desk.json("PATCH", &path, Some(json!({"path": "docs/notes.md"}))).await;
    let facts = ["path", "title", "type", "language", "version", "content"];
    let told = json!(facts.map(|fact| &moved[fact]));
    assert_eq!(told, json!(["docs/notes.md", "The app", "markdown", "markdown", 3, "one\ntwo\n"]));
    let patch = json!({"title": " Notes ", "type": "code"});
    let patched = desk.json("PATCH", &path, Some(patch)).await;
    assert_eq!((&patched["title"], &patched["type"]), (&json!("Notes"), &json!("code")));

    assert_eq!(desk.send("DELETE", &path, None).await.status, 204);
    for (method, rest, body) in [
        ("GET", "", None),
        ("GET", "/versions", None),
        ("GET", "/versions/1", None),
        ("GET", "/diff", None),
        ("DELETE", "", None),
        ("PATCH", "", Some(json!({"title": "x"}))),
        ("PUT", "", Some(json!({"content": "x", "expected_version": 3}))),
        ("POST", "/restore", Some(json!({"version": 1}))),
    ] {
        let gone = desk.send(method, &format!("{path}{rest}"), body).await;
        assert_eq!(gone.status, 404, "{method} {rest}");
    }
    assert!(desk.paths().await.is_empty());
}

#[tokio::test]
async fn what_is_left_out_follows_from_the_rest() {
    let desk = Desk::new().await;
    for (body, expected) in [
        (json!({"path": "a.py"}), json!(["a.py", "a.py", "code", "python"])),
        (json!({"path": "b.svg", "title": " "}), json!(["b.svg", "b.svg", "svg", "svg"])),
        (json!({"path": "cafe\u{301}.md"}), json!(["caf\u{e9}.md", "caf\u{e9}.md", "markdown", "markdown"])),
        (json!({"path": "x/LICENSE"}), json!(["x/LICENSE", "LICENSE", "code", null])),
        (json!({"path": "d", "type": "hologram", "language": ""}), json!(["d", "d", "code", null])),
        (json!({"title": "My page!", "type": "html"}), json!(["my-page.html", "My page!", "html", "html"])),
        (json!({"title": "My page!", "type": "html"}), json!(["my-page-2.html", "My page!", "html", "html"])),
        (json!({"title": "a.py"}), json!(["a-2.py", "a.py", "code", "python"])),
        (json!({"title": "Run", "language": "rust"}), json!(["run.rs", "Run", "code", "rust"])),
        (json!({"title": "../../etc/passwd"}), json!(["etc-passwd.txt", "../../etc/passwd", "code", null])),
    ] {
        let mut body = body;
        body["content"] = json!("x");
        let (status, made) = desk.try_make(body.clone()).await;
        assert_eq!(status, 201, "{body}: {made}");
        let told = json!(["path", "title", "type", "language"].map(|fact| &made[fact]));
        assert_eq!(told, expected, "{body}");
    }
    // A title that was the name goes with it; one that somebody gave stays.
    let made = desk.make("old.txt", "").await;
    let moved = desk.json("PATCH", &path_of(&made["id"]), Some(json!({"path": "x/new.txt"}))).await;
    assert_eq!((&moved["title"], &moved["content"]), (&json!("new.txt"), &json!("")));
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let desk = Desk::new().await;
    let first = desk.make("src/App.tsx", "x").await;
    let other = desk.make("other.md", "x").await;
    let long = "x".repeat(201);
    for (body, code, field) in [
        (json!({"path": "SRC/app.TSX", "content": ""}), "path_taken", None),
        (json!({"path": "src", "content": ""}), "path_taken", None),
        (json!({"path": "Other.md/x", "content": ""}), "path_taken", None),
        (json!({"content": ""}), "invalid_request", Some("path")),
        (json!({"path": "a"}), "invalid_request", Some("content")),
        (json!({"path": "a", "content": "", "more": 1}), "invalid_request", Some("more")),
        (json!({"path": "a", "content": 1}), "invalid_request", Some("content")),
        (json!({"path": "a", "content": "", "type": 1}), "invalid_request", Some("type")),
        (json!({"path": "a", "content": "", "title": long}), "invalid_request", Some("title")),
        (json!({"path": "a", "content": "", "title": "a\nb"}), "invalid_request", Some("title")),
        (json!({"path": "a", "content": "", "note": long}), "invalid_request", Some("note")),
    ] {
        let (status, refused) = desk.try_make(body.clone()).await;
        let wanted = if field.is_some() { 422 } else { 409 };
        assert_eq!((status.as_u16(), &refused["code"]), (wanted, &json!(code)), "{body}: {refused}");
        if let Some(field) = field {
            assert_eq!(refused["errors"][0]["field"], field, "{body}: {refused}");
        }
    }
    for path in [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "a\\b",
        "C:/x",
        "a\0b",
        "con.txt",
        "a.",
        " a",
        "a\u{202e}b",
        "a\nb",
    ] {
        let (status, refused) = desk.try_make(json!({"path": path, "content": ""})).await;
        let told = (status.as_u16(), &refused["errors"][0]["field"]);
        assert_eq!(told, (422, &json!("path")), "{path:?}: {refused}");
        let patch = Some(json!({"path": path}));
        assert_eq!(desk.send("PATCH", &path_of(&first["id"]), patch).await.status, 422, "{path:?}");
    }
    let (first, other) = (path_of(&first["id"]), path_of(&other["id"]));
    for (method, path, body, status) in [
        ("PATCH", other.as_str(), Some(json!({"path": "src/APP.tsx"})), 409),
        ("PATCH", &other, Some(json!({"path": "src"})), 409),
        ("PATCH", &other, Some(json!({"title": " "})), 422),
        ("PATCH", &other, Some(json!({"content": "x"})), 422),
        ("PUT", &other, Some(json!({"content": "x"})), 422),
        ("PUT", &other, Some(json!({"content": "x", "expected_version": 1, "more": 1})), 422),
        ("POST", &format!("{first}/restore"), Some(json!({"version": 9})), 404),
        ("POST", &format!("{first}/restore"), Some(json!({"version": -1})), 422),
        ("GET", &format!("{first}/versions/0"), None, 404),
        ("GET", &format!("{first}/versions/x"), None, 404),
        ("GET", &format!("{first}/versions/99999999999"), None, 404),
        ("GET", &format!("{first}/versions?limit=0"), None, 422),
        ("GET", &format!("{first}/versions?cursor=x"), None, 422),
        ("GET", &format!("{first}/diff?from=1&to=7"), None, 404),
        ("GET", &format!("{first}/diff?from=x"), None, 422),
        ("GET", "?conversation_id=x", None, 422),
        ("GET", "?limit=101", None, 422),
        ("GET", "?cursor=x", None, 422),
        ("GET", "/no-id", None, 404),
        ("GET", &format!("/{ID}"), None, 404),
        ("GET", &format!("?conversation_id={ID}"), None, 404),
        ("GET", "/export", None, 422),
        ("GET", &format!("/export?conversation_id={ID}"), None, 404),
    ] {
        let answer = desk.send(method, path, body.clone()).await;
        assert_eq!(answer.status, status, "{method} {path} {body:?}");
    }
    let stranger = json!({"conversation_id": ID, "path": "a", "content": ""});
    assert_eq!(desk.send("POST", "", Some(stranger)).await.status, 404);
    assert_eq!(desk.paths().await, ["src/App.tsx", "other.md"]);
}
