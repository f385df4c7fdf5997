//! Conversations as other apps export them.

use serde_json::{Value, json};

/// A question with two answers, of which the second one is shown; the first one thought and used a tool.
pub(super) fn chatgpt(id: &str) -> Value {
    let node = |id: &str,
                parent: &str,
                children: Value,
                role: &str,
                at: Value,
                content: Value,
                more: Value| {
        let mut message = json!({"id": id, "author": {"role": role, "name": null, "metadata": {}}, "create_time": at,
            "content": content, "status": "finished_successfully", "end_turn": null, "weight": 1.0, "metadata": {"model_slug": "o3"},
            "recipient": "all"});
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        json!({"id": id, "parent": parent, "children": children, "message": message})
    };
    let text = |text: &str| json!({"content_type": "text", "parts": [text]});
    json!({
        "title": format!("Arithmetic {id}"), "create_time": 1_700_000_000.25, "update_time": 1_700_000_100.0, "id": id,
        "conversation_id": id, "current_node": "b", "gizmo_id": null, "is_archived": false, "mapping": {
            "root": {"id": "root", "message": null, "parent": null, "children": ["u"]},
            "u": node("u", "root", json!(["t", "b"]), "user", json!(1_700_000_001.0), text("What is 6 × 7?"), json!({})),
            "t": node("t", "u", json!(["c"]), "assistant", json!(1_700_000_002.0),
                json!({"content_type": "thoughts", "thoughts": [{"summary": "", "content": "Multiply."}]}), json!({})),
            "c": node("c", "t", json!(["r"]), "assistant", json!(null),
                json!({"content_type": "code", "language": "python", "text": "6*7"}), json!({"recipient": "python"})),
            "r": node("r", "c", json!(["a"]), "tool", json!(1_700_000_003.0),
                json!({"content_type": "execution_output", "text": "42"}), json!({"author": {"role": "tool", "name": "python"}})),
            "a": node("a", "r", json!([]), "assistant", json!(1_700_000_004.0), text("It is 42."), json!({})),
            "b": node("b", "u", json!([]), "assistant", json!(1_700_000_050.0), text("Forty-two."), json!({})),
        }
    })
}

/// A question with a file and a picture, an answer, and what follows.
pub(super) fn claude(id: &str) -> Value {
    json!({
        "uuid": id, "name": "Trip to Lisbon", "created_at": "2025-02-01T10:00:00Z", "updated_at": "2025-02-01T10:10:00Z",
        "account": {"uuid": "a"}, "chat_messages": [
            {"uuid": "m0", "text": "Plan it", "sender": "human", "created_at": "2025-02-01T10:00:01Z",
             "parent_message_uuid": "00000000-0000-4000-8000-000000000000",
             "content": [{"type": "text", "text": "Plan it"}], "files": [{"file_name": "map.png"}],
             "attachments": [{"file_name": "notes.txt", "file_size": 3, "file_type": "txt", "extracted_content": "Two days"}]},
            {"uuid": "m1", "text": "Go by train.", "sender": "assistant", "created_at": "2025-02-01T10:00:05Z",
             "parent_message_uuid": "m0", "content": [{"type": "text", "text": "Go by train."}], "files": [], "attachments": []},
            {"uuid": "m2", "text": "Thanks", "sender": "human", "created_at": "2025-02-01T10:01:00Z",
             "parent_message_uuid": "m1", "content": [{"type": "text", "text": "Thanks"}], "files": [], "attachments": []},
        ]
    })
}
