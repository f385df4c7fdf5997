//! Which model answers when the user leaves it open, and who is asked when it fails. Pure: the same prompt, offers and
//! settings always give the same choice, and each choice says why.

pub mod config;
pub mod failover;
pub mod intent;
pub mod policy;
mod reason;

pub use config::{RouterConfig, RouterTable};
pub use policy::{Choice, MAX_CANDIDATES, Needs, Offer, RouteRequest, choose};
