//! Turns that call the tools of real MCP servers, over real HTTP, with the real binary.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use vertice_testkit::{
    Upstream,
    mcp::{PNG, Speaks, http},
};

use crate::{
    client::{PAUSE, Place, Running},
    tools::{Asked, Site},
};

pub(crate) const SERVERS: &str = "/api/v1/mcp/servers";
pub(crate) const ADMIN: &str = "admin@example.com";

/// The scripted MCP server, beside the test.
fn scripted() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("vertice-scripted-mcp")
}

/// A server without scripted tools, and an admin's token.
pub(crate) async fn site() -> Site {
    let upstream = Upstream::start().await;
    let place =
        Place::new().set("ANTHROPIC_API_KEY", "sk-scripted").set("ANTHROPIC_BASE_URL", &upstream.url());
    let place = place.set("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000").set("RATE_LIMIT_BURST", "1000000");
    let token = place.admin_token(ADMIN).await;
    Site { upstream, place, token }
}

pub(crate) fn program(name: &str, mark: &str) -> Value {
    json!({"name": name, "transport": "stdio", "command": scripted(), "args": ["--mark", mark]})
}

impl Site {
    pub(crate) async fn add(&self, server: &Running, body: Value) -> Value {
        let name = body["name"].as_str().unwrap().to_owned();
        let added = server.open("POST", &self.token, SERVERS, Some(body)).await;
        assert_eq!(added.status, 201);
        self.settled(server, &name).await
    }

