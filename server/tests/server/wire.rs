//! The wire as it really is: what providers send that no document says, told rightly at every door.

use http::StatusCode;
use serde_json::{Value, json};
use vertice_testkit::{Fault, Script, Upstream};

use crate::{
    door::{CLAUDE, ask, chunks, complete, server},
    harness::{Server, request},
};

const MODELS: [&str; 4] = [CLAUDE, "gpt-6.2-sol", "gemini-4-argon", "openai/gpt-oss-120b"];

fn tools(names: &[&str]) -> Value {
    let tools = names.iter().map(|name| json!({"type": "function", "function": {"name": name}}));
    tools.collect()
}

fn say(text: &str, model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

#[tokio::test]
async fn a_call_without_arguments_is_an_empty_object_at_the_door_and_back() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    for model in MODELS {
        let called = || Script::tool("now", "").tool_call("then", "");
        upstream.script(called());
        let whole =
            complete(&server, &token, ask(model, &json!({"tools": tools(&["now", "then"])}))).await.json();
        let calls = &whole["choices"][0]["message"]["tool_calls"];
        for call in calls.as_array().unwrap() {
            assert_eq!(call["function"]["arguments"], "{}", "{model}: {whole}");
        }

        upstream.script(called());
        let streamed = json!({"stream": true, "tools": tools(&["now", "then"])});
        let mut arguments = [String::new(), String::new()];
        for chunk in chunks(&server, &token, ask(model, &streamed)).await {
            for call in chunk["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
                arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
            }
        }
        assert_eq!(arguments, ["{}", "{}"], "{model}");

        // As clients send it back: with null, nothing, an empty text, or the object itself.
        for sent_back in [json!(null), json!(""), json!({}), json!("{}"), Value::Bool(false)] {
            let mut calls = calls.clone();
            for call in calls.as_array_mut().unwrap() {
                call["function"]["arguments"] = sent_back.clone();
                if sent_back == Value::Bool(false) {
                    call["function"].as_object_mut().unwrap().remove("arguments");
                }
            }
            let result =
                |index: usize| json!({"role": "tool", "tool_call_id": calls[index]["id"], "content": "noon"});
            let messages = json!([{"role": "user", "content": "hi"},
                {"role": "assistant", "content": null, "tool_calls": calls}, result(0), result(1)]);
            upstream.script(Script::text("Noon."));
            let more = json!({"messages": messages, "tools": tools(&["now", "then"])});
            let reply = complete(&server, &token, ask(model, &more)).await;
            assert_eq!(reply.status, StatusCode::OK, "{model}, {sent_back}: {reply:?}");
            let body = upstream.requests().pop().unwrap().body;
            let told = match model {
                CLAUDE => body["messages"][1]["content"][0]["input"].clone(),
                "gemini-4-argon" => body["contents"][1]["parts"][0]["functionCall"]["args"].clone(),
                _ => {
                    let call = &body["messages"][1]["tool_calls"][0]["function"];
                    serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap()
                }
            };
            assert_eq!(told, json!({}), "{model}, {sent_back}: {body}");
        }
    }
}

#[tokio::test]
async fn thinking_between_tags_is_reasoning_at_the_door_and_thinking_in_a_conversation() {
    let upstream = Upstream::start().await;
    upstream.models(&["house-7b"]);
    let root = format!("{}/v1", upstream.url());
    let server = Server::with(&[("OPENAI_API_KEY", "sk-scripted"), ("OPENAI_BASE_URL", &root)]).await;
    let token = server.user("a@example.com").await;
    let script = || Script::pieces(&["<thi", "nk>\nHm", ", so.\n</think", ">\n\nUse `<think>`", "."]);
    upstream.script(script());
    let whole = complete(&server, &token, ask("house-7b", &json!({}))).await.json();
    let message = &whole["choices"][0]["message"];
    assert_eq!(
        (&message["content"], &message["reasoning_content"]),
        (&json!("Use `<think>`."), &json!("Hm, so."))
    );

    upstream.script(script());
    let all = chunks(&server, &token, ask("house-7b", &json!({"stream": true}))).await;
    let told = |field: &str| -> String {
        all.iter().filter_map(|chunk| chunk["choices"][0]["delta"][field].as_str()).collect()
    };
    assert_eq!((told("content"), told("reasoning_content")), ("Use `<think>`.".into(), "Hm, so.".into()));

    upstream.script(script());
    let body = say("hi", "house-7b");
    let events = server.listen(request("POST", &token, "/api/v1/chat/stream", Some(body))).await.rest().await;
    let told = |name: &str, field: &str| -> String {
        events
            .iter()
            .filter(|event| event.name == name)
            .map(|event| event.data[field].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        (told("token", "token"), told("thinking", "text")),
        ("Use `<think>`.".into(), "Hm, so.".into())
    );
}

#[tokio::test]
async fn an_answer_without_a_word_says_so_at_every_door() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    for (body, streamed) in [(json!({}), false), (json!({"stream": true}), true)] {
        for _ in 0..2 {
            upstream.script(Script::text(""));
        }
        let reply = complete(&server, &token, ask(CLAUDE, &body)).await;
        let error = &reply.json()["error"];
        assert_eq!(
            (reply.status, &error["code"]),
            (StatusCode::BAD_GATEWAY, &json!("empty_answer")),
            "{streamed}"
        );
    }
    for _ in 0..2 {
        upstream.script(Script::text("").thinking("Hm."));
    }
    let conversation = server.conversation(&token).await;
    let mut body = say("hi", CLAUDE);
    body["conversation_id"] = json!(conversation);
    let events = server.listen(request("POST", &token, "/api/v1/chat/stream", Some(body))).await.rest().await;
    let error = events.iter().find(|event| event.name == "error").unwrap();
    assert_eq!((&error.data["code"], &error.data["retryable"]), (&json!("empty_answer"), &json!(true)));
    assert_eq!(events.iter().filter(|event| event.name == "usage").count(), 2, "both calls were paid for");
    assert_eq!(events.last().unwrap().data["finish_reason"], "error");
}

