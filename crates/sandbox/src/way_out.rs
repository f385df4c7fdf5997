//! The way out of one run: the socket of its proxy and the program that passes on to it, in a folder that this run alone is shown. All of
//! it goes with the run.

use std::{
    io,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Mode, OFlags},
    process::{Gid, Uid},
};
use tokio::fs;
use vertice_domain::sandbox::DeniedAccess;
use vertice_ports::WayOut;

use crate::{host::Host, plan, scratch};

/// Open, until it is closed or dropped.
pub(crate) struct Door {
    /// What is shown at [`plan::PROXY`].
    folder: PathBuf,
    /// This server's own program, where the run's user gets at it.
    forwarder: PathBuf,
    /// The mount that makes it so.
    mount: Option<Mount>,
    way: Box<dyn WayOut>,
}

impl Door {
    /// Opens it in the run's own folder, for its user on the host; none: no host is open.
    pub(crate) async fn open(host: &Host, own: &Path, user: Option<u32>) -> io::Result<Option<Self>> {
        let Some(gateway) = &host.gateway else { return Ok(None) };
        let folder = own.join("proxy");
        fs::create_dir(&folder).await?;
        // In the place of this one the forwarder is shown.
        fs::write(folder.join(plan::FORWARDER), "").await?;
        let (forwarder, mount) = if host.is_root {
            // The run's user may have no way to where the server is installed.
            let at = own.join(plan::FORWARDER);
            fs::write(&at, "").await?;
            rustix::mount::mount_bind(&host.keeper, &at)?;
            (at.clone(), Some(Mount(at)))
        } else {
            (fs::canonicalize(&host.keeper).await?, None)
        };
        // A socket's path may be no longer than 107 bytes, and folders of ours may lie deep.
        let near =
            rustix::fs::open(&folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let socket = format!("/proc/self/fd/{}/{}", near.as_raw_fd(), plan::SOCKET);
        let way = gateway.open(Path::new(&socket)).await?;
        if let Some(user) = user {
            let (owner, group) = (Uid::from_raw(user), Gid::from_raw(user));
            rustix::fs::chown(folder.join(plan::SOCKET), Some(owner), Some(group))?;
        }
        Ok(Some(Self { folder, forwarder, mount, way }))
    }

    pub(crate) fn plan(&self) -> plan::WayOut<'_> {
        plan::WayOut { folder: &self.folder, forwarder: &self.forwarder }
    }

    /// Closes it, with all that goes through it; what was denied.
    pub(crate) async fn close(self) -> Vec<DeniedAccess> {
        drop(self.mount);
        self.way.close().await
    }
}

/// A program that is mounted on a file.
struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        scratch::detach(&self.0);
    }
}
