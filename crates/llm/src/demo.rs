//! The built-in model `demo`: says that it is scripted, and shows what an answer can look like. It streams through the
//! same port as a real one and never pretends to understand.

mod script;

use std::time::Duration;

use futures::StreamExt as _;
use vertice_domain::{Author, FinishReason, Provider, Tier};
use vertice_ports::Prompt;

use crate::{call::DecodedStream, catalog::Model, decode::Decoded};

pub const ID: &str = "demo";

/// The demo as a model: free, with no window to overflow.
pub fn model() -> Model {
    let free = Model::free(ID, Provider::Demo);
    Model { name: "Demo".to_owned(), tier: Tier::Fast, forced_tool_choice: false, ..free }
}

/// The answer to a prompt: pieces of a few characters, one each `pace`, within the output limit.
pub fn answer(prompt: &Prompt, pace: Duration) -> DecodedStream {
    let asked = prompt.messages.iter().rev().find(|message| message.author == Author::User);
    let text = script::answer_to(&asked.map(|message| message.plain()).unwrap_or_default());
    let limit = prompt.sampling.max_tokens as usize * 4;
    let mut pieces = pieces(&text);
    let mut left = limit;
    let kept = pieces.iter().take_while(|piece| {
        left = left.saturating_sub(piece.chars().count());
        left > 0
    });
    let kept = kept.count();
    let stop = if kept < pieces.len() { FinishReason::MaxTokens } else { FinishReason::Stop };
    pieces.truncate(kept);
    let spoken = futures::stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pace).await;
        Ok(Decoded::Text(piece))
    });
    spoken.chain(futures::stream::iter([Ok(Decoded::Stop(stop))])).boxed()
}

/// Cuts at every few characters, as tokens would, so that Markdown arrives half finished as it does in earnest.
fn pieces(text: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut size) = (Vec::new(), String::new(), 0);
    for (index, character) in text.chars().enumerate() {
        piece.push(character);
        size += 1;
        if size >= 3 + index % 5 {
            pieces.push(std::mem::take(&mut piece));
            size = 0;
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_text() {
        for asked in ["", "hello", "show me a table", "something long"] {
            let text = script::answer_to(asked);
            assert_eq!(pieces(&text).concat(), text);
            assert!(pieces(&text).iter().all(|piece| (1..=8).contains(&piece.chars().count())));
        }
    }

    #[test]
    fn it_always_says_what_it_is() {
        for asked in ["", "hello", "olá", "why is the sky blue?", "write something long", "code please"] {
            assert!(script::answer_to(asked).contains("scripted"), "{asked}");
        }
        assert_ne!(script::answer_to("hello"), script::answer_to("why?"));
        assert!(script::answer_to("Write me something LONG").len() >= 8_192);
    }
}
