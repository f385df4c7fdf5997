//! What takes files apart: this program once more, with another command, under the keeper. It is given no environment, may
//! address so much memory and run so long, and is ended with the server.

use std::{
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Child,
    sync::Semaphore,
    time::timeout,
};
use vertice_domain::{Error, ErrorKind, Result};
use vertice_runtime::keeper::{Confinement, Kept, Limit};

use crate::{
    inside::{COMMAND, Found, PDF, PICTURE},
    known::refused,
};

/// How long a file may be read. The keeper ends what is not done then, even without this server.
const TIME: Duration = Duration::from_secs(10);
/// How long the keeper may take to end it, and to say so.
const ENDED: Duration = Duration::from_secs(5);
/// The memory that it may address, in bytes.
const MEMORY: u64 = 1024 * 1024 * 1024;
/// The most that it may say, in bytes: two million characters, of up to four bytes each, with some room.
const OUTPUT: u64 = 9 * 1024 * 1024;
/// How many files are read at once. Who comes later waits, in order.
const AT_ONCE: usize = 2;
/// How long they wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Starts the processes that take files apart.
#[derive(Debug)]
pub struct Reader {
    /// An executable that calls `runtime::keeper::run_if_asked` and [`crate::run_if_asked`] first of all.
    program: PathBuf,
    running: Semaphore,
}

impl Reader {
    pub fn new(program: PathBuf) -> Self {
        Self { program, running: Semaphore::new(AT_ONCE) }
    }

    /// How many pages a PDF has, and its text.
    pub(crate) async fn pdf(&self, file: &Bytes) -> Result<(u32, String)> {
        match self.found(PDF, file).await? {
            (Found::Text { pages }, text) => {
                Ok((pages, String::from_utf8(text).map_err(|_| Error::internal())?))
            }
            (Found::Nothing { why }, _) => Err(refused(why)),
            (Found::Picture { .. }, _) => Err(Error::internal()),
        }
    }

    /// A smaller picture, and its media type.
    pub(crate) async fn picture(&self, file: &Bytes) -> Result<(String, Bytes)> {
        match self.found(PICTURE, file).await? {
            (Found::Picture { media_type }, bytes) => Ok((media_type, bytes.into())),
            (Found::Nothing { why }, _) => Err(refused(why)),
            (Found::Text { .. }, _) => Err(Error::internal()),
        }
    }

    async fn found(&self, what: &str, file: &Bytes) -> Result<(Found, Vec<u8>)> {
        let Ok(Ok(_turn)) = timeout(LONGEST_WAIT, self.running.acquire()).await else {
            let message = "Too many files are being read. Send it again in a moment.";
            return Err(Error::new(ErrorKind::Unavailable, "busy", message));
        };
        let failed = |error: io::Error| {
            tracing::error!(%error, "the process that reads files could not be run");
            Error::internal()
        };
        let mut child = self.start(what).map_err(failed)?;
        let heard = timeout(TIME + ENDED, hear(&mut child, file)).await;
        let (status, said) = match heard {
            Ok(heard) => heard.map_err(failed)?,
            Err(_elapsed) => return Err(refused(too_much())),
        };
        if !status.success() {
            tracing::info!(what, %status, "a file could not be read within its limits");
            return Err(refused(too_much()));
        }
        split(said).ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the keeper is this server itself; it starts this program once more"
    )]
    fn start(&self, what: &str) -> io::Result<Child> {
        let kept = Kept {
            // Its input ends when the file does: from then on it is given that long.
            grace: TIME,
            program: self.program.to_str().ok_or(io::ErrorKind::InvalidInput)?.to_owned(),
            arguments: vec![COMMAND.to_owned(), what.to_owned()],
            confinement: Confinement {
                limits: vec![(Limit::AddressSpace, MEMORY), (Limit::FileSize, 0), (Limit::CoreSize, 0)],
                ..Confinement::default()
            },
        };
        tokio::process::Command::new(&self.program)
            .args(kept.command_line())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }
}

/// Gives it the file and hears what it says, to its end.
async fn hear(child: &mut Child, file: &Bytes) -> io::Result<(ExitStatus, Vec<u8>)> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    // One that has ended takes no more: how it ended says why.
    let _given = input.write_all(file).await;
    drop(input);
    let mut said = Vec::new();
    output.take(OUTPUT).read_to_end(&mut said).await?;
    Ok((child.wait().await?, said))
}

fn split(mut said: Vec<u8>) -> Option<(Found, Vec<u8>)> {
    let end = said.iter().position(|byte| *byte == b'\n')?;
    let found = serde_json::from_slice(&said[..end]).ok()?;
    said.drain(..=end);
    Some((found, said))
}

fn too_much() -> String {
    format!("takes more than {} seconds, or more memory than a file is given, to be read", TIME.as_secs())
}
