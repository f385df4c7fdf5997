//! What can go wrong around a run; what goes wrong within it is its report.

use std::io;

use vertice_domain::{Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Refused(String),
    #[error("the workspace could not be copied: {0}")]
    TooMuch(io::Error),
    #[error("the sandbox could not be prepared: {0}")]
    Io(#[from] io::Error),
}

impl From<rustix::io::Errno> for Fault {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::Io(errno.into())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(why) => Self::new(ErrorKind::Unavailable, "sandbox_unavailable", why),
            Fault::TooMuch(error) if is_full(&error) => Self::new(
                ErrorKind::TooLarge,
                "workspace_full",
                "The workspace holds more than a run can take (128 MB, 20,000 files and folders). Delete what is not needed any more.",
            ),
            Fault::TooMuch(error) if error.kind() == io::ErrorKind::PermissionDenied => Self::new(
                ErrorKind::Conflict,
                "workspace_unreadable",
                format!("The workspace cannot be copied for the run: {error}."),
            ),
            Fault::TooMuch(error) | Fault::Io(error) => {
                tracing::error!(%error, "a sandbox could not be prepared");
                let message =
                    "The sandbox could not be started. `vertice doctor` on the server says what is wrong.";
                Self::new(ErrorKind::Unavailable, "sandbox_unavailable", message)
            }
        }
    }
}

/// Whether there is no room for it, or for so many.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
