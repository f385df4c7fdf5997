//! The real server: its router in-process, its binary over a real port.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions around the tests are tests, too")]
#![expect(clippy::disallowed_methods, reason = "tests start the product, and read and write its files")]

mod artifact_archives;
mod artifact_copies;
mod artifact_streams;
mod artifact_tags;
mod artifact_tools;
mod artifacts;
mod assets;
mod attached;
mod client;
mod command_line;
mod compression;
mod crash;
mod docs;
mod door;
mod files;
mod harness;
mod imports;
mod issuer;
mod layers;
mod mcp;
mod mcp_oauth;
mod mcp_outside;
mod mcp_turns;
mod money;
mod nodes;
mod operations;
mod owners;
mod pages;
mod passwords;
mod permissions;
mod pictures;
mod previews;
mod problems;
mod proxies;
mod quota_load;
mod remote_pictures;
mod replays;
mod s3;
mod sandbox;
mod sandbox_live;
mod scripted;
mod sign_in;
mod streams;
mod tools;
mod turns_list;
mod wire;
mod workbench;
