//! The composition root: settings, wiring, HTTP and the command line of the one binary, `vertice`.
//!
//! Nothing here decides what the product does; it takes requests apart, calls a port, and puts answers together.

pub mod artifact_links;
pub mod assets;
pub mod cli;
pub mod doors;
pub mod error;
pub mod extract;
pub mod hosted_sign_in;
pub mod import_page;
pub mod layers;
pub mod mcp_sign_in;
pub mod openai;
pub mod openapi;
pub mod previews;
pub mod render;
pub mod rest;
pub mod router;
pub mod serve;
pub mod settings;
pub mod spool;
pub mod sse;
pub mod state;
pub mod telemetry;
pub mod wiring;
