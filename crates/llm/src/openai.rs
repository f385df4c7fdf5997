//! OpenAI's Chat Completions and the servers that imitate it: pure encoding and decoding, no IO.
//!
//! How the imitations differ is data ([`crate::catalog::Quirks`]), not code.

mod calls;
pub mod decode;
pub mod encode;
mod wire;

pub use decode::OpenAiDecoder;
pub use encode::encode;
