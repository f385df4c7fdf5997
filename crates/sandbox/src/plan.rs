//! What a run may see, as it is told to the program that separates it from the host. Pure: nothing here starts anything, and what is
//! written here is what a review of the sandbox reads.

pub(crate) mod bubblewrap;
pub(crate) mod gvisor;
pub(crate) mod seccomp;

use std::path::{Path, PathBuf};

use vertice_domain::sandbox::RunLimits;
use vertice_runtime::forward::{self, PROXY_URL};

/// The user within a sandbox.
pub(crate) const INSIDE: u32 = 1000;
/// Where the workspace is within.
pub(crate) const WORKSPACE: &str = "/workspace";
/// Where the way out is within, if there is one, and what it consists of.
pub(crate) const PROXY: &str = "/proxy";
pub(crate) const SOCKET: &str = "socket";
pub(crate) const FORWARDER: &str = "forward";
/// Megabytes of `/tmp`, and of shared memory. Both count as memory of the run.
pub(crate) const TMP_MB: u32 = 64;
pub(crate) const SHM_MB: u32 = 32;
/// Descriptors of each process.
pub(crate) const DESCRIPTORS: u64 = 256;
/// What is taken from the host where it is there: no secret is in it.
pub(crate) const FROM_HOST: [&str; 3] = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs"];
/// Our own in their place.
pub(crate) const OWN: [&str; 5] = ["passwd", "group", "hosts", "nsswitch.conf", "gitconfig"];
/// Folders of the host's root that belong to `/usr` everywhere.
pub(crate) const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// One run, as far as its surroundings care.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// What is run, with its arguments.
    pub(crate) command: &'a [String],
    /// The file that holds its code, and where it is within; none: it is in the workspace.
    pub(crate) code: Option<(&'a Path, &'a str)>,
    /// The folder that is its workspace.
    pub(crate) workspace: &'a Path,
    /// The folder of [`OWN`].
    pub(crate) etc: &'a Path,
    /// Those of [`FROM_HOST`] that are there.
    pub(crate) from_host: &'a [&'static str],
    /// Folders of the host that it may read.
    pub(crate) shared: &'a [PathBuf],
    /// None: it reaches nobody.
    pub(crate) way_out: Option<WayOut<'a>>,
    /// How many filters of system calls there are; the keeper hands them over as `@fd0`, `@fd1`…
    pub(crate) filters: usize,
    pub(crate) limits: RunLimits,
}

/// What a run needs to reach hosts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WayOut<'a> {
    /// The folder of the proxy's socket.
    pub(crate) folder: &'a Path,
    /// The program that passes on to it.
    pub(crate) forwarder: &'a Path,
}

impl Plan<'_> {
    /// What is started within.
    fn command(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.way_out.is_some() {
            words.push(format!("{PROXY}/{FORWARDER}"));
            words.extend(forward::words(&format!("{PROXY}/{SOCKET}")));
        }
        words.extend(self.command.iter().cloned());
        words
    }

    /// The whole environment of a run.
    fn environment(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        ENVIRONMENT.into_iter().chain(self.way_out.into_iter().flat_map(|_| PROXIED))
    }
}

const ENVIRONMENT: [(&str, &str); 10] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("HOME", WORKSPACE),
    ("TMPDIR", "/tmp"),
    ("LANG", "C.UTF-8"),
    // What code imports is looked for where it works, not where it lies.
    ("PYTHONPATH", WORKSPACE),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONUNBUFFERED", "1"),
    // Wherever the host's git looks for it.
    ("GIT_CONFIG_SYSTEM", "/etc/gitconfig"),
    ("MPLBACKEND", "Agg"),
    ("MPLCONFIGDIR", "/tmp"),
];
/// What programs know of the proxy. Those that want plain HTTP are told by it that there is none.
const PROXIED: [(&str, &str); 9] = [
    ("HTTPS_PROXY", PROXY_URL),
    ("https_proxy", PROXY_URL),
    ("HTTP_PROXY", PROXY_URL),
    ("http_proxy", PROXY_URL),
    ("ALL_PROXY", PROXY_URL),
    ("all_proxy", PROXY_URL),
    ("NO_PROXY", "localhost,127.0.0.1,::1"),
    ("no_proxy", "localhost,127.0.0.1,::1"),
    // From 22.21 and 24 on, what Node itself asks goes this way, too.
    ("NODE_USE_ENV_PROXY", "1"),
];

/// A path as an argument. Paths of ours are made of what is UTF-8.
fn text(path: &Path) -> String {
    path.display().to_string()
}

pub(crate) fn megabytes(count: u32) -> u64 {
    u64::from(count) * 1024 * 1024
}
