//! How much, and how long.

use std::time::Duration;

/// The most tools that are taken of one server.
pub(super) const TOOLS: usize = 200;
/// The longest name of a tool, in characters (spec, tools).
pub(super) const NAME: usize = 128;
/// The longest description of a tool, in bytes.
pub(super) const DESCRIPTION: usize = 4 * 1024;
/// The largest schema of a tool, in bytes.
pub(super) const SCHEMA: usize = 64 * 1024;
/// The longest text of a result, in bytes.
pub(super) const RESULT: usize = 100_000;
/// The most pictures of a result.
pub(super) const PICTURES: usize = 8;
/// The longest words of a server that are repeated in a sentence of ours, in bytes.
pub(super) const WORDS: usize = 1_000;

/// Times, and sizes of messages. Those of the product are the default.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a connection to be made, in all.
    pub connect: Duration,
    /// For a server to say which era it is of. rmcp takes a silent one for an old one after ten seconds by itself.
    pub probe: Duration,
    /// For a call without a sign of life.
    pub quiet: Duration,
    /// For a call, however lively it is.
    pub call: Duration,
    /// For a person to answer what a server asks in the midst of a call. The call's own time stands still meanwhile.
    pub person: Duration,
    /// Without a call, a connection is ended.
    pub idle: Duration,
    /// Between two attempts after a failure; doubled with each further one, up to `most_back_off`.
    pub back_off: Duration,
    pub most_back_off: Duration,
    /// Between two listings of a server's tools.
    pub listing: Duration,
    /// For a program to end by itself, and once more to obey SIGTERM.
    pub grace: Duration,
    /// The largest message of a program, in bytes.
    pub message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            probe: Duration::from_secs(20),
            quiet: Duration::from_secs(120),
            call: Duration::from_secs(15 * 60),
            person: Duration::from_secs(10 * 60),
            idle: Duration::from_secs(15 * 60),
            back_off: Duration::from_secs(1),
            most_back_off: Duration::from_secs(60),
            listing: Duration::from_secs(1),
            grace: Duration::from_secs(2),
            message: 16 * 1024 * 1024,
        }
    }
}
