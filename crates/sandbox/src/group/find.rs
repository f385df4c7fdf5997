//! Where this server may make control groups.

use std::path::{Path, PathBuf};

use tokio::fs;

use super::{Hierarchy, PROCESSES};

/// Where this server's processes go, so that groups may be made beside them (version 2).
pub(super) const LEAF: &str = "vertice-server";
/// What version 2 must offer.
const CONTROLLERS: [&str; 3] = ["memory", "cpu", "pids"];

pub(super) async fn find() -> Result<Hierarchy, String> {
    let groups = fs::read_to_string("/proc/self/cgroup").await.map_err(|error| error.to_string())?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").await.map_err(|error| error.to_string())?;
    let one = |controller| first_version(&groups, &mounts, controller);
    if let (Some(memory), Some(cpu), Some(pids)) = (one("memory"), one("cpu"), one("pids")) {
        // Most hosts count the processor's time where they bound it.
        let times = one("cpuacct").filter(|times| *times != cpu);
        let bounds = Hierarchy::One { memory, cpu, pids, times: None };
        is_writable(&bounds).await?;
        let (Hierarchy::One { memory, cpu, pids, .. }, Some(times)) = (bounds.clone(), times) else {
            return Ok(bounds);
        };
        let counts = Hierarchy::One { memory, cpu, pids, times: Some(times) };
        return Ok(if is_writable(&counts).await.is_ok() { counts } else { bounds });
    }
    let all = second_version(&groups, &mounts).ok_or("this host has no control groups")?;
    delegate(&all).await?;
    let hierarchy = Hierarchy::Two(all);
    is_writable(&hierarchy).await?;
    Ok(hierarchy)
}

async fn is_writable(hierarchy: &Hierarchy) -> Result<(), String> {
    for folder in hierarchy.folders() {
        let tried = folder.join(format!("vertice-try-{}", std::process::id()));
        fs::create_dir(&tried).await.map_err(|error| {
            format!(
                "no control group can be made in {}: {error}; run the server as root, or delegate one to it",
                folder.display()
            )
        })?;
        fs::remove_dir(&tried).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Makes room for groups below this server's own: its processes move into a leaf, and the controllers are handed down.
async fn delegate(all: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{} is not delegated to this server: {error}", all.display());
    let offered = fs::read_to_string(all.join("cgroup.controllers")).await.map_err(told)?;
    if let Some(missing) =
        CONTROLLERS.into_iter().find(|one| !offered.split_whitespace().any(|other| other == *one))
    {
        return Err(format!("{} has no controller for {missing}", all.display()));
    }
    let leaf = all.join(LEAF);
    fs::create_dir_all(&leaf).await.map_err(told)?;
    let own = fs::read_to_string(all.join(PROCESSES)).await.map_err(told)?;
    for process in own.lines() {
        fs::write(leaf.join(PROCESSES), process).await.map_err(told)?;
    }
    let handed: Vec<String> = CONTROLLERS.iter().map(|one| format!("+{one}")).collect();
    fs::write(all.join("cgroup.subtree_control"), handed.join(" ")).await.map_err(told)
}

/// The folder of this process's group in the tree of a controller of version 1.
fn first_version(groups: &str, mounts: &str, controller: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let holds = fields.next()?.split(',').any(|one| one == controller);
        fields.next().filter(|_| holds)
    })?;
    let (point, root) = mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let is_it = kind.next()? == "cgroup" && kind.nth(1)?.split(',').any(|one| one == controller);
        let mut fields = mount.split(' ').skip(3);
        let root = fields.next()?;
        let point = fields.next()?;
        is_it.then_some((point, root))
    })?;
    Some(below(point, root, path))
}

/// The same in the one tree of version 2.
fn second_version(groups: &str, mounts: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let (point, root) = mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let root = fields.next()?;
        let point = fields.next()?;
        kind.starts_with("cgroup2 ").then_some((point, root))
    })?;
    // Once delegated, this process is in the leaf.
    let path = path.strip_suffix(&format!("/{LEAF}")).unwrap_or(path);
    Some(below(point, root, path))
}

/// `path` as it is seen below a mount of `root`.
fn below(point: &str, root: &str, path: &str) -> PathBuf {
    let rest = path.strip_prefix(root.trim_end_matches('/')).unwrap_or("");
    Path::new(point).join(rest.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_where_they_are_mounted() {
        let groups =
            "9:name=systemd:/\n8:pids:/docker/ab\n4:memory:/docker/ab\n1:cpu,cpuacct:/\n0::/user.slice/x\n";
        let mounts = "30 20 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
            31 20 0:27 /docker/ab /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
            32 20 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
            33 20 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let one =
            |controller| first_version(groups, mounts, controller).map(|path| path.display().to_string());
        assert_eq!(one("memory").as_deref(), Some("/sys/fs/cgroup/memory/docker/ab"));
        assert_eq!(one("pids").as_deref(), Some("/sys/fs/cgroup/pids/"));
        assert_eq!(one("cpu").as_deref(), Some("/sys/fs/cgroup/cpu/"));
        assert_eq!(one("freezer"), None);
        let two = second_version(groups, mounts).unwrap();
        assert_eq!(two, Path::new("/sys/fs/cgroup/unified/user.slice/x"));
    }
}
