//! Artifacts of a model that calls no tools: the tags in its text, as programs hear of them, and what it is shown of them later.

mod models;

use std::time::Duration;

use serde_json::{Value, json};
use vertice_testkit::{Gate, Script, Upstream};

use crate::{
    client::{Place, Running},
    harness::{Event, answer_of},
    tools::{Asked, Site, assert_gapless, names},
};

const PLAIN: &str = "plain-1";
/// One that a server on this machine has, which says of it that it calls none.
const HOME: &str = "gemma:2b";
const CLAUDE: &str = "claude-opus-5-5";
const CATALOG: &str = r#"
[[model]]
id = "plain-1"
name = "Plain 1"
provider = "anthropic"
tier = "balanced"
context_window = 100000
tools = false
"#;

async fn site() -> Site {
    let upstream = Upstream::start().await;
    upstream.models(&[HOME]);
    upstream.models_of("anthropic", &[PLAIN, CLAUDE]);
    let place =
        Place::new().set("ANTHROPIC_API_KEY", "sk-scripted").set("ANTHROPIC_BASE_URL", &upstream.url());
    let place = place.set("OLLAMA_HOST", &upstream.url());
    let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
    let data = place.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("catalog.toml"), CATALOG).unwrap();
    let token = place.token("ann@example.com").await;
    Site { upstream, place, token }
}

impl Site {
    /// Ann writes in this conversation, and listens.
    async fn says(&self, server: &Running, conversation: &str, text: &str, model: &str) -> Asked {
        let body = json!({"messages": [{"role": "user", "content": text}], "model": model,
            "conversation_id": conversation});
        let mut stream = server.open("POST", &self.token, "/api/v1/chat/stream", Some(body)).await;
        let events = stream.until("metadata").await;
        let turn = events[0].data["turn_id"].as_str().unwrap().to_owned();
        Asked { stream, events, turn, conversation: conversation.to_owned() }
    }

    /// The plain model says this to the end.
    async fn hears(&self, server: &Running, conversation: &str, answer: &str) -> Vec<Event> {
        self.upstream.script(Script::text(answer));
        let mut asked = self.says(server, conversation, "Go on.", PLAIN).await;
        asked.until("done").await;
        assert_gapless(&asked.events);
        asked.events
    }

    /// What the model was shown last: its instructions and its messages.
    fn shown(&self) -> (Value, Vec<Value>) {
        let body = self.upstream.requests().last().unwrap().body.clone();
        assert!(body.get("tools").is_none(), "{body}");
        let messages = body["messages"].as_array().unwrap().clone();
        assert!(messages.iter().all(|message| !message.to_string().contains("\"tool_")), "{messages:?}");
        (body["system"].clone(), messages)
    }
}

/// Listens until so much of an artifact has come; how it began.
async fn written(asked: &mut Asked, content: &str) -> Value {
    let mut so_far = String::new();
    while so_far != content {
        assert!(content.starts_with(&so_far), "{so_far}");
        so_far += asked.until("artifact").await.data["content"].as_str().unwrap();
    }
    of(&asked.events, "artifact")[0].clone()
}

fn of<'a>(events: &'a [Event], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event.name == name).map(|event| &event.data).collect()
}

fn said(events: &[Event]) -> String {
    of(events, "token").iter().filter_map(|data| data["token"].as_str()).collect()
}

/// The texts of a message as one.
fn text(message: &Value) -> String {
    let blocks = message["content"].as_array().cloned().unwrap_or_default();
    blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("|")
}

fn plain(message: &Value) -> Value {
    let mut message = message.clone();
    for block in message["content"].as_array_mut().into_iter().flatten() {
        block.as_object_mut().unwrap().remove("cache_control");
    }
    message
}

