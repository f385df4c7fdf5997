//! What the page asks about MCP servers, in its one function; and rules about arguments.

use serde_json::{Value, json};

use super::{
    SERVERS,
    double::{HASH, TOOLS},
    fields, http, send, site,
};
use crate::harness::{Reply, Server, request};

/// The answer to what the page asks for.
pub(super) async fn page(server: &Server, cookie: &str, wish: Value) -> Reply {
    let mut request = request("POST", "", "/api/ui/mcp-board", Some(json!({"wish": wish})));
    let headers = request.headers_mut();
    headers.remove("authorization");
    for (name, value) in [("cookie", cookie), ("host", "127.0.0.1:3000"), ("sec-fetch-site", "same-origin")] {
        headers.insert(name, value.parse().unwrap());
    }
    server.send(request).await
}

#[tokio::test]
async fn what_other_hosts_write_down_is_added_whole_or_not_at_all() {
    let (server, ..) = site().await;
    let admin = server.cookie("admin@example.com").await;
    let user = server.cookie("user@example.com").await;
    let add = async |cookie: &str, text: &str| page(&server, cookie, json!({"Add": text})).await;
    let names = async |cookie: &str| {
        let servers = page(&server, cookie, json!("Look")).await.json()["servers"].take();
        let servers =
            servers.as_array().unwrap().iter().map(|server| server["name"].as_str().unwrap().to_owned());
        servers.collect::<Vec<_>>()
    };
    let text = r#"{"mcpServers": {"a": {"url": "https://a.example"}, "b": {"command": "npx", "env": {"K": "hunter2"}}}}"#;
    let refused = add(&user, text).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["code"]),
        (403, &json!("admin_only")),
        "{refused:?}"
    );
    assert_eq!(refused.json()["fields"][0]["field"], "b");
    assert!(names(&user).await.is_empty(), "the first one was taken back");
    let added = add(&admin, text).await;
    assert!(added.status == 200 && !added.body.contains("hunter2"), "{added:?}");
    assert_eq!(names(&admin).await, ["a", "b"]);
    let refused = add(&admin, r#"{"c": {"url": "https://c.example"}, "d": {"url": "nope"}}"#).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["fields"][0]["field"]), (422, &json!("d.url")));
    let refused = add(&admin, "npx -y x").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["fields"][0]["field"]), (422, &json!("json")));
    assert_eq!(names(&admin).await, ["a", "b"]);
}

#[tokio::test]
async fn the_page_does_what_rest_does() {
    let (server, token, _) = site().await;
    let admin = server.cookie("admin@example.com").await;
    assert_eq!(server.post(&token, SERVERS, http("a")).await.status, 201);
    let item = server.get(&token, &format!("{SERVERS}/a")).await.json();
    let ask = async |wish: Value| {
        let reply = page(&server, &admin, wish.clone()).await;
        assert_eq!(reply.status, 200, "{wish}: {reply:?}");
        reply.json()
    };
    let told = ask(json!("Look")).await;
    assert_eq!((&told["servers"], &told["tools"][0]["permission"]), (&json!([item]), &json!("ask")));
    assert_eq!(ask(json!({"Reconnect": "a"})).await["servers"][0], item);
    let disabled = ask(json!({"Change": ["a", {"enabled": false}]})).await;
    assert_eq!(disabled["servers"][0]["status"], "disabled");
    assert_eq!(ask(json!({"Log": "a"})).await["log"].as_array().unwrap().len(), 3);
    let rule =
        json!({"argument": "/path", "test": "starts_with", "values": ["/home"], "permission": "allow"});
    let permitted = ask(json!({"Permit": ["a", "read", {"permission": "allow", "rules": [rule]}]})).await;
    assert_eq!(
        (&permitted["tools"][0]["permission"], &permitted["tools"][0]["rules"]),
        (&json!("allow"), &json!([rule]))
    );
    let approved = ask(json!({"Approve": ["a", TOOLS[1], HASH]})).await;
    assert!(approved["tools"][1].get("change").is_none());
    assert_eq!(ask(json!({"Remove": "a"})).await["servers"], json!([]));
}

#[tokio::test]
async fn rules_about_arguments_are_set_read_and_deleted() {
    let (server, token, _) = site().await;
    assert_eq!(server.post(&token, SERVERS, http("a")).await.status, 201);
    let patch = async |body: Value| send(&server, "PATCH", &token, "/api/v1/tools/a/read", Some(body)).await;
    let rule = json!({"argument": "/path", "test": "starts_with", "values": ["/home"], "permission": "deny"});
    let set = patch(json!({"rules": [rule]})).await.json();
    assert_eq!((&set["rules"], &set["permission"]), (&json!([rule]), &json!("ask")));
    let permitted = patch(json!({"permission": "allow"})).await.json();
    assert_eq!(permitted["rules"], json!([rule]), "they stay");
    let listed = server.get(&token, "/api/v1/tools").await.json();
    assert!(listed["items"].as_array().unwrap().contains(&permitted), "{listed}");
    let gone = patch(json!({"rules": []})).await.json();
    assert_eq!((gone.get("rules"), &gone["permission"]), (None, &json!("allow")));
    let refused =
        patch(json!({"rules": [{"argument": "path", "test": "host", "values": [], "permission": "ask"}]}))
            .await;
    assert_eq!(
        (refused.status.as_u16(), fields(&refused)),
        (422, vec!["rules[0].argument".to_owned(), "rules[0].values".to_owned()])
    );
    for bad in [json!({}), json!({"permission": "ask", "more": 1}), json!({"rules": [{"argument": "/a"}]})] {
        assert_eq!(patch(bad.clone()).await.status, 422, "{bad}");
    }
}
