//! What was spent, who may see it, and the keys it is spent with.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::{Figures, Script, Upstream};

use crate::harness::{Server, request};

async fn spend(server: &Server, upstream: &Upstream, token: &str) {
    upstream.script(Script::text("ok").usage(Figures {
        input: 1_000,
        output: Some(100),
        ..Figures::default()
    }));
    let body = json!({"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(server.post(token, "/api/v1/chat", body).await.status, StatusCode::OK);
}

async fn server(upstream: &Upstream) -> Server {
    Server::with(&[("ANTHROPIC_API_KEY", "sk-scripted"), ("ANTHROPIC_BASE_URL", &upstream.url())]).await
}

#[tokio::test]
async fn usage_is_reported_by_day_and_model_and_as_csv() {
    let upstream = Upstream::start().await;
    let server = server(&upstream).await;
    let (ann, bob) = (server.user("a@example.com").await, server.user("b@example.com").await);
    spend(&server, &upstream, &ann).await;
    spend(&server, &upstream, &ann).await;
    spend(&server, &upstream, &bob).await;
    let mine = |path: &'static str| server.get(&ann, path);
    let by_model = mine("/api/v1/users/me/usage?group_by=model").await.json();
    let row = &by_model["items"][0];
    assert_eq!((&row["key"], &row["calls"]), (&json!("claude-opus-5-5"), &json!(2)));
    // 1,000 input at 4 and 100 output at 20 dollars a million, twice.
    assert_eq!((&row["cost_usd"], &by_model["total"]["cost_usd"]), (&json!("0.012000"), &json!("0.012000")));
    for field in ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "saved_usd"] {
        assert!(row.get(field).is_some() && by_model["total"].get(field).is_some(), "{field}");
    }
    let by_day = mine("/api/v1/users/me/usage").await.json();
    assert_eq!(by_day["items"].as_array().unwrap().len(), 1);
    let long_ago = mine("/api/v1/users/me/usage?from=2026-01-01&to=2026-01-31").await.json();
    assert_eq!((&long_ago["items"], &long_ago["total"]["calls"]), (&json!([]), &json!(0)));
    let quota = mine("/api/v1/users/me/quota").await.json();
    assert_eq!((&quota["tokens_used"], &quota["daily_limit"]), (&json!(2_200), &json!(100_000)));
    assert_eq!((&quota["tokens_remaining"], &quota["cost_usd"]), (&json!(97_800), &json!("0.012000")));

    let csv = mine("/api/v1/users/me/usage?format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        (csv.body.lines().count(), csv.body.contains("claude-opus-5-5,ok,1000,100")),
        (3, true),
        "{}",
        csv.body
    );
    for bad in [
        "from=soon",
        "to=2026-13-01",
        "group_by=colour",
        "from=2026-02-01&to=2026-01-01",
        "from=2020-01-01&to=2026-01-01",
    ] {
        let refused = server.get(&ann, &format!("/api/v1/users/me/usage?{bad}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}

#[tokio::test]
async fn a_hundred_calls_at_once_are_a_hundred_rows() {
    let upstream = Upstream::start().await;
    let server = server(&upstream).await;
    let token = server.user("a@example.com").await;
    for _ in 0..100 {
        let figures = Figures { input: 10, output: Some(5), ..Figures::default() };
        upstream.script(Script::text("ok").usage(figures));
    }
    let body = json!({"model": "claude-opus-5-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]});
    let asked = (0..100).map(|_| server.post(&token, "/api/v1/chat", body.clone()));
    let replies = futures::future::join_all(asked).await;
    assert!(replies.iter().all(|reply| reply.status == StatusCode::OK), "{:?}", replies[0]);
    let usage = server.get(&token, "/api/v1/users/me/usage").await.json();
    let total = &usage["total"];
    assert_eq!((&total["calls"], &total["estimated_calls"]), (&json!(100), &json!(0)), "{usage}");
    assert_eq!((&total["input_tokens"], &total["output_tokens"]), (&json!(1_000), &json!(500)));
}

#[tokio::test]
async fn only_admins_see_everybodys_and_change_limits() {
    let upstream = Upstream::start().await;
    let server = server(&upstream).await;
    let (ann, admin) = (server.user("a@example.com").await, server.admin("root@example.com").await);
    spend(&server, &upstream, &ann).await;
    for path in ["/api/v1/admin/usage", "/api/v1/admin/users"] {
        let refused = server.get(&ann, path).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (StatusCode::FORBIDDEN, &json!("admin_only")),
            "{path}"
        );
    }
    let by_user = server.get(&admin, "/api/v1/admin/usage?group_by=user").await.json();
    assert_eq!(
        (&by_user["items"][0]["label"], &by_user["items"][0]["calls"]),
        (&json!("a@example.com"), &json!(1))
    );
    let users = server.get(&admin, "/api/v1/admin/users").await.json();
    let found =
        users["items"].as_array().unwrap().iter().find(|user| user["email"] == "a@example.com").unwrap();
    let path = format!("/api/v1/admin/users/{}", found["id"].as_str().unwrap());
    let change = |token: &str, body: Value| request("PATCH", token, &path, Some(body));
    assert_eq!(
        server.send(change(&ann, json!({"daily_token_limit": 0}))).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(server.send(change(&admin, json!({}))).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        server.send(change(&admin, json!({"daily_token_limit": 7}))).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(server.get(&ann, "/api/v1/users/me/quota").await.json()["daily_limit"], 7);
    assert_eq!(
        server.send(change(&admin, json!({"daily_token_limit": null}))).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(server.get(&ann, "/api/v1/users/me/quota").await.json()["daily_limit"], 100_000);
}

#[tokio::test]
async fn a_key_goes_in_and_never_comes_out() {
    let upstream = Upstream::start().await;
    upstream.models(&["claude-opus-5-5"]);
    upstream.accept_keys(&["sk-scripted", "sk-ant-annas-own"]);
    // The catalogue says where Anthropic itself is: only there own keys are sent.
    let home = format!(
        "[[provider]]\nid = \"anthropic\"\nbase_url = \"{}\"\napi_version = \"2026-10-21\"\n\
         key_variable = \"ANTHROPIC_API_KEY\"\nbase_variable = \"ANTHROPIC_BASE_URL\"\n",
        upstream.url()
    );
    let server = Server::with_catalog(&[("ANTHROPIC_API_KEY", "sk-scripted")], &home).await;
    let (ann, bob) = (server.user("a@example.com").await, server.user("b@example.com").await);
    let path = "/api/v1/users/me/provider-keys/anthropic";
    let put = |key: &str| request("PUT", &ann, path, Some(json!({"key": key})));
    for bad in ["", "  ", "short", "sk ant with blanks"] {
        let refused = server.send(put(bad)).await;
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("key"))
        );
    }
    let stored = server.send(put("sk-ant-annas-own")).await;
    assert_eq!((stored.status, &stored.json()["ends_in"]), (StatusCode::OK, &json!("-own")));
    let listed = server.get(&ann, "/api/v1/users/me/provider-keys").await;
    assert_eq!((listed.json()["items"].as_array().unwrap().len(), listed.body.contains("annas")), (1, false));
    assert_eq!(server.get(&bob, "/api/v1/users/me/provider-keys").await.json()["items"], json!([]));
    let test = format!("{path}/test");
    assert_eq!(server.post(&ann, &test, json!({})).await.json(), json!({"ok": true, "message": null}));
    spend(&server, &upstream, &ann).await;
    assert_eq!(upstream.requests().last().unwrap().headers["x-api-key"], "sk-ant-annas-own");
    spend(&server, &upstream, &bob).await;
    assert_eq!(upstream.requests().last().unwrap().headers["x-api-key"], "sk-scripted");

    server.send(put("sk-ant-a-wrong-one")).await;
    let told = server.post(&ann, &test, json!({})).await.json();
    assert_eq!(told["ok"], json!(false));
    assert!(told["message"].as_str().unwrap().contains("rejects this key"), "{told}");
    assert_eq!(server.send(request("DELETE", &ann, path, None)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.send(request("DELETE", &ann, path, None)).await.status, StatusCode::NOT_FOUND);
    let local =
        request("PUT", &ann, "/api/v1/users/me/provider-keys/local", Some(json!({"key": "sk-long-enough"})));
    assert_eq!(server.send(local).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let providers = server.get(&ann, "/api/v1/providers").await.json();
    let anthropic =
        providers["items"].as_array().unwrap().iter().find(|item| item["provider"] == "anthropic").unwrap();
    assert_eq!((&anthropic["key"], &anthropic["health"]), (&json!("server"), &json!("healthy")));
}

#[tokio::test]
async fn another_model_answers_and_the_turn_says_so() {
    let upstream = Upstream::start().await;
    let (root, openai) = (upstream.url(), format!("{}/v1", upstream.url()));
    let server = Server::with(&[
        ("ANTHROPIC_API_KEY", "sk-scripted"),
        ("ANTHROPIC_BASE_URL", &root),
        ("OPENAI_API_KEY", "sk-scripted"),
        ("OPENAI_BASE_URL", &openai),
    ])
    .await;
    let token = server.user("a@example.com").await;
    upstream.always("anthropic", Some(Script::status(529)));
    upstream.always("openai", Some(Script::status(529)));
    let conversation = server.conversation(&token).await;
    let body = json!({"messages": [{"role": "user", "content": "hi"}], "conversation_id": conversation});
    let failed = server.post(&token, "/api/v1/chat", body.clone()).await;
    assert_eq!(failed.json()["code"], "provider_overloaded", "{failed:?}");
    upstream.always("openai", Some(Script::text("Here I am.")));
    upstream.always("anthropic", Some(Script::status(529)));
    let events = server.listen(request("POST", &token, "/api/v1/chat/stream", Some(body))).await.rest().await;
    let told: Vec<&Value> =
        events.iter().filter(|event| event.name == "metadata").map(|event| &event.data).collect();
    let last = told.last().unwrap();
    assert_eq!(
        (&last["provider"], events.last().unwrap().name.as_str()),
        (&json!("openai"), "done"),
        "{told:?}"
    );
    assert!(last["candidates"].as_array().unwrap().len() > 1);
}
