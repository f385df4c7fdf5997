//! OpenAI's API: what its clients send and expect, with every provider's own format behind it.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::{Figures, Script, Upstream};

use crate::harness::{Reply, Server, request};

const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
pub(crate) const CLAUDE: &str = "claude-opus-5-5";

pub(crate) async fn server(upstream: &Upstream, more: &[(&str, &str)]) -> Server {
    let (root, openai) = (upstream.url(), format!("{}/v1", upstream.url()));
    let mut variables = vec![
        ("ANTHROPIC_API_KEY", "sk-scripted"),
        ("ANTHROPIC_BASE_URL", root.as_str()),
        ("OPENAI_API_KEY", "sk-scripted"),
        ("OPENAI_BASE_URL", openai.as_str()),
        ("GOOGLE_API_KEY", "scripted"),
        ("GOOGLE_GEMINI_BASE_URL", root.as_str()),
        ("GROQ_API_KEY", "gsk_scripted"),
        ("GROQ_BASE_URL", root.as_str()),
    ];
    variables.extend_from_slice(more);
    Server::with(&variables).await
}

pub(crate) fn ask(model: &str, more: &Value) -> Value {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) async fn complete(server: &Server, token: &str, body: Value) -> Reply {
    server.post(token, "/v1/chat/completions", body).await
}

/// The chunks of a stream, without `[DONE]`.
pub(crate) async fn chunks(server: &Server, token: &str, body: Value) -> Vec<Value> {
    let reply = complete(server, token, body).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "text/event-stream"));
    let lines =
        reply.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    lines.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn every_provider_answers_in_openais_form() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    for model in [CLAUDE, "gpt-6.2-sol", "gemini-4-argon", "openai/gpt-oss-120b", "auto"] {
        upstream.script(Script::text("Hello you.").thinking("Hm.").usage(Figures {
            input: 10,
            output: Some(5),
            cache_read: 20,
            ..Figures::default()
        }));
        let reply = complete(&server, &token, ask(model, &json!({}))).await;
        assert_eq!(reply.status, StatusCode::OK, "{model}: {reply:?}");
        let answer = reply.json();
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"]["content"], "Hello you.", "{model}");
        assert_eq!(
            (&choice["finish_reason"], &answer["object"]),
            (&json!("stop"), &json!("chat.completion"))
        );
        let usage = &answer["usage"];
        assert_eq!(usage["prompt_tokens"], 30, "{model}: {usage}");
        assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 20, "{model}");
        assert_eq!(usage["total_tokens"], json!(30 + usage["completion_tokens"].as_u64().unwrap()));
        if model != "auto" {
            assert_eq!((&answer["model"], reply.header("x-vertice-model")), (&json!(model), model));
        }
    }
    let ledger = server.get(&token, "/api/v1/users/me/usage?group_by=model").await.json();
    assert_eq!(ledger["total"]["calls"], 5);
}

#[tokio::test]
async fn a_stream_ends_with_the_usage_where_it_is_asked_for() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    upstream.script(Script::text("One two"));
    let options = json!({"stream": true, "stream_options": {"include_usage": true}});
    let all = chunks(&server, &token, ask(CLAUDE, &options)).await;
    assert_eq!(all[0]["choices"][0]["delta"]["role"], "assistant");
    let text: String =
        all.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, "One two");
    let (last, before) = all.split_last().unwrap();
    assert!(last["choices"].as_array().unwrap().is_empty() && last["usage"]["prompt_tokens"].is_u64());
    assert!(before.iter().all(|chunk| chunk["usage"].is_null() && chunk["id"] == last["id"]));
    assert_eq!(before.last().unwrap()["choices"][0]["finish_reason"], "stop");

    upstream.script(Script::text("One two").fault_after(1, vertice_testkit::Fault::Overloaded));
    let all = chunks(&server, &token, ask(CLAUDE, &json!({"stream": true}))).await;
    assert_eq!(all.last().unwrap()["error"]["type"], "server_error", "{all:?}");
}

