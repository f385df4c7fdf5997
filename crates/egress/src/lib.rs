//! The way out for addresses that this server's people did not choose: those in a model's text, later those of users; and the one
//! for code that is run. Whatever is asked, it must never reach a machine that only this server can reach.

mod address;
mod client;
mod gateway;
mod issuer;
mod pictures;

pub use address::is_public;
pub use client::{Egress, Fault, Limits, Lookup, Rules, SystemLookup};
pub use gateway::{AllowedHosts, TlsGateway, TunnelLimits};
pub use issuer::IssuerClient;
pub use pictures::Pictures;
