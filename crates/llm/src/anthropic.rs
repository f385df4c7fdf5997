//! Anthropic's Messages API: pure encoding and decoding, no IO.

pub mod decode;
pub mod encode;
mod wire;

pub use decode::AnthropicDecoder;
pub use encode::encode;
