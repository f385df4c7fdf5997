//! The pictures of a prompt on their way to a model: where they are, how much they count, and what is said of those that
//! are left out.

use std::sync::Arc;

use vertice_domain::{Actor, BlobHash, Error, Provider, Result};
use vertice_ports::{Prompt, prompt::PromptImage};

use super::Gateway;
use crate::{body::Source, estimate, pictures};

impl Gateway {
    /// Where the actor's stored pictures are read.
    pub(super) fn source(&self, actor: &Actor) -> Source {
        Source { blobs: Arc::clone(&self.blobs), owner: actor.user }
    }

    /// About how many input tokens a prompt is at `provider`.
    pub(super) fn input_tokens(&self, prompt: &Prompt, provider: Provider) -> u64 {
        estimate::tokens_of_text(prompt) + self.ruler.tokens(prompt, provider)
    }

    /// Leaves out the pictures whose bytes are gone: a request that names them would fail half sent.
    pub(super) async fn leave_out_gone(&self, actor: &Actor, prompt: &mut Prompt) -> Result<(), Error> {
        let stored = prompt.images().filter_map(|picture| match picture {
            PromptImage::Stored { hash, size, .. } => Some((*hash, *size)),
            PromptImage::Inline { .. } | PromptImage::Url { .. } => None,
        });
        let stored: Vec<(BlobHash, u64)> = stored.collect();
        if stored.is_empty() {
            return Ok(());
        }
        let hashes: Vec<BlobHash> = stored.iter().map(|(hash, _)| *hash).collect();
        let here = self.blobs.sizes(actor.user, &hashes).await?;
        if stored.iter().all(|picture| here.contains(picture)) {
            return Ok(());
        }
        pictures::without(prompt, |picture| match picture {
            PromptImage::Stored { hash, size, .. } => !here.contains(&(*hash, *size)),
            PromptImage::Inline { .. } | PromptImage::Url { .. } => false,
        });
        Ok(())
    }
}

/// `reason`, and what of the pictures is left out.
pub(super) fn with_left_out(reason: String, prompt: &Prompt, provider: Provider) -> String {
    match pictures::left_out(prompt, provider) {
        0 => reason,
        1 => format!("{reason} One picture is left out: {} takes no more in one request.", provider.label()),
        left => format!(
            "{reason} {left} pictures are left out: {} takes no more in one request.",
            provider.label()
        ),
    }
}
