//! The tools of the scripted server.

use serde_json::{Value, json};

/// The smallest picture there is, as base64.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

fn tool(name: &str, description: &str, properties: &Value) -> Value {
    json!({
        "name": name,
        "description": description,
        "inputSchema": {"type": "object", "properties": properties},
    })
}

/// Its tools after so many changes.
pub(super) fn list(changes: usize) -> Vec<Value> {
    let mut add =
        tool("add", "Adds two numbers.", &json!({"a": {"type": "number"}, "b": {"type": "number"}}));
    add["annotations"] = json!({"readOnlyHint": true});
    add["outputSchema"] = json!({"type": "object", "properties": {"sum": {"type": "number"}}});
    let changed = format!("Changes the list of tools. Changed {changes} times.");
    let count = json!({"type": "integer"});
    let mut tools = vec![tool("echo", "Says what it is told.", &json!({"text": {"type": "string"}})), add];
    tools.extend([
        tool("change", &changed, &json!({})),
        tool("storm", "Says so many times that the tools have changed.", &json!({"times": count})),
        tool(
            "slow",
            "Works in steps, with progress or without.",
            &json!({"steps": count, "ms": count, "progress": {"type": "boolean"}}),
        ),
        tool("big", "Answers with so many bytes.", &json!({"bytes": count})),
        tool("picture", "Answers with a picture.", &json!({})),
        tool("fail", "Fails.", &json!({})),
        tool("refuse", "Refuses the request.", &json!({})),
        tool("environment", "Tells its environment, its folder and its arguments.", &json!({})),
        tool("ask", "Asks the person first.", &json!({})),
        tool(
            "ask_form",
            "Asks for all that a form can ask for, with an address or without.",
            &json!({"url": {"type": "string"}}),
        ),
        tool("hang", "Never answers.", &json!({})),
        tool("die", "Leaves in the midst of the call.", &json!({})),
        tool("twice", "Answers twice.", &json!({})),
        tool("garbage", "Answers with bytes that are no UTF-8.", &json!({})),
        tool("noise", "Writes junk before its answer.", &json!({})),
        tool("stop_reading", "Reads nothing any more.", &json!({})),
        tool("ansi", "Answers with escape sequences.", &json!({})),
    ]);
    tools
}

/// A form with a field of every kind, or an address that is to be opened.
pub(super) fn question(url: Option<&str>) -> Value {
    if let Some(url) = url {
        return json!({"mode": "url", "message": "Pay \u{1b}[1mhere", "url": url, "elicitationId": "e1"});
    }
    json!({
        "mode": "form",
        "message": "Where to\u{200b}? \u{1b}[31mNow",
        "requestedSchema": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "title": "Full name", "minLength": 2},
                "mail": {"type": "string", "format": "email", "title": "E-mail", "description": "For the ticket"},
                "day": {"type": "string", "format": "date", "title": "Day"},
                "bags": {"type": "integer", "title": "Bags", "minimum": 0, "maximum": 3, "default": 1},
                "window": {"type": "boolean", "title": "Window seat", "default": true},
                "class": {"type": "string", "title": "Class", "oneOf": [{"const": "1", "title": "First"}, {"const": "2", "title": "Second"}]},
                "meals": {"type": "array", "title": "Meals", "items": {"type": "string", "enum": ["bread", "soup", "fish"]}, "maxItems": 2},
            },
            "required": ["name", "class"],
        },
    })
}

pub(super) fn flood() -> Vec<Value> {
    (0..10_000).map(|number| tool(&format!("tool_{number}"), "One of many.", &json!({}))).collect()
}

pub(super) fn ansi() -> Vec<Value> {
    vec![
        tool("fine", "\u{1b}[2J\u{1b}[31mRed\u{1b}[0m and \u{202e}backwards\u{202c}\u{e0041}", &json!({})),
        tool("not\u{200b}fine", "Its name hides something.", &json!({})),
        tool("hidden_field", "A field hides something.", &json!({"pa\u{200b}th": {"type": "string"}})),
    ]
}

/// What a tool answers that does nothing special with the transport. None is a tool that is not there.
pub(super) fn result(name: &str, arguments: &Value) -> Option<Value> {
    let text = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    Some(match name {
        "echo" => text(arguments["text"].as_str().unwrap_or_default()),
        "add" => {
            let sum = arguments["a"].as_f64().unwrap_or(0.0) + arguments["b"].as_f64().unwrap_or(0.0);
            json!({"content": [{"type": "text", "text": json!({"sum": sum}).to_string()}], "structuredContent": {"sum": sum}})
        }
        "big" => text(&"x".repeat(usize::try_from(arguments["bytes"].as_u64().unwrap_or(0)).unwrap_or(0))),
        "picture" => {
            json!({"content": [{"type": "image", "mimeType": "application/octet-stream", "data": PNG}]})
        }
        "fail" => {
            let mut failed = text("It did not work.");
            failed["isError"] = true.into();
            failed
        }
        "environment" => {
            let told = json!({
                "env": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
                "args": std::env::args().collect::<Vec<_>>(),
                "folder": std::env::current_dir().unwrap_or_default(),
            });
            text(&told.to_string())
        }
        "ansi" => text("\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe\u{202c}\u{e0041}\u{200b}"),
        _ => return None,
    })
}