#[tokio::test]
async fn what_a_provider_refuses_about_the_request_is_a_400_in_its_words() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    for model in MODELS {
        for fault in [Fault::BadImage, Fault::InvalidRequest, Fault::TooManyOutputTokens] {
            for streamed in [false, true] {
                upstream.script(Script::fault(fault));
                let reply = complete(&server, &token, ask(model, &json!({"stream": streamed}))).await;
                let error = &reply.json()["error"];
                assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{model}, {fault:?}: {reply:?}");
                assert_eq!(error["type"], "invalid_request_error", "{model}, {fault:?}: {error}");
                assert!(
                    error["message"].as_str().unwrap().contains("It said: "),
                    "{model}, {fault:?}: {error}"
                );
            }
        }
        upstream.script(Script::fault(Fault::BadImage));
        let conversation = server.conversation(&token).await;
        let mut body = say("hi", model);
        body["conversation_id"] = json!(conversation);
        let events =
            server.listen(request("POST", &token, "/api/v1/chat/stream", Some(body))).await.rest().await;
        let error = events.iter().find(|event| event.name == "error").unwrap();
        assert_eq!(
            (&error.data["code"], &error.data["retryable"]),
            (&json!("provider_rejected"), &json!(false))
        );
        assert!(error.data["message"].as_str().unwrap().contains("It said: "), "{model}: {error:?}");
    }
    let own_words = r#"{"error":{"message":"Invalid schema for response_format 'a': it is odd.","type":"invalid_request_error"}}"#;
    upstream.script(Script::status(400).body(own_words));
    let reply = complete(&server, &token, ask("gpt-6.2-sol", &json!({}))).await;
    assert!(reply.body.contains("Invalid schema for response_format 'a': it is odd."), "{reply:?}");
}

#[tokio::test]
async fn clients_are_told_when_it_is_no_use_to_ask_again() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    for (script, status, repeated) in [
        (Script::fault(Fault::InvalidKey), 502, false),
        (Script::fault(Fault::NoCredit), 502, false),
        (Script::fault(Fault::BadImage), 400, false),
        (Script::fault(Fault::RateLimit).header("retry-after", "900"), 429, true),
        (Script::fault(Fault::Overloaded).header("x-should-retry", "false"), 503, true),
    ] {
        upstream.script(script);
        let reply = complete(&server, &token, ask(CLAUDE, &json!({}))).await;
        let told = reply.header("x-should-retry");
        assert_eq!((reply.status.as_u16(), told != "false"), (status, repeated), "{reply:?}");
    }
}

#[tokio::test]
async fn a_named_tool_is_offered_alone_where_the_model_cannot_be_held_to_it() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let named = json!({"tools": tools(&["now", "then"]), "tool_choice": {"type": "function", "function": {"name": "then"}}});
    upstream.script(Script::tool("then", ""));
    let reply = complete(&server, &token, ask(CLAUDE, &named)).await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let sent = upstream.requests().pop().unwrap().body;
    let offered: Vec<&str> =
        sent["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!((offered, &sent["tool_choice"]["type"]), (vec!["then"], &json!("auto")));

    // A model that can be held to it gets all of them, as its cache knows them.
    upstream.script(Script::tool("then", ""));
    complete(&server, &token, ask("claude-haiku-4-5", &named)).await;
    let sent = upstream.requests().pop().unwrap().body;
    assert_eq!((sent["tools"].as_array().unwrap().len(), &sent["tool_choice"]["name"]), (2, &json!("then")));

    let some = json!({"tools": tools(&["now", "then"]), "tool_choice": "required"});
    let refused = complete(&server, &token, ask(CLAUDE, &some)).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["param"]),
        (StatusCode::BAD_REQUEST, &json!("tool_choice"))
    );
    let only = json!({"tools": tools(&["now"]), "tool_choice": "required"});
    assert_eq!(complete(&server, &token, ask(CLAUDE, &only)).await.status, StatusCode::OK);
    let chosen = complete(&server, &token, ask("auto", &some)).await;
    assert_eq!(chosen.status, StatusCode::OK, "{chosen:?}");
    assert_ne!(chosen.header("x-vertice-model"), CLAUDE);
}

#[tokio::test]
async fn where_a_key_of_ones_own_goes_is_told_before_it_is_stored() {
    let upstream = Upstream::start().await;
    let server = server(&upstream, &[]).await;
    let token = server.user("a@example.com").await;
    let all = server.get(&token, "/api/v1/providers").await.json();
    for (provider, address) in [
        ("anthropic", "https://api.anthropic.com"),
        ("openai", "https://api.openai.com"),
        ("gemini", "https://generativelanguage.googleapis.com"),
        ("groq", "https://api.groq.com"),
    ] {
        let item = all["items"].as_array().unwrap().iter().find(|item| item["provider"] == provider).unwrap();
        assert_eq!(item["own_key_address"], address, "the server's own goes to {}", upstream.url());
    }
}
