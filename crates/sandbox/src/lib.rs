//! Code that nobody vouches for, run where it can harm nobody: gVisor where the host can, else bubblewrap, else nothing at all.
//!
//! What a run may see and take is said in one place without doing it ([`plan`]); what the host can really do is tried at the start
//! ([`canary`]). There is no way to run anything unconfined.

mod archive;
mod canary;
mod error;
mod files;
mod group;
mod host;
mod left;
mod local;
mod merge;
mod place;
mod plan;
mod run;
mod runs;
mod said;
mod sandbox;
mod scratch;
mod script;
mod seen;
mod shared;
mod trial;
mod way_out;
mod workspace;

pub use host::Paths;
pub use local::LocalWorkspace;
pub use sandbox::HostSandbox;
pub use shared::{House, SharedFolders};
pub use trial::{Wanted, tried};
