//! Control groups: what bounds a run as a whole, counts what it took, and names every process of it.

mod find;

use std::{collections::BTreeSet, io, path::PathBuf, time::Duration};

use rustix::process::{Pid, Signal};
use tokio::{
    fs,
    time::{Instant, sleep},
};
use vertice_domain::sandbox::RunLimits;

/// How long processes that were killed may take to be gone.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);
/// The list of the processes of a group.
const PROCESSES: &str = "cgroup.procs";

/// Where groups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hierarchy {
    /// Version 1: a tree for each of memory, processor and processes, and perhaps another one that counts the processor's time.
    One { memory: PathBuf, cpu: PathBuf, pids: PathBuf, times: Option<PathBuf> },
    /// Version 2: one tree.
    Two(PathBuf),
}

/// The group of one run.
#[derive(Debug)]
pub(crate) struct Group {
    hierarchy: Hierarchy,
    name: String,
}

impl Hierarchy {
    pub(crate) async fn find() -> Result<Self, String> {
        find::find().await
    }

    fn folders(&self) -> Vec<&PathBuf> {
        match self {
            Self::One { memory, cpu, pids, times } => [memory, cpu, pids].into_iter().chain(times).collect(),
            Self::Two(all) => vec![all],
        }
    }

    /// The lists through which the keeper returns to where this server is.
    pub(crate) fn own_lists(&self) -> Vec<PathBuf> {
        match self {
            Self::One { .. } => self.folders().into_iter().map(|folder| folder.join(PROCESSES)).collect(),
            // There a group with groups below it holds no processes.
            Self::Two(all) => vec![all.join(find::LEAF).join(PROCESSES)],
        }
    }

    /// Ends the groups that a server of this prefix has left behind.
    pub(crate) async fn clear(&self, prefix: &str) {
        let mut names = BTreeSet::new();
        for folder in self.folders() {
            let Ok(mut entries) = fs::read_dir(folder).await else { continue };
            while let Ok(Some(entry)) = entries.next_entry().await {
                names.extend(entry.file_name().into_string().ok().filter(|name| name.starts_with(prefix)));
            }
        }
        for name in names {
            let left = Group { hierarchy: self.clone(), name };
            left.kill().await;
            left.remove().await;
        }
    }

    /// A group with these limits; `processes`: how many the host may have to count for those of the run.
    pub(crate) async fn make(&self, name: &str, limits: RunLimits, processes: u32) -> io::Result<Group> {
        let group = Group { hierarchy: self.clone(), name: name.to_owned() };
        for folder in self.folders() {
            fs::create_dir(folder.join(name)).await?;
        }
        if let Err(error) = group.limit(limits, processes).await {
            group.remove().await;
            return Err(error);
        }
        Ok(group)
    }
}

impl Group {
    fn file(&self, tree: impl Fn(&Hierarchy) -> &PathBuf, file: &str) -> PathBuf {
        tree(&self.hierarchy).join(&self.name).join(file)
    }

    fn memory(&self, file: &str) -> PathBuf {
        self.file(
            |hierarchy| match hierarchy {
                Hierarchy::One { memory, .. } | Hierarchy::Two(memory) => memory,
            },
            file,
        )
    }

    /// Bounds the processor, too. What a runtime takes for its own start would last twice as long under that.
    pub(crate) async fn bound_processor(&self, limits: RunLimits) -> io::Result<()> {
        let quota = u64::from(limits.cpu_percent) * 1_000;
        match &self.hierarchy {
            Hierarchy::One { cpu, .. } => {
                let folder = cpu.join(&self.name);
                fs::write(folder.join("cpu.cfs_period_us"), "100000").await?;
                fs::write(folder.join("cpu.cfs_quota_us"), quota.to_string()).await
            }
            Hierarchy::Two(all) => {
                fs::write(all.join(&self.name).join("cpu.max"), format!("{quota} 100000")).await
            }
        }
    }

