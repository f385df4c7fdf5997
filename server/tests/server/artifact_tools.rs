//! Artifacts that a model makes in a conversation, over real HTTP: in its answer, in exports, in forks.

use serde_json::{Value, json};
use vertice_testkit::Script;

use crate::{artifacts::ARTIFACTS, client::Running, mcp_turns::site, tools::Site, workbench::said};

impl Site {
    pub(crate) async fn artifacts(&self, server: &Running, conversation: &str) -> Vec<Value> {
        let path = format!("{ARTIFACTS}?conversation_id={conversation}");
        server.json("GET", &self.token, &path, None).await["items"].as_array().unwrap().clone()
    }
}

/// The references to artifacts in the newest answer, in their order.
async fn references(site: &Site, server: &Running, conversation: &str) -> (Value, Vec<Value>) {
    let messages = site.messages(server, conversation).await;
    let answer = messages.as_array().unwrap().last().unwrap().clone();
    let parts = answer["parts"].as_array().unwrap().iter();
    let results = parts.filter(|part| part["kind"] == "tool_result");
    (answer["id"].clone(), results.map(|result| result["artifact"].clone()).collect())
}

#[tokio::test]
async fn a_model_makes_edits_and_reads_artifacts() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let edit = |old: &str, new: &str| json!({"path": "src/App.tsx", "old": old, "new": new});
    let results = site
        .work(
            &server,
            &conversation,
            &[
                ("read_artifact", json!({})),
                (
                    "create_artifact",
                    json!({"path": "/src/App.tsx", "heading": "App", "text": "one\ntwo\ntwo\n"}),
                ),
                ("create_artifact", json!({"path": "src/app.tsx", "text": "x"})),
                ("edit_artifact", edit("three", "3")),
                ("edit_artifact", edit("two", "2")),
                ("edit_artifact", edit("one", "1")),
                ("rewrite_artifact", json!({"path": "src/App.tsx", "text": "all\nnew\n"})),
                ("rewrite_artifact", json!({"path": "src/App.tsx", "text": "all\nnew\n"})),
                ("read_artifact", json!({"path": "./src/App.tsx"})),
                ("read_artifact", json!({"path": "none.md"})),
                ("create_artifact", json!({"path": "../up.md", "text": "x"})),
                ("create_artifact", json!({"path": "a.md", "heading": "x".repeat(201), "text": "x"})),
                ("edit_artifact", json!({"path": "none.md", "old": "a", "new": "b"})),
                ("rewrite_artifact", json!({"path": "src/App.tsx"})),
            ],
        )
        .await;
    for (place, (expected, fails)) in [
        ("no artifacts", false),
        ("Created src/App.tsx (version 1, 3 lines).", false),
        ("There is an artifact src/app.tsx already: edit_artifact or rewrite_artifact.", true),
        ("does not hold this text", true),
        ("2 times", true),
        ("Edited src/App.tsx (version 2, 3 lines).", false),
        ("Rewrote src/App.tsx (version 3, 2 lines).", false),
        ("holds already", false),
        ("all\nnew\n", false),
        ("src/App.tsx (version 3, 8 bytes)", true),
        ("must not hold . or ..", true),
        ("at most 200 characters", true),
        ("There is no artifact none.md", true),
        ("text", true),
    ]
    .into_iter()
    .enumerate()
    {
        let (told, failed) = said(&results[place]);
        assert!(told.contains(expected) && failed == fails, "{place}: {told}");
    }

    let (message, references) = references(&site, &server, &conversation).await;
    let made: Vec<(usize, &Value)> =
        references.iter().enumerate().filter(|(_, made)| made.is_object()).collect();
    let told: Vec<Value> = made
        .iter()
        .map(|(place, made)| {
            json!([place, made["version"], made["path"], made["type"], made["added"], made["removed"]])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!([1, 1, "src/App.tsx", "react", 3, 0]),
            json!([5, 2, "src/App.tsx", "react", 1, 1]),
            json!([6, 3, "src/App.tsx", "react", 2, 3]),
        ]
    );
    let artifacts = site.artifacts(&server, &conversation).await;
    assert_eq!(artifacts.len(), 1);
    let artifact = &artifacts[0];
    assert_eq!((&artifact["message_id"], &artifact["title"]), (&message, &json!("App")));
    assert!(made.iter().all(|(_, made)| made["id"] == artifact["id"]));
    let id = artifact["id"].as_str().unwrap();
    let versions = server.json("GET", &site.token, &format!("{ARTIFACTS}/{id}/versions"), None).await;
    for version in versions["items"].as_array().unwrap() {
        assert_eq!((&version["created_by"], &version["message_id"]), (&json!("assistant"), &message));
    }
}

