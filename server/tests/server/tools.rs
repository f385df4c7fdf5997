//! Turns that call tools, over real HTTP: asked about, decided, stopped and interrupted, at every door.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::Upstream;

use crate::{
    client::{Answer, PAUSE, Place, Running},
    harness::Event,
};

const ANN: &str = "ann@example.com";
const ASKS: &str = r#"[[tool=write args={"path":"a.txt"}]] [[echo Done.]]"#;

/// A server with scripted tools and a scripted model, and Ann's token.
pub(crate) struct Site {
    pub(crate) upstream: Upstream,
    pub(crate) place: Place,
    pub(crate) token: String,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::at(Place::new(), ANN).await
    }

    pub(crate) async fn at(place: Place, email: &str) -> Self {
        let upstream = Upstream::start().await;
        let place = place.with_tools().set("ANTHROPIC_API_KEY", "sk-scripted");
        let place = place.set("ANTHROPIC_BASE_URL", &upstream.url());
        // Tests ask again until it is as they want it.
        let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
        let token = place.token(email).await;
        Self { upstream, place, token }
    }

    /// Ann asks in a new conversation, and listens.
    pub(crate) async fn ask(&self, server: &Running, text: &str) -> Asked {
        let conversation = server.json("POST", &self.token, "/api/v1/conversations", Some(json!({}))).await;
        let conversation = conversation["id"].as_str().unwrap().to_owned();
        let body = json!({"messages": [{"role": "user", "content": text}], "model": "claude-opus-5-5",
            "conversation_id": conversation});
        let mut stream = server.open("POST", &self.token, "/api/v1/chat/stream", Some(body)).await;
        let events = stream.until("metadata").await;
        let turn = events[0].data["turn_id"].as_str().unwrap().to_owned();
        Asked { stream, events, turn, conversation }
    }

    pub(crate) async fn decide(&self, server: &Running, turn: &str, decision: Value) -> Answer {
        server.open("POST", &self.token, &approvals(turn), Some(decision)).await
    }

    pub(crate) async fn unended(&self, server: &Running, query: &str) -> Value {
        server.json("GET", &self.token, &format!("/api/v1/chat/turns{query}"), None).await["items"].take()
    }

    /// Waits until the turn sleeps: until then it is told as one that runs.
    pub(crate) async fn asleep(&self, server: &Running, turn: &str) -> Value {
        loop {
            let waiting = self.unended(server, "?state=waiting").await;
            let found = waiting.as_array().unwrap().iter().find(|item| item["turn_id"] == turn);
            if let Some(found) = found {
                return found.clone();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(crate) async fn messages(&self, server: &Running, conversation: &str) -> Value {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        server.json("GET", &self.token, &path, None).await["items"].take()
    }

    pub(crate) async fn replay(&self, server: &Running, turn: &str, after: Option<u64>) -> Answer {
        let after = after.map(|after| format!("?after={after}")).unwrap_or_default();
        server.open("GET", &self.token, &format!("/api/v1/chat/turns/{turn}/stream{after}"), None).await
    }
}

/// A turn that was asked for.
pub(crate) struct Asked {
    pub(crate) stream: Answer,
    /// Its events so far.
    pub(crate) events: Vec<Event>,
    pub(crate) turn: String,
    pub(crate) conversation: String,
}

impl Asked {
    pub(crate) async fn until(&mut self, name: &str) -> &Event {
        let more = self.stream.until(name).await;
        self.events.extend(more);
        self.events.last().unwrap()
    }
}

fn approvals(turn: &str) -> String {
    format!("/api/v1/chat/turns/{turn}/approvals")
}

pub(crate) fn names(events: &[Event]) -> Vec<&str> {
    let mut names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    names.dedup();
    names
}

pub(crate) fn assert_gapless(events: &[Event]) {
    let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>());
}

fn text(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.data["token"].as_str()).collect()
}

