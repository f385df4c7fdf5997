//! Tools outside of conversations: stateless turns, and OpenAI's clients that ask for those of an MCP server.

use serde_json::{Value, json};
use vertice_testkit::Script;

use crate::{
    client::Running,
    mcp_turns::{program, site},
    tools::Site,
};

const COMPLETIONS: &str = "/v1/chat/completions";
const MODEL: &str = "claude-opus-5-5";

/// A site with the scripted MCP server, whose tool `echo` is allowed and `add` is asked about.
async fn with_server(mark: &str) -> (Site, Running) {
    let site = site().await;
    let server = site.place.serve().await;
    site.add(&server, program("scripted", mark)).await;
    site.permit(&server, "echo", "allow").await;
    (site, server)
}

fn weather() -> Value {
    json!({"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}})
}

fn completion(messages: &Value, tools: &Value, stream: bool) -> Value {
    json!({"model": MODEL, "messages": messages, "tools": tools, "stream": stream})
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

/// The results that the model was told in its last call.
fn told(site: &Site) -> Vec<String> {
    let asked = site.upstream.requests().pop().unwrap().body;
    let messages = asked["messages"].as_array().unwrap().clone();
    let blocks =
        messages.iter().flat_map(|message| message["content"].as_array().cloned().unwrap_or_default());
    blocks.filter(|block| block["type"] == "tool_result").map(|block| block["content"].to_string()).collect()
}

#[tokio::test]
async fn an_openai_client_is_answered_with_tools_that_it_asks_for() {
    let (site, server) = with_server("v1").await;
    let tools = json!([{"type": "mcp", "server_label": "scripted", "allowed_tools": ["echo", "add"]}]);
    for stream in [false, true] {
        site.upstream.script(Script::text("Let me see.").tool_call("scripted__echo", r#"{"text":"hello"}"#));
        site.upstream.script(Script::text("It says hello."));
        let body = completion(&json!([user("What does it say?")]), &tools, stream);
        let mut answer = server.open("POST", &site.token, COMPLETIONS, Some(body)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["x-vertice-model"]),
            (200, &MODEL.parse().unwrap())
        );
        let text = if stream {
            let mut text = String::new();
            while let Some(block) = answer.block().await {
                let Some(Ok(chunk)) = block.strip_prefix("data: ").map(serde_json::from_str::<Value>) else {
                    continue;
                };
                assert!(chunk["choices"][0]["delta"]["tool_calls"].is_null(), "{chunk}");
                text += chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
            }
            text
        } else {
            let answer = answer.json().await;
            assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
            assert!(answer["choices"][0]["message"]["tool_calls"].is_null(), "{answer}");
            // Both calls of the model are in the bill.
            assert!(answer["usage"]["completion_tokens"].as_u64().unwrap() >= 6, "{answer}");
            answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
        };
        assert_eq!(text, "Let me see.\n\nIt says hello.");
        assert_eq!(told(&site).len(), 1);
        assert!(told(&site)[0].contains("hello"));
        let offered = site.upstream.requests().pop().unwrap().body["tools"].to_string();
        assert!(offered.contains("scripted__add") && !offered.contains("scripted__fail"), "{offered}");
    }
    let used = server.json("GET", &site.token, "/api/v1/users/me/usage/tools", None).await;
    let row = &used["items"][0];
    let figures = (&row["server"], &row["tool"], &row["calls"], &row["failed_calls"], &row["result_tokens"]);
    assert_eq!(figures, (&json!("scripted"), &json!("echo"), &json!(2), &json!(0), &json!(4)), "{used}");
}

#[tokio::test]
async fn what_must_be_asked_about_is_not_done_where_nobody_can_be_asked() {
    let (site, server) = with_server("nobody").await;
    let tools = json!([{"type": "mcp", "server_label": "scripted"}]);
    site.upstream.script(Script::tool("scripted__add", r#"{"a":1,"b":2}"#));
    site.upstream.script(Script::text("I may not."));
    let body = completion(&json!([user("Add.")]), &tools, false);
    let answer = server.json("POST", &site.token, COMPLETIONS, Some(body)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "I may not.");
    assert!(told(&site)[0].contains("a person must allow it"), "{:?}", told(&site));
}

#[tokio::test]
async fn calls_of_the_callers_own_come_back_and_go_on_where_they_stood() {
    let (site, server) = with_server("own").await;
    let tools = json!([weather(), {"type": "mcp", "server_label": "scripted", "allowed_tools": {"tool_names": ["echo"]}}]);
    site.upstream.script(
        Script::text("First mine.")
            .thinking("Hm.")
            .signature("sealed one")
            .tool_call("scripted__echo", r#"{"text":"hello"}"#),
    );
    site.upstream.script(
        Script::text("Then yours.")
            .thinking("So.")
            .signature("sealed two")
            .tool_call("scripted__echo", r#"{"text":"twice"}"#)
            .tool_call("weather", r#"{"city":"Faro"}"#),
    );
    let asked = user("How warm is it?");
    let body = completion(&json!([asked]), &tools, false);
    let answer = server.json("POST", &site.token, COMPLETIONS, Some(body)).await;
    let message = &answer["choices"][0]["message"];
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls", "{answer}");
    assert_eq!(message["content"], "First mine.\n\nThen yours.");
    let calls = message["tool_calls"].as_array().unwrap();
    assert_eq!((calls.len(), &calls[0]["function"]["name"]), (1, &json!("weather")));
    assert_eq!(calls[0]["function"]["arguments"], r#"{"city":"Faro"}"#);

    site.upstream.script(Script::text("31 degrees."));
    let result = json!({"role": "tool", "tool_call_id": calls[0]["id"], "content": "31"});
    let said = json!({"role": "assistant", "content": message["content"], "tool_calls": calls});
    let body = completion(&json!([asked, said, result]), &tools, false);
    let answer = server.json("POST", &site.token, COMPLETIONS, Some(body)).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "31 degrees.", "{answer}");
    let results = told(&site);
    assert_eq!(results.len(), 3, "{results:?}");
    for (result, expected) in results.iter().zip(["hello", "twice", "31"]) {
        assert!(result.contains(expected), "{results:?}");
    }
    let asked = site.upstream.requests().pop().unwrap().body["messages"].to_string();
    assert!(asked.contains("sealed one") && asked.contains("sealed two"), "{asked}");
}

#[tokio::test]
async fn what_cannot_be_named_is_refused_by_field() {
    let (site, server) = with_server("fields").await;
    for (tool, field) in [
        (json!({"type": "mcp", "server_label": "nowhere"}), "tools[1]"),
        (json!({"type": "mcp", "server_label": "scripted", "allowed_tools": ["none"]}), "tools[1]"),
        (json!({"type": "mcp"}), "tools[1].server_label"),
        (
            json!({"type": "mcp", "server_label": "scripted", "require_approval": "always"}),
            "tools[1].require_approval",
        ),
        (
            json!({"type": "mcp", "server_label": "scripted", "server_url": "https://mcp.example.com"}),
            "tools[1].server_url",
        ),
        (json!({"type": "web_search"}), "tools[1].type"),
    ] {
        let body = completion(&json!([user("Hi")]), &json!([weather(), tool]), false);
        let refused = server.open("POST", &site.token, COMPLETIONS, Some(body)).await;
        assert_eq!(refused.status, 400);
        let refused = refused.json().await;
        assert!(refused["error"]["message"].as_str().unwrap().contains(field), "{refused}");
    }
    assert!(site.upstream.requests().is_empty());
}

#[tokio::test]
async fn a_stateless_stream_is_asked_and_goes_on() {
    let (site, server) = with_server("stateless").await;
    site.upstream.script(Script::tool("scripted__add", r#"{"a":1,"b":2}"#));
    site.upstream.script(Script::text("Three."));
    let body = json!({"messages": [user("Add.")], "model": MODEL, "tools": ["add"]});
    let mut stream = server.open("POST", &site.token, "/api/v1/chat/stream", Some(body)).await;
    let mut events = stream.until("tool_approval").await;
    let turn = events[0].data["turn_id"].as_str().unwrap().to_owned();
    let call = events.pop().unwrap().data;
    let decided = site.decide(&server, &turn, json!({"id": call["id"], "decision": "allow"})).await;
    assert_eq!(decided.status, 204);
    let events = stream.until("done").await;
    let result = events.iter().find(|event| event.name == "tool_result").unwrap();
    assert_eq!((&result.data["content"], &result.data["is_error"]), (&json!("{\"sum\":3.0}"), &json!(false)));
    assert_eq!(events.last().unwrap().data["finish_reason"], "stop");
    let gone = site.decide(&server, &turn, json!({"id": call["id"], "decision": "allow"})).await;
    assert_eq!(gone.status, 404);

    // Whoever hears of it at its end only cannot be asked.
    site.upstream.script(Script::tool("scripted__add", r#"{"a":1,"b":2}"#));
    site.upstream.script(Script::text("I may not."));
    let body = json!({"messages": [user("Add.")], "model": MODEL, "tools": "auto"});
    let answer = server.json("POST", &site.token, "/api/v1/chat", Some(body)).await;
    assert_eq!(answer["content"], "I may not.", "{answer}");
    assert_eq!(answer["tool_calls"].as_array().unwrap().len(), 1);
}
