//! The pictures of a prompt: which of them a request can carry, and about how many tokens they are.
//!
//! A conversation may hold any number of pictures, a request may not. The newest are sent as far as the provider takes
//! them; a sentence stands for each of the others, so that the model knows what it does not see. Nothing of it is stored.

mod fit;
mod limits;
mod ruler;

pub use fit::{fit, left_out, without};
pub use limits::{Limits, TOKENS, limits};
pub use ruler::Ruler;
use vertice_ports::prompt::PromptImage;

use crate::body::base64_length;

/// How long a picture is in base64; 0: the provider fetches it.
pub fn length(picture: &PromptImage) -> u64 {
    match picture {
        PromptImage::Inline { base64, .. } => base64.len() as u64,
        PromptImage::Stored { size, .. } => base64_length(*size),
        PromptImage::Url { .. } => 0,
    }
}
