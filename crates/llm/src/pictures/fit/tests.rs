//! Which pictures go with a request, and which are left out.

use bytes::Bytes;
use vertice_domain::{Author, BlobHash, ImageType, chat::Sampling};
use vertice_ports::prompt::{PromptMessage, ToolResult};

use super::*;

const MB5: u64 = 5 * 1024 * 1024;

fn stored(number: u8, size: u64) -> PromptImage {
    PromptImage::Stored { hash: BlobHash::new([number; 32]), media_type: ImageType::Png, size }
}

fn prompt(messages: Vec<Vec<Block>>) -> Prompt {
    let sampling = Sampling { max_tokens: 1, temperature: 0.0, caching: true, effort: None, spoken: false };
    let messages = messages.into_iter().map(|blocks| PromptMessage { author: Author::User, blocks });
    Prompt::new(None, messages.collect(), sampling)
}

/// A conversation with a picture in each of its messages.
fn conversation(sizes: &[u64]) -> Prompt {
    let message = |(number, size): (usize, &u64)| {
        vec![Block::Image(stored(number as u8, *size)), Block::Text("?".into())]
    };
    prompt(sizes.iter().enumerate().map(message).collect())
}

fn kept(prompt: &Prompt) -> Vec<u8> {
    let number = |picture: &PromptImage| match picture {
        PromptImage::Stored { hash, .. } => {
            (0..=u8::MAX).find(|number| *hash == BlobHash::new([*number; 32]))
        }
        PromptImage::Inline { .. } | PromptImage::Url { .. } => None,
    };
    prompt.images().filter_map(number).collect()
}

#[test]
fn the_newest_pictures_are_kept_and_a_sentence_stands_for_the_others() {
    let long = conversation(&[MB5; 100]);
    let cases =
        [(Provider::Anthropic, 4), (Provider::Openai, 5), (Provider::Gemini, 5), (Provider::Local, 5)];
    for (provider, count) in cases {
        let fitted = fit(&long, provider);
        let newest: Vec<u8> = (100 - count..100).collect();
        assert_eq!(kept(&fitted), newest, "{provider:?}");
        assert_eq!(left_out(&long, provider), 100 - usize::from(count));
        assert_eq!(fitted.messages[0].blocks[0], Block::Text(TOO_MANY.into()));
        assert_eq!(fitted.messages[0].blocks.len(), 2, "every block keeps its place");
        let bytes: u64 = fitted.images().map(length).sum();
        assert!(bytes <= limits(provider).all, "{provider:?}: {bytes}");
    }
    // What is left out stays so as the conversation grows, so that it begins as it did.
    let grown = conversation(&[MB5; 101]);
    let (before, after) = (fit(&long, Provider::Openai), fit(&grown, Provider::Openai));
    assert_eq!(before.messages[..95], after.messages[..95]);
}

#[test]
fn five_of_five_megabytes_fit_into_one_message() {
    let five = prompt(vec![(0..5).map(|number| Block::Image(stored(number, MB5))).collect()]);
    assert!(matches!(fit(&five, Provider::Openai), Cow::Borrowed(_)), "nothing is copied");
    assert_eq!(kept(&fit(&five, Provider::Anthropic)), [1, 2, 3, 4]);
}

#[test]
fn a_picture_that_the_provider_refuses_makes_room_for_others() {
    let mixed = conversation(&[1_000, MB5, 2_000]);
    let fitted = fit(&mixed, Provider::Groq);
    assert_eq!(kept(&fitted), [0, 2]);
    assert_eq!(fitted.messages[1].blocks[0], Block::Text(TOO_LARGE.into()));
    assert_eq!(kept(&fit(&conversation(&[1_000; 7]), Provider::Groq)), [2, 3, 4, 5, 6], "five at most");
    assert_eq!(kept(&fit(&conversation(&[1_000; 30]), Provider::Anthropic)).len(), 20);
}

#[test]
fn a_tool_says_that_its_picture_is_left_out() {
    let result = ToolResult {
        call_id: "c".into(),
        text: "A map.".into(),
        images: vec![stored(0, 1_000), stored(1, 2_000)],
        is_error: false,
    };
    let mut seen = prompt(vec![vec![Block::ToolResult(result)]]);
    without(&mut seen, |picture| *picture == stored(0, 1_000));
    let Block::ToolResult(result) = &seen.messages[0].blocks[0] else { unreachable!("it was one") };
    assert_eq!((result.text.as_str(), result.images.len()), (format!("A map.\n\n{GONE}").as_str(), 1));
}

#[test]
fn pictures_that_came_with_the_request_count_as_they_are() {
    let inline =
        |size| PromptImage::Inline { media_type: ImageType::Png, base64: Bytes::from(vec![b'A'; size]) };
    let two = prompt(vec![vec![Block::Image(inline(30_000_000)), Block::Image(inline(6_000_000))]]);
    assert_eq!(left_out(&two, Provider::Openai), 1);
    let addresses = vec![Block::Image(PromptImage::Url { url: "https://a.example/b.png".into() }); 7];
    assert_eq!(left_out(&prompt(vec![addresses]), Provider::Groq), 2);
}
