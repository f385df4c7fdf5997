//! What a run has left behind: the files that it has made or changed, and whether they are in the workspace now.

use std::{io, path::PathBuf, sync::Arc};

use tokio::task::spawn_blocking;
use vertice_domain::sandbox::RunFile;

use crate::{
    error::{Fault, is_full},
    files, merge,
    seen::{self, Seen},
    workspace::Kept,
};

/// What a run has left behind.
pub(crate) struct Left {
    pub(crate) files: Vec<RunFile>,
    /// Whether that is not all of it.
    pub(crate) is_cut: bool,
    /// What is not in the workspace that should be, and why, if so.
    pub(crate) not_kept: Option<String>,
}

const TOO_MANY: &str = "it may hold 20,000 files and folders, 32 folders deep";
const TOO_LARGE: &str = "its files are larger than it may be, all together";
const NO_SHARE: &str = "you keep all that you may (STORAGE_LIMIT_MB_PER_USER)";
const NO_ROOM: &str = "this server's disk is full";
const UNREADABLE: &str = "something in it cannot be read any more";

/// Looks at what a run has left, and keeps it.
pub(crate) async fn keep(
    workspace: PathBuf,
    script: Option<String>,
    (found, before): (Seen, Seen),
    kept: Option<Kept>,
    most: u64,
) -> Result<Left, Fault> {
    let _alone = match &kept {
        Some(kept) => Some(Arc::clone(&kept.lock).lock_owned().await),
        None => None,
    };
    let told = spawn_blocking(move || {
        if let Some(script) = script {
            files::take_away(&workspace, &script);
        }
        let unchanged = |why: &str| format!("\n[The workspace stays as it was before: {why}.]\n");
        let now = match seen::look(&workspace) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Ok(Left { files: Vec::new(), is_cut: true, not_kept: Some(unchanged(UNREADABLE)) });
            }
            Err(error) => return Err(error),
        };
        let (files, is_cut) = seen::changed(&workspace, &before, &now)?;
        let Some(kept) = kept else { return Ok(Left { files, is_cut, not_kept: None }) };
        let more = now.bytes().saturating_sub(found.bytes());
        let share = kept.share.as_ref().map(|share| share.check(more)).transpose()?;
        let not_kept = match share {
            _ if now.is_cut => Some(unchanged(TOO_MANY)),
            _ if now.bytes() > most => Some(unchanged(TOO_LARGE)),
            Some(Err(_held)) => Some(unchanged(NO_SHARE)),
            _ => match merge::merge(&workspace, &found, &now, &kept) {
                Ok(left_out) if left_out.is_empty() => None,
                Ok(left_out) => Some(format!(
                    "\n[Not taken over, since something else was made there meanwhile: {}.]\n",
                    left_out.join(", ")
                )),
                Err(error) if is_full(&error) => Some(unchanged(NO_ROOM)),
                Err(error) => return Err(error),
            },
        };
        Ok(Left { files, is_cut, not_kept })
    });
    Ok(told.await.map_err(io::Error::other)??)
}
