//! What a run may see, as it is told to the program that separates it from the host. Pure: nothing here starts anything, and what is
//! written here is what a review of the sandbox reads.

pub(crate) mod bubblewrap;
pub(crate) mod gvisor;
pub(crate) mod seccomp;

use std::path::Path;

use vertice_domain::sandbox::RunLimits;

/// The user within a sandbox.
pub(crate) const INSIDE: u32 = 1000;
/// Where the workspace is within.
pub(crate) const WORKSPACE: &str = "/workspace";
/// Megabytes of `/tmp`, and of shared memory. Both count as memory of the run.
pub(crate) const TMP_MB: u32 = 64;
pub(crate) const SHM_MB: u32 = 32;
/// Descriptors of each process.
pub(crate) const DESCRIPTORS: u64 = 256;
/// What is taken from the host where it is there: no secret is in it.
pub(crate) const FROM_HOST: [&str; 3] = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs"];
/// Our own in their place.
pub(crate) const OWN: [&str; 4] = ["passwd", "group", "hosts", "nsswitch.conf"];
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
    /// How many filters of system calls there are; the keeper hands them over as `@fd0`, `@fd1`…
    pub(crate) filters: usize,
    pub(crate) limits: RunLimits,
}

/// The whole environment of a run.
pub(crate) fn environment() -> [(&'static str, &'static str); 9] {
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", WORKSPACE),
        ("TMPDIR", "/tmp"),
        ("LANG", "C.UTF-8"),
        // What code imports is looked for where it works, not where it lies.
        ("PYTHONPATH", WORKSPACE),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONUNBUFFERED", "1"),
        ("MPLBACKEND", "Agg"),
        ("MPLCONFIGDIR", "/tmp"),
    ]
}

/// A path as an argument. Paths of ours are made of what is UTF-8.
fn text(path: &Path) -> String {
    path.display().to_string()
}

fn megabytes(count: u32) -> u64 {
    u64::from(count) * 1024 * 1024
}
