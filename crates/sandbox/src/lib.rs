//! Code that nobody vouches for, run where it can harm nobody: gVisor where the host can, else bubblewrap, else nothing at all.
//!
//! What a run may see and take is said in one place without doing it ([`plan`]); what the host can really do is tried at the start
//! ([`canary`]). There is no way to run anything unconfined.

mod canary;
mod error;
mod files;
mod group;
mod host;
mod plan;
mod run;
mod said;
mod sandbox;
mod scratch;
mod workspace;

pub use host::Paths;
pub use sandbox::{HostSandbox, Wanted, tried};
