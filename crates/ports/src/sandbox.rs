//! Running code that nobody vouches for.

use async_trait::async_trait;
use futures::channel::mpsc;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, Result,
    sandbox::{Run, RunReport, SandboxRuntime},
};

/// What separates runs from the host, as it was proved at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// None: no code is run, for [`Tier::reasons`].
    pub runtime: Option<SandboxRuntime>,
    /// What does not hold that should, each with what mends it; empty: everything holds.
    pub shortcomings: Vec<String>,
    /// Why each runtime that is not used is not, by its name.
    pub reasons: Vec<(SandboxRuntime, String)>,
    /// The hosts that runs may reach, as the settings name them.
    pub hosts: Vec<String>,
    /// The folders of the host that runs may read, where they are on the host.
    pub folders: Vec<String>,
}

impl Tier {
    /// What is open to code, in words; nothing, unless the settings say so.
    pub fn openings(&self) -> Vec<String> {
        let said = |what: &str, which: &[String]| {
            (!which.is_empty()).then(|| format!("code may {what} {}", which.join(", ")))
        };
        said("reach", &self.hosts).into_iter().chain(said("read", &self.folders)).collect()
    }
}

/// Where a run says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Stdout,
    Stderr,
}

/// What a run has just said: whole characters, in the order of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub output: Output,
    pub text: String,
}

/// Who hears a run while it runs. Who listens slowly is told more at once; what they have not taken when it is over, the report alone
/// tells.
pub type Listener = mpsc::Sender<Said>;

/// Runs code.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// What holds here; none: it is still being tried.
    fn tier(&self) -> Option<Tier>;

    /// Runs code and waits for its end. Once it is cancelled it returns soon, and nothing of the run is left. A listener never holds it
    /// up.
    async fn execute(
        &self,
        actor: &Actor,
        run: Run,
        listener: Option<Listener>,
        cancel: CancellationToken,
    ) -> Result<RunReport>;
}