#[tokio::test]
async fn an_artifact_is_told_while_the_model_writes_its_tag() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let gate = Gate::new();
    let pieces = [
        "Here it is:\n\n<arti",
        "fact path=\"src/page.html\" title=\"A page\" type=\"html\" language=\"html\">\n<h1>Grü",
        "ße \"alle\"</h1>\n",
        "<p>1 < 2</p>\n</arti",
        "fact>\n\nEnjoy.",
    ];
    site.upstream.script(Script::pieces(&pieces).gate_after(3, &gate));
    let mut asked = site.says(&server, &conversation, "A page, please.", PLAIN).await;
    // It comes before the model has written the end.
    let begun = written(&mut asked, "<h1>Grüße \"alle\"</h1>").await;
    let told = json!({"op": "create", "version": 1, "path": "src/page.html", "title": "A page", "type": "html",
        "language": "html", "content": begun["content"], "artifact_id": begun["artifact_id"]});
    assert_eq!(begun, told);
    gate.open();
    asked.until("done").await;
    assert_gapless(&asked.events);
    let expected = ["metadata", "token", "artifact", "tool_use", "tool_result", "token", "usage", "done"];
    assert_eq!(names(&asked.events), expected);
    assert_eq!(said(&asked.events), "Here it is:\n\n\n\nEnjoy.");
    let (call, result) = (of(&asked.events, "tool_use")[0], of(&asked.events, "tool_result")[0]);
    assert_eq!(
        (&call["name"], &call["server"], &call["id"]),
        (&json!("create_artifact"), &json!(""), &result["id"])
    );
    assert_eq!(
        (&result["is_error"], of(&asked.events, "done")[0]["finish_reason"].as_str()),
        (&json!(false), Some("stop"))
    );

    let content = "<h1>Grüße \"alle\"</h1>\n<p>1 < 2</p>";
    let id = begun["artifact_id"].as_str().unwrap();
    let kept = server.json("GET", &site.token, &format!("/api/v1/artifacts/{id}"), None).await;
    assert_eq!(
        (&kept["content"], &kept["version"], &kept["type"]),
        (&json!(content), &json!(1), &json!("html"))
    );
    let written: String =
        of(&asked.events, "artifact").iter().map(|event| event["content"].as_str().unwrap()).collect();
    assert_eq!(written, content);
    assert_eq!(site.upstream.requests().len(), 1, "the model is not called for the result");
    // Who comes later hears the same under the same numbers.
    let again = site.replay(&server, &asked.turn, None).await.until("done").await;
    let heard = |events: &[Event]| -> Vec<(u64, String, Value)> {
        events.iter().map(|event| (event.id, event.name.clone(), event.data.clone())).collect()
    };
    assert_eq!(heard(&again), heard(&asked.events));

    // The next prompt begins with the one before, and holds the tag where it was written.
    let (system, before) = site.shown();
    assert!(system.to_string().contains("<artifact_edit path="), "{system}");
    site.hears(&server, &conversation, "Fine.").await;
    let (later, messages) = site.shown();
    assert_eq!(later, system);
    assert_eq!(plain(&messages[0]), plain(&before[0]));
    let tag = format!(
        "<artifact path=\"src/page.html\" title=\"A page\" type=\"html\" language=\"html\">\n{content}\n</artifact>"
    );
    assert_eq!(text(&messages[1]), format!("Here it is:\n\n|{tag}|Enjoy."));
    assert_eq!((messages.len(), text(&messages[2]).as_str()), (3, "Go on."));
    site.hears(&server, &conversation, "Fine.").await;
    let (_, longer) = site.shown();
    assert!(messages.iter().zip(&longer).all(|(one, other)| plain(one) == plain(other)));
}

#[tokio::test]
async fn it_edits_rewrites_and_hears_of_what_failed_with_the_next_message() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let answer = "<artifact path=\"a.md\">\none\ntwo\ntwo\n</artifact>\n<artifact_edit path=\"a.md\">\n<find>one</find>\n\
                  <replace>1</replace>\n</artifact_edit>\n<artifact_edit path=\"a.md\"><find>two</find><replace>2</replace>\
                  </artifact_edit>\n<artifact path=\"b.md\">\n```markdown\n# B\n```\n</artifact>\nSo.\n\
                  <artifact path=\"./A.md\">\nanew\n</artifact>";
    let events = site.hears(&server, &conversation, answer).await;
    let calls: Vec<&str> =
        of(&events, "tool_use").iter().map(|call| call["name"].as_str().unwrap()).collect();
    let expected =
        ["create_artifact", "edit_artifact", "edit_artifact", "create_artifact", "rewrite_artifact"];
    assert_eq!(calls, expected);
    let failed: Vec<&Value> = of(&events, "tool_result").iter().map(|result| &result["is_error"]).collect();
    assert_eq!(failed, [false, false, true, false, false].map(Value::from).each_ref());
    let kept = site.artifacts(&server, &conversation).await;
    let facts: Vec<Value> =
        kept.iter().map(|kept| json!([kept["path"], kept["version"], kept["content"]])).collect();
    assert_eq!(facts, [json!(["a.md", 3, "anew"]), json!(["b.md", 1, "# B"])]);
    let whole: Vec<&Value> =
        of(&events, "artifact").into_iter().filter(|event| event["op"] == "replace").collect();
    assert_eq!(
        (whole.len(), &whole[0]["content"], &whole[1]["content"]),
        (2, &json!("1\ntwo\ntwo"), &json!("anew"))
    );

    site.hears(&server, &conversation, "I see.").await;
    let (_, messages) = site.shown();
    assert_eq!(messages.len(), 5, "{messages:?}");
    assert!(text(&messages[1]).ends_with("<find>two</find>\n<replace>2</replace>\n</artifact_edit>"));
    assert!(
        text(&messages[2]).starts_with("[Your tag artifact_edit for a.md failed: It stands there 2 times")
    );
    assert!(text(&messages[3]).contains("|So.\n|<artifact path=\"./A.md\">\nanew\n</artifact>"));
    assert_eq!(text(&messages[4]), "Go on.");
}

