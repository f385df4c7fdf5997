//! Pages and JSON are compressed for whoever takes that. Streams never are: a compressor holds back what should be seen
//! now. Files of the site come compressed, from the build.

use tower_http::compression::{
    CompressionLayer,
    predicate::{DefaultPredicate, NotForContentType, Predicate},
};

/// Brotli or gzip, at levels that cost less time than they save on the line.
pub fn layer() -> CompressionLayer<impl Predicate> {
    // The default leaves out pictures, server-sent events, and what is too short to gain.
    let streams = NotForContentType::const_new("application/x-ndjson");
    // Only a debug build serves one that is not compressed yet, and it is too large to do it each time.
    let wasm = NotForContentType::const_new("application/wasm");
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(streams).and(wasm))
}
