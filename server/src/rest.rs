//! The REST API: one resource a file. A handler takes the request apart, calls one port, and puts the answer together.

pub mod admin;
pub mod answer;
pub mod artifact_archives;
pub mod artifact_lists;
pub mod artifacts;
pub mod chat;
pub mod conversations;
pub mod event;
pub mod files;
pub mod images;
pub mod imports;
mod ledger_csv;
pub mod mcp_servers;
pub mod models;
pub mod operations;
mod pages;
pub mod providers;
pub mod sandbox;
pub(crate) mod saved;
pub mod tokens;
pub mod tools;
pub mod turns;
pub mod usage;
pub mod users;
pub mod workspaces;
