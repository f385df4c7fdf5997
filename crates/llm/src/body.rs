//! A request's body: JSON, and the pictures that are put into it while it is sent.
//!
//! Encoders write a slot where a picture's bytes belong. What came with the request is never copied, and what is stored is
//! read piece by piece when the socket wants it: however many large pictures are on their way, they are not in memory.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    pin::Pin,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use http_body::{Frame, SizeHint};
use serde_json::Value;
use vertice_domain::{BlobHash, UserId};
use vertice_ports::{
    Blobs, Prompt,
    prompt::{Block, PromptImage},
};

/// What slots begin with. Nobody outside this process knows it, and it never leaves it: no text can hold it.
static BOUNDARY: LazyLock<String> = LazyLock::new(|| {
    let random = || RandomState::new().build_hasher().finish();
    format!("slot-{:016x}{:016x}-", random(), random())
});

/// The place of a picture in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Index into the messages.
    pub message: usize,
    /// Index into that message's blocks.
    pub block: usize,
    /// Among the pictures of a tool's result; else 0.
    pub index: usize,
}

impl Slot {
    /// What stands for the picture's bytes in base64.
    pub(crate) fn text(self) -> String {
        format!("{}{}.{}.{};", *BOUNDARY, self.message, self.block, self.index)
    }

    /// The slot that `text` begins with, after the boundary, and its length there.
    fn parse(text: &str) -> Option<(Self, usize)> {
        let (place, _) = text.split_once(';')?;
        let mut numbers = place.split('.').map(|number| number.parse().ok());
        let slot = Self { message: numbers.next()??, block: numbers.next()??, index: numbers.next()?? };
        Some((slot, place.len() + 1))
    }

    fn picture(self, prompt: &Prompt) -> Option<&PromptImage> {
        match prompt.messages.get(self.message)?.blocks.get(self.block)? {
            Block::Image(image) => Some(image),
            Block::ToolResult(result) => result.images.get(self.index),
            Block::Text(_) | Block::ToolCall(_) | Block::Replay(_) => None,
        }
    }
}

/// The body. Cheap to clone: each attempt sends the same one.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Bytes(Bytes),
    Stored { hash: BlobHash, size: u64 },
}

impl Piece {
    const fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stored { size, .. } => base64_length(*size),
        }
    }
}

/// How long `size` bytes are in base64.
pub const fn base64_length(size: u64) -> u64 {
    size.div_ceil(3) * 4
}

impl Body {
    /// The body that `value` describes, with slots for pictures of `prompt`.
    pub(crate) fn new(value: &Value, prompt: &Prompt) -> Self {
        let json = serde_json::to_string(value).expect("a value with string keys cannot fail to serialise");
        let mut pieces = Vec::new();
        let mut done = 0;
        let mut filled = Vec::new();
        if prompt.has_images() {
            for (start, boundary) in json.match_indices(BOUNDARY.as_str()) {
                let Some((slot, length)) = Slot::parse(&json[start + boundary.len()..]) else { continue };
                filled.push((start, start + boundary.len() + length, slot.picture(prompt)));
            }
        }
        let json = Bytes::from(json);
        for (start, end, picture) in filled {
            pieces.push(Piece::Bytes(json.slice(done..start)));
            pieces.extend(picture.and_then(piece));
            done = end;
        }
        pieces.push(Piece::Bytes(json.slice(done..)));
        Self { pieces }
    }

    /// How long it is, in bytes.
    pub fn length(&self) -> u64 {
        self.pieces.iter().map(Piece::length).sum()
    }

    /// All of it; none: some of it is stored elsewhere.
    pub fn whole(&self) -> Option<Vec<u8>> {
        let mut whole = Vec::new();
        for piece in &self.pieces {
            let Piece::Bytes(bytes) = piece else { return None };
            whole.extend_from_slice(bytes);
        }
        Some(whole)
    }

    /// As it is sent, with the pictures that `source` stores.
    pub fn sending(&self, source: &Source) -> Sending {
        let source = source.clone();
        let pieces = stream::iter(self.pieces.clone());
        let bytes = pieces.then(move |piece| source.clone().bytes(piece)).try_flatten();
        Sending { bytes: Mutex::new(bytes.boxed()), left: self.length() }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { pieces: vec![Piece::Bytes(bytes)] }
    }
}

fn piece(picture: &PromptImage) -> Option<Piece> {
    match picture {
        PromptImage::Inline { base64, .. } => Some(Piece::Bytes(base64.clone())),
        PromptImage::Stored { hash, size, .. } => Some(Piece::Stored { hash: *hash, size: *size }),
        PromptImage::Url { .. } => None,
    }
}

/// Why a body could not be sent to its end.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// A picture is gone.
    #[error("a stored picture is gone")]
    Gone,
    /// A picture cannot be read.
    #[error("a stored picture cannot be read: {0}")]
    Unreadable(#[from] vertice_domain::Error),
    /// A picture has changed.
    #[error("a stored picture is not as long as it was said to be")]
    Length,
}

type Sendable = BoxStream<'static, Result<Bytes, Unsent>>;

/// Where the stored pictures of a user are read.
#[derive(Clone)]
pub struct Source {
    pub blobs: Arc<dyn Blobs>,
    pub owner: UserId,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Source {
    async fn bytes(self, piece: Piece) -> Result<Sendable, Unsent> {
        match piece {
            Piece::Bytes(bytes) => Ok(stream::iter([Ok(bytes)]).boxed()),
            Piece::Stored { hash, .. } => {
                let raw = self.blobs.read(self.owner, hash).await?.ok_or(Unsent::Gone)?;
                Ok(in_base64(raw.map_err(Unsent::from)).boxed())
            }
        }
    }
}

/// Three bytes are four characters, so what is left over of a piece waits for the next one.
fn in_base64(
    raw: impl Stream<Item = Result<Bytes, Unsent>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, Unsent>> + Send + 'static {
    let end = stream::iter([Ok(Bytes::new())]);
    let mut over = BytesMut::new();
    // An empty piece tells the end: stores give none.
    raw.try_filter(|piece| std::future::ready(!piece.is_empty())).chain(end).map_ok(move |piece| {
        let is_end = piece.is_empty();
        over.extend_from_slice(&piece);
        let whole = if is_end { over.len() } else { over.len() - over.len() % 3 };
        Bytes::from(STANDARD.encode(over.split_to(whole)))
    })
}

/// A body on its way, of a length that is known before.
pub struct Sending {
    /// Only ever used by the one who has it: a body must be `Sync`, and nothing else is needed for that.
    bytes: Mutex<Sendable>,
    left: u64,
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = Unsent;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Unsent>>> {
        let this = self.get_mut();
        let bytes = this.bytes.get_mut().unwrap_or_else(PoisonError::into_inner);
        let next = match ready!(bytes.poll_next_unpin(cx)) {
            Some(Ok(bytes)) => {
                this.left.checked_sub(bytes.len() as u64).map(|left| (bytes, left)).ok_or(Unsent::Length)
            }
            Some(Err(error)) => Err(error),
            None if this.left == 0 => return Poll::Ready(None),
            None => Err(Unsent::Length),
        };
        Poll::Ready(Some(next.map(|(bytes, left)| {
            this.left = left;
            Frame::data(bytes)
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests;
