//! What tests and benchmarks need in place of the world: a scripted model provider, an S3 server, a clock that stands still, a ledger
//! that remembers. A dev-dependency only; it never becomes part of the product.

pub mod archives;
mod asked;
mod blobs;
pub mod cache;
mod checks;
pub mod connections;
pub mod directive;
pub mod doubles;
pub mod fault;
mod figures;
pub mod issuer;
mod ledger;
pub mod mcp;
mod player;
mod s3_server;
pub mod script;
pub mod specimens;
mod tools;
pub mod upstream;
mod wire;

pub use blobs::MemoryBlobs;
pub use doubles::{FixedClock, FixedKeys, NoFiles, NoLimits, actor};
pub use fault::Fault;
pub use figures::Figures;
pub use ledger::{RecordingLedger, RecordingMeter};
pub use s3_server::S3Server;
pub use script::{Gate, Script};
pub use tools::ScriptedTools;
pub use upstream::{Received, Upstream};
