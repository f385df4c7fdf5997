//! What providers seal and want back verbatim: in a round of tools they get it, byte for byte and at its place.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::{Script, Upstream};

use crate::harness::Server;

const SOL: &str = "gpt-6.2-sol";
const CLAUDE: &str = "claude-opus-5-5";
const ARGON: &str = "gemini-4-argon";
/// Opaque is opaque: quotes, a line's end and letters beyond ASCII go back as they came. Gemini's must be Base64.
const SEALS: [&str; 2] = ["gAAAAB+/=\"\\\n\u{e9}\u{2028}", "gAAAAC+/=\u{1f510}"];
const BASE64_SEALS: [&str; 2] = ["c2VhbGVkIG9uZQ+/", "c2VhbGVkIHR3bw=="];
const THOUGHT: &str = "Look it up.";
const ARGUMENTS: &str = r#"{"city":"Faro"}"#;

fn seals(model: &str) -> [&'static str; 2] {
    if model == ARGON { BASE64_SEALS } else { SEALS }
}

/// A server whose catalogue says that OpenAI lives at the upstream: only there its models are asked over Responses.
async fn server(upstream: &Upstream) -> Server {
    let root = upstream.url();
    let catalog = format!(
        "[[provider]]\nid = \"openai\"\nbase_url = \"{root}/v1\"\nkey_variable = \"OPENAI_API_KEY\"\n\
         base_variable = \"OPENAI_BASE_URL\"\n"
    );
    let variables = [
        ("ANTHROPIC_API_KEY", "sk-scripted"),
        ("ANTHROPIC_BASE_URL", root.as_str()),
        ("OPENAI_API_KEY", "sk-scripted"),
        ("GOOGLE_API_KEY", "scripted"),
        ("GOOGLE_GEMINI_BASE_URL", root.as_str()),
    ];
    Server::with_catalog(&variables, &catalog).await
}

/// One more completion; gives the id of the tool call that it is, if it is one.
async fn complete(
    server: &Server,
    token: &str,
    model: &str,
    messages: &[Value],
    stream: bool,
) -> Option<String> {
    let tools = json!([{"type": "function", "function": {"name": "weather"}}]);
    let body = json!({"model": model, "messages": messages, "tools": tools, "stream": stream});
    let reply = server.post(token, "/v1/chat/completions", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{model}: {reply:?}");
    if !stream {
        return reply.json()["choices"][0]["message"]["tool_calls"][0]["id"].as_str().map(str::to_owned);
    }
    let chunks =
        reply.body.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok());
    let mut calls = chunks.map(|chunk: Value| chunk["choices"][0]["delta"]["tool_calls"][0]["id"].clone());
    calls.find_map(|id| id.as_str().map(str::to_owned))
}

/// Two rounds of tools in one turn, each with a sealed thought, and the answer. What the provider was sent each time.
async fn rounds(model: &str, stream: bool) -> Vec<Value> {
    let upstream = Upstream::start().await;
    let server = server(&upstream).await;
    let token = server.user("a@example.com").await;
    let mut messages = vec![json!({"role": "user", "content": "How warm is it?"})];
    for seal in seals(model) {
        upstream.script(Script::tool("weather", ARGUMENTS).thinking(THOUGHT).signature(seal));
        let id = complete(&server, &token, model, &messages, stream).await.expect("it is a call");
        let call =
            json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": "25 degrees"}));
    }
    upstream.script(Script::text("It is warm."));
    assert_eq!(complete(&server, &token, model, &messages, stream).await, None);
    upstream.requests().into_iter().map(|request| request.body).collect()
}

fn kinds(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn openais_encrypted_reasoning_goes_back_before_its_call() {
    for stream in [false, true] {
        let sent = rounds(SOL, stream).await;
        for body in &sent {
            assert_eq!(
                (&body["store"], &body["include"]),
                (&json!(false), &json!(["reasoning.encrypted_content"]))
            );
            assert!(body.get("previous_response_id").is_none(), "{body}");
        }
        let input = &sent[2]["input"];
        let round = ["reasoning", "function_call", "function_call_output"];
        assert_eq!(kinds(input), [&["message"][..], &round, &round].concat());
        for (place, seal) in [1, 4].into_iter().zip(SEALS) {
            let summary = json!([{"type": "summary_text", "text": THOUGHT}]);
            let item = json!({"type": "reasoning", "id": "rs_scripted0", "summary": summary,
                "encrypted_content": seal});
            assert_eq!(input[place], item);
        }
    }
}

#[tokio::test]
async fn anthropics_signed_thinking_goes_back_before_its_call() {
    for stream in [false, true] {
        let sent = rounds(CLAUDE, stream).await;
        let messages = &sent[2]["messages"];
        for (place, seal) in [1, 3].into_iter().zip(SEALS) {
            let content = &messages[place]["content"];
            assert_eq!(kinds(content), ["thinking", "tool_use"]);
            assert_eq!(content[0], json!({"type": "thinking", "thinking": THOUGHT, "signature": seal}));
            assert_eq!(kinds(&messages[place + 1]["content"]), ["tool_result"]);
        }
    }
}

#[tokio::test]
async fn geminis_signatures_go_back_on_their_calls() {
    for stream in [false, true] {
        let sent = rounds(ARGON, stream).await;
        let contents = &sent[2]["contents"];
        for (place, seal) in [1, 3].into_iter().zip(BASE64_SEALS) {
            let [call] = contents[place]["parts"].as_array().unwrap().as_slice() else {
                panic!("{contents}")
            };
            assert_eq!(
                (&call["functionCall"]["name"], &call["thoughtSignature"]),
                (&json!("weather"), &json!(seal))
            );
            assert!(contents[place + 1]["parts"][0].get("functionResponse").is_some(), "{contents}");
        }
    }
}

/// What a model sealed in an earlier answer goes back to it byte for byte, and to no other model.
#[tokio::test]
async fn what_earlier_answers_sealed_goes_back_to_the_model_that_sealed_it() {
    let upstream = Upstream::start().await;
    let server = server(&upstream).await;
    let token = server.user("a@example.com").await;
    let ask = async |conversation: &str, model: &str, answer: Script| {
        upstream.script(answer);
        let question = json!({"messages": [{"role": "user", "content": "Is it?"}], "model": model,
            "conversation_id": conversation});
        let reply = server.post(&token, "/api/v1/chat", question).await;
        assert_eq!(reply.status, StatusCode::OK, "{model}: {reply:?}");
        upstream.requests().pop().unwrap().body.to_string()
    };
    for (model, other) in [(SOL, CLAUDE), (CLAUDE, ARGON), (ARGON, SOL)] {
        let conversation = server.conversation(&token).await;
        let [seal, _] = seals(model);
        let seal = json!(seal).to_string();
        ask(&conversation, model, Script::text("It is warm.").thinking(THOUGHT).signature(seals(model)[0]))
            .await;
        let again = ask(&conversation, model, Script::text("Yes.")).await;
        assert!(again.contains("It is warm.") && again.contains(&seal), "{model}: {again}");
        let elsewhere = ask(&conversation, other, Script::text("Yes.")).await;
        assert!(elsewhere.contains("It is warm."), "{other}: {elsewhere}");
        assert!(!elsewhere.contains(&seal) && !elsewhere.contains(THOUGHT), "{other}: {elsewhere}");
        let back = ask(&conversation, model, Script::text("Yes.")).await;
        assert!(back.contains(&seal), "{model}, after another one: {back}");
    }
}
