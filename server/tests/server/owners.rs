//! Two users walk every route: what belongs to one does not exist for the other.

use serde_json::{Value, json};

use crate::harness::{Server, request};

/// Routes with an id, as the router names them: what a stranger sends there.
fn walk() -> Vec<(&'static str, &'static str, Option<Value>)> {
    vec![
        ("GET", "/chat/turns/{turn}/stream", None),
        ("POST", "/chat/turns/{turn}/messages", Some(json!({"content": "mine now"}))),
        ("POST", "/chat/turns/{turn}/cancel", None),
        ("POST", "/chat/turns/{turn}/approvals", Some(json!({"id": "call_1", "decision": "allow"}))),
        ("GET", "/conversations/{conversation}", None),
        ("PATCH", "/conversations/{conversation}", Some(json!({"title": "mine now"}))),
        ("DELETE", "/conversations/{conversation}", None),
        ("GET", "/conversations/{conversation}/messages", None),
        ("POST", "/conversations/{conversation}/fork", Some(json!({"message_id": "{message}"}))),
        ("POST", "/conversations/{conversation}/compact", None),
        ("GET", "/conversations/{conversation}/export", None),
        ("GET", "/conversations/{conversation}/workspace", None),
        ("GET", "/conversations/{conversation}/workspace/archive", None),
        ("GET", "/conversations/{conversation}/workspace/files/a.txt", None),
        ("PUT", "/conversations/{conversation}/workspace/files/a.txt", Some(json!("mine now"))),
        ("DELETE", "/conversations/{conversation}/workspace/files/a.txt", None),
        ("GET", "/messages/{message}/files/0", None),
        ("GET", "/messages/{message}/images/0", None),
        ("GET", "/messages/{message}/tool-images/{hash}", None),
        ("GET", "/artifacts/{artifact}", None),
        ("PUT", "/artifacts/{artifact}", Some(json!({"content": "mine now", "expected_version": 1}))),
        ("PATCH", "/artifacts/{artifact}", Some(json!({"title": "mine now"}))),
        ("GET", "/artifacts/{artifact}/versions", None),
        ("GET", "/artifacts/{artifact}/versions/1", None),
        ("POST", "/artifacts/{artifact}/restore", Some(json!({"version": 1}))),
        ("GET", "/artifacts/{artifact}/diff", None),
        ("DELETE", "/artifacts/{artifact}", None),
        ("GET", "/files/{file}", None),
        ("DELETE", "/files/{file}", None),
        ("DELETE", "/users/me/tokens/{token}", None),
    ]
}

/// Every (method, path) of the router's source that has an id in it.
fn routes_with_ids() -> Vec<(String, String)> {
    let source = include_str!("../../src/router.rs");
    let api = source.split("fn api()").nth(1).unwrap().split("\n}").next().unwrap();
    let mut routes = Vec::new();
    for route in api.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        for method in ["get", "post", "patch", "put", "delete"] {
            // Other users are the admins' business: see the test of money.
            let is_walked = path.contains("{id}") && !path.starts_with("/admin");
            if is_walked && route.contains(&format!("{method}(")) {
                routes.push((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    routes
}

#[test]
fn no_route_is_left_out() {
    let walked: Vec<(String, String)> = walk()
        .into_iter()
        .map(|(method, path, _)| {
            let path = ["{turn}", "{conversation}", "{token}", "{message}", "{artifact}", "{file}"]
                .iter()
                .fold(path.to_owned(), |p, id| p.replace(id, "{id}"));
            let path = path.replace("/files/a.txt", "/files/{*path}");
            let path =
                path.replace("/versions/1", "/versions/{version}").replace("/files/0", "/files/{index}");
            (method.to_owned(), path.replace("/images/0", "/images/{index}"))
        })
        .collect();
    for route in routes_with_ids() {
        assert!(walked.contains(&route), "{route:?} is not walked by two users");
    }
    assert!(!walked.is_empty() && walked.len() == routes_with_ids().len());
}

#[tokio::test]
async fn another_users_things_do_not_exist() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice@example.com").await, server.user("bob@example.com").await);
    let conversation = server.conversation(&alice).await;
    let ask =
        json!({"messages": [{"role": "user", "content": "secret plan"}], "conversation_id": conversation});
    let answer = server.post(&alice, "/api/v1/chat", ask.clone()).await.json();
    let token_id = server.get(&alice, "/api/v1/users/me/tokens").await.json()["items"][0]["id"].clone();
    let file = json!({"conversation_id": conversation, "path": "plan.md", "content": "secret plan"});
    let file = server.post(&alice, "/api/v1/artifacts", file).await.json();
    let part = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nsecret plan\r\n--X--";
    let mut upload = request("POST", &alice, "/api/v1/files", None);
    upload.headers_mut().insert("content-type", "multipart/form-data; boundary=X".parse().unwrap());
    *upload.body_mut() = part.into();
    let attached = server.send(upload).await.json();
    let filled = |text: &str| {
        text.replace("{conversation}", &conversation)
            .replace("{turn}", answer["turn_id"].as_str().unwrap())
            .replace("{message}", answer["message_id"].as_str().unwrap())
            .replace("{artifact}", file["id"].as_str().unwrap())
            .replace("{file}", attached["id"].as_str().unwrap())
            .replace("{hash}", &"0".repeat(64))
            .replace("{token}", token_id.as_str().unwrap())
    };
    for (method, path, body) in walk() {
        let path = filled(&format!("/api/v1{path}"));
        let body = body.map(|body| serde_json::from_str(&filled(&body.to_string())).unwrap());
        let reply = server.send(request(method, &bob, &path, body)).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["code"]),
            (404, &json!("not_found")),
            "{method} {path}"
        );
    }
    assert_eq!(server.post(&bob, "/api/v1/chat", ask).await.status, 404);
    for list in ["/api/v1/conversations", "/api/v1/conversations?q=secret", "/api/v1/artifacts"] {
        assert_eq!(server.get(&bob, list).await.json(), json!({"items": [], "next_cursor": null}), "{list}");
    }
    assert!(!server.get(&bob, "/api/v1/users/me/tokens").await.body.contains(token_id.as_str().unwrap()));
    assert_eq!(server.get(&alice, &format!("/api/v1/conversations/{conversation}")).await.status, 200);
}
