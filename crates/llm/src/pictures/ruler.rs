//! The sides of pictures, read from their first bytes. Those of stored ones are remembered.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::StreamExt as _;
use lru::LruCache;
use vertice_domain::{BlobHash, Provider};
use vertice_ports::{Prompt, prompt::PromptImage};

use super::{
    fit::shown,
    limits::{self, limits},
};
use crate::body::Source;

/// How many pictures are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(20_000).expect("it is not 0");
/// How far into a stored picture its sides are looked for: photographs have a preview before them.
const STORED_HEAD: usize = 512 * 1024;
/// How far into one that came with the request, in characters of base64.
const INLINE_HEAD: usize = 32 * 1024;

type Sides = (u32, u32);

#[derive(Debug)]
pub struct Ruler(Mutex<LruCache<BlobHash, Option<Sides>>>);

impl Default for Ruler {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Ruler {
    /// Reads the sides of the stored pictures that may be sent. What cannot be read is estimated as before.
    pub async fn measure(&self, prompt: &Prompt, source: &Source) {
        let hashes: Vec<BlobHash> = shown(prompt, limits(Provider::Demo)).filter_map(stored).collect();
        for hash in hashes {
            if self.remembered(hash).is_none() {
                let sides = read(source, hash).await;
                self.0.lock().unwrap_or_else(PoisonError::into_inner).put(hash, sides);
            }
        }
    }

    /// About how many tokens the pictures of a prompt are that `provider` is shown.
    pub fn tokens(&self, prompt: &Prompt, provider: Provider) -> u64 {
        shown(prompt, limits(provider)).map(|picture| limits::tokens(provider, self.sides(picture))).sum()
    }

    fn sides(&self, picture: &PromptImage) -> Option<Sides> {
        match picture {
            PromptImage::Stored { hash, .. } => self.remembered(*hash).flatten(),
            PromptImage::Inline { base64, .. } => {
                let head = &base64[..base64.len().min(INLINE_HEAD) / 4 * 4];
                sides(&STANDARD.decode(head).ok()?)
            }
            PromptImage::Url { .. } => None,
        }
    }

    fn remembered(&self, hash: BlobHash) -> Option<Option<Sides>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).copied()
    }
}

fn stored(picture: &PromptImage) -> Option<BlobHash> {
    match picture {
        PromptImage::Stored { hash, .. } => Some(*hash),
        PromptImage::Inline { .. } | PromptImage::Url { .. } => None,
    }
}

async fn read(source: &Source, hash: BlobHash) -> Option<Sides> {
    let mut pieces = source.blobs.read(source.owner, hash).await.ok()??;
    let mut head = Vec::new();
    while let Some(piece) = pieces.next().await {
        head.extend_from_slice(&piece.ok()?);
        match sides(&head) {
            None if head.len() < STORED_HEAD => {}
            found => return found,
        }
    }
    None
}

fn sides(head: &[u8]) -> Option<Sides> {
    let size = imagesize::blob_size(head).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

#[cfg(test)]
mod tests;
