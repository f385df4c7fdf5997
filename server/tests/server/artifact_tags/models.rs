//! Which models are told of tags, and how they go on from each other.

use serde_json::json;
use vertice_testkit::Script;

use super::{CLAUDE, HOME, PLAIN, site, text};

#[tokio::test]
async fn models_with_and_without_tools_go_on_from_each_other() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let body = json!({"path": "a.md", "heading": "A", "text": "one\n"});
    site.upstream.script(Script::tool("create_artifact", &body.to_string()));
    site.upstream.script(Script::tool("read_artifact", r#"{"path":"a.md"}"#));
    site.upstream.script(Script::text("Done."));
    site.says(&server, &conversation, "Write.", CLAUDE).await.until("done").await;
    site.hears(&server, &conversation, "Now:\n<artifact path=\"a.md\">\ntwo\n</artifact>\nBetter.").await;
    let (_, messages) = site.shown();
    assert_eq!(text(&messages[1]), "<artifact path=\"a.md\" title=\"A\">\none\n\n</artifact>");
    assert_eq!(
        text(&messages[2]),
        "[The tool read_artifact was used with {\"path\":\"a.md\"}. It said: one\n]"
    );
    assert_eq!(text(&messages[3]), "Done.");

    // What a person changes, the model hears with the next message.
    let id = site.artifacts(&server, &conversation).await[0]["id"].as_str().unwrap().to_owned();
    let edit = json!({"content": "three", "expected_version": 2});
    server.json("PUT", &site.token, &format!("/api/v1/artifacts/{id}"), Some(edit)).await;
    site.hears(&server, &conversation, "I see.").await;
    let (_, messages) = site.shown();
    let last = text(messages.last().unwrap());
    assert!(last.contains("The user has edited the artifact") && last.contains("+three"), "{last}");

    site.upstream.script(Script::text("Hello."));
    site.says(&server, &conversation, "And you?", CLAUDE).await.until("done").await;
    let body = site.upstream.requests().last().unwrap().body.clone();
    assert!(body["tools"].to_string().contains("rewrite_artifact"));
    let create =
        body["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "create_artifact").unwrap();
    let asked: Vec<&String> = create["input_schema"]["properties"].as_object().unwrap().keys().collect();
    assert_eq!(asked, ["heading", "kind", "path", "text"], "what only tags say is asked of nobody");
    assert!(!body["system"].to_string().contains("<artifact"), "{}", body["system"]);
    let kinds: Vec<String> = body["messages"].as_array().unwrap()[7..10]
        .iter()
        .map(|message| {
            let kinds =
                message["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap());
            kinds.collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(kinds, ["text tool_use", "tool_result", "text"], "{body}");
}

#[tokio::test]
async fn tags_are_told_of_only_where_artifacts_are_offered() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let tag = "<artifact path=\"a.md\">\nx\n</artifact>";
    let message = json!([{"role": "user", "content": "Hi."}]);
    for body in [
        json!({"messages": message, "model": PLAIN, "conversation_id": conversation, "tools": "none"}),
        json!({"messages": message, "model": PLAIN}),
    ] {
        site.upstream.script(Script::text(tag));
        let answer = server.json("POST", &site.token, "/api/v1/chat", Some(body)).await;
        assert_eq!(
            answer["message"]["content"].as_str().or(answer["content"].as_str()),
            Some(tag),
            "{answer}"
        );
        assert!(!site.shown().0.to_string().contains("<artifact"));
    }
    // Instructions of one's own come first.
    let own = json!({"system_prompt": "Be short."});
    let path = format!("/api/v1/conversations/{conversation}");
    server.json("PATCH", &site.token, &path, Some(own)).await;
    site.hears(&server, &conversation, "Hm.").await;
    let system = site.shown().0.to_string();
    assert!(system.contains("Be short.\\n\\nYou can make artifacts"), "{system}");
}

#[tokio::test]
async fn a_model_at_home_writes_them_in_its_servers_form() {
    let site = site().await;
    let server = site.place.serve().await;
    let conversation = site.conversation(&server, "chat").await;
    let tag = "<artifact path=\"a.md\">\none\n</artifact>";
    for answer in [
        &format!("So:\n{tag}\nDone."),
        "<artifact_edit path=a.md><find>x</find><replace>y</replace></artifact_edit>",
        "Well.",
    ] {
        site.upstream.script(Script::text(answer));
        site.says(&server, &conversation, "Go on.", HOME).await.until("done").await;
    }
    let kept = site.artifacts(&server, &conversation).await;
    assert_eq!((kept.len(), &kept[0]["content"]), (1, &json!("one")));
    let body = site.upstream.requests().last().unwrap().body.clone();
    assert!(body.get("tools").is_none(), "{body}");
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "assistant", "user"]);
    assert!(messages[0]["content"].as_str().unwrap().starts_with("You can make artifacts"));
    assert_eq!(messages[2]["content"], format!("So:\n\n\n{tag}\n\nDone."));
    let told = messages[5]["content"].as_str().unwrap();
    assert!(
        told.starts_with("[Your tag artifact_edit for a.md failed: ") && told.ends_with("Go on."),
        "{told}"
    );
}
