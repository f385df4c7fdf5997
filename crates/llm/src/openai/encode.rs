//! A prompt as the body of `POST /chat/completions`. The same prompt always gives the same bytes.

use std::borrow::Cow;

use vertice_ports::Prompt;

use super::wire::{Request, StreamOptions, Turn};
use crate::catalog::{Model, Quirks};

/// The body, in the dialect that `quirks` describe.
pub fn encode(prompt: &Prompt, model: &Model, quirks: Quirks) -> Vec<u8> {
    let limit = model.clamp_output(prompt.sampling.max_tokens);
    let request = Request {
        model: &model.id,
        messages: turns(prompt, quirks),
        max_tokens: (!quirks.max_completion_tokens).then_some(limit),
        max_completion_tokens: quirks.max_completion_tokens.then_some(limit),
        temperature: (!model.refuses_temperature).then_some(prompt.sampling.temperature),
        stream: true,
        stream_options: quirks.include_usage.then_some(StreamOptions { include_usage: true }),
    };
    serde_json::to_vec(&request).expect("a body of strings and numbers cannot fail to serialise")
}

/// Neighbours by the same author are joined: many chat templates of local models insist on alternating roles.
fn turns(prompt: &Prompt, quirks: Quirks) -> Vec<Turn<'_>> {
    let role = if quirks.developer_role { "developer" } else { "system" };
    let says_something = |text: &&String| !text.trim().is_empty();
    let system = prompt.system.iter().filter(says_something);
    let mut turns: Vec<Turn<'_>> = system.map(|text| Turn { role, content: text.into() }).collect();
    let texts = prompt.messages.iter().map(|message| (message.author, message.plain()));
    for (author, text) in texts.filter(|(_, text)| !text.trim().is_empty()) {
        match turns.last_mut() {
            Some(turn) if turn.role == author.as_str() => {
                turn.content = Cow::Owned(format!("{}\n\n{text}", turn.content));
            }
            _ => turns.push(Turn { role: author.as_str(), content: text.into() }),
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use vertice_domain::{Author, Provider, chat::Sampling};
    use vertice_ports::prompt::PromptMessage;

    use super::*;

    fn encoded(model: &Model, quirks: Quirks) -> Value {
        let messages = vec![
            PromptMessage::text(Author::User, "a"),
            PromptMessage::text(Author::User, "b"),
            PromptMessage::text(Author::Assistant, ""),
        ];
        let sampling = Sampling { max_tokens: 100, temperature: 0.5, caching: true, effort: None };
        let prompt = Prompt::new(Some("Be brief.".into()), messages, sampling);
        serde_json::from_slice(&encode(&prompt, model, quirks)).unwrap()
    }

    #[test]
    fn each_dialect_gets_its_own_words() {
        let mut model = Model::unknown("m", Provider::Local);
        assert_eq!(
            encoded(&model, Quirks::COMPATIBLE),
            json!({
                "model": "m", "max_tokens": 100, "temperature": 0.5, "stream": true,
                "stream_options": {"include_usage": true},
                "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a\n\nb"}],
            })
        );
        model.refuses_temperature = true;
        let body = encoded(&model, Quirks::OPENAI);
        assert_eq!(
            (&body["max_completion_tokens"], &body["messages"][0]["role"]),
            (&json!(100), &json!("developer"))
        );
        assert!(body.get("temperature").is_none() && body.get("max_tokens").is_none(), "{body}");
    }
}
