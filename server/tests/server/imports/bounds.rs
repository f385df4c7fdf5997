//! What of an import is not taken, and why: what is broken costs itself alone, and nothing costs more than it may.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use vertice_testkit::archives::{Entry, zip};

use super::{Desk, IMPORT, conversation, files};
use crate::harness::{Reply, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_breaks_off_gives_what_came_before() {
    let desk = Desk::new().await;
    let whole = json!([files::claude("c1"), files::claude("c2"), files::claude("c3")]).to_string();
    let half = whole.as_bytes()[..whole.len() * 5 / 6].to_vec();
    let reply = desk.send(&desk.ann, "application/json", half).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let report = reply.json()["report"].clone();
    assert_eq!(report["taken"], 2);
    let why = report["stopped"].as_str().unwrap();
    assert!(why.contains("conversation 3") && why.contains("cut off"), "{why}");
    // The whole file brings the rest.
    let rest = desk.send(&desk.ann, "application/json", whole.into_bytes()).await.json();
    assert_eq!((&rest["report"]["taken"], &rest["report"]["already_here"]), (&json!(1), &json!(2)));
    assert!(rest["report"].get("stopped").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_is_named() {
    let desk = Desk::with(&[("IMPORT_LIMIT_MB", "1")]).await;
    let codes = |reply: &Reply| (reply.status.as_u16(), reply.json()["code"].as_str().unwrap().to_owned());
    for nothing in [json!([]), json!({}), json!([1, 2]), json!([{"id": "x", "title": "y"}])] {
        let refused = desk.import(&desk.ann, &nothing).await;
        assert_eq!(codes(&refused), (422, "no_conversations".to_owned()), "{nothing}");
    }
    let deep = "[".repeat(100_000);
    for broken in ["<html>", "{\"mapping\": {", "[{\"chat_messages\": nope}]", "PK\u{3}\u{4}", &deep, ""] {
        let refused = desk.send(&desk.ann, "application/json", broken.as_bytes().to_vec()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{broken:.20}: {refused:?}");
        assert!(!refused.json()["errors"].as_array().unwrap().is_empty(), "{broken:.20}: {refused:?}");
    }
    let id = desk.server.conversation(&desk.bob).await;
    let mut own = desk.export(&desk.bob, &json!(id)).await;
    own["conversation"]["created_at"] = json!("yesterday");
    let refused = desk.import(&desk.ann, &json!([own])).await.json();
    let fault = &refused["errors"][0];
    assert!(fault["field"].as_str().unwrap().starts_with("conversation 1"), "{refused}");
    assert!(fault["message"].as_str().unwrap().contains("conversation.created_at"), "{refused}");
    let odd = desk.send(&desk.ann, "text/plain", b"[]".to_vec()).await;
    assert_eq!(codes(&odd), (415, "unsupported_media_type".to_owned()));
    let large = desk.send(&desk.ann, "application/json", vec![b' '; 1024 * 1024 + 1]).await;
    assert_eq!(codes(&large), (413, "body_too_large".to_owned()));
    assert!(large.body.contains("1 MB"), "{large:?}");
    assert!(desk.titles(&desk.ann).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_keeps_more_than_they_may() {
    let desk = Desk::with(&[("STORAGE_LIMIT_MB_PER_USER", "1")]).await;
    let mut long = files::claude("c1");
    long["chat_messages"][0]["content"][0]["text"] = json!("x".repeat(700_000));
    let mut other = long.clone();
    other["uuid"] = json!("c2");
    let taken = desk.taken(&desk.ann, &json!([long, other])).await;
    assert_eq!(taken["report"]["taken"], 1);
    assert!(taken["report"]["stopped"].as_str().unwrap().contains("1 MB"), "{taken}");
    let is_refused = |reply: &Reply| {
        reply.status == StatusCode::PAYLOAD_TOO_LARGE && reply.json()["code"] == "storage_exceeded"
    };
    let refused = desk.import(&desk.ann, &json!([other])).await;
    assert!(is_refused(&refused), "{refused:?}");
    // What is deleted counts as long as it can be brought back.
    let path = format!("/api/v1/conversations/{}", taken["items"][0]["id"].as_str().unwrap());
    assert_eq!(
        desk.server.send(request("DELETE", &desk.ann, &path, None)).await.status,
        StatusCode::NO_CONTENT
    );
    let refused = desk.import(&desk.ann, &json!([long])).await;
    assert!(is_refused(&refused), "{refused:?}");
    // Whatever takes room counts: also thoughts, prompts and any number of small rows.
    let id = desk.server.conversation(&desk.ann).await;
    let own = desk.export(&desk.ann, &json!(id)).await;
    let message = |at: usize, parts: Value| {
        json!({"id": format!("0197a000-0000-7000-8000-{at:012}"), "conversation_id": id, "parent_id": null, "role": "assistant",
            "content": "", "status": "complete", "created_at": "2026-01-01T00:00:00Z", "parts": parts})
    };
    let thought = json!([{"position": 0, "step": 1, "kind": "thinking", "text": "x".repeat(1_100_000)}]);
    let small = (0..5_000).map(|at| message(at, json!([])));
    for messages in [json!([message(0, thought)]), small.collect()] {
        let mut own = own.clone();
        own["messages"] = messages;
        let refused = desk.import(&desk.bob, &own).await;
        assert!(is_refused(&refused), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_claims_nothing_that_is_not_there() {
    let desk = Desk::new().await;
    let id = desk.server.conversation(&desk.ann).await;
    let mut own = desk.export(&desk.ann, &json!(id)).await;
    let message = "0197a000-0000-7000-8000-000000000001";
    own["messages"] = json!([{
    "id": message, "conversation_id": id, "parent_id": null, "role": "assistant", "content": "", "status": "streaming",
    "created_at": "2026-01-01T00:00:00Z", "parts": [
        {"position": 4, "step": 1, "kind": "image", "source": {"type": "blob", "hash": "0".repeat(64), "media_type": "image/png", "size": 3}},
        {"position": 4, "step": 1, "kind": "tool_call", "id": "c", "name": "x", "arguments": "{}",
         "state": {"state": "waiting", "reason": "r", "fingerprint": "f"}},
    ]}]);
    own["conversation"]["model"] = json!("model-of-nobody");
    let taken = desk.taken(&desk.bob, &own).await;
    let messages = desk.messages(&desk.bob, &taken["items"][0]).await;
    assert_eq!(messages[0]["status"], "interrupted");
    assert_eq!(messages[0]["content"], "[Picture, not part of the export]");
    assert_eq!(messages[0]["parts"][1]["state"], json!({"state": "ended", "outcome": "interrupted"}));
    assert_eq!(taken["items"][0]["model"], "auto");
    let lost: Vec<&str> = taken["report"]["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| left["kind"].as_str().unwrap())
        .collect();
    assert_eq!(lost, ["picture", "model"]);
    // Messages that answer each other would never end.
    own["conversation"]["id"] = json!("0197a000-0000-7000-8000-000000000009");
    own["messages"][0]["parent_id"] = json!(message);
    let refused = desk.import(&desk.bob, &own).await;
    assert!(refused.body.contains("in a circle"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_stored_costs_itself_alone() {
    let desk = Desk::new().await;
    let id = conversation(&desk).await;
    let mut own = desk.export(&desk.ann, &id).await;
    // Two artifacts that are one: no database takes them.
    let mut other = own["artifacts"][0].clone();
    other["path"] = json!("src/b.rs");
    own["artifacts"].as_array_mut().unwrap().push(other);
    let taken = desk.taken(&desk.bob, &json!([files::claude("c1"), own, files::claude("c2")])).await;
    assert_eq!(taken["report"]["taken"], 2, "{taken}");
    assert_eq!(taken["report"]["skipped"][0]["code"], "refused", "{taken}");
    assert!(taken["report"].get("stopped").is_none(), "{taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_grows_as_it_is_read_costs_itself_alone() {
    let desk = Desk::new().await;
    let mut bomb = files::chatgpt("g1");
    let message = &mut bomb["mapping"]["u"]["message"];
    message["content"]["parts"][0] = json!("\u{e200}cite\u{e201}".repeat(2_000));
    message["metadata"]["content_references"] = json!([{"matched_text": "\u{e200}cite\u{e201}", "alt": "x".repeat(1_000_000)},
        {"matched_text": "\u{e200}", "alt": "\u{e200}".repeat(100_000)}]);
    let taken = desk.taken(&desk.ann, &json!([files::claude("c1"), bomb, files::claude("c2")])).await;
    assert_eq!(taken["report"]["taken"], 2, "{taken}");
    assert_eq!(taken["report"]["skipped"][0]["code"], "too_large", "{taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_a_colon_is_told_whole() {
    let desk = Desk::new().await;
    let archive = zip(&[Entry::file("a: b.json", *b"[{")]);
    let refused = desk.send(&desk.ann, "application/zip", archive).await.json();
    assert_eq!(refused["errors"][0]["field"], "a: b.json, conversation 1", "{refused}");
    assert_eq!(refused["errors"][0]["message"], "the file ends too early: it was cut off on its way.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_uploads_of_one_sender_one_is_read() {
    let desk = Desk::new().await;
    let upload = |body: Body| {
        Request::post(IMPORT)
            .header("authorization", format!("Bearer {}", desk.ann))
            .header("content-type", "application/json")
            .body(body)
            .unwrap()
    };
    let (begun, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let pieces = futures::stream::unfold(Some((begun, may_go_on)), |state| async move {
        let (begun, may_go_on) = state?;
        begun.send(()).unwrap();
        may_go_on.await.unwrap();
        let file = json!([files::claude("c1")]).to_string();
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(file)), None))
    });
    let second = async {
        has_begun.await.unwrap();
        let refused = desk.server.send(upload(Body::from("[]"))).await;
        go_on.send(()).unwrap();
        refused
    };
    let (first, second) = tokio::join!(desk.server.send(upload(Body::from_stream(pieces))), second);
    assert_eq!((second.status, &second.json()["code"]), (StatusCode::CONFLICT, &json!("import_running")));
    assert_eq!(first.json()["report"]["taken"], 1, "{first:?}");
    // Its place is free again.
    let third = desk.import(&desk.ann, &json!([files::claude("c2")])).await;
    assert_eq!(third.status, StatusCode::OK, "{third:?}");
}