#[tokio::test]
async fn calls_of_one_step_do_not_undo_each_other() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let body = json!({"path": "a.md", "text": "one\ntwo\nthree\n"});
    site.work(&server, &conversation, &[("create_artifact", body)]).await;
    let edit = |old: &str, new: &str| json!({"path": "a.md", "old": old, "new": new}).to_string();
    site.upstream.script(
        Script::tool("edit_artifact", &edit("one", "1"))
            .tool_call("edit_artifact", &edit("two", "2"))
            .tool_call("edit_artifact", &edit("three", "3")),
    );
    let results = site.work(&server, &conversation, &[]).await;
    assert!(results.iter().all(|result| result["is_error"] == false), "{results:?}");
    let artifacts = site.artifacts(&server, &conversation).await;
    assert_eq!((&artifacts[0]["content"], &artifacts[0]["version"]), (&json!("1\n2\n3\n"), &json!(4)));

    // What a person has changed meanwhile is not written over by a text that stood there before.
    let path = format!("{ARTIFACTS}/{}", artifacts[0]["id"].as_str().unwrap());
    let body = json!({"content": "mine\n", "expected_version": 4});
    server.json("PUT", &site.token, &path, Some(body)).await;
    let stale = json!({"path": "a.md", "old": "2", "new": "two"});
    let (told, failed) = said(&site.work(&server, &conversation, &[("edit_artifact", stale)]).await[0]);
    assert!(failed && told.contains("does not hold this text"), "{told}");
    assert_eq!(site.artifacts(&server, &conversation).await[0]["content"], "mine\n");
}

#[tokio::test]
async fn what_is_not_kept_has_no_artifacts() {
    let site = site().await;
    let server = site.place.serve().await;
    site.upstream.script(Script::text("Hello."));
    let body =
        json!({"messages": [{"role": "user", "content": "Hi"}], "model": "claude-opus-5-5", "tools": "auto"});
    let answer = server.json("POST", &site.token, "/api/v1/chat", Some(body)).await;
    assert_eq!(answer["finish_reason"], "stop", "{answer}");
    let offered = site.upstream.requests()[0].body["tools"].to_string();
    assert!(!offered.contains("artifact"), "{offered}");
}

#[tokio::test]
async fn exports_and_forks_carry_them() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let steps = [
        ("create_artifact", json!({"path": "page.html", "text": "<b>one</b>\n"})),
        ("create_artifact", json!({"path": "gone.md", "text": "x"})),
        ("edit_artifact", json!({"path": "page.html", "old": "one", "new": "```two```"})),
    ];
    site.work(&server, &conversation, &steps).await;
    let all = site.artifacts(&server, &conversation).await;
    let gone = format!("{ARTIFACTS}/{}", all[1]["id"].as_str().unwrap());
    assert_eq!(server.open("DELETE", &site.token, &gone, None).await.status, 204);

    let export = format!("/api/v1/conversations/{conversation}/export");
    let document = server.json("GET", &site.token, &export, None).await;
    let artifacts = document["artifacts"].as_array().unwrap();
    assert_eq!(artifacts.len(), 1, "{document}");
    let facts = ["path", "title", "type", "language", "content", "version"];
    let told = json!(facts.map(|fact| &artifacts[0][fact]));
    assert_eq!(told, json!(["page.html", "page.html", "html", "html", "<b>```two```</b>\n", 2]));
    let versions = artifacts[0]["versions"].as_array().unwrap();
    let numbers: Vec<&Value> = versions.iter().map(|version| &version["version"]).collect();
    assert_eq!(numbers, [1, 2]);
    assert!(versions.iter().all(|version| version["created_by"] == "assistant"));
    let said = document["messages"][1]["parts"].to_string();
    assert!(said.contains(&format!("\"artifact\":{{\"added\":1,\"id\":{}", artifacts[0]["id"])), "{said}");
    let text = async |format: &str| {
        let path = format!("{export}?format={format}");
        let bytes = server.open("GET", &site.token, &path, None).await.bytes().await;
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let markdown = text("markdown").await;
    assert!(markdown.contains("### page.html\n\n````html\n<b>```two```</b>\n````\n"), "{markdown}");
    let html = text("html").await;
    assert!(html.contains("<h2>page.html</h2>\n<pre class=\"text\">&lt;b&gt;"), "{html}");

    let (message, references_before) = references(&site, &server, &conversation).await;
    let fork = format!("/api/v1/conversations/{conversation}/fork");
    let copy = server.json("POST", &site.token, &fork, Some(json!({"message_id": message}))).await;
    let copy = copy["id"].as_str().unwrap();
    let copied = site.artifacts(&server, copy).await;
    assert_eq!(copied.len(), 1);
    let (answer, references) = references(&site, &server, copy).await;
    let told = json!(["path", "content", "version", "message_id"].map(|fact| &copied[0][fact]));
    assert_eq!(told, json!(["page.html", "<b>```two```</b>\n", 1, answer]));
    // What the answer shows is the copy's own; what was deleted is not shown.
    assert_ne!(copied[0]["id"], all[0]["id"]);
    let shown: Vec<Value> = references.iter().map(|made| json!([made["id"], made["version"]])).collect();
    let own = json!([copied[0]["id"], 1]);
    assert_eq!(shown, [own.clone(), json!([null, null]), own]);
    assert_eq!(references_before[0]["id"], all[0]["id"]);
    // Each goes its own way.
    let path = format!("{ARTIFACTS}/{}", copied[0]["id"].as_str().unwrap());
    let body = json!({"content": "other", "expected_version": 1});
    assert_eq!(server.json("PUT", &site.token, &path, Some(body)).await["version"], 2);
    let original = &site.artifacts(&server, &conversation).await[0];
    assert_eq!((&original["content"], &original["version"]), (&json!("<b>```two```</b>\n"), &json!(2)));
}
