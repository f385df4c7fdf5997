//! The REST API: one resource a file. A handler takes the request apart, calls one port, and puts the answer together.

pub mod answer;
pub mod chat;
pub mod conversations;
pub mod models;
pub mod operations;
pub mod tokens;
pub mod users;