#[tokio::test]
async fn what_is_no_tag_stays_text_and_what_is_open_at_the_end_is_whole() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let fenced = "So it is done:\n```\n<artifact path=\"a.md\">\nx\n</artifact>\n```\nand an <artifact path=\"b.md\">.\n\
                  <artifact name=\"c.md\">\n";
    let events = site.hears(&server, &conversation, fenced).await;
    assert_eq!((said(&events).as_str(), names(&events).len()), (fenced, 4));
    let events = site.hears(&server, &conversation, "<artifact path=\"d.py\">\nprint(1)\n").await;
    assert_eq!(of(&events, "done")[0]["finish_reason"], "stop");
    let kept = site.artifacts(&server, &conversation).await;
    assert_eq!((kept.len(), &kept[0]["content"], &kept[0]["type"]), (1, &json!("print(1)"), &json!("code")));
    let result = of(&events, "tool_result")[0]["content"].to_string();
    assert!(!result.contains("cut off"), "{result}");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_keeps_what_was_written() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let gate = Gate::new();
    let pieces = ["<artifact path=\"a.md\">\nhalf a ", "word", " and more\n</artifact>"];
    site.upstream.script(Script::pieces(&pieces).gate_after(2, &gate));
    let mut asked = site.says(&server, &conversation, "Write.", PLAIN).await;
    written(&mut asked, "half a word").await;
    let cancel = format!("/api/v1/chat/turns/{}/cancel", asked.turn);
    assert!(server.open("POST", &site.token, &cancel, None).await.status.is_success());
    let done = asked.until("done").await.data.clone();
    assert_eq!(done["finish_reason"], "cancelled");
    let kept = site.artifacts(&server, &conversation).await;
    assert_eq!((&kept[0]["content"], &kept[0]["version"]), (&json!("half a word"), &json!(1)));
    gate.open();

    // It hears that it was cut off, and goes on from there.
    let messages = site.messages(&server, &conversation).await;
    let answer = answer_of(&json!({"items": messages}))["id"].as_str().unwrap().to_owned();
    site.upstream.script(Script::text(
        "<artifact_edit path=a.md><find>half a word</find><replace>whole</replace></artifact_edit>",
    ));
    let cookie = server.cookie("ann@example.com").await;
    let mut frames = server.function("chat-continue", &cookie, json!({"message": answer})).await;
    let mut turn = None;
    while let Some(frame) = frames.frame().await {
        turn = turn.or_else(|| frame["data"]["turn_id"].as_str().map(str::to_owned));
    }
    let (_, shown) = site.shown();
    assert_eq!(text(&shown[1]), "<artifact path=\"a.md\">\nhalf a word\n</artifact>");
    assert!(text(&shown[2]).contains("cut off there"), "{shown:?}");
    let kept = site.artifacts(&server, &conversation).await;
    assert_eq!((&kept[0]["content"], &kept[0]["version"]), (&json!("whole"), &json!(2)));

    // What was made before is told as what it is.
    let events = site.replay(&server, &turn.unwrap(), None).await.until("done").await;
    assert_gapless(&events);
    let told: Vec<Value> = of(&events, "artifact")
        .iter()
        .map(|event| json!([event["artifact_id"], event["op"], event["version"]]))
        .collect();
    assert_eq!(told, [json!([kept[0]["id"], "replace", 1]), json!([kept[0]["id"], "replace", 2])]);

    // At the length limit it is the same.
    site.upstream.script(Script::text("<artifact path=\"b.md\">\nhalf").stop("max_tokens"));
    let mut asked = site.says(&server, &conversation, "Write.", PLAIN).await;
    assert_eq!(asked.until("done").await.data["finish_reason"], "max_tokens");
    assert!(of(&asked.events, "tool_result")[0]["content"].as_str().unwrap().contains("cut off there"));
    assert_eq!(site.artifacts(&server, &conversation).await[1]["content"], "half");
}

#[tokio::test]
async fn after_a_crash_nothing_is_made_and_what_was_written_is_there() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let written = format!(
        "<artifact path=\"a.md\">\none</artifact>\n<artifact path=\"b.md\">\nhalf {}",
        "word ".repeat(1000)
    );
    site.upstream.script(Script::text(&written).every(Duration::from_millis(20)));
    let mut asked = site.says(&server, &conversation, "Write.", PLAIN).await;
    asked.until("tool_result").await;
    // More text than may be lost; what was heard before is on the disk by then.
    for _ in 0..75 {
        asked.until("artifact").await;
    }
    server.kill().await;

    let server = site.place.serve().await;
    let messages = site.messages(&server, &conversation).await;
    assert_eq!(messages[1]["status"], "interrupted");
    let parts = messages[1]["parts"].to_string();
    assert!(parts.contains("half "), "{parts}");
    let kept = site.artifacts(&server, &conversation).await;
    assert_eq!((kept.len(), &kept[0]["path"], &kept[0]["version"]), (1, &json!("a.md"), &json!(1)));
    site.hears(&server, &conversation, "I see.").await;
    let (_, shown) = site.shown();
    assert!(text(&shown[1]).contains("<artifact path=\"b.md\">\nhalf word "), "{shown:?}");
    assert!(
        text(&shown[2]).contains("[Your tag artifact for b.md failed: This call was not made"),
        "{shown:?}"
    );
}
