//! Ways out for code that nobody vouches for.

use std::{io, path::Path};

use async_trait::async_trait;
use vertice_domain::sandbox::DeniedAccess;

/// Lets runs reach the hosts that the server's settings name, and nobody else.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// The hosts, as they are named.
    fn hosts(&self) -> Vec<String>;

    /// A way out for one run: an HTTP proxy on a fresh Unix socket at that path.
    async fn open(&self, socket: &Path) -> io::Result<Box<dyn WayOut>>;
}

/// The way out of one run. Once it is dropped nothing goes through it any more.
#[async_trait]
pub trait WayOut: Send + Sync {
    /// Closes it with all that goes through it; what was denied there.
    async fn close(self: Box<Self>) -> Vec<DeniedAccess>;
}
