//! Turns and conversations: [`Hub`] runs turns, [`StoredLibrary`] keeps conversations in order, [`MemoryBus`]
//! tells listeners and open pages.
//!
//! A turn belongs to the server, not to the request that asked for it. This crate sees the world through ports only: it
//! must never know a provider, a database or a protocol.

mod aside;
mod ask;
mod bus;
mod care;
mod compact;
mod decide;
mod ending;
mod entitle;
mod figures;
mod follow;
mod housekeeping;
mod hub;
mod library;
mod node;
mod prompt;
mod recorder;
mod runner;
mod step;
mod tags;
mod tools;
mod writer;

pub use bus::MemoryBus;
pub use hub::{Hub, HubDependencies};
pub use library::{LibraryDependencies, StoredLibrary};
pub use prompt::answer as answer_as_shown;
pub use step::TurnLimits;
pub use tools::NoTools;
