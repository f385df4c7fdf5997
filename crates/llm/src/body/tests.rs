//! Bodies as the socket takes them, with pictures read on the way.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::json;
use vertice_domain::{Author, Error, ImageType, Result, chat::Sampling};
use vertice_ports::{
    blobs::BlobStream,
    prompt::{PromptMessage, ToolResult},
};

use super::*;

/// Blobs in memory, read in pieces of a length that is no multiple of three.
#[derive(Default)]
struct Kept(HashMap<BlobHash, Vec<u8>>);

#[async_trait]
impl Blobs for Kept {
    async fn put(&self, _: UserId, _: &str, _: Bytes) -> Result<BlobHash> {
        Err(Error::internal())
    }

    async fn get(&self, _: UserId, _: BlobHash) -> Result<Option<Bytes>> {
        Err(Error::internal())
    }

    async fn read(&self, _: UserId, hash: BlobHash) -> Result<Option<BlobStream>> {
        let Some(bytes) = self.0.get(&hash) else { return Ok(None) };
        let pieces: Vec<_> = bytes.chunks(1_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Ok(Some(stream::iter(pieces).boxed()))
    }

    async fn sizes(&self, _: UserId, _: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        Err(Error::internal())
    }

    async fn sweep(&self) -> Result<u64> {
        Err(Error::internal())
    }

    async fn ping(&self) -> Result<()> {
        Err(Error::internal())
    }
}

fn stored(number: u8, size: u64) -> PromptImage {
    PromptImage::Stored { hash: BlobHash::new([number; 32]), media_type: ImageType::Png, size }
}

fn prompt(blocks: Vec<Block>) -> Prompt {
    let sampling = Sampling { max_tokens: 1, temperature: 0.0, caching: true, effort: None, spoken: false };
    Prompt::new(None, vec![PromptMessage { author: Author::User, blocks }], sampling)
}

fn slot(block: usize, index: usize) -> String {
    Slot { message: 0, block, index }.text()
}

async fn sent(body: &Body, kept: Kept) -> std::result::Result<Vec<u8>, Unsent> {
    use http_body_util::BodyExt as _;
    let source = Source { blobs: Arc::new(kept), owner: UserId::new(uuid::Uuid::nil()) };
    let sending = body.sending(&source);
    assert_eq!(http_body::Body::size_hint(&sending).exact(), Some(body.length()));
    Ok(sending.collect().await?.to_bytes().to_vec())
}

#[tokio::test]
async fn pictures_are_put_in_where_their_slots_stand() {
    let inline = PromptImage::Inline { media_type: ImageType::Png, base64: Bytes::from_static(b"aGVsbG8=") };
    let result = ToolResult {
        call_id: "c".into(),
        text: String::new(),
        images: vec![stored(1, 5_000), stored(2, 3_001)],
        is_error: false,
    };
    let prompt = prompt(vec![Block::Image(inline), Block::ToolResult(result)]);
    let value =
        json!({"a": slot(0, 0), "b": ["x", format!("data:image/png;base64,{}", slot(1, 1)), slot(1, 0)]});
    let body = Body::new(&value, &prompt);
    assert_eq!(body.whole(), None, "some of it is elsewhere");
    let pictures = [(1, 5_000), (2, 3_001)];
    let kept = |pictures: &[(u8, usize)]| {
        Kept(
            pictures
                .iter()
                .map(|(number, size)| (BlobHash::new([*number; 32]), vec![*number; *size]))
                .collect(),
        )
    };
    let base64 = |number: u8, size: usize| STANDARD.encode(vec![number; size]);
    let expected = json!({"a": "aGVsbG8=", "b": ["x", format!("data:image/png;base64,{}", base64(2, 3_001)), base64(1, 5_000)]});
    assert_eq!(sent(&body, kept(&pictures)).await.unwrap(), serde_json::to_vec(&expected).unwrap());

    assert!(matches!(sent(&body, kept(&pictures[..1])).await, Err(Unsent::Gone)));
    assert!(matches!(sent(&body, kept(&[(1, 5_000), (2, 2_000)])).await, Err(Unsent::Length)));
    assert!(matches!(sent(&body, kept(&[(1, 5_000), (2, 9_000)])).await, Err(Unsent::Length)));
}

#[tokio::test]
async fn a_text_that_looks_like_a_slot_is_a_text() {
    let value = json!({"text": "slot-0123456789abcdef0123456789abcdef-0.0.0;"});
    let body = Body::new(&value, &prompt(vec![Block::Image(stored(1, 10))]));
    assert_eq!(body.whole().unwrap(), serde_json::to_vec(&value).unwrap());
    assert_eq!(sent(&body, Kept::default()).await.unwrap(), body.whole().unwrap());
}
