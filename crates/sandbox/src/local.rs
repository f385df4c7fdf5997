//! A folder of this machine as a workspace, without a server: for `vertice mcp`.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::fs;
use vertice_ports::Workspace;
use vertice_runtime::Tasks;

use crate::{host::Paths, place::Place, runs::Runs, shared::SharedFolders, trial::Wanted, workspace::Kept};

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
        fs::create_dir(&own).await?;
        let paths = Paths {
            keeper,
            data: own.clone(),
            most_kept: u64::MAX,
            shared: SharedFolders::default(),
            gateway: None,
        };
        let runs = Runs::start(paths, wanted, "mcp", tasks);
        // In the folder itself: nothing else is surely on the same file system, and nobody else's.
        let kept = Kept { staging: folder.join(format!(".{name}")), lock: runs.lock_of(&folder), folder };
        Ok(Self { place: Arc::new(Place { runs, kept, share: None }), own })
    }

    pub fn workspace(&self) -> Arc<dyn Workspace> {
        Arc::<Place>::clone(&self.place)
    }

    /// Takes away what runs needed. Once no more are running.
    pub async fn close(self) {
        if let Err(error) = fs::remove_dir_all(&self.own).await {
            tracing::warn!(%error, "a folder for runs is left over");
        }
    }
}
