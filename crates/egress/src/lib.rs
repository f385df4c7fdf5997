//! The way out for addresses that this server's people did not choose: those in a model's text, later those of users.
//! Whatever is asked, it must never reach a machine that only this server can reach.

mod address;
mod client;
mod pictures;

pub use address::is_public;
pub use client::{Egress, Fault, Limits, Lookup, Rules, SystemLookup};
pub use pictures::Pictures;
