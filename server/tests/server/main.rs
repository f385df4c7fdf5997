//! The real server: its router in-process, its binary over a real port.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions around the tests are tests, too")]

mod assets;
mod client;
mod command_line;
mod crash;
mod docs;
mod door;
mod harness;
mod layers;
mod money;
mod operations;
mod owners;
mod pages;
mod pictures;
mod problems;
mod quota_load;
mod replays;
mod streams;
mod wire;
