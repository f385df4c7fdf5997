//! The prompts and resources of the scripted server.

use serde_json::{Value, json};

use super::{Refusal, tools::PNG};

/// What it answers to a question about them; none: it is about something else.
pub(super) fn answer(method: &str, params: &Value) -> Option<Result<Value, Refusal>> {
    let gone = |what: &str| Err((-32602, format!("There is no such {what}")));
    Some(match method {
        "prompts/list" => Ok(json!({"prompts": [
            {"name": "sum_up", "title": "Sum\u{200b} up", "description": "Sums a text up.", "arguments": [
                {"name": "text", "description": "What to sum up", "required": true}, {"name": "tone"},
            ]},
            {"name": "greet"},
        ]})),
        "prompts/get" => match params["name"].as_str() {
            Some("sum_up") => Ok(json!({"messages": [
                {"role": "user", "content": {"type": "text", "text": format!("Sum up: {}", params["arguments"]["text"].as_str().unwrap_or_default())}},
                {"role": "assistant", "content": {"type": "text", "text": "Gladly."}},
            ]})),
            Some("greet") => Ok(
                json!({"messages": [{"role": "user", "content": {"type": "text", "text": "Say \u{1b}[1mhello."}}]}),
            ),
            _ => gone("prompt"),
        },
        // Two pages.
        "resources/list" if params["cursor"].is_null() => Ok(json!({"resources": [
            {"uri": "notes://list", "name": "list", "title": "Shopping list", "mimeType": "text/plain"},
            {"uri": "notes://hid\u{202e}den", "name": "hidden"}, {"uri": "notes://two\nlines", "name": "two lines"},
        ], "nextCursor": "2"})),
        "resources/list" => Ok(json!({"resources": [
            {"uri": "notes://picture", "name": "picture"}, {"uri": "notes://book.pdf", "name": "book"}, {"uri": "notes://long", "name": "long"},
        ]})),
        "resources/read" => {
            let uri = params["uri"].as_str().unwrap_or_default();
            let text = |text: String| json!({"uri": uri, "text": text});
            let contents = match uri {
                "notes://parts" => return Some(Ok(json!({"contents": vec![text("é".repeat(20_000)); 3]}))),
                "notes://twenty" => return Some(Ok(json!({"contents": vec![text(String::new()); 20]}))),
                "notes://many" => return Some(Ok(json!({"contents": vec![text(String::new()); 21]}))),
                "notes://list" => json!({"uri": uri, "text": "milk\u{200b}\n````\nbread"}),
                "notes://picture" => json!({"uri": uri, "mimeType": "text/plain", "blob": PNG}),
                "notes://book.pdf" => json!({"uri": uri, "mimeType": "image/png", "blob": "JVBERi0xLjc="}),
                "notes://long" => json!({"uri": uri, "text": "x".repeat(100_000)}),
                _ => return Some(gone("resource")),
            };
            Ok(json!({ "contents": [contents] }))
        }
        _ => return None,
    })
}
