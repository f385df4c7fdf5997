//! Conversations that come in as a file: our own exports, ChatGPT's and Claude's, whole and broken, once and again.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use vertice_testkit::archives::{Entry, zip};

use crate::harness::{Reply, Server, request};

mod bounds;
mod files;
mod page;

const IMPORT: &str = "/api/v1/conversations/import";

/// A server and two people.
struct Desk {
    server: Server,
    ann: String,
    bob: String,
}

impl Desk {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(variables: &[(&str, &str)]) -> Self {
        let server = Server::with(variables).await;
        let (ann, bob) = (server.user("ann@example.com").await, server.user("bob@example.com").await);
        Self { server, ann, bob }
    }

    async fn send(&self, token: &str, kind: &str, body: Vec<u8>) -> Reply {
        let request = Request::post(IMPORT)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind)
            .body(Body::from(body));
        self.server.send(request.unwrap()).await
    }

    async fn import(&self, token: &str, value: &Value) -> Reply {
        self.send(token, "application/json", value.to_string().into_bytes()).await
    }

    /// What it took.
    async fn taken(&self, token: &str, value: &Value) -> Value {
        let reply = self.import(token, value).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.json()
    }

    async fn titles(&self, token: &str) -> Vec<String> {
        let list = self.server.get(token, "/api/v1/conversations").await.json();
        let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
        list["items"].as_array().unwrap().iter().map(title).collect()
    }

    async fn messages(&self, token: &str, conversation: &Value) -> Vec<Value> {
        let path =
            format!("/api/v1/conversations/{}/messages?limit=100", conversation["id"].as_str().unwrap());
        self.server.get(token, &path).await.json()["items"].as_array().unwrap().clone()
    }

    async fn export(&self, token: &str, id: &Value) -> Value {
        let path = format!("/api/v1/conversations/{}/export?format=json", id.as_str().unwrap());
        self.server.get(token, &path).await.json()
    }
}

/// The same with a number for each id, in the order in which they come, and without what is of a turn.
fn without_ids(value: &Value) -> Value {
    fn walk(value: &mut Value, seen: &mut Vec<String>) {
        match value {
            Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
                let at = seen.iter().position(|id| id == text).unwrap_or_else(|| {
                    seen.push(text.clone());
                    seen.len() - 1
                });
                *text = format!("id {at}");
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, seen)),
            Value::Object(fields) => {
                fields.remove("turn_id");
                fields.values_mut().for_each(|field| walk(field, seen));
            }
            _ => {}
        }
    }
    let mut value = value.clone();
    walk(&mut value, &mut Vec::new());
    value
}

