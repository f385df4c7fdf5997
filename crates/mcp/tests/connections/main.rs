//! Connections against a server that does what no decent server does: as a program, and at an address. A run of all tests
//! builds the programs that these need; before a run of these alone:
//! `cargo build --workspace --exclude vertice-frontend --bin vertice-scripted-mcp --example keeper --example host`.

mod bounds;
mod calls;
mod changes;
mod ends;
mod eras;
mod failures;
mod http;
mod offers;
mod questions;
mod support;