#[tokio::test]
async fn a_call_is_asked_about_decided_once_and_made() {
    let site = Site::new().await;
    let bob = site.place.token("bob@example.com").await;
    let server = site.place.serve().await;
    let scoped = json!({"name": "reads", "scopes": ["read"]});
    let reader = server.json("POST", &site.token, "/api/v1/users/me/tokens", Some(scoped)).await;
    let mut asked = site.ask(&server, ASKS).await;
    let question = asked.until("tool_approval").await.data.clone();
    let id = question["id"].as_str().unwrap().to_owned();
    let told = (&question["server"], &question["name"], &question["input"], &question["reason"]);
    assert_eq!(told, (&json!("files"), &json!("write"), &json!({"path": "a.txt"}), &json!("It writes.")));

    let waiting = site.asleep(&server, &asked.turn).await;
    assert_eq!(
        (&waiting["state"], &waiting["conversation_id"]),
        (&json!("waiting"), &json!(asked.conversation))
    );
    let call = json!({"id": id, "server": "files", "name": "write", "input": {"path": "a.txt"}});
    assert_eq!(waiting["waiting_for"], call);
    assert_eq!(site.unended(&server, "?state=running").await, json!([]));
    assert!(site.place.noted().is_empty());

    let turn = asked.turn.clone();
    let allow = json!({"id": id, "decision": "allow", "fingerprint": question["fingerprint"]});
    let reader = reader["token"].as_str().unwrap().to_owned();
    for (token, decision, status, code) in [
        (&site.token, json!({"id": "toolu_other", "decision": "allow"}), 404, "not_found"),
        (&site.token, json!({"id": id, "decision": "allow", "fingerprint": "seen"}), 409, "approval_changed"),
        (&site.token, json!({"id": id, "decision": "respond"}), 422, "invalid_request"),
        (&site.token, json!({"id": id, "decision": "allow", "input": [1]}), 422, "invalid_request"),
        (&bob, allow.clone(), 404, "not_found"),
        (&reader, allow.clone(), 403, "insufficient_scope"),
    ] {
        let refused = server.open("POST", token, &approvals(&turn), Some(decision.clone())).await;
        assert_eq!(refused.status.as_u16(), status, "{decision}");
        assert_eq!(refused.json().await["code"], code, "{decision}");
    }
    assert!(site.place.noted().is_empty());

    assert_eq!(site.decide(&server, &turn, allow.clone()).await.status, StatusCode::NO_CONTENT);
    asked.until("done").await;
    assert_gapless(&asked.events);
    let wanted = ["metadata", "usage", "tool_use", "tool_approval", "tool_result", "token", "usage", "done"];
    assert_eq!(names(&asked.events), wanted);
    let result = asked.events.iter().find(|event| event.name == "tool_result").unwrap();
    let told = (&result.data["content"], &result.data["is_error"], &result.data["id"]);
    assert_eq!(told, (&json!("write done"), &json!(false), &json!(id)));
    assert_eq!(text(&asked.events), "Done.");
    assert_eq!(site.place.noted(), [r#"write {"path":"a.txt"}"#]);

    let again = site.decide(&server, &turn, allow).await;
    assert_eq!(
        (again.status, again.json().await["code"].take()),
        (StatusCode::CONFLICT, json!("already_decided"))
    );
    assert_eq!(site.unended(&server, "").await, json!([]));
    let late = site.replay(&server, &turn, Some(3)).await.until("done").await;
    assert_eq!(late, asked.events[3..]);
    // A crash may have given other events the numbers that a listener knows: its end is told in any case.
    let known = asked.events.len() as u64;
    let end = site.replay(&server, &turn, Some(known)).await.until("done").await;
    assert_eq!(end, asked.events[asked.events.len() - 1..]);
    let messages = site.messages(&server, &asked.conversation).await;
    assert_eq!((&messages[1]["status"], &messages[1]["content"]), (&json!("complete"), &json!("Done.")));
    assert_eq!(site.upstream.requests().len(), 2);
    assert!(site.upstream.requests()[1].body.to_string().contains("write done"));
}

#[tokio::test]
async fn a_call_that_is_refused_or_answered_by_a_person_is_not_made() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    for (decision, is_error, told) in [
        (json!({"decision": "deny", "reason": "Not that file."}), true, "Not that file."),
        (
            json!({"decision": "respond", "content": "It is written already."}),
            false,
            "It is written already.",
        ),
    ] {
        let mut asked = site.ask(&server, ASKS).await;
        let mut decision = decision;
        decision["id"] = asked.until("tool_approval").await.data["id"].clone();
        let decided = site.decide(&server, &asked.turn, decision).await;
        assert_eq!(decided.status, StatusCode::NO_CONTENT);
        let result = asked.until("tool_result").await.data.clone();
        assert_eq!(result["is_error"], is_error);
        assert!(result["content"].as_str().unwrap().contains(told), "{result}");
        asked.until("done").await;
        assert_gapless(&asked.events);
        assert_eq!(text(&asked.events), "Done.");
        assert!(site.upstream.requests().pop().unwrap().body.to_string().contains(told));
    }
    assert!(site.place.noted().is_empty());
}

#[tokio::test]
async fn a_turn_that_waits_outlives_its_server() {
    for kills in [true, false] {
        let site = Site::new().await;
        let server = site.place.serve().await;
        let mut asked = site.ask(&server, ASKS).await;
        let id = asked.until("tool_approval").await.data["id"].clone();
        site.asleep(&server, &asked.turn).await;
        if kills {
            server.kill().await;
        } else {
            server.terminate();
            // Whoever listens to the turn that sleeps is let go, or this would take the ten seconds that listeners have.
            tokio::time::timeout(Duration::from_secs(8), server.gone()).await.unwrap();
        }

        let server = site.place.serve().await;
        let waiting = site.asleep(&server, &asked.turn).await;
        assert_eq!(waiting["waiting_for"]["id"], id);
        let mut stream = site.replay(&server, &asked.turn, None).await;
        let before = stream.until("tool_approval").await;
        assert_eq!(before, asked.events, "it waits again, under the same numbers");
        let allow = json!({"id": id, "decision": "allow", "input": {"path": "b.txt"}});
        assert_eq!(site.decide(&server, &asked.turn, allow).await.status, StatusCode::NO_CONTENT);
        let whole = [before, stream.until("done").await].concat();
        assert_gapless(&whole);
        assert_eq!((text(&whole).as_str(), names(&whole).last()), ("Done.", Some(&"done")));
        assert_eq!(site.place.noted(), [r#"write {"path":"b.txt"}"#]);
        let told = site.upstream.requests().pop().unwrap().body.to_string();
        assert!(told.contains("b.txt"), "the model is told that a person changed it: {told}");
    }
}

#[tokio::test]
async fn stopping_a_turn_that_waits_ends_it() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    let mut asked = site.ask(&server, ASKS).await;
    let id = asked.until("tool_approval").await.data["id"].clone();
    site.asleep(&server, &asked.turn).await;
    let cancel = format!("/api/v1/chat/turns/{}/cancel", asked.turn);
    for _ in 0..2 {
        assert_eq!(server.open("POST", &site.token, &cancel, None).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(asked.until("done").await.data["finish_reason"], "cancelled");
    assert_gapless(&asked.events);
    let decided = site.decide(&server, &asked.turn, json!({"id": id, "decision": "allow"})).await;
    assert_eq!(decided.status, StatusCode::CONFLICT);
    assert_eq!(site.unended(&server, "").await, json!([]));
    let messages = site.messages(&server, &asked.conversation).await;
    assert_eq!(messages[1]["status"], "cancelled");
    assert!(site.place.noted().is_empty());
    assert_eq!(site.upstream.requests().len(), 1);
}

#[tokio::test]
async fn a_call_that_ran_when_the_server_was_killed_is_told_and_not_made_again() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    let mut asked = site.ask(&server, "[[tool=hang]] [[echo I look first.]]").await;
    asked.until("tool_use").await;
    site.place.until_noted().await;
    server.kill().await;

    let server = site.place.serve().await;
    let whole = site.replay(&server, &asked.turn, None).await.until("done").await;
    assert_gapless(&whole);
    let result = whole.iter().find(|event| event.name == "tool_result").unwrap();
    assert_eq!(result.data["is_error"], true);
    assert!(result.data["content"].as_str().unwrap().contains("not known"), "{result:?}");
    assert_eq!(whole.last().unwrap().data["finish_reason"], "interrupted");
    let messages = site.messages(&server, &asked.conversation).await;
    assert_eq!(messages[1]["status"], "interrupted");

    let cookie = server.cookie(ANN).await;
    let go_on = json!({"message": messages[1]["id"], "model": null, "effort": null});
    let mut frames = server.function("chat-continue", &cookie, go_on).await;
    while frames.frame().await.unwrap()["event"] != "done" {}
    let told = site.upstream.requests().pop().unwrap().body.to_string();
    assert!(told.contains("not known"), "{told}");
    assert_eq!(site.place.noted(), ["hang {}"], "once");
}

#[tokio::test]
async fn the_page_asks_its_person_and_decides() {
    let site = Site::new().await;
    site.place.token("bob@example.com").await;
    let server = site.place.serve().await;
    let (ann, bob) = (server.cookie(ANN).await, server.cookie("bob@example.com").await);
    let mut feed = server.function("feed", &ann, json!({})).await;
    assert_eq!(feed.frame().await.unwrap()["type"], "ready");
    let send = |conversation: Value, parent: Value| {
        json!({"message": {"conversation": conversation, "parent": parent, "content": ASKS, "model": "claude-opus-5-5",
            "effort": null}})
    };
    let mut frames = server.function("chat-send", &ann, send(Value::Null, Value::Null)).await;
    let metadata = frames.frame().await.unwrap();
    let turn = metadata["data"]["turn_id"].clone();
    let waiting = loop {
        let frame = frames.frame().await.unwrap();
        if frame["event"] == "tool_state" && frame["data"]["state"] == "waiting" {
            break frame;
        }
    };
    let waits = loop {
        let news = feed.frame().await.unwrap();
        if news["type"] == "turn_waiting" {
            break news;
        }
    };
    assert_eq!(waits["turn_id"], turn);

    let decide = |fingerprint: &Value, verdict: Value| json!({"turn": turn, "call": waiting["data"]["call"], "fingerprint": fingerprint, "verdict": verdict});
    let seen = &waiting["data"]["fingerprint"];
    let always = json!({"Allow": {"input": null, "keep": "always"}});
    for (cookie, decision, code) in [
        (&ann, decide(&json!("other"), always.clone()), "approval_changed"),
        (&bob, decide(seen, always.clone()), "not_found"),
    ] {
        let refused = server.function("chat-decide", cookie, decision).await;
        assert!(refused.status.is_client_error() || refused.status.is_server_error(), "{code}");
        assert_eq!(refused.json().await["code"], code);
    }
    let decided = server.function("chat-decide", &ann, decide(seen, always.clone())).await;
    assert_eq!(decided.status, StatusCode::OK);
    let mut last = waiting["seq"].as_u64().unwrap();
    loop {
        let frame = frames.frame().await.unwrap();
        let seq = frame["seq"].as_u64().unwrap();
        assert!(seq > last, "{frame}");
        last = seq;
        if frame["event"] == "done" {
            break;
        }
    }
    while feed.frame().await.unwrap()["type"] != "turn_ended" {}
    assert_eq!(site.place.noted(), [r#"write {"path":"a.txt"}"#]);
    let again = server.function("chat-decide", &ann, decide(seen, json!({"Deny": {}}))).await;
    assert_eq!(again.json().await["code"], "already_decided");

    // Calls like it are not asked about any more.
    let (conversation, parent) = (&metadata["data"]["conversation_id"], &metadata["data"]["message_id"]);
    let mut frames = server.function("chat-send", &ann, send(conversation.clone(), parent.clone())).await;
    let mut events = Vec::new();
    while events.last().is_none_or(|event: &Value| event["event"] != "done") {
        events.push(frames.frame().await.unwrap());
    }
    assert!(events.iter().all(|event| event["data"]["state"] != "waiting"), "{events:?}");
    assert_eq!(site.place.noted().len(), 2);
}

#[tokio::test]
async fn whoever_comes_back_when_the_events_are_gone_hears_so_and_how_it_ended() {
    let site = Site::new().await;
    let server = site.place.serve().await;
    let mut asked = site.ask(&server, "[[echo One two three four.]]").await;
    asked.until("done").await;
    server.terminate();
    server.gone().await;
    site.place.drop_logs().await;

    let server = site.place.serve().await;
    // From the beginning, or after what stands first in any case: the answer as a whole.
    for after in [None, Some(1)] {
        let told = site.replay(&server, &asked.turn, after).await.until("done").await;
        assert_eq!((text(&told).as_str(), told[0].id), ("One two three four.", after.unwrap_or(0) + 1));
        assert_eq!(told.last().unwrap().data, asked.events.last().unwrap().data);
    }
    // Which of it the listener knows, nobody knows.
    let told = site.replay(&server, &asked.turn, Some(3)).await.until("done").await;
    assert_eq!(told.iter().map(|event| event.id).collect::<Vec<_>>(), [4, 5]);
    assert_eq!((names(&told), &told[0].data["code"]), (vec!["error", "done"], &json!("events_gone")));
    assert_eq!(told[1].data, asked.events.last().unwrap().data);
}