/// A conversation with a branch and an artifact.
async fn conversation(desk: &Desk) -> Value {
    let new = json!({"title": "Ação \u{1f600}", "system_prompt": "Be brief.", "model": "demo"});
    let made = desk.server.post(&desk.ann, "/api/v1/conversations", new).await;
    let made = if made.status == StatusCode::CREATED {
        made.json()
    } else {
        desk.server
            .post(
                &desk.ann,
                "/api/v1/conversations",
                json!({"title": "Ação \u{1f600}", "system_prompt": "Be brief."}),
            )
            .await
            .json()
    };
    let id = &made["id"];
    let ask = |text: &str, parent: Option<&Value>| {
        let mut body = json!({"conversation_id": id, "messages": [{"role": "user", "content": text}]});
        if let Some(parent) = parent {
            body["parent_message_id"] = parent.clone();
        }
        body
    };
    let first = desk.server.post(&desk.ann, "/api/v1/chat", ask("Hello", None)).await.json();
    desk.server.post(&desk.ann, "/api/v1/chat", ask("Left", Some(&first["message_id"]))).await;
    desk.server.post(&desk.ann, "/api/v1/chat", ask("Right", Some(&first["message_id"]))).await;
    let artifact =
        json!({"conversation_id": id, "path": "src/a.rs", "title": "A", "content": "fn main() {}\n"});
    let made = desk.server.post(&desk.ann, "/api/v1/artifacts", artifact).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    id.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_comes_in_elsewhere_as_it_went_out() {
    let desk = Desk::new().await;
    let id = conversation(&desk).await;
    let out = desk.export(&desk.ann, &id).await;
    assert_eq!(
        (out["messages"].as_array().unwrap().len(), out["artifacts"].as_array().unwrap().len()),
        (6, 1)
    );
    let taken = desk.taken(&desk.bob, &out).await;
    assert_eq!(
        (&taken["report"]["taken"], &taken["report"]["messages"], &taken["report"]["artifacts"]),
        (&json!(1), &json!(6), &json!(1))
    );
    assert_eq!(taken["report"]["left_out"], json!([]));
    let here = &taken["items"][0];
    assert!(here["id"] != id && here["title"] == "Ação \u{1f600}");
    let again = desk.export(&desk.bob, &here["id"]).await;
    assert_eq!(without_ids(&again), without_ids(&out));
    // It can be gone on with.
    let body = json!({"conversation_id": here["id"], "messages": [{"role": "user", "content": "And on"}]});
    assert_eq!(desk.server.post(&desk.bob, "/api/v1/chat", body).await.status, StatusCode::OK);
    // Whoever exported it has it.
    let own = desk.taken(&desk.ann, &out).await;
    assert_eq!((&own["items"], &own["report"]["already_here"]), (&json!([]), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_doubled_and_what_was_deleted_comes_again() {
    let desk = Desk::new().await;
    let file = json!([files::claude("c1"), files::chatgpt("g1"), files::claude("c1")]);
    let first = desk.taken(&desk.ann, &file).await;
    assert_eq!((&first["report"]["taken"], &first["report"]["already_here"]), (&json!(2), &json!(1)));
    let second = desk.taken(&desk.ann, &file).await;
    assert_eq!((&second["items"], &second["report"]["already_here"]), (&json!([]), &json!(3)));
    assert_eq!(desk.titles(&desk.ann).await.len(), 2);
    assert_eq!(desk.taken(&desk.bob, &file).await["report"]["taken"], 2, "another one's is another one's");

    let mut grown = files::claude("c1");
    grown["chat_messages"]
        .as_array_mut()
        .unwrap()
        .push(json!({"uuid": "new", "sender": "assistant", "text": "More",
        "parent_message_uuid": "m2"}));
    let third = desk.taken(&desk.ann, &json!([grown])).await;
    assert_eq!(third["report"]["skipped"][0]["code"], "grown", "{third}");
    let claude =
        first["items"].as_array().unwrap().iter().find(|item| item["title"] == "Trip to Lisbon").unwrap();
    let path = format!("/api/v1/conversations/{}", claude["id"].as_str().unwrap());
    assert_eq!(
        desk.server.send(request("DELETE", &desk.ann, &path, None)).await.status,
        StatusCode::NO_CONTENT
    );
    let fourth = desk.taken(&desk.ann, &json!([grown])).await;
    assert_eq!((&fourth["report"]["taken"], &fourth["report"]["messages"]), (&json!(1), &json!(4)));
    assert_eq!(desk.titles(&desk.ann).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_apps_conversations_read_as_ours() {
    let desk = Desk::new().await;
    let archive = zip(&[
        Entry::file("user.json", br#"{"id": "user-1", "email": "ann@example.com"}"#.to_vec()),
        Entry::file("chat.html", *b"<html>"),
        Entry::file("conversations-000.json", json!([files::chatgpt("g1")]).to_string()),
        Entry::file("conversations-001.json", json!([files::chatgpt("g2")]).to_string()),
    ]);
    let reply = desk.send(&desk.ann, "application/zip", archive).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let taken = reply.json();
    assert_eq!(taken["report"]["taken"], 2);
    let messages = desk.messages(&desk.ann, &taken["items"][0]).await;
    let texts: Vec<&str> = messages.iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(texts, ["What is 6 × 7?", "It is 42.", "Forty-two."]);
    assert_eq!((&messages[1]["model"], &messages[1]["thinking"]), (&json!("o3"), &json!("Multiply.")));
    let kinds: Vec<&str> =
        messages[1]["parts"].as_array().unwrap().iter().map(|part| part["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["thinking", "tool_call", "tool_result", "text"]);
    assert_eq!(messages[1]["parent_id"], messages[2]["parent_id"]);
    assert_eq!(taken["items"][0]["head_message_id"], messages[2]["id"]);
    // What it says is found, and it is asked on with all of it.
    let found = desk.server.get(&desk.ann, "/api/v1/conversations?q=forty-two").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let branch = json!({"conversation_id": taken["items"][0]["id"], "parent_message_id": messages[1]["id"],
        "messages": [{"role": "user", "content": "Why?"}]});
    let answer = desk.server.post(&desk.ann, "/api/v1/chat", branch).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");

    let claude = desk.taken(&desk.ann, &json!([files::claude("c1")])).await;
    let messages = desk.messages(&desk.ann, &claude["items"][0]).await;
    assert_eq!(messages[0]["parts"][0]["title"], "notes.txt");
    assert_eq!(claude["items"][0]["created_at"], "2025-02-01T10:00:00Z");
    assert_eq!(claude["report"]["left_out"], json!([{"kind": "picture", "count": 1}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_as_it_goes() {
    let desk = Desk::new().await;
    let file = json!([files::claude("c1"), files::claude("c2")]).to_string();
    let request = |body: String| {
        Request::post(IMPORT)
            .header("authorization", format!("Bearer {}", desk.ann))
            .header("content-type", "application/json")
            .header("accept", "application/x-ndjson")
            .body(Body::from(body))
            .unwrap()
    };
    let reply = desk.server.send(request(file.clone())).await;
    let lines: Vec<Value> = reply.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["progress"]["of"], file.len());
    assert_eq!(lines.last().unwrap()["done"]["report"]["taken"], 2);
    let failed = desk.server.send(request("[]".to_owned())).await;
    assert!(failed.body.contains(r#"{"error":{"code":"no_conversations""#), "{failed:?}");
}
