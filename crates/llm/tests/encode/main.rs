//! What is sent to providers: the bodies of every wire, what holds of them for any prompt, that each request begins with
//! the one before, and where the marks of the prompt cache stand.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod arbitrary;
mod bodies;
mod demands;
mod invariants;
mod planning;
mod prefix;
mod prompts;
mod watching;
mod wire;