    /// The server once it has come to something.
    pub(crate) async fn settled(&self, server: &Running, name: &str) -> Value {
        loop {
            let item = server.json("GET", &self.token, &format!("{SERVERS}/{name}"), None).await;
            let has_tools = item["tools"].as_array().is_some_and(|tools| !tools.is_empty());
            if item["status"] != "starting" && (item["status"] != "connected" || has_tools) {
                return item;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn tool(&self, server: &Running, name: &str) -> Value {
        let tools = server.json("GET", &self.token, "/api/v1/tools?limit=100", None).await;
        let found = tools["items"].as_array().unwrap().iter().find(|tool| tool["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no {name}: {tools}"))
    }

    pub(crate) async fn permit(&self, server: &Running, tool: &str, permission: &str) {
        let path = format!("/api/v1/tools/scripted/{tool}");
        server.json("PATCH", &self.token, &path, Some(json!({"permission": permission}))).await;
    }
}

/// The model calls one tool, then says that it is done.
pub(crate) fn calls(tool: &str, arguments: &Value) -> String {
    format!("[[tool=scripted__{tool} args={arguments}]] [[echo Done.]]")
}

pub(crate) async fn result(asked: &mut Asked) -> Value {
    asked.until("tool_result").await.data.clone()
}

pub(crate) async fn ending(asked: &mut Asked) -> Value {
    asked.until("done").await.data["finish_reason"].clone()
}

#[tokio::test]
async fn a_program_is_added_its_tool_is_asked_about_made_and_then_always_allowed() {
    let site = site().await;
    let server = site.place.serve().await;
    let item = site.add(&server, program("scripted", "once")).await;
    assert_eq!((&item["status"], &item["error"]), (&json!("connected"), &Value::Null), "{item}");
    assert_eq!(item["protocol_version"], "2026-07-28");
    assert!(item["tool_tokens"].as_u64().unwrap() > 100, "{item}");
    let echo = site.tool(&server, "echo").await;
    assert_eq!((&echo["server"], &echo["permission"]), (&json!("scripted"), &json!("ask")));

    let mut asked = site.ask(&server, &calls("echo", &json!({"text": "hello"}))).await;
    let question = asked.until("tool_approval").await.data.clone();
    assert_eq!((&question["server"], &question["name"]), (&json!("scripted"), &json!("echo")));
    let turn = asked.turn.clone();
    let decided = site.decide(&server, &turn, json!({"id": question["id"], "decision": "always"})).await;
    assert_eq!(decided.status, 204);
    let told = result(&mut asked).await;
    assert_eq!((&told["content"], &told["is_error"]), (&json!("hello"), &json!(false)), "{told}");
    assert_eq!(ending(&mut asked).await, "stop");

    assert_eq!(site.tool(&server, "echo").await["permission"], "allow");
    let mut again = site.ask(&server, &calls("echo", &json!({"text": "again"}))).await;
    assert_eq!(result(&mut again).await["content"], "again");
    assert!(again.events.iter().all(|event| event.name != "tool_approval"));
    ending(&mut again).await;
}

#[tokio::test]
async fn what_is_denied_is_not_offered_and_what_does_not_fit_is_told() {
    let site = site().await;
    let server = site.place.serve().await;
    site.add(&server, program("scripted", "denied")).await;
    site.permit(&server, "echo", "deny").await;
    let mut asked = site.ask(&server, &calls("echo", &json!({}))).await;
    let told = result(&mut asked).await;
    assert!(told["content"].as_str().unwrap().contains("no tool named"), "{told}");
    ending(&mut asked).await;
    let offered = site.upstream.requests().last().unwrap().body["tools"].to_string();
    assert!(offered.contains("scripted__add") && !offered.contains("scripted__echo"));

    let mut asked = site.ask(&server, &calls("add", &json!({"a": "one"}))).await;
    let told = result(&mut asked).await;
    assert!(told["content"].as_str().unwrap().contains("do not fit the tool's schema"), "{told}");
    assert_eq!(ending(&mut asked).await, "stop");
}

#[tokio::test]
async fn a_picture_of_a_result_is_served_to_its_owner_alone() {
    let site = site().await;
    let bob = site.place.token("bob@example.com").await;
    let server = site.place.serve().await;
    site.add(&server, program("scripted", "pictures")).await;
    site.permit(&server, "picture", "allow").await;
    let mut asked = site.ask(&server, &calls("picture", &json!({}))).await;
    assert_eq!(result(&mut asked).await["is_error"], false);
    ending(&mut asked).await;
    let messages = site.messages(&server, &asked.conversation).await;
    let answer = messages.as_array().unwrap().last().unwrap();
    let parts = answer["parts"].as_array().unwrap();
    let images: Vec<&Value> =
        parts.iter().flat_map(|part| part["images"].as_array().into_iter().flatten()).collect();
    let [image] = *images else { panic!("{parts:?}") };
    let hash = image["hash"].as_str().unwrap();
    let path = |hash: &str| format!("/api/v1/messages/{}/tool-images/{hash}", answer["id"].as_str().unwrap());

    let served = server.open("GET", &site.token, &path(hash), None).await;
    let header = |name: &str| served.headers[name].to_str().unwrap().to_owned();
    assert_eq!((served.status.as_u16(), header("content-type").as_str()), (200, "image/png"));
    assert_eq!(
        (header("etag"), header("x-content-type-options")),
        (format!("\"{hash}\""), "nosniff".to_owned())
    );
    assert_eq!(STANDARD.encode(served.bytes().await), PNG);
    let (other, question) = ("0".repeat(64), messages[0]["id"].as_str().unwrap());
    for (token, path) in [
        (&bob, path(hash)),
        (&site.token, path(&other)),
        (&site.token, path("0")),
        (&site.token, format!("/api/v1/messages/{question}/tool-images/{hash}")),
    ] {
        assert_eq!(server.open("GET", token, &path, None).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_server_that_dies_is_a_card_and_the_turn_goes_on() {
    let site = site().await;
    let server = site.place.serve().await;
    site.add(&server, program("scripted", "dies")).await;
    for tool in ["die", "fail", "refuse", "echo"] {
        site.permit(&server, tool, "allow").await;
    }
    for (tool, said) in [("die", "ended"), ("fail", "did not work"), ("refuse", "")] {
        let mut asked = site.ask(&server, &calls(tool, &json!({}))).await;
        let told = result(&mut asked).await;
        assert_eq!(told["is_error"], true, "{told}");
        assert!(told["content"].as_str().unwrap().contains(said), "{told}");
        assert_eq!(ending(&mut asked).await, "stop");
        // The page offers to connect anew only where that may help.
        let messages = site.messages(&server, &asked.conversation).await;
        let parts = messages.as_array().unwrap().last().unwrap()["parts"].as_array().unwrap().clone();
        let told = parts.iter().find(|part| part["kind"] == "tool_result").unwrap();
        assert_eq!(told["trouble"], if tool == "die" { json!("unreachable") } else { Value::Null }, "{told}");
        if tool == "die" {
            // A person who waits for the pause to pass sees it come back.
            server.json("POST", &site.token, &format!("{SERVERS}/scripted/reconnect"), None).await;
            assert_eq!(site.settled(&server, "scripted").await["status"], "connected");
        }
    }
}

#[tokio::test]
async fn a_changed_tool_is_switched_off_until_it_is_approved() {
    let site = site().await;
    let server = site.place.serve().await;
    site.add(&server, program("scripted", "changes")).await;
    site.permit(&server, "change", "allow").await;
    ending(&mut site.ask(&server, &calls("change", &json!({}))).await).await;
    let changed = loop {
        let tool = site.tool(&server, "change").await;
        if tool["change"].is_object() {
            break tool;
        }
        tokio::time::sleep(PAUSE).await;
    };
    let diff = changed["change"]["diff"].as_str().unwrap();
    assert!(diff.contains("-") && diff.contains("Changed 1 times"), "{diff}");
    let mut asked = site.ask(&server, &calls("change", &json!({}))).await;
    assert_eq!(result(&mut asked).await["is_error"], true);
    ending(&mut asked).await;

    let path = "/api/v1/tools/scripted/change/approve";
    let stale = server.open("POST", &site.token, path, Some(json!({"hash": "0"}))).await;
    assert_eq!(stale.status, 409);
    let hash = &changed["change"]["hash"];
    let approved = server.json("POST", &site.token, path, Some(json!({"hash": hash}))).await;
    assert_eq!((&approved["change"], &approved["permission"]), (&Value::Null, &json!("allow")));
}

#[tokio::test]
async fn an_address_is_asked_and_one_of_a_private_network_only_for_admins() {
    let site = site().await;
    let bob = site.place.token("bob@example.com").await;
    let server = site.place.serve().await;
    let mcp = http::Server::listen(Speaks::Both, http::Manners::Decent).await.unwrap();
    let body = |name: &str| json!({"name": name, "transport": "http", "url": mcp.url});
    let item = site.add(&server, body("scripted")).await;
    assert_eq!(item["status"], "connected", "{item}");
    let bobs = Site { token: bob, ..site };
    let item = bobs.add(&server, body("mine")).await;
    assert_eq!(item["status"], "error", "{item}");
    assert!(item["error"].as_str().unwrap().contains("an admin of this server may add"), "{item}");
    let refused = server.open("POST", &bobs.token, SERVERS, Some(program("prog", "bob"))).await;
    assert_eq!((refused.status.as_u16(), refused.json().await["code"].clone()), (403, json!("admin_only")));
    let seen = server.json("GET", &bobs.token, SERVERS, None).await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "what is not shared is nobody else's: {seen}");
}

#[tokio::test]
async fn no_program_outlives_a_server_that_is_killed() {
    let site = site().await;
    let server = site.place.serve().await;
    let mark = format!("outlives-{}", std::process::id());
    site.add(&server, program("scripted", &mark)).await;
    assert!(processes(&mark) > 0);
    site.permit(&server, "hang", "allow").await;
    let mut asked = site.ask(&server, &calls("hang", &json!({}))).await;
    asked.until("tool_use").await;
    server.kill().await;
    while processes(&mark) > 0 {
        tokio::time::sleep(PAUSE).await;
    }
}

/// How many processes hold the mark in their command line.
fn processes(mark: &str) -> usize {
    let folders = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = folders.filter_map(|folder| std::fs::read(folder.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(mark)).count()
}

#[tokio::test]
async fn a_server_asks_in_the_midst_of_a_call_and_is_answered_over_rest() {
    let site = site().await;
    let server = site.place.serve().await;
    for (era, protocol) in [("legacy", "2025-11-25"), ("stateless", "2026-07-28")] {
        let body = json!({"name": "scripted", "transport": "stdio", "command": scripted(), "args": ["--speaks", era]});
        assert_eq!(site.add(&server, body).await["protocol_version"], protocol);
        site.permit(&server, "ask_form", "allow").await;
        let mut asked = site.ask(&server, &calls("ask_form", &json!({}))).await;
        let question = asked.until("elicitation").await.data.clone();
        assert_eq!(
            (&question["server"], &question["message"]),
            (&json!("scripted"), &json!("Where to? Now"))
        );
        assert_eq!((&question["mode"], &question["fields"][0]["name"]), (&json!("form"), &json!("bags")));
        let turn = asked.turn.clone();
        let answer = |answers: Value| json!({"id": question["id"], "decision": "respond", "answers": answers, "fingerprint": question["fingerprint"]});
        let refused = site.decide(&server, &turn, answer(json!({"name": "A", "bags": 7}))).await;
        assert_eq!(refused.status, 422);
        let faults = refused.json().await["errors"].clone();
        let fields: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
        assert_eq!(fields, ["answers.bags", "answers.class", "answers.name"], "{faults}");
        let decided =
            site.decide(&server, &turn, answer(json!({"name": "Ann", "class": "2", "window": null}))).await;
        assert_eq!(decided.status, 204);
        let told = result(&mut asked).await;
        let heard: Value = serde_json::from_str(told["content"].as_str().unwrap()).unwrap();
        assert_eq!(heard["content"], json!({"name": "Ann", "class": "2", "bags": 1}), "{told}");
        assert_eq!(ending(&mut asked).await, "stop");
        server.open("DELETE", &site.token, &format!("{SERVERS}/scripted"), None).await;
    }
}
