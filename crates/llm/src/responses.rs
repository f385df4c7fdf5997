//! OpenAI's Responses API, for its own models: reasoning and tools together, with the reasoning encrypted and replayed,
//! since nothing is stored there. Pure encoding and decoding, no IO.

pub mod decode;
pub mod encode;

pub use decode::ResponsesDecoder;
pub use encode::encode;
