//! Turns and conversations: [`Hub`] runs turns, [`Shelf`] keeps conversations in order, [`Feeds`] tells open tabs.
//!
//! A turn belongs to the server, not to the request that asked for it. This crate sees the world through ports only: it
//! must never know a provider, a database or a protocol.

mod ask;
mod compact;
mod drive;
mod ending;
mod feeds;
mod figures;
mod housekeeping;
mod hub;

mod library;
mod live;
mod log;
mod prompt;
mod recover;
mod step;
mod writer;

pub use feeds::Feeds;
pub use hub::{Hub, Parts};
pub use library::Shelf;
