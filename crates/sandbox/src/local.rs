//! A folder of this machine as a workspace, without a server: for `vertice mcp`.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::fs;
use vertice_ports::Workspace;
use vertice_runtime::Tasks;

use crate::{
    host::{self, Paths},
    place::Place,
    runs::Runs,
    shared::SharedFolders,
    trial::Wanted,
    workspace::Kept,
};

/// A folder that is worked in for as long as this is there.
pub struct LocalWorkspace {
    place: Arc<Place>,
    /// What runs need, which goes with it.
    own: PathBuf,
}

impl LocalWorkspace {
    /// `keeper` as in [`Paths`].
    pub async fn open(folder: &Path, keeper: PathBuf, wanted: Wanted, tasks: &Tasks) -> io::Result<Self> {
        let folder = fs::canonicalize(folder).await?;
        if !fs::metadata(&folder).await?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let name = format!("vertice-mcp-{}", std::process::id());
        let own = std::env::temp_dir().join(&name);
        // Of a process that had this number before.
        let _absent = fs::remove_dir_all(&own).await;
        fs::create_dir(&own).await?;
        fs::set_permissions(&own, Permissions::from_mode(0o700)).await?;
        let paths = Paths {
            keeper,
            data: own.clone(),
            most_kept: u64::MAX,
            shared: SharedFolders::default(),
            gateway: None,
        };
        let runs = Runs::start(paths, wanted, "mcp", tasks);
        // In the folder itself: nothing else is surely on the same file system, and nobody else's.
        let staging = folder.join(format!(".{name}"));
        let kept = Kept { staging, lock: runs.lock_of(&folder), folder, share: None };
        Ok(Self { place: Arc::new(Place { runs, kept }), own })
    }

    pub fn workspace(&self) -> Arc<dyn Workspace> {
        Arc::<Place>::clone(&self.place)
    }

    /// Takes away what runs needed. Once no more are running.
    pub async fn close(self) {
        let base =
            self.place.runs.found().and_then(|found| found.host.as_ref()).map(|host| host.base.clone());
        if let Some(base) = base {
            host::clear(&base).await;
        }
        let _absent = fs::remove_dir_all(&self.place.kept.staging).await;
        if let Err(error) = fs::remove_dir_all(&self.own).await {
            tracing::warn!(%error, "a folder for runs is left over");
        }
    }
}