#[tokio::test]
async fn tools_go_round_with_what_the_provider_wants_back() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let tools = json!([{"type": "function", "function": {"name": "weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}}}}]);
    for model in [CLAUDE, "gemini-4-argon", "openai/gpt-oss-120b"] {
        let called = Script::tool("weather", r#"{"city":"Faro"}"#).thinking("Look it up.").signature("c2ln");
        upstream.script(called);
        let first = complete(&server, &token, ask(model, &json!({"tools": tools}))).await.json();
        let message = &first["choices"][0]["message"];
        assert_eq!(first["choices"][0]["finish_reason"], "tool_calls", "{model}: {first}");
        let call = &message["tool_calls"][0];
        assert_eq!(call["function"]["name"], "weather");
        let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({"city": "Faro"}), "{model}");

        upstream.script(Script::text("It is warm."));
        let messages = json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": null, "tool_calls": message["tool_calls"]},
            {"role": "tool", "tool_call_id": call["id"], "content": "25 degrees"},
        ]);
        let second =
            complete(&server, &token, ask(model, &json!({"tools": tools, "messages": messages}))).await;
        assert_eq!(second.status, StatusCode::OK, "{model}: {second:?}");
        let sent = upstream.requests().last().unwrap().body.to_string();
        assert!(sent.contains("25 degrees"), "{model}: {sent}");
        let is_sealed = model != "openai/gpt-oss-120b";
        assert_eq!(sent.contains("c2ln"), is_sealed, "{model}: the signature goes back: {sent}");
    }
}

#[tokio::test]
async fn pictures_reach_the_models_that_see() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let content = json!([{"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PIXEL}")}}]);
    let with = |model: &str| ask(model, &json!({"messages": [{"role": "user", "content": content}]}));
    for model in [CLAUDE, "gpt-6.2-sol", "gemini-4-argon", "auto"] {
        let reply = complete(&server, &token, with(model)).await;
        assert_eq!(reply.status, StatusCode::OK, "{model}: {reply:?}");
        assert!(upstream.requests().last().unwrap().body.to_string().contains(PIXEL), "{model}");
    }
    let blind = complete(&server, &token, with("openai/gpt-oss-120b")).await;
    assert_eq!(
        (blind.status, &blind.json()["error"]["param"]),
        (StatusCode::BAD_REQUEST, &json!("messages[0].content"))
    );
}

#[tokio::test]
async fn failures_read_as_openais() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[("DAILY_TOKEN_LIMIT_PER_USER", "50")]).await;
    let token = server.user("a@example.com").await;
    let told = |reply: &Reply| {
        let error = reply.json()["error"].clone();
        (reply.status.as_u16(), error["code"].as_str().unwrap_or_default().to_owned())
    };
    let anybody = complete(&server, "vtk_nope", ask(CLAUDE, &json!({}))).await;
    assert_eq!(told(&anybody), (401, "invalid_api_key".into()));
    let unknown = complete(&server, &token, ask("nobody-7b", &json!({}))).await;
    assert_eq!(told(&unknown), (404, "model_not_found".into()));
    for (more, param) in [
        (json!({"n": 2}), "n"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [{"role": "root", "content": "a"}]}), "messages[0].role"),
        (json!({"temperature": 3}), "temperature"),
        (json!({"functions": [{"name": "f"}]}), "functions"),
        (json!({"tools": [{"type": "function", "function": {"name": "a b"}}]}), "tools[0].function.name"),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}),
            "messages[0].content[0]",
        ),
    ] {
        let refused = complete(&server, &token, ask(CLAUDE, &more)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["error"]["param"].as_str()),
            (400, Some(param)),
            "{more}"
        );
    }
    let fine = json!({"user": "x", "seed": 7, "logit_bias": {}, "colour": 1, "max_tokens": 1_000_000});
    assert_eq!(complete(&server, &token, ask(CLAUDE, &fine)).await.status, StatusCode::OK);
    let spent = complete(&server, &token, ask(CLAUDE, &json!({}))).await;
    assert_eq!(told(&spent), (429, "insufficient_quota".into()));
    let over_rest =
        server.post(&token, "/api/v1/chat", json!({"messages": [{"role": "user", "content": "a"}]})).await;
    assert_eq!((over_rest.status.as_u16(), &over_rest.json()["code"]), (429, &json!("quota_exceeded")));
}

