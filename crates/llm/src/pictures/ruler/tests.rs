//! What pictures count as, by their width and height.

use bytes::Bytes;
use vertice_domain::{Author, ImageType, chat::Sampling};
use vertice_ports::prompt::{Block, PromptMessage};

use super::*;

/// The beginning of a PNG of those sides.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.resize(3_000, 0);
    bytes
}

fn tokens(provider: Provider, bytes: &[u8]) -> u64 {
    let base64 = Bytes::from(STANDARD.encode(bytes));
    let blocks = vec![Block::Image(PromptImage::Inline { media_type: ImageType::Png, base64 })];
    let sampling = Sampling { max_tokens: 1, temperature: 0.0, caching: true, effort: None, spoken: false };
    let prompt = Prompt::new(None, vec![PromptMessage { author: Author::User, blocks }], sampling);
    Ruler::default().tokens(&prompt, provider)
}

#[test]
fn pictures_count_by_their_sides_where_the_provider_does() {
    let (small, large) = (png(300, 200), png(6_000, 4_000));
    assert_eq!((tokens(Provider::Anthropic, &small), tokens(Provider::Anthropic, &large)), (80, 4_784));
    assert_eq!((tokens(Provider::Openai, &small), tokens(Provider::Openai, &large)), (84, 3_000));
    assert_eq!(tokens(Provider::Gemini, &small), tokens(Provider::Gemini, &large));
    assert_eq!(tokens(Provider::Local, &large), limits::TOKENS);
    assert_eq!(tokens(Provider::Anthropic, b"no picture at all"), limits::TOKENS, "what cannot be measured");
}
