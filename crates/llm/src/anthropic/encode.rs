//! A prompt as the body of `POST /v1/messages`. The same prompt always gives the same bytes: caches live on that.

use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage},
};

use super::wire::{CacheControl, Request, TextBlock, Turn};
use crate::{catalog::Model, estimate};

const EPHEMERAL: CacheControl = CacheControl { kind: "ephemeral" };

/// The body. `caching`: whether the server and the caller allow cache marks.
pub fn encode(prompt: &Prompt, model: &Model, caching: bool) -> Vec<u8> {
    let mut request = Request {
        model: &model.id,
        max_tokens: model.clamp_output(prompt.sampling.max_tokens),
        system: prompt.system.iter().filter(|text| says_something(text)).map(|text| block(text)).collect(),
        messages: turns(&prompt.messages),
        temperature: (!model.refuses_temperature).then_some(prompt.sampling.temperature),
        stream: true,
    };
    if caching {
        mark(&mut request, prompt, model);
    }
    serde_json::to_vec(&request).expect("a body of strings and numbers cannot fail to serialise")
}

/// Neighbours by the same author become one turn of several blocks; the provider refuses empty blocks.
fn turns(messages: &[PromptMessage]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    let texts = messages.iter().flat_map(|message| {
        message.blocks.iter().filter_map(|part| match part {
            Block::Text(text) if says_something(text) => Some((message.author, text)),
            _ => None,
        })
    });
    for (author, text) in texts {
        match turns.last_mut() {
            Some(turn) if turn.role == author.as_str() => turn.content.push(block(text)),
            _ => turns.push(Turn { role: author.as_str(), content: vec![block(text)] }),
        }
    }
    turns
}

fn says_something(text: &str) -> bool {
    !text.trim().is_empty()
}

fn block(text: &str) -> TextBlock<'_> {
    TextBlock { kind: "text", text, cache_control: None }
}

/// Marks the end of the system text and the end of the last turn, where the prefix is long enough to be cached at all.
fn mark(request: &mut Request<'_>, prompt: &Prompt, model: &Model) {
    let Some(minimum) = model.cache_min_tokens else { return };
    let system: u64 = request.system.iter().map(|block| estimate::tokens_of(block.text)).sum();
    if system >= minimum
        && let Some(last) = request.system.last_mut()
    {
        last.cache_control = Some(EPHEMERAL);
    }
    if estimate::tokens_of_prompt(prompt) >= minimum
        && let Some(last) = request.messages.last_mut().and_then(|turn| turn.content.last_mut())
    {
        last.cache_control = Some(EPHEMERAL);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vertice_domain::{Author, chat::Sampling};

    use super::*;
    use crate::catalog::Catalog;

    fn encoded(prompt: &Prompt, id: &str, caching: bool) -> Value {
        let catalog = Catalog::built_in().unwrap();
        serde_json::from_slice(&encode(prompt, catalog.model(id).unwrap(), caching)).unwrap()
    }

    fn prompt(system: Option<String>, texts: &[(Author, &str)]) -> Prompt {
        let messages = texts.iter().map(|(author, text)| PromptMessage::text(*author, *text)).collect();
        let sampling = Sampling { max_tokens: 500_000, temperature: 0.5, caching: true, effort: None };
        Prompt::new(system, messages, sampling)
    }

    #[test]
    fn neighbours_merge_and_empty_messages_vanish() {
        let prompt = prompt(
            Some("Be brief.".into()),
            &[
                (Author::User, "a"),
                (Author::Assistant, " \n"),
                (Author::User, "b"),
                (Author::Assistant, "c"),
                (Author::User, "d"),
            ],
        );
        let body = encoded(&prompt, "claude-haiku-4-5", true);
        assert_eq!(
            body,
            json!({
                "model": "claude-haiku-4-5", "max_tokens": 64_000, "temperature": 0.5, "stream": true,
                "system": [{"type": "text", "text": "Be brief."}],
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                    {"role": "assistant", "content": [{"type": "text", "text": "c"}]},
                    {"role": "user", "content": [{"type": "text", "text": "d"}]},
                ],
            })
        );
    }

    #[test]
    fn temperature_is_left_out_where_it_is_refused() {
        let body = encoded(&prompt(None, &[(Author::User, "a")]), "claude-opus-5-5", false);
        assert!(body.get("temperature").is_none() && body.get("system").is_none(), "{body}");
    }

    #[test]
    fn long_prefixes_are_marked_on_blocks() {
        let long = "word ".repeat(600);
        let prompt =
            prompt(Some(long), &[(Author::User, "a"), (Author::Assistant, "b"), (Author::User, "c")]);
        let body = encoded(&prompt, "claude-opus-5-5", true);
        let mark = json!({"type": "ephemeral"});
        assert_eq!(body["system"][0]["cache_control"], mark);
        assert_eq!(body["messages"][2]["content"][0]["cache_control"], mark);
        assert_eq!(body.to_string().matches("cache_control").count(), 2);
        for (model, caching) in [("claude-opus-5-5", false), ("claude-haiku-4-5", true)] {
            assert!(!encoded(&prompt, model, caching).to_string().contains("cache_control"), "{model}");
        }
    }
}
