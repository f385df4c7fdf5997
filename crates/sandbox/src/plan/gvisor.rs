//! The first tier: a kernel of its own, in a process without privileges. What the code calls is answered there; the host's kernel
//! sees only that process.

use serde_json::{Value, json};

use super::{DESCRIPTORS, FORWARDER, MERGED, OWN, PROXY, Plan, SHM_MB, TMP_MB, WORKSPACE, megabytes, text};

/// The arguments of `runsc`, whose state and bundle are in `folder`. Sockets of the host can be connected to for the sake of a way out
/// alone: where there is none, those in folders that are shared cannot.
pub(crate) fn arguments(folder: &str, name: &str, has_way_out: bool) -> Vec<String> {
    let state = format!("{folder}/state");
    let words = [
        "--rootless",
        "--ignore-cgroups",
        "--network=none",
        if has_way_out { "--host-uds=open" } else { "--host-uds=none" },
        "--root",
        &state,
        "run",
        "--bundle",
        folder,
        name,
    ];
    words.map(str::to_owned).to_vec()
}

/// The bundle's configuration. Its user 0 is nobody on the host: whoever starts `runsc` without privileges is that user within.
pub(crate) fn config(plan: &Plan<'_>) -> Value {
    let environment: Vec<String> =
        plan.environment().map(|(name, value)| format!("{name}={value}")).collect();
    let limit = |kind: &str, most: u64| json!({"type": kind, "hard": most, "soft": most});
    let limits = [
        limit("RLIMIT_NOFILE", DESCRIPTORS),
        limit("RLIMIT_FSIZE", megabytes(plan.limits.disk_mb)),
        limit("RLIMIT_CORE", 0),
        limit("RLIMIT_NPROC", u64::from(plan.limits.processes)),
    ];
    let nothing: [&str; 0] = [];
    json!({
        "ociVersion": "1.0.2",
        "hostname": "sandbox",
        "root": {"path": "rootfs", "readonly": true},
        "process": {
            "terminal": false,
            "user": {"uid": 0, "gid": 0},
            "args": plan.command(),
            "env": environment,
            "cwd": WORKSPACE,
            "capabilities": {
                "bounding": nothing, "effective": nothing, "inheritable": nothing, "permitted": nothing,
            },
            "noNewPrivileges": true,
            "rlimits": limits,
        },
        "mounts": mounts(plan),
        "linux": {
            "namespaces": (["pid", "ipc", "uts", "mount", "network"].map(|kind| json!({"type": kind}))),
        },
    })
}

fn mounts(plan: &Plan<'_>) -> Vec<Value> {
    let tmpfs = |at: &str, megabytes: u32, mode: &str| {
        json!({"destination": at, "type": "tmpfs", "source": "tmpfs",
            "options": ["nosuid", "nodev", format!("mode={mode}"), format!("size={megabytes}m")]})
    };
    let bind = |from: &str, at: &str, how: &str| json!({"destination": at, "type": "bind", "source": from, "options": ["rbind", how, "nosuid", "nodev"]});
    let mut mounts = vec![
        json!({"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]}),
        tmpfs("/dev/shm", SHM_MB, "1777"),
        tmpfs("/tmp", TMP_MB, "1777"),
        bind("/usr", "/usr", "ro"),
    ];
    mounts.extend(MERGED.map(|name| bind(&format!("/usr/{name}"), &format!("/{name}"), "ro")));
    mounts.extend(OWN.map(|name| bind(&text(&plan.etc.join(name)), &format!("/etc/{name}"), "ro")));
    mounts.extend(plan.from_host.iter().map(|path| bind(path, path, "ro")));
    mounts.extend(plan.code.map(|(file, within)| bind(&text(file), within, "ro")));
    mounts.extend(plan.shared.iter().map(|path| bind(&text(path), &text(path), "ro")));
    if let Some(way_out) = plan.way_out {
        mounts.push(bind(&text(way_out.folder), PROXY, "ro"));
        mounts.push(bind(&text(way_out.forwarder), &format!("{PROXY}/{FORWARDER}"), "ro"));
    }
    mounts.push(bind(&text(plan.workspace), WORKSPACE, "rw"));
    mounts
}
