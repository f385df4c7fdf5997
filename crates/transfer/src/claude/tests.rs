//! Exports as Claude's users have them: blocks beside text, branches or none, files with and without their text.

use serde_json::json;
use vertice_domain::{Outcome, PartKind, Timestamp};
use vertice_runtime::SystemIds;

use super::*;
use crate::tree::{self, Whole};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn made(value: &Value) -> (Found, Whole) {
    let found = read(value, "fallback").unwrap();
    let whole = tree::whole(
        &found,
        &SystemIds,
        Timestamp::from_millis(1_900_000_000_000),
        &crate::stop::Stop::default(),
    )
    .unwrap();
    (found, whole)
}

fn conversation() -> Value {
    json!({
        "uuid": "1b2c", "name": "", "summary": "", "created_at": "2025-02-01T10:00:00.123456Z", "updated_at": "2025-02-02T10:00:00Z",
        "account": {"uuid": "acc"},
        "chat_messages": [
            {"uuid": "m1", "text": "Sum it up", "sender": "human", "created_at": "2025-02-01T10:00:01Z", "parent_message_uuid": NOBODY,
             "content": [{"type": "text", "text": "Sum it up", "citations": []}],
             "attachments": [{"file_name": "notes.txt", "file_size": 9, "file_type": "txt", "extracted_content": "one\ntwo"},
                             {"file_name": "", "file_size": 3, "extracted_content": "pasted"},
                             {"file_name": "scan.pdf", "file_size": 9, "file_type": "pdf", "extracted_content": ""}],
             "files": [{"file_name": "photo.jpeg", "file_uuid": "f"}, {"file_name": "notes.txt"}]},
            {"uuid": "m2", "text": "Let me look.\n\nDone.", "sender": "assistant", "created_at": "2025-02-01T10:00:02Z", "parent_message_uuid": "m1",
             "content": [
                {"type": "thinking", "thinking": "Which tool?", "summaries": [{"summary": "x"}], "cut_off": false},
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {"query": "a"}, "message": "Searching"},
                {"type": "tool_use", "id": "toolu_2", "name": "repl", "input": {"code": "1"}},
                {"type": "tool_result", "tool_use_id": "toolu_2", "name": "repl", "content": [{"type": "text", "text": "1"}], "is_error": true},
                {"type": "tool_result", "tool_use_id": "toolu_1", "name": "web_search", "content": [
                    {"type": "knowledge", "title": "A page", "url": "https://a.example", "text": "words"}, {"type": "image", "source": {}}]},
                {"type": "token_budget"},
                {"type": "text", "text": "Done."}]},
            {"uuid": "m3", "text": "Another answer", "sender": "assistant", "created_at": "2025-02-01T10:05:00Z", "parent_message_uuid": "m1", "content": []},
            {"uuid": "m4", "text": "And now?", "sender": "human", "created_at": null, "parent_message_uuid": "m3", "content": [{"type": "text", "text": "And now?"}]},
        ]
    })
}

#[test]
fn blocks_become_parts_and_each_result_finds_its_call() {
    let (_, whole) = made(&conversation());
    let answer = &whole.messages[1].message;
    assert_eq!(
        (answer.text().as_str(), answer.thinking().as_str()),
        ("Let me look.\n\nDone.", "Which tool?")
    );
    let results: Vec<_> = answer
        .parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::ToolResult(result) => {
                Some((result.call.as_str(), result.content.as_str(), result.outcome))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        results,
        [
            ("call_2", "1", Outcome::Failed),
            ("call_1", "A page\n\nwords\n\n[Picture, not part of the export]", Outcome::Success)
        ]
    );
    assert_eq!(answer.parts.iter().map(|part| part.step).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 2]);
}

#[test]
fn files_are_quoted_where_their_text_is_there() {
    let (found, whole) = made(&conversation());
    let question = &whole.messages[0].message;
    let quotes: Vec<_> = question
        .parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::Quote(quote) => Some((quote.title.as_str(), quote.text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(quotes, [("notes.txt", "one\ntwo"), ("Pasted text", "pasted")]);
    let text = question.text();
    for said in [
        "[File, not part of the export: scan.pdf]",
        "[Picture, not part of the export: photo.jpeg]",
        "Sum it up",
    ] {
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(
        found.losses.0.into_iter().collect::<Vec<_>>(),
        [(Loss::Picture, 2), (Loss::File, 1), (Loss::AppNote, 1)]
    );
}

#[test]
fn branches_and_times_are_kept_and_a_title_is_found() {
    let (found, whole) = made(&conversation());
    let id = |at: usize| whole.messages[at].message.id;
    let parents: Vec<_> = whole.messages.iter().map(|whole| whole.message.parent_id).collect();
    assert_eq!(parents, [None, Some(id(0)), Some(id(0)), Some(id(2))]);
    assert_eq!(whole.conversation.head_message_id, Some(id(3)), "the last message of the list");
    assert_eq!(whole.messages[3].message.created_at.to_string(), "2025-02-01T10:05:00.001Z");
    assert_eq!(
        (found.id.as_str(), whole.conversation.updated_at.to_string().as_str()),
        ("1b2c", "2025-02-02T10:00:00Z")
    );
    assert!(whole.conversation.title.starts_with("[File") || whole.conversation.title.contains("Sum"));
}

#[test]
fn older_exports_are_a_row_of_texts() {
    let value = json!({"uuid": "x", "name": "Old", "chat_messages": [
        {"uuid": "a", "sender": "human", "text": "One"},
        {"uuid": "b", "sender": "assistant", "text": "Two", "content": null},
        {"sender": "human", "text": "Three"},
        {"sender": "human", "text": "  "},
    ]});
    let (_, whole) = made(&value);
    let texts: Vec<_> = whole.messages.iter().map(|whole| whole.message.text()).collect();
    assert_eq!(texts, ["One", "Two", "Three"]);
    let parents: Vec<_> = whole.messages.iter().map(|whole| whole.message.parent_id).collect();
    assert_eq!(parents, [None, Some(whole.messages[0].message.id), Some(whole.messages[1].message.id)]);
}
