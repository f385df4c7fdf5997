//! What a prompt asks for. Pure, without a network, and in well under a millisecond.
//!
//! Size, pictures and speech are seen without reading. The rest is told by a small linear model that was trained on the
//! labelled messages in `data/intents.tsv`; a message that says little by itself asks for what the one before it did.

mod classifier;
mod features;
mod lexicon;

use std::sync::LazyLock;

use vertice_domain::{Author, Intent};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage},
};

pub use classifier::{CLASSES, Classifier, Likelihood, TextIntent, likeliest, softmax};
pub use features::{BUCKETS, Features};

/// Input from which a conversation counts as long.
const LONG_INPUT_TOKENS: u64 = 100_000;
/// How many messages before the last one are looked at.
const MESSAGES_BEFORE: usize = 3;

static TRAINED: LazyLock<Classifier> = LazyLock::new(|| {
    let stored = include_bytes!("../../data/intents.bin");
    Classifier::from_bytes(stored).expect("a test reads the stored weights")
});

/// What a prompt of about `input_tokens` tokens asks for.
pub fn intent(prompt: &Prompt, input_tokens: u64) -> Intent {
    if input_tokens > LONG_INPUT_TOKENS {
        return Intent::LongContext;
    }
    let mut asked = prompt.messages.iter().rev().filter(|message| message.author == Author::User);
    if asked.clone().next().is_some_and(shows_picture) {
        return Intent::Vision;
    }
    if prompt.sampling.spoken {
        return Intent::Voice;
    }
    // A message that only brings results of tools asks for nothing itself.
    let texts = asked.by_ref().map(PromptMessage::plain).filter(|text| !text.trim().is_empty());
    let texts: Vec<String> = texts.take(1 + MESSAGES_BEFORE).collect();
    match of_texts(&texts) {
        TextIntent::Simple | TextIntent::FollowUp => Intent::Simple,
        TextIntent::Code => Intent::Code,
        TextIntent::Reasoning => Intent::Reasoning,
    }
}

fn shows_picture(message: &PromptMessage) -> bool {
    message.blocks.iter().any(|block| matches!(block, Block::Image(_)))
}

/// What the first of `texts` asks for; the others came before it, the latest first.
pub fn of_texts<T: AsRef<str>>(texts: &[T]) -> TextIntent {
    likeliest(in_context(&TRAINED, texts))
}

/// What a message is by itself, before the ones before it are looked at.
pub fn by_itself(text: &str) -> TextIntent {
    likeliest(TRAINED.likelihood(&Features::of(text)))
}

/// As far as a message is a follow-up it asks for what the one before it asked for. The first one follows nothing.
fn in_context<T: AsRef<str>>(model: &Classifier, texts: &[T]) -> Likelihood {
    let Some((text, before)) = texts.split_first() else { return [1.0, 0.0, 0.0, 0.0] };
    let [simple, code, reasoning, follows] = model.likelihood(&Features::of(text.as_ref()));
    let earlier = if before.is_empty() { [simple, code, reasoning, 0.0] } else { in_context(model, before) };
    let share = follows / earlier.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    [simple + earlier[0] * share, code + earlier[1] * share, reasoning + earlier[2] * share, 0.0]
}

#[cfg(test)]
mod tests {
    use vertice_domain::chat::Sampling;

    use super::*;

    fn prompt(texts: &[&str]) -> Prompt {
        let sampling =
            Sampling { max_tokens: 100, temperature: 0.5, caching: true, effort: None, spoken: false };
        let messages = texts.iter().map(|text| PromptMessage::text(Author::User, *text)).collect();
        Prompt::new(None, messages, sampling)
    }

    #[test]
    fn size_pictures_and_speech_are_seen_without_reading() {
        assert_eq!(intent(&prompt(&["hello"]), 100_001), Intent::LongContext);
        let mut shown = prompt(&["Why does this fail?"]);
        let picture = vertice_ports::prompt::PromptImage::Url { url: "https://example.org/cat.png".into() };
        shown.messages[0].blocks.insert(0, Block::Image(picture));
        assert_eq!(intent(&shown, 10), Intent::Vision);
        shown.messages.push(PromptMessage::text(Author::User, "Write a Python function that sorts a list"));
        assert_eq!(intent(&shown, 10), Intent::Code, "the picture was shown before");
        shown.sampling.spoken = true;
        assert_eq!(intent(&shown, 10), Intent::Voice);
    }

    #[test]
    fn a_prompt_without_text_is_simple() {
        assert_eq!(intent(&prompt(&[]), 0), Intent::Simple);
        assert_eq!(intent(&prompt(&["  "]), 0), Intent::Simple);
    }
}