    async fn limit(&self, limits: RunLimits, processes: u32) -> io::Result<()> {
        let memory = (u64::from(limits.memory_mb) * 1024 * 1024).to_string();
        match &self.hierarchy {
            Hierarchy::One { pids, .. } => {
                fs::write(self.memory("memory.limit_in_bytes"), &memory).await?;
                // Where swap is counted it must not be a way around.
                if fs::try_exists(self.memory("memory.memsw.limit_in_bytes")).await? {
                    fs::write(self.memory("memory.memsw.limit_in_bytes"), &memory).await?;
                }
                fs::write(pids.join(&self.name).join("pids.max"), processes.to_string()).await
            }
            Hierarchy::Two(all) => {
                let folder = all.join(&self.name);
                fs::write(folder.join("memory.max"), &memory).await?;
                if fs::try_exists(folder.join("memory.swap.max")).await? {
                    fs::write(folder.join("memory.swap.max"), "0").await?;
                }
                fs::write(folder.join("pids.max"), processes.to_string()).await
            }
        }
    }

    /// The lists by which a process joins it.
    pub(crate) fn lists(&self) -> Vec<PathBuf> {
        self.hierarchy.folders().into_iter().map(|folder| folder.join(&self.name).join(PROCESSES)).collect()
    }

    /// Whether a process of it was killed for want of memory.
    pub(crate) async fn ran_out_of_memory(&self) -> bool {
        let file = match self.hierarchy {
            Hierarchy::One { .. } => "memory.oom_control",
            Hierarchy::Two(_) => "memory.events",
        };
        let told = fs::read_to_string(self.memory(file)).await.unwrap_or_default();
        let kills = told.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok());
        kills.is_some_and(|kills| kills > 0)
    }

    /// The most memory that it took.
    pub(crate) async fn peak(&self) -> Option<u64> {
        let file = match self.hierarchy {
            Hierarchy::One { .. } => "memory.max_usage_in_bytes",
            Hierarchy::Two(_) => "memory.peak",
        };
        fs::read_to_string(self.memory(file)).await.ok()?.trim().parse().ok()
    }

    /// The processor's time that it took, in seconds.
    pub(crate) async fn cpu_seconds(&self) -> Option<f64> {
        let told = |folder: &PathBuf, file| fs::read_to_string(folder.join(&self.name).join(file));
        Some(match &self.hierarchy {
            Hierarchy::One { cpu, times, .. } => {
                let told = told(times.as_ref().unwrap_or(cpu), "cpuacct.usage").await.ok()?;
                Duration::from_nanos(told.trim().parse().ok()?).as_secs_f64()
            }
            Hierarchy::Two(all) => {
                let told = told(all, "cpu.stat").await.ok()?;
                let micros =
                    told.lines().find_map(|line| line.strip_prefix("usage_usec ")?.trim().parse().ok());
                Duration::from_micros(micros?).as_secs_f64()
            }
        })
    }

    /// Kills whatever is left of the run, until nothing is.
    pub(crate) async fn kill(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut left = Vec::new();
            for list in self.lists() {
                let told = fs::read_to_string(list).await.unwrap_or_default();
                left.extend(told.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)));
            }
            if left.is_empty() {
                return;
            }
            if Instant::now() > deadline {
                tracing::error!(left = left.len(), "processes of a run cannot be killed");
                return;
            }
            for pid in left {
                let _gone = rustix::process::kill_process(pid, Signal::KILL);
            }
            sleep(PAUSE).await;
        }
    }

    pub(crate) async fn remove(&self) {
        for folder in self.hierarchy.folders() {
            let folder = folder.join(&self.name);
            let deadline = Instant::now() + PATIENCE;
            // It is busy for a moment after its last process.
            while let Err(error) = fs::remove_dir(&folder).await {
                if error.kind() == io::ErrorKind::NotFound {
                    break;
                }
                if Instant::now() > deadline {
                    tracing::warn!(%error, folder = %folder.display(), "a control group is left over");
                    break;
                }
                sleep(PAUSE).await;
            }
        }
    }
}