#[tokio::test]
async fn models_are_listed_and_looked_up() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let all = server.get(&token, "/v1/models").await.json();
    let ids: Vec<&str> =
        all["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(
        ids.contains(&"auto") && ids.contains(&CLAUDE) && ids.contains(&"openai/gpt-oss-120b"),
        "{ids:?}"
    );
    let one = server.get(&token, "/v1/models/openai/gpt-oss-120b").await;
    assert_eq!((one.status, &one.json()["id"]), (StatusCode::OK, &json!("openai/gpt-oss-120b")));
    let none = server.get(&token, "/v1/models/nope").await;
    assert_eq!(
        (none.status, &none.json()["error"]["code"]),
        (StatusCode::NOT_FOUND, &json!("model_not_found"))
    );
    assert_eq!(server.get("", "/v1/nothing").await.json()["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_call() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    upstream.script(Script::text("One two three").stall_after(1));
    let body = ask(CLAUDE, &json!({"stream": true}));
    let response = tower::ServiceExt::oneshot(
        server.router.clone(),
        request("POST", &token, "/v1/chat/completions", Some(body)),
    );
    drop(response.await.unwrap());
    upstream.wait_for_disconnect().await;
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "weather"}}])
}

/// The request that follows the answer of `reply`, with its calls answered.
fn follow_up(model: &str, reply: &Reply) -> Value {
    let message = &reply.json()["choices"][0]["message"];
    let call = &message["tool_calls"][0];
    let messages = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": message["content"], "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "rain"},
    ]);
    ask(model, &json!({"tools": tools(), "messages": messages}))
}

#[tokio::test]
async fn thinking_goes_back_before_the_text_that_followed_it() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let called = Script::text("Let me see.").thinking("Look it up.").signature("c2ln");
    upstream.script(called.tool_call("weather", "{}"));
    let first = complete(&server, &token, ask(CLAUDE, &json!({"tools": tools()}))).await;
    upstream.script(Script::text("Rain."));
    complete(&server, &token, follow_up(CLAUDE, &first)).await;
    let sent = upstream.requests().pop().unwrap().body;
    let blocks = sent["messages"][1]["content"].as_array().unwrap();
    let kinds: Vec<&str> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
    // Anthropic refuses an answer with thinking that does not begin with it.
    assert_eq!(kinds, ["thinking", "text", "tool_use"], "{sent}");
    assert_eq!(blocks[0]["signature"], "c2ln");
}

#[tokio::test]
async fn headers_say_who_answers_and_what_it_cost() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let named = complete(&server, &token, ask(CLAUDE, &json!({}))).await;
    assert_eq!(named.header("x-vertice-routed-by"), "user");
    assert_eq!(named.json()["usage"]["cost_usd"], named.header("x-vertice-cost-usd"));
    let chosen = complete(&server, &token, ask("auto", &json!({}))).await;
    assert_eq!(chosen.header("x-vertice-routed-by"), "router");
    upstream.always(chosen.header("x-vertice-provider"), Some(Script::status(529)));
    let instead = complete(&server, &token, ask("auto", &json!({"stream": true}))).await;
    assert_eq!((instead.status, instead.header("x-vertice-routed-by")), (StatusCode::OK, "failover"));
    assert_ne!(instead.header("x-vertice-model"), chosen.header("x-vertice-model"));
}

#[tokio::test]
async fn messages_are_counted_as_they_were_sent() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let image = json!([{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}]);
    let messages = json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": image}]);
    let refused = complete(&server, &token, ask("gemini-4-argon", &json!({"messages": messages}))).await;
    assert_eq!(refused.json()["error"]["param"], "messages[1].content", "{refused:?}");
}
