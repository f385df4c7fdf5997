//! What this host can really do, tried at the start: the better of the runtimes that are proved, or none.

use vertice_domain::{Error, ErrorKind, sandbox::SandboxRuntime};
use vertice_ports::sandbox::Tier;

use crate::{
    canary::{self, Proved},
    host::{Host, Paths},
};

/// Which runtime is wanted (`SANDBOX_RUNTIME`, `ENABLE_SANDBOXING`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// gVisor, else bubblewrap.
    Best,
    Only(SandboxRuntime),
    /// Nothing is to be run.
    Nothing,
}

/// What was found at the start.
pub(crate) struct Found {
    pub(crate) host: Option<Host>,
    pub(crate) proved: Option<Proved>,
    reasons: Vec<(SandboxRuntime, String)>,
}

impl Found {
    fn hosts(&self) -> Vec<String> {
        let gateway = self.host.as_ref().and_then(|host| host.gateway.as_ref());
        gateway.map(|gateway| gateway.hosts()).unwrap_or_default()
    }

    fn folders(&self) -> Vec<String> {
        let paths = self.host.as_ref().map(|host| host.shared.paths()).unwrap_or_default();
        paths.iter().map(|path| path.display().to_string()).collect()
    }
}

/// Tries what this host can do, for whoever only wants to know.
pub async fn tried(paths: Paths, wanted: Wanted) -> Tier {
    tier(&look(&paths, wanted, "doctor").await)
}

pub(crate) fn tier(found: &Found) -> Tier {
    Tier {
        runtime: found.proved.as_ref().map(|proved| proved.runtime),
        shortcomings: found.proved.as_ref().map(|proved| proved.shortcomings.clone()).unwrap_or_default(),
        reasons: found.reasons.clone(),
        hosts: found.hosts(),
        folders: found.folders(),
    }
}

pub(crate) fn tell(found: &Found) {
    let (hosts, folders) = (found.hosts(), found.folders());
    if found.proved.is_some() && !(hosts.is_empty() && folders.is_empty()) {
        tracing::info!(?hosts, ?folders, "code that runs may reach these hosts, and read these folders");
    }
    match &found.proved {
        Some(proved) if proved.shortcomings.is_empty() => {
            tracing::info!(runtime = proved.runtime.as_str(), "code runs in a sandbox");
        }
        Some(proved) => {
            let shortcomings = proved.shortcomings.join("; ");
            tracing::warn!(
                runtime = proved.runtime.as_str(),
                shortcomings,
                "code runs in a sandbox that is degraded"
            );
        }
        None if found.reasons.is_empty() => tracing::info!("no code is run (ENABLE_SANDBOXING)"),
        None => tracing::warn!(reasons = ?found.reasons, "no sandbox works here: no code is run"),
    }
}

pub(crate) async fn look(paths: &Paths, wanted: Wanted, purpose: &str) -> Found {
    let order: &[SandboxRuntime] = match &wanted {
        Wanted::Best => &[SandboxRuntime::Gvisor, SandboxRuntime::Bubblewrap],
        Wanted::Only(runtime) => std::slice::from_ref(runtime),
        Wanted::Nothing => &[],
    };
    let (mut proved, mut reasons) = (None, Vec::new());
    // Where nothing is to be run nothing is made ready for it.
    if order.is_empty() {
        return Found { host: None, proved, reasons };
    }
    let host = match Host::look(paths, purpose).await {
        Ok(host) => host,
        Err(error) => {
            let why = format!("the folder for runs cannot be made: {error}");
            reasons.extend(order.iter().map(|runtime| (*runtime, why.clone())));
            return Found { host: None, proved, reasons };
        }
    };
    for runtime in order {
        match canary::prove(&host, *runtime).await {
            // Whoever names the runtime knows what it does not do here.
            Ok(found) if wanted == Wanted::Best && host.groups.is_err() => {
                let why = found.shortcomings.join("; ");
                let name = runtime.as_str();
                reasons.push((*runtime, format!("{why}. SANDBOX_RUNTIME={name} (`vertice mcp`: --runtime {name}) runs code all the same")));
            }
            Ok(found) => {
                proved = Some(found);
                break;
            }
            Err(why) => reasons.push((*runtime, why)),
        }
    }
    Found { host: Some(host), proved, reasons }
}

pub(crate) fn unavailable(found: Option<&Found>) -> Error {
    let reasons = found.map(|found| found.reasons.as_slice()).unwrap_or_default();
    let reasons: Vec<_> =
        reasons.iter().map(|(runtime, why)| format!("{}: {why}", runtime.as_str())).collect();
    let message = match (found, reasons.is_empty()) {
        (None, _) => "The sandbox is still being tried. Run it again in a moment.".to_owned(),
        (Some(_), true) => "This server runs no code (ENABLE_SANDBOXING).".to_owned(),
        (Some(_), false) => {
            format!("No sandbox works on this server, so that no code is run. {}.", reasons.join("; "))
        }
    };
    Error::new(ErrorKind::Unavailable, "sandbox_unavailable", message)
}
