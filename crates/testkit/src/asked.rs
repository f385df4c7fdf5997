//! What a request asks: the user's last text, and which tool results came after it. Reads every provider's body.

use serde_json::Value;

use crate::wire::Wire;

/// The end of the conversation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The user's last text.
    pub(crate) text: String,
    /// How many rounds of tool results came after it.
    pub(crate) rounds: usize,
    /// The last result, if the request ends with one.
    pub(crate) result: Option<String>,
    /// How many images the conversation holds.
    pub(crate) images: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Item {
    User(String),
    Result(String),
    Model,
}

/// Reads the body of a request.
pub(crate) fn read(wire: Wire, body: &Value) -> Asked {
    let items = match wire {
        Wire::Anthropic | Wire::Chat | Wire::Groq => messages(&body["messages"]),
        Wire::Responses => input(&body["input"]),
        Wire::Gemini => contents(&body["contents"]),
    };
    let mut asked = Asked { images: images(body), ..Asked::default() };
    let mut in_results = false;
    for item in items.into_iter().rev() {
        match item {
            Item::User(text) => {
                asked.text = text;
                break;
            }
            Item::Result(text) => {
                asked.rounds += usize::from(!in_results);
                in_results = true;
                asked.result.get_or_insert(text);
            }
            Item::Model => in_results = false,
        }
    }
    asked
}

/// Anthropic's and Chat Completions' messages.
fn messages(messages: &Value) -> Vec<Item> {
    each(messages).filter_map(|message| of_role(&message["role"], &message["content"])).collect()
}

/// What a message of Anthropic's, of Chat Completions' or of Responses' is.
fn of_role(role: &Value, content: &Value) -> Option<Item> {
    match role.as_str()? {
        "assistant" => Some(Item::Model),
        "tool" => Some(Item::Result(text(content))),
        "user" => {
            let last = each(content).filter(|block| block["type"] == "tool_result").last();
            Some(
                last.map_or_else(
                    || Item::User(text(content)),
                    |result| Item::Result(text(&result["content"])),
                ),
            )
        }
        _ => None,
    }
}

fn input(input: &Value) -> Vec<Item> {
    if let Some(text) = input.as_str() {
        return vec![Item::User(text.to_owned())];
    }
    let item = |item: &Value| match item["type"].as_str() {
        Some("function_call_output" | "custom_tool_call_output") => Some(Item::Result(text(&item["output"]))),
        None | Some("message") => of_role(&item["role"], &item["content"]),
        Some(_) => Some(Item::Model),
    };
    each(input).filter_map(item).collect()
}

fn contents(contents: &Value) -> Vec<Item> {
    let item = |content: &Value| {
        if content["role"] == "model" {
            return Item::Model;
        }
        let last = each(&content["parts"]).filter(|part| part.get("functionResponse").is_some()).last();
        last.map_or_else(
            || Item::User(text(&content["parts"])),
            |part| {
                let response = &part["functionResponse"]["response"];
                let said = ["output", "result"].iter().find_map(|field| response[*field].as_str());
                Item::Result(said.map_or_else(|| response.to_string(), str::to_owned))
            },
        )
    };
    each(contents).map(item).collect()
}

/// Images wherever they stand: in a message, in the result of a tool.
fn images(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(images).sum(),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
            let mime = value["inlineData"]["mimeType"].as_str().unwrap_or_default();
            let is_image =
                ["image", "image_url", "input_image"].contains(&kind) || mime.starts_with("image/");
            usize::from(is_image) + fields.values().map(images).sum::<usize>()
        }
        _ => 0,
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The text of a content, plain or in blocks.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(text: &str, rounds: usize, result: Option<&str>) -> Asked {
        Asked { text: text.to_owned(), rounds, result: result.map(str::to_owned), images: 0 }
    }

    #[test]
    fn the_last_text_of_the_user_is_found_in_every_format() {
        let plain = json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
            {"role": "user", "content": [{"type": "text", "text": "c"}, {"type": "text", "text": "d"}]},
            {"role": "system", "content": "not the user"}]});
        for wire in [Wire::Anthropic, Wire::Chat, Wire::Groq] {
            assert_eq!(read(wire, &plain), asked("cd", 0, None));
        }
        assert_eq!(read(Wire::Responses, &json!({"input": "a"})), asked("a", 0, None));
        let items = json!({"input": [{"role": "user", "content": [{"type": "input_text", "text": "a"}]}]});
        assert_eq!(read(Wire::Responses, &items), asked("a", 0, None));
        let contents = json!({"contents": [{"parts": [{"text": "a"}]}, {"role": "model", "parts": [{"text": "b"}]},
            {"role": "user", "parts": [{"text": "c"}, {"inlineData": {}}]}]});
        assert_eq!(read(Wire::Gemini, &contents), asked("c", 0, None));
        assert_eq!(read(Wire::Gemini, &json!({})), Asked::default());
    }

    #[test]
    fn images_are_counted_in_every_format() {
        let bodies = [
            (
                Wire::Anthropic,
                json!({"messages": [{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}]}]}),
            ),
            (
                Wire::Chat,
                json!({"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]}]}),
            ),
            (
                Wire::Responses,
                json!({"input": [{"role": "user", "content": [
                {"type": "input_image", "image_url": "data:image/png;base64,"}]}]}),
            ),
            (
                Wire::Gemini,
                json!({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": ""}},
                {"inlineData": {"mimeType": "application/pdf", "data": ""}}]}]}),
            ),
        ];
        for (wire, body) in bodies {
            assert_eq!(read(wire, &body).images, 1, "{body}");
        }
    }

    #[test]
    fn rounds_of_results_are_counted() {
        let call = json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "x", "input": {}}]});
        let results = json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t", "content": "one"},
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "two"}]},
            {"type": "text", "text": "a reminder"}]});
        let body = json!({"messages": [{"role": "user", "content": "go"}, call, results, call, results]});
        assert_eq!(read(Wire::Anthropic, &body), asked("go", 2, Some("two")));
        let chat = json!({"messages": [{"role": "user", "content": "go"}, {"role": "assistant", "tool_calls": []},
            {"role": "tool", "content": "one"}, {"role": "tool", "content": "two"}]});
        assert_eq!(read(Wire::Chat, &chat), asked("go", 1, Some("two")));
        let items = json!({"input": [{"role": "user", "content": "go"}, {"type": "reasoning"},
            {"type": "function_call"}, {"type": "function_call_output", "output": "one"}]});
        assert_eq!(read(Wire::Responses, &items), asked("go", 1, Some("one")));
        let contents = json!({"contents": [{"role": "user", "parts": [{"text": "go"}]}, {"role": "model", "parts": []},
            {"role": "user", "parts": [{"functionResponse": {"name": "x", "response": {"output": "one"}}}]}]});
        assert_eq!(read(Wire::Gemini, &contents), asked("go", 1, Some("one")));
    }
}
