//! The sandbox of this host: the better of the runtimes that were proved at the start, or none.

use std::{
    io,
    sync::atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Action, Actor, Error, ErrorKind, Result,
    sandbox::{Run, RunLimits, RunReport, SandboxRuntime},
};
use vertice_ports::{Sandbox, sandbox::Tier};

use crate::{
    canary::{self, Proved},
    host::{Host, Paths},
    run::{Input, Job},
};

/// Users of the host that runs are: far above those that people and programs have.
pub(crate) const FIRST_USER: u32 = 1_879_048_192;
/// How many of them there are; each run takes the next one.
const USERS: u32 = 65_536;
/// Runs at the same time; others wait.
const AT_ONCE: usize = 20;

/// Which runtime is wanted (`SANDBOX_RUNTIME`, `ENABLE_SANDBOXING`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// gVisor, else bubblewrap.
    Best,
    Only(SandboxRuntime),
    /// Nothing is to be run.
    Nothing,
}

/// Runs code on this host.
pub struct HostSandbox {
    host: Host,
    proved: Option<Proved>,
    reasons: Vec<(SandboxRuntime, String)>,
    next: AtomicU32,
    room: Semaphore,
}

impl HostSandbox {
    /// Tries what this host can do. Takes about a second.
    ///
    /// # Errors
    /// Where the folder for runs cannot be made.
    pub async fn probe(paths: &Paths, wanted: Wanted) -> io::Result<Self> {
        let host = Host::look(paths).await?;
        let order: &[SandboxRuntime] = match &wanted {
            Wanted::Best => &[SandboxRuntime::Gvisor, SandboxRuntime::Bubblewrap],
            Wanted::Only(runtime) => std::slice::from_ref(runtime),
            Wanted::Nothing => &[],
        };
        let (mut proved, mut reasons) = (None, Vec::new());
        for runtime in order {
            match canary::prove(&host, *runtime).await {
                Ok(found) => {
                    proved = Some(found);
                    break;
                }
                Err(why) => reasons.push((*runtime, why)),
            }
        }
        Ok(Self { host, proved, reasons, next: AtomicU32::new(1), room: Semaphore::new(AT_ONCE) })
    }
}

#[async_trait]
impl Sandbox for HostSandbox {
    fn tier(&self) -> Tier {
        Tier {
            runtime: self.proved.as_ref().map(|proved| proved.runtime),
            shortcomings: self.proved.as_ref().map(|proved| proved.shortcomings.clone()).unwrap_or_default(),
            reasons: self.reasons.clone(),
        }
    }

    async fn execute(&self, actor: &Actor, run: Run, cancel: CancellationToken) -> Result<RunReport> {
        actor.may(Action::RunCode)?;
        let Some(proved) = &self.proved else {
            let reasons: Vec<_> =
                self.reasons.iter().map(|(runtime, why)| format!("{}: {why}", runtime.as_str())).collect();
            let message = if reasons.is_empty() {
                "This server runs no code (ENABLE_SANDBOXING).".to_owned()
            } else {
                format!("No sandbox works on this server, so that no code is run. {}", reasons.join(". "))
            };
            return Err(Error::new(ErrorKind::Unavailable, "sandbox_unavailable", message));
        };
        let _room = self.room.acquire().await.map_err(|_| Error::internal())?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let job = Job {
            host: &self.host,
            runtime: proved.runtime,
            program: &proved.program,
            name: format!("run-{number}"),
            user: self.host.is_root.then_some(FIRST_USER + number % USERS),
            limits: RunLimits::default(),
            timeout: run.timeout,
        };
        let input = Input { language: run.language, code: &run.code, stdin: &run.stdin, files: &run.files };
        Ok(job.run(&input, &cancel).await?)
    }
}
