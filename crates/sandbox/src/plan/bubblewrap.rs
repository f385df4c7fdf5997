//! The second tier: namespaces of the host's own kernel, a filter of its system calls, no privilege of any kind.

use super::{FORWARDER, INSIDE, MERGED, OWN, PROXY, Plan, SHM_MB, TMP_MB, WORKSPACE, megabytes, text};

/// The arguments of `bwrap`. It is started with an empty environment: its own process is the first one of the sandbox, and tells its
/// environment to everybody there.
pub(crate) fn arguments(plan: &Plan<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |more: &[&str]| words.extend(more.iter().map(ToString::to_string));
    let inside = INSIDE.to_string();
    add(&["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]);
    add(&["--hostname", "sandbox", "--uid", &inside, "--gid", &inside, "--cap-drop", "ALL", "--clearenv"]);
    for (name, value) in plan.environment() {
        add(&["--setenv", name, value]);
    }
    add(&["--ro-bind", "/usr", "/usr"]);
    for name in MERGED {
        add(&["--symlink", &format!("usr/{name}"), &format!("/{name}")]);
    }
    add(&["--dir", "/etc"]);
    for name in OWN {
        add(&["--ro-bind", &text(&plan.etc.join(name)), &format!("/etc/{name}")]);
    }
    for path in plan.from_host {
        add(&["--ro-bind", path, path]);
    }
    if let Some((file, within)) = plan.code {
        add(&["--ro-bind", &text(file), within]);
    }
    for path in plan.shared {
        add(&["--ro-bind", &text(path), &text(path)]);
    }
    if let Some(way_out) = plan.way_out {
        add(&["--ro-bind", &text(way_out.folder), PROXY]);
        add(&["--ro-bind", &text(way_out.forwarder), &format!("{PROXY}/{FORWARDER}")]);
    }
    add(&["--proc", "/proc", "--dev", "/dev"]);
    add(&["--size", &megabytes(TMP_MB).to_string(), "--tmpfs", "/tmp"]);
    add(&["--bind", &text(plan.workspace), WORKSPACE, "--chdir", WORKSPACE]);
    add(&["--size", &megabytes(SHM_MB).to_string(), "--tmpfs", "/dev/shm"]);
    add(&["--remount-ro", "/dev", "--remount-ro", "/"]);
    for place in 0..plan.filters {
        add(&["--add-seccomp-fd", &format!("@fd{place}")]);
    }
    add(&["--"]);
    words.extend(plan.command());
    words
}
