//! Google's Gemini API: pure encoding and decoding, no IO.

pub mod decode;
pub mod encode;

pub use decode::GeminiDecoder;
pub use encode::encode;

/// Ids of calls that the model gave none: made up here, never sent back.
const MADE_UP: &str = "gemini_call_";
