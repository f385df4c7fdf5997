//! What this machine offers: who the server is here, where it may put what a run needs, and which programs there are.

use std::{
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::fs;
use vertice_domain::sandbox::Language;
use vertice_ports::Gateway;

use crate::{
    group::Hierarchy,
    plan::{FROM_HOST, seccomp},
    scratch,
    shared::SharedFolders,
};

/// Where programs are looked for: never in the server's own `PATH`, which others may have a say in.
const PROGRAM_FOLDERS: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];

/// Where things are, as the server is told.
#[derive(Clone)]
pub struct Paths {
    /// An executable that calls `runtime::keeper::run_if_asked` first of all.
    pub keeper: PathBuf,
    /// The server's data directory.
    pub data: PathBuf,
    /// Bytes that a user's workspaces may hold.
    pub most_kept: u64,
    /// What every run may read.
    pub shared: SharedFolders,
    /// Whom every run may reach; none: nobody.
    pub gateway: Option<Arc<dyn Gateway>>,
}

/// The machine, as far as sandboxes care.
pub(crate) struct Host {
    pub(crate) keeper: PathBuf,
    pub(crate) is_root: bool,
    /// Where the folders of runs are, which other users may pass through and not look into.
    pub(crate) base: PathBuf,
    /// How the control groups of this server's runs begin.
    pub(crate) prefix: String,
    /// The names that a run knows itself and others by.
    pub(crate) etc: PathBuf,
    /// Those of [`FROM_HOST`] that are there.
    pub(crate) from_host: Vec<&'static str>,
    /// The system calls that a run may not make.
    pub(crate) filters: Vec<PathBuf>,
    pub(crate) groups: Result<Hierarchy, String>,
    pub(crate) shared: SharedFolders,
    pub(crate) gateway: Option<Arc<dyn Gateway>>,
}

impl Host {
    /// `purpose`: what else is done on the same data at the same time has another one.
    pub(crate) async fn look(paths: &Paths, purpose: &str) -> io::Result<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let told = fs::metadata(&paths.data).await?;
        // A server on other data has another name.
        let name = format!("{purpose}-{:x}-{:x}", told.dev(), told.ino());
        let base = if is_root {
            let all = Path::new("/run/vertice");
            make(all, 0o711).await?;
            all.join(&name)
        } else {
            // Whoever starts a run does so from another folder.
            std::path::absolute(&paths.data)?.join("sandbox").join(purpose)
        };
        let prefix = format!("vertice-{name}-");
        clear(&base).await;
        make(&base, 0o711).await?;
        let etc = base.join("etc");
        make(&etc, 0o755).await?;
        for (name, text) in [
            ("passwd", "root:x:0:0::/workspace:/bin/sh\nsandbox:x:1000:1000::/workspace:/bin/sh\n"),
            ("group", "root:x:0:\nsandbox:x:1000:\n"),
            ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
            ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
            // Who commits has a name, unless the repository says another one.
            (
                "gitconfig",
                "[user]\n\tname = Vertice\n\temail = vertice@localhost\n[init]\n\tdefaultBranch = main\n[core]\n\tquotePath = false\n",
            ),
        ] {
            fs::write(etc.join(name), text).await?;
        }
        let mut from_host = Vec::new();
        for path in FROM_HOST {
            if fs::try_exists(path).await? {
                from_host.push(path);
            }
        }
        let mut filters = Vec::new();
        for (place, filter) in seccomp::filters().map_err(io::Error::other)?.into_iter().enumerate() {
            let file = etc.join(format!("filter-{place}"));
            fs::write(&file, filter).await?;
            filters.push(file);
        }
        let groups = Hierarchy::find().await;
        if let Ok(groups) = &groups {
            groups.clear(&prefix).await;
        }
        Ok(Self {
            keeper: paths.keeper.clone(),
            is_root,
            base,
            prefix,
            etc,
            from_host,
            filters,
            groups,
            shared: paths.shared.clone(),
            gateway: paths.gateway.clone(),
        })
    }
}

async fn make(folder: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).await
}

/// What a server that was killed has left behind.
pub(crate) async fn clear(base: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").await.unwrap_or_default();
    for point in mounts.lines().filter_map(|line| line.split(' ').nth(1)) {
        if Path::new(point).starts_with(base) {
            scratch::detach(Path::new(point));
        }
    }
    let _absent = fs::remove_dir_all(base).await;
}

/// The program of that name.
pub(crate) async fn program(name: &str) -> Option<PathBuf> {
    for folder in PROGRAM_FOLDERS {
        let path = Path::new(folder).join(name);
        if fs::metadata(&path).await.is_ok_and(|found| found.is_file() && found.mode() & 0o111 != 0) {
            return Some(path);
        }
    }
    None
}

/// The program that runs code of that language, by its name.
pub(crate) const fn interpreter(language: Language) -> &'static str {
    match language {
        Language::Python => "python3",
        Language::Javascript => "node",
        Language::Bash => "bash",
    }
}
