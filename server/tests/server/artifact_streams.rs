//! Artifacts as they come: the events of a turn in which a model writes and changes one.

use serde_json::{Value, json};
use vertice_testkit::{Script, Upstream};

use crate::{
    client::Place,
    harness::Event,
    tools::{Asked, Site, assert_gapless},
};

const PAGE: &str = "<h1>Grüße \"alle\"</h1>\n<p>\u{1f600} one\\two</p>\n";

async fn site() -> Site {
    let upstream = Upstream::start().await;
    let place =
        Place::new().set("ANTHROPIC_API_KEY", "sk-scripted").set("ANTHROPIC_BASE_URL", &upstream.url());
    let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
    let token = place.token("ann@example.com").await;
    Site { upstream, place, token }
}

fn artifacts(events: &[Event]) -> Vec<&Value> {
    events.iter().filter(|event| event.name == "artifact").map(|event| &event.data).collect()
}

#[tokio::test]
async fn an_artifact_is_told_while_it_is_written_and_whole_when_it_is_changed() {
    let site = site().await;
    let server = site.place.serve().await;
    let page = json!({"path": "page.html", "heading": "A page", "text": PAGE});
    site.upstream.script(Script::tool("create_artifact", &page.to_string()));
    let edit = json!({"path": "page.html", "old": "one", "new": "two"});
    site.upstream.script(Script::tool("edit_artifact", &edit.to_string()));
    site.upstream.script(Script::text("Done."));
    let mut asked: Asked = site.ask(&server, "Write a page.").await;
    asked.until("done").await;
    assert_gapless(&asked.events);

    let told = artifacts(&asked.events);
    let (created, last) = (told[0], told[told.len() - 1]);
    let id = created["artifact_id"].as_str().unwrap();
    assert_eq!(
        (&created["op"], &created["version"], &created["type"]),
        (&json!("create"), &json!(1), &json!("html"))
    );
    assert_eq!((&created["title"], &created["language"]), (&json!("A page"), &json!("html")));
    assert!(told.iter().all(|event| event["artifact_id"] == id));
    let (whole, parts) = told.split_last().unwrap();
    assert!(parts[1..].iter().all(|event| event["op"] == "append"));
    let content: String = parts.iter().map(|event| event["content"].as_str().unwrap()).collect();
    assert_eq!(content, PAGE);
    assert_eq!((&whole["op"], &whole["version"]), (&json!("replace"), &json!(2)));
    assert_eq!(last["content"], PAGE.replace("one", "two"));

    // Told before the tool has run, under the id that it then has.
    let place = |name: &str| asked.events.iter().position(|event| event.name == name).unwrap();
    assert!(place("artifact") < place("tool_result"));
    let kept = server.json("GET", &site.token, &format!("/api/v1/artifacts/{id}"), None).await;
    assert_eq!((&kept["version"], &kept["content"]), (&json!(2), &last["content"]));
    let messages = site.messages(&server, &asked.conversation).await;
    assert_eq!(kept["message_id"], messages[1]["id"]);
    let refs: Vec<&Value> = messages[1]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part.get("artifact"))
        .map(|artifact| &artifact["version"])
        .collect();
    assert_eq!(refs, [&json!(1), &json!(2)]);

    // Who comes later hears the same under the same numbers.
    let mut replay = site.replay(&server, &asked.turn, None).await;
    let again = replay.until("done").await;
    let ids = |events: &[Event]| -> Vec<(u64, String, Value)> {
        events.iter().map(|event| (event.id, event.name.clone(), event.data.clone())).collect()
    };
    assert_eq!(ids(&again), ids(&asked.events));
}

/// The version is stored at once, what the turn says of it a moment later.
#[tokio::test]
async fn a_kill_parts_no_version_from_the_answer_that_made_it() {
    let site = site().await;
    let server = site.place.serve().await;
    let page = json!({"path": "page.html", "text": PAGE});
    site.upstream.script(Script::tool("create_artifact", &page.to_string()));
    site.upstream.script(Script::text("Done.").stall_after(0));
    let mut asked: Asked = site.ask(&server, "Write a page.").await;
    asked.until("tool_use").await;
    let made = format!("/api/v1/artifacts?conversation_id={}", asked.conversation);
    while server.json("GET", &site.token, &made, None).await["items"] == json!([]) {}
    server.kill().await;

    let server = site.place.serve().await;
    let messages = site.messages(&server, &asked.conversation).await;
    assert_eq!(messages[1]["status"], "interrupted");
    let parts = messages[1]["parts"].as_array().unwrap();
    let [result] = parts.iter().filter(|part| part["kind"] == "tool_result").collect::<Vec<_>>()[..] else {
        panic!("{parts:?}")
    };
    assert_eq!(result["artifact"]["version"], 1, "{result}");
    assert!(result["content"].as_str().unwrap().starts_with("Created page.html (version 1"), "{result}");
}

#[tokio::test]
async fn conversations_have_artifacts_and_other_calls_have_none() {
    let site = site().await;
    let server = site.place.serve().await;
    site.upstream.script(Script::text("Hello."));
    let mut asked = site.ask(&server, "Hi.").await;
    asked.until("done").await;
    let offered = site.upstream.requests()[0].body["tools"].to_string();
    for tool in ["ask_person", "create_artifact", "edit_artifact", "rewrite_artifact", "read_artifact"] {
        assert!(offered.contains(&format!("\"{tool}\"")), "{offered}");
    }
    let body = json!({"messages": [{"role": "user", "content": "Hi."}], "model": "claude-opus-5-5"});
    site.upstream.script(Script::text("Hello."));
    server.json("POST", &site.token, "/api/v1/chat", Some(body.clone())).await;
    assert!(site.upstream.requests()[1].body.get("tools").is_none(), "a call outside of conversations");
}

#[tokio::test]
async fn what_a_person_has_changed_the_model_hears_with_the_next_message_once() {
    let site = site().await;
    let server = site.place.serve().await;
    site.upstream
        .script(Script::tool("create_artifact", &json!({"path": "a.md", "text": "one\n"}).to_string()));
    site.upstream.script(Script::text("Done."));
    let mut asked = site.ask(&server, "Write.").await;
    asked.until("done").await;
    let id = artifacts(&asked.events)[0]["artifact_id"].as_str().unwrap().to_owned();
    let edit = json!({"content": "one\ntwo\n", "expected_version": 1});
    server.json("PUT", &site.token, &format!("/api/v1/artifacts/{id}"), Some(edit)).await;
    for (text, is_told) in [("Go on.", true), ("And on.", false)] {
        site.upstream.script(Script::text("Done."));
        let body = json!({"messages": [{"role": "user", "content": text}], "model": "claude-opus-5-5",
            "conversation_id": asked.conversation});
        server.json("POST", &site.token, "/api/v1/chat", Some(body)).await;
        let messages = site.upstream.requests().last().unwrap().body["messages"].clone();
        let last = messages.as_array().unwrap().last().unwrap().to_string();
        assert!(last.contains(text), "{last}");
        assert_eq!(last.contains("The user has edited the artifact"), is_told, "{last}");
        assert_eq!(last.contains("+two"), is_told, "{last}");
    }
}
