//! Exports as ChatGPT's users have them: hidden beginnings, branches, tools, thoughts, pictures that are not there.

use serde_json::json;
use vertice_domain::{ImportSource, PartKind};
use vertice_runtime::SystemIds;

use super::*;
use crate::{
    stop::Stop,
    tree::{self, Whole},
};

fn conversation() -> Value {
    json!({
        "title": "Primes in Python",
        "create_time": 1_700_000_000.5,
        "update_time": 1_700_000_900.0,
        "moderation_results": [],
        "current_node": "a2",
        "conversation_id": "67a1f0c0-0000-8000-0000-000000000001",
        "default_model_slug": "gpt-4o",
        "is_archived": true,
        "safe_urls": [],
        "mapping": {
            "root": {"id": "root", "message": null, "parent": null, "children": ["sys"]},
            "sys": {"id": "sys", "parent": "root", "children": ["ctx"], "message": {
                "id": "sys", "author": {"role": "system", "name": null, "metadata": {}}, "create_time": null,
                "content": {"content_type": "text", "parts": [""]}, "weight": 0.0, "recipient": "all",
                "metadata": {"is_visually_hidden_from_conversation": true}}},
            "ctx": {"id": "ctx", "parent": "sys", "children": ["u1"], "message": {
                "id": "ctx", "author": {"role": "user"}, "create_time": null,
                "content": {"content_type": "user_editable_context", "user_profile": "I am Ann.", "user_instructions": "Be brief."},
                "metadata": {"is_visually_hidden_from_conversation": true}}},
            "u1": {"id": "u1", "parent": "ctx", "children": ["t1", "b1"], "message": {
                "id": "u1", "author": {"role": "user"}, "create_time": 1_700_000_001.0,
                "content": {"content_type": "multimodal_text", "parts": [
                    {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc", "size_bytes": 7, "width": 1, "height": 1},
                    "How many primes are there below 100?"]},
                "metadata": {"attachments": [
                    {"id": "file-abc", "name": "board.png", "mime_type": "image/png"},
                    {"id": "file-xyz", "name": "notes.pdf", "mime_type": "application/pdf"}]}}},
            "t1": {"id": "t1", "parent": "u1", "children": ["c1"], "message": {
                "id": "t1", "author": {"role": "assistant"}, "create_time": 1_700_000_002.0,
                "content": {"content_type": "thoughts", "source_analysis_msg_id": "x", "thoughts": [
                    {"summary": "Counting primes", "content": "A sieve will do.", "chunks": [], "finished": true}]},
                "metadata": {"model_slug": "o3"}}},
            "c1": {"id": "c1", "parent": "t1", "children": ["r1"], "message": {
                "id": "c1", "author": {"role": "assistant"}, "create_time": 1_700_000_003.0, "recipient": "python",
                "content": {"content_type": "code", "language": "unknown", "text": "print(25)"}, "metadata": {"model_slug": "o3"}}},
            "r1": {"id": "r1", "parent": "c1", "children": ["z1"], "message": {
                "id": "r1", "author": {"role": "tool", "name": "python"}, "create_time": 1_700_000_004.0,
                "content": {"content_type": "execution_output", "text": "25\n"}, "metadata": {}}},
            "z1": {"id": "z1", "parent": "r1", "children": ["a1"], "message": {
                "id": "z1", "author": {"role": "assistant"}, "create_time": 1_700_000_004.5,
                "content": {"content_type": "reasoning_recap", "content": "Thought for 12 seconds"}, "metadata": {}}},
            "a1": {"id": "a1", "parent": "z1", "children": ["u2"], "message": {
                "id": "a1", "author": {"role": "assistant"}, "create_time": 1_700_000_005.0, "status": "finished_successfully",
                "content": {"content_type": "text", "parts": ["There are 25.\u{e200}cite\u{e202}turn0search1\u{e201} See \u{e200}x\u{e201}."]},
                "metadata": {"model_slug": "o3", "content_references": [
                    {"matched_text": "\u{e200}cite\u{e202}turn0search1\u{e201}", "alt": " ([oeis](https://oeis.org/A000040))"}]}}},
            "u2": {"id": "u2", "parent": "a1", "children": ["a2"], "message": {
                "id": "u2", "author": {"role": "user"}, "create_time": null,
                "content": {"content_type": "text", "parts": ["Thanks"]}}},
            "a2": {"id": "a2", "parent": "u2", "children": [], "message": {
                "id": "a2", "author": {"role": "assistant"}, "create_time": null,
                "content": {"content_type": "text", "parts": ["Any time."]}, "metadata": {"model_slug": "gpt-4o"}}},
            "b1": {"id": "b1", "parent": "u1", "children": [], "message": {
                "id": "b1", "author": {"role": "assistant"}, "create_time": 1_700_000_400.0, "status": "in_progress",
                "content": {"content_type": "text", "parts": ["Twenty-f"]}, "metadata": {"model_slug": "gpt-4o-mini"}}},
        }
    })
}

fn made(value: &Value) -> (Found, Whole) {
    let found = read(value, "fallback").unwrap().unwrap();
    let now = vertice_domain::Timestamp::from_millis(1_800_000_000_000);
    let whole = tree::whole(&found, &SystemIds, now, &Stop::default()).unwrap();
    (found, whole)
}

fn kinds(whole: &Whole, at: usize) -> Vec<(u32, &'static str)> {
    let kind = |kind: &PartKind| match kind {
        PartKind::Text { .. } => "text",
        PartKind::Thinking { .. } => "thinking",
        PartKind::ToolCall(_) => "call",
        PartKind::ToolResult(_) => "result",
        _ => "other",
    };
    whole.messages[at].message.parts.iter().map(|part| (part.step, kind(&part.kind))).collect()
}

#[test]
fn an_answer_with_thoughts_and_tools_is_one_message() {
    let (found, whole) = made(&conversation());
    assert_eq!(
        (found.source, found.id.as_str()),
        (ImportSource::ChatGpt, "67a1f0c0-0000-8000-0000-000000000001")
    );
    assert_eq!((whole.conversation.title.as_str(), whole.conversation.archived), ("Primes in Python", true));
    assert_eq!(whole.conversation.created_at.to_string(), "2023-11-14T22:13:20.5Z");
    let texts: Vec<String> = whole.messages.iter().map(|whole| whole.message.text()).collect();
    let question = "[Picture, not part of the export]\n\nHow many primes are there below 100?";
    assert_eq!(
        texts,
        [
            &format!("{question}\n\n[File, not part of the export: notes.pdf]"),
            "There are 25. ([oeis](https://oeis.org/A000040)) See .",
            "Thanks",
            "Any time.",
            "Twenty-f",
        ]
    );
    assert_eq!(kinds(&whole, 1), [(1, "thinking"), (1, "call"), (1, "result"), (2, "text")]);
    let answer = &whole.messages[1].message;
    assert_eq!(answer.model.as_deref(), Some("o3"));
    assert_eq!(answer.thinking(), "**Counting primes**\n\nA sieve will do.");
    let PartKind::ToolCall(call) = &answer.parts[1].kind else { panic!("{answer:?}") };
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("python", r#"{"input":"print(25)"}"#));
    let PartKind::ToolResult(result) = &answer.parts[2].kind else { panic!("{answer:?}") };
    assert_eq!((result.content.as_str(), &result.call), ("25\n", &call.id));
}

#[test]
fn branches_stay_and_the_shown_one_is_shown() {
    let (_, whole) = made(&conversation());
    let id = |at: usize| whole.messages[at].message.id;
    let parents: Vec<_> = whole.messages.iter().map(|whole| whole.message.parent_id).collect();
    assert_eq!(parents, [None, Some(id(0)), Some(id(1)), Some(id(2)), Some(id(0))]);
    assert_eq!(whole.conversation.head_message_id, Some(id(3)));
    assert_eq!(whole.messages[4].message.status, vertice_domain::MessageStatus::Interrupted);
}

#[test]
fn what_has_no_time_follows_what_it_answers() {
    let (_, whole) = made(&conversation());
    let times: Vec<i64> = whole.messages.iter().map(|whole| whole.message.created_at.as_millis()).collect();
    assert_eq!(times[..4], [1_700_000_001_000, 1_700_000_002_000, 1_700_000_002_001, 1_700_000_002_002]);
}

#[test]
fn what_is_left_out_is_counted() {
    let (found, _) = made(&conversation());
    let counts: Vec<_> = found.losses.0.into_iter().collect();
    assert_eq!(counts, [(Loss::Picture, 1), (Loss::File, 1), (Loss::HiddenMessage, 1), (Loss::AppNote, 1)]);
}

#[test]
fn odd_ones_are_read_as_far_as_they_say_something() {
    let message = |content: Value| json!({"mapping": {"a": {"message": {"author": {"role": "user"}, "content": content}}}});
    for (content, text) in [
        (json!({"parts": ["no type"]}), "no type"),
        (
            json!({"content_type": "text", "parts": [null, 3, "b", {"content_type": "audio_transcription", "text": "spoken"}]}),
            "b\n\nspoken",
        ),
        (json!({"content_type": "tether_quote", "url": "u", "title": "T", "text": "quoted"}), "T\n\nquoted"),
        (
            json!({"content_type": "code", "language": "python", "text": "a = '```'"}),
            "````python\na = '```'\n````",
        ),
        (json!({"content_type": "of_tomorrow", "text": "still text"}), "still text"),
    ] {
        let (_, whole) = made(&message(content.clone()));
        assert_eq!(whole.messages[0].message.text(), text, "{content}");
        assert!(!whole.conversation.title.is_empty());
    }
    let unknown = read(&message(json!({"content_type": "of_tomorrow", "body": {}})), "x").unwrap().unwrap();
    assert_eq!(unknown.losses.0.into_iter().collect::<Vec<_>>(), [(Loss::UnknownPart, 1)]);
    for empty in
        [json!({"mapping": {}}), json!({"mapping": {"a": {"message": null}, "b": 3}}), message(json!(null))]
    {
        let found = read(&empty, "x").unwrap().unwrap();
        let now = vertice_domain::Timestamp::from_millis(1);
        assert!(tree::whole(&found, &SystemIds, now, &Stop::default()).is_none(), "{empty}");
    }
}

/// A message with `notes` times the same note, for which `reference` stands.
fn with_notes(notes: usize, matched: &str, alt: &str) -> Value {
    let text = "\u{e200}cite\u{e201}".repeat(notes);
    json!({"mapping": {"a": {"message": {"author": {"role": "user"}, "content": {"parts": [text]},
        "metadata": {"content_references": [{"matched_text": matched, "alt": alt}]}}}}})
}

#[test]
fn links_in_the_place_of_notes_are_bounded() {
    let text = |value: &Value| made(value).1.messages[0].message.text();
    assert_eq!(text(&with_notes(3, "\u{e200}cite\u{e201}", "[a](b)")), "[a](b)[a](b)[a](b)");
    // Neither a part of a note nor a link with notes in it is taken for one.
    let half = json!({"mapping": {"a": {"message": {"author": {"role": "user"}, "content": {"parts": ["x\u{e200}cite\u{e201}"]},
        "metadata": {"content_references": [{"matched_text": "\u{e200}", "alt": "\u{e200}\u{e200}"}]}}}}});
    assert_eq!(text(&half), "x");
    // 1,000 notes with a link of 100 kB would be 100 MB; so would 50,000 a thousand times that.
    let refused =
        read(&with_notes(1_000, "\u{e200}cite\u{e201}", &"x".repeat(100_000)), "x").unwrap().unwrap_err();
    assert_eq!(refused.code, vertice_domain::import::SkipCode::TooLarge);
}
