//! MCP servers and their tools at the doors: REST and the functions of the page.

pub(crate) mod double;
mod page;

use std::sync::Arc;

use serde_json::{Value, json};
use vertice_domain::{Role, Scope};
use vertice_server::wiring::World;

use self::{
    double::{HASH, MemoryServers, TOOLS},
    page::page,
};
use crate::harness::{Reply, Server, request};

const SERVERS: &str = "/api/v1/mcp/servers";

/// A server with MCP servers in memory, an admin's token and a user's.
async fn site() -> (Server, String, String) {
    let world = World { mcp: Some(Arc::new(MemoryServers::default())), ..World::default() };
    let server = Server::within(&[], "", world).await;
    let admin = server.admin("admin@example.com").await;
    let user = server.user("user@example.com").await;
    (server, admin, user)
}

fn http(name: &str) -> Value {
    json!({"name": name, "transport": "http", "url": "https://mcp.example.com/mcp"})
}

fn program(name: &str) -> Value {
    json!({"name": name, "transport": "stdio", "command": "npx", "args": ["-y", "x"], "env": {"KEY": "hunter2"}})
}

async fn send(server: &Server, method: &str, token: &str, path: &str, body: Option<Value>) -> Reply {
    server.send(request(method, token, path, body)).await
}

fn told(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// The names of the fields that are wrong.
fn fields(reply: &Reply) -> Vec<String> {
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_server_is_added_seen_changed_and_removed() {
    let (server, admin, _) = site().await;
    let added = server.post(&admin, SERVERS, program("files")).await;
    assert_eq!(added.status, 201, "{added:?}");
    assert!(!added.body.contains("hunter2"));
    let item = added.json();
    assert_eq!(item["env"], json!({"KEY": "********"}));
    for (field, value) in [
        ("name", json!("files")),
        ("transport", json!("stdio")),
        ("args", json!(["-y", "x"])),
        ("enabled", json!(true)),
        ("shared", json!(false)),
        ("own", json!(true)),
        ("status", json!("connected")),
        ("error", json!(null)),
        ("protocol_version", json!("2025-11-25")),
        ("tools", json!(TOOLS)),
    ] {
        assert_eq!(item[field], value, "{field}");
    }
    assert!(item.get("url").is_none() && item.get("headers").is_none());
    let one = format!("{SERVERS}/files");
    assert_eq!(server.get(&admin, &one).await.json(), item);
    assert_eq!(server.get(&admin, SERVERS).await.json(), json!({"items": [item], "next_cursor": null}));
    let changed = send(&server, "PATCH", &admin, &one, Some(json!({"enabled": false}))).await.json();
    assert_eq!((&changed["enabled"], &changed["status"]), (&json!(false), &json!("disabled")));
    assert_eq!(server.post(&admin, &format!("{one}/reconnect"), json!({})).await.json(), changed);
    let log = server.get(&admin, &format!("{one}/log")).await.json();
    assert_eq!(log["items"][0], json!({"at": "1970-01-01T00:00:00.001Z", "text": "line 1"}));
    assert_eq!(send(&server, "DELETE", &admin, &one, None).await.status, 204);
    for (method, path, body) in [
        ("GET", one.clone(), None),
        ("DELETE", one.clone(), None),
        ("PATCH", one.clone(), Some(json!({"enabled": true}))),
        ("POST", format!("{one}/reconnect"), None),
        ("GET", format!("{one}/log"), None),
        ("GET", format!("{SERVERS}/a%2Fb"), None),
        ("GET", format!("{SERVERS}/%ff"), None),
    ] {
        let reply = send(&server, method, &admin, &path, body).await;
        assert_eq!(told(&reply), refused(404, "not_found"), "{method} {path}");
    }
}

#[tokio::test]
async fn names_are_taken_once_and_say_what_people_call_things() {
    let (server, admin, user) = site().await;
    let mut shared = http("Postgres, ação (2)");
    shared["shared"] = json!(true);
    assert_eq!(server.post(&admin, SERVERS, shared).await.status, 201);
    let path = format!("{SERVERS}/Postgres,%20a%C3%A7%C3%A3o%20(2)");
    let seen = server.get(&user, &path).await.json();
    assert_eq!((&seen["name"], &seen["own"]), (&json!("Postgres, ação (2)"), &json!(false)));
    let again = server.post(&user, SERVERS, http("Postgres, ação (2)")).await;
    assert_eq!(told(&again), refused(409, "name_taken"));
    assert_eq!(server.post(&admin, SERVERS, http("mine")).await.status, 201);
    assert_eq!(told(&server.get(&user, &format!("{SERVERS}/mine")).await), refused(404, "not_found"));
    assert_eq!(server.post(&user, SERVERS, http("mine")).await.status, 201, "it is another one");
}

#[tokio::test]
async fn programs_and_what_concerns_everybody_are_for_admins() {
    let (server, admin, user) = site().await;
    let with = |field: &str| {
        let mut body = http(field);
        body[field] = json!(true);
        body
    };
    for body in [program("files"), with("shared"), with("trusted")] {
        let reply = server.post(&user, SERVERS, body.clone()).await;
        assert_eq!(told(&reply), refused(403, "admin_only"), "{body}");
        assert_eq!(server.post(&admin, SERVERS, body).await.status, 201);
    }
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let (server, admin, user) = site().await;
    let changed = |mut body: Value, changes: Value| {
        for (field, value) in changes.as_object().unwrap() {
            body[field] = value.clone();
        }
        body
    };
    let long = "x".repeat(33_000);
    let many = vec!["x"; 101];
    let cases = [
        (json!({}), vec!["name"]),
        (json!({"name": "a"}), vec!["transport"]),
        (json!({"name": "a", "transport": "carrier pigeon"}), vec!["transport"]),
        (json!({"name": "a", "transport": "stdio"}), vec!["command"]),
        (json!({"name": "a", "transport": "http"}), vec!["url"]),
        (changed(http("a"), json!({"colour": 1})), vec!["colour"]),
        (changed(http("a"), json!({"name": "a/b", "url": "ftp://x"})), vec!["name", "url"]),
        (changed(http("a"), json!({"command": "x"})), vec!["command"]),
        (changed(http("a"), json!({"url": "https://u:hunter2@x.example"})), vec!["url"]),
        (
            changed(http("a"), json!({"headers": {"Host": "x", "a b": "x"}})),
            vec!["headers.Host", "headers.a b"],
        ),
        (changed(http("a"), json!({"headers": {"X-Key": 1}})), vec!["headers.X-Key"]),
        (changed(http("a"), json!({"headers": {"X-Key": "********"}})), vec!["headers.X-Key"]),
        (changed(http("a"), json!({"enabled": "yes"})), vec!["enabled"]),
        (changed(program("a"), json!({"command": "a\u{0}"})), vec!["command"]),
        (changed(program("a"), json!({"args": many})), vec!["args"]),
        (changed(program("a"), json!({"args": [long]})), vec!["body"]),
        (changed(program("a"), json!({"env": {"A=B": "hunter2"}})), vec!["env.A=B"]),
        (changed(program("a"), json!({"url": "https://x.example"})), vec!["url"]),
    ];
    for (body, wanted) in cases {
        let reply = server.post(&admin, SERVERS, body.clone()).await;
        assert_eq!(
            (told(&reply), fields(&reply)),
            (refused(422, "invalid_request"), wanted.iter().map(|field| (*field).to_owned()).collect()),
            "{body}"
        );
        assert!(!reply.body.contains("hunter2"), "{reply:?}");
    }
    assert_eq!(server.get(&admin, SERVERS).await.json()["items"], json!([]));
    assert_eq!(server.post(&user, SERVERS, http("a")).await.status, 201);
    let (one, tool) = (format!("{SERVERS}/a"), "/api/v1/tools/a/read");
    for (method, path, body, field) in [
        ("PATCH", one.as_str(), json!({"name": "b"}), "name"),
        ("PATCH", &one, json!({"enabled": 1}), "enabled"),
        ("PATCH", tool, json!({}), "permission"),
        ("PATCH", tool, json!({"permission": "always"}), "permission"),
        ("PATCH", tool, json!({"permission": "ask", "for": "ever"}), "for"),
        ("POST", "/api/v1/tools/a/read/approve", json!({}), "hash"),
    ] {
        let reply = send(&server, method, &user, path, Some(body)).await;
        assert_eq!(
            (told(&reply), fields(&reply)),
            (refused(422, "invalid_request"), vec![field.to_owned()]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn lists_are_paged() {
    let (server, admin, _) = site().await;
    for name in ["b", "c", "a"] {
        assert_eq!(server.post(&admin, SERVERS, http(name)).await.status, 201);
    }
    let log = format!("{SERVERS}/a/log");
    let cases = [
        (SERVERS, "name", vec!["a", "b", "c"]),
        ("/api/v1/tools", "name", vec![TOOLS[0], TOOLS[1], TOOLS[0], TOOLS[1], TOOLS[0], TOOLS[1]]),
        (log.as_str(), "text", vec!["line 1", "line 2", "line 3"]),
    ];
    for (path, field, wanted) in cases {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = server.get(&admin, &format!("{path}?limit=2{cursor}")).await.json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2, "{page}");
            found.extend(items.iter().map(|item| item[field].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, wanted, "{path}");
        let reply = server.get(&admin, &format!("{path}?cursor=nope")).await;
        assert_eq!(
            (told(&reply), fields(&reply)),
            (refused(422, "invalid_request"), vec!["cursor".to_owned()])
        );
    }
}

#[tokio::test]
async fn tools_are_permitted_and_changes_approved() {
    let (server, admin, user) = site().await;
    let mut shared = http("files");
    shared["shared"] = json!(true);
    assert_eq!(server.post(&admin, SERVERS, shared).await.status, 201);
    let tools = server.get(&user, "/api/v1/tools").await.json();
    let wanted = json!({"name": "read", "server": "files", "description": "reads", "input_schema": {"type": "object"},
        "annotations": {"readOnlyHint": true}, "permission": "ask"});
    assert_eq!(tools["items"][0], wanted);
    assert_eq!(tools["items"][1]["change"], json!({"hash": HASH, "diff": "-a\n+b\n"}));

    // A name with a slash is one name.
    let write = "/api/v1/tools/files/files%2Fwrite";
    let denied = send(&server, "PATCH", &user, write, Some(json!({"permission": "deny"}))).await.json();
    assert_eq!((&denied["name"], &denied["permission"]), (&json!("files/write"), &json!("deny")));
    let others = server.get(&admin, "/api/v1/tools").await.json();
    assert_eq!(others["items"][1]["permission"], "ask", "it is each user's own");

    let approve = |hash: &str| Some(json!({"hash": hash}));
    let path = format!("{write}/approve");
    let reply = send(&server, "POST", &admin, &path, approve("old")).await;
    assert_eq!(told(&reply), refused(409, "tool_changed"));
    let reply = send(&server, "POST", &admin, &path, approve(HASH)).await;
    assert!(reply.status == 200 && reply.json().get("change").is_none(), "{reply:?}");
    for path in [
        "/api/v1/tools/files/none",
        "/api/v1/tools/other/read",
        "/api/v1/tools/a%2Fb/read",
        "/api/v1/tools/files/%ff",
    ] {
        let reply = send(&server, "PATCH", &user, path, Some(json!({"permission": "ask"}))).await;
        assert_eq!(told(&reply), refused(404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn whoever_may_only_chat_sees_the_tools() {
    let (server, admin, _) = site().await;
    assert_eq!(server.post(&admin, SERVERS, http("a")).await.status, 201);
    let scopes: [&[Scope]; 2] = [&[Scope::Chat], &[Scope::Write]];
    let [chat, write] = server.tokens("b@example.com", Role::User, &scopes).await.try_into().unwrap();
    assert_eq!(server.get(&chat, "/api/v1/tools").await.status, 200);
    assert_eq!(told(&server.get(&write, "/api/v1/tools").await), refused(403, "insufficient_scope"));
    assert_eq!(told(&server.post(&chat, SERVERS, http("b")).await), refused(403, "insufficient_scope"));
    assert_eq!(server.post(&write, SERVERS, http("b")).await.status, 201);
}

#[tokio::test]
async fn authorization_servers_read_who_we_are_and_send_browsers_back() {
    let (server, admin, _) = site().await;
    server.post(&admin, SERVERS, http("far")).await;
    let mut asked = request("GET", "", "/mcp/client-metadata.json", None);
    asked.headers_mut().remove("authorization");
    asked.headers_mut().insert("host", "chat.example.com".parse().unwrap());
    let document = server.send(asked).await.json();
    assert_eq!(document["client_id"], "https://chat.example.com/mcp/client-metadata.json");
    assert_eq!(document["redirect_uris"], json!(["https://chat.example.com/mcp/callback"]));
    assert_eq!(document["token_endpoint_auth_method"], "none");

    let mut begun = request("POST", &admin, &format!("{SERVERS}/far/sign-in"), None);
    begun.headers_mut().insert("host", "chat.example.com".parse().unwrap());
    let url = server.send(begun).await.json()["authorization_url"].as_str().unwrap().to_owned();
    assert!(url.ends_with("redirect_uri=https://chat.example.com/mcp/callback"), "{url}");

    // A token is no browser.
    let back = server.get(&admin, "/mcp/callback?state=s&code=c").await;
    assert_eq!(
        (back.status.as_u16(), back.header("location")),
        (303, "/settings?tab=tools&outcome=unauthenticated")
    );
    let session = server.cookie("admin@example.com").await;
    let come_back = async |more: &str| {
        let mut back = request("GET", "", "/mcp/callback?state=s&code=c", None);
        back.headers_mut().remove("authorization");
        back.headers_mut().insert("cookie", format!("{session}{more}").parse().unwrap());
        server.send(back).await
    };
    for more in ["", "; vertice_back=", "; vertice_back=//evil.example", "; vertice_back=../x"] {
        let back = come_back(more).await;
        let told = (back.status.as_u16(), back.header("location"));
        assert_eq!(told, (303, "/settings?tab=tools&outcome=signed_in"), "{more}");
        assert_eq!((back.header("cache-control"), back.body.as_str()), ("no-store", ""));
    }

    // Begun in a conversation, it ends there.
    let id = "018f0000-0000-7000-8000-000000000000";
    let begun = page(&server, &session, json!({"SignIn": ["far", id]})).await;
    assert!(begun.json()["go"].as_str().unwrap().starts_with("https://as.example.com/"), "{begun:?}");
    let cookie = begun.header("set-cookie").to_owned();
    assert!(cookie.starts_with(&format!("vertice_back={id}; Path=/mcp/callback;")), "{cookie}");
    let back = come_back(&format!("; vertice_back={id}")).await;
    assert_eq!(back.header("location"), format!("/c/{id}?outcome=signed_in"));
    assert!(back.header("set-cookie").starts_with("vertice_back=; Path=/mcp/callback; Max-Age=0"));
    let elsewhere = page(&server, &session, json!({"SignIn": ["far", null]})).await;
    assert!(elsewhere.header("set-cookie").contains("Max-Age=0"));
}
