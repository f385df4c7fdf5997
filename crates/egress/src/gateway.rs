//! The way out of code that is run: a proxy for each run, to the hosts that the settings name, by TLS and nothing else. A name is
//! looked up once and judged like every other; what the handshake says must be what was asked for. It reads nothing of what goes through.

mod hello;
mod hosts;
mod request;
mod tunnel;

use std::{
    io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{net::UnixListener, sync::oneshot, task::JoinSet};
use tracing::Instrument as _;
use vertice_domain::sandbox::{Denial, DeniedAccess, MOST_DENIED};
use vertice_ports::{Gateway, WayOut};

pub use self::hosts::AllowedHosts;
use self::request::Target;
use crate::client::{Lookup, Rules};

/// Connections of a run at the same time; others wait.
const AT_ONCE: usize = 32;
/// Connections of a run in all: each of them is a line in the log.
const MOST: usize = 1_000;
/// How long no connection is taken when none can be, since descriptors are short.
const SHORT: Duration = Duration::from_millis(50);

/// What each connection of a run may take.
#[derive(Debug, Clone, Copy)]
pub struct TunnelLimits {
    /// Until it has said what it wants, and once more until it has said for which server it is.
    pub handshake: Duration,
    /// From then on.
    pub time: Duration,
    /// To and fro, together.
    pub bytes: u64,
}

impl Default for TunnelLimits {
    fn default() -> Self {
        Self { handshake: Duration::from_secs(10), time: Duration::from_secs(60), bytes: 256 * 1024 * 1024 }
    }
}

/// Opens ways out to hosts on the public internet.
pub struct TlsGateway {
    hosts: Arc<AllowedHosts>,
    lookup: Arc<dyn Lookup>,
    allows: fn(IpAddr) -> bool,
    limits: TunnelLimits,
}

impl TlsGateway {
    /// To these hosts, as far as their names lead where the rules allow.
    pub fn new(hosts: AllowedHosts, rules: Rules, lookup: Arc<dyn Lookup>) -> Self {
        Self { hosts: Arc::new(hosts), lookup, allows: rules.address, limits: TunnelLimits::default() }
    }

    #[must_use]
    pub fn with_limits(self, limits: TunnelLimits) -> Self {
        Self { limits, ..self }
    }
}

#[async_trait]
impl Gateway for TlsGateway {
    fn hosts(&self) -> Vec<String> {
        self.hosts.names()
    }

    async fn open(&self, socket: &Path) -> io::Result<Box<dyn WayOut>> {
        let listener = UnixListener::bind(socket)?;
        let run = Arc::new(Run {
            hosts: Arc::clone(&self.hosts),
            lookup: Arc::clone(&self.lookup),
            allows: self.allows,
            limits: self.limits,
            denied: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let mut task = JoinSet::new();
        task.spawn(serve(listener, Arc::clone(&run), stopped).in_current_span());
        Ok(Box::new(Open { run, stop, task }))
    }
}

/// What the connections of a run share.
struct Run {
    hosts: Arc<AllowedHosts>,
    lookup: Arc<dyn Lookup>,
    allows: fn(IpAddr) -> bool,
    limits: TunnelLimits,
    denied: Mutex<Vec<DeniedAccess>>,
}

impl Run {
    /// Says it in the log, and keeps it for the run's report.
    fn deny(&self, target: &Target, reason: Denial) {
        let Target { host, port } = target;
        tracing::info!(host, port, verdict = "denied", ?reason, "a run asked for a host");
        let access = DeniedAccess { host: host.clone(), port: *port, reason };
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        if denied.len() < MOST_DENIED && !denied.contains(&access) {
            denied.push(access);
        }
    }
}

/// A way out that is open. Its tasks end with it.
struct Open {
    run: Arc<Run>,
    stop: oneshot::Sender<()>,
    task: JoinSet<()>,
}

#[async_trait]
impl WayOut for Open {
    async fn close(self: Box<Self>) -> Vec<DeniedAccess> {
        let Self { run, stop, mut task } = *self;
        drop(stop);
        let _ended = task.join_next().await;
        let mut denied = run.denied.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut denied)
    }
}

async fn serve(listener: UnixListener, run: Arc<Run>, mut stopped: oneshot::Receiver<()>) {
    let (mut tunnels, mut taken) = (JoinSet::new(), 0);
    loop {
        let has_room = tunnels.len() < AT_ONCE;
        let client = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = tunnels.join_next() => continue,
            client = listener.accept(), if has_room => client,
        };
        let Ok((client, _)) = client else {
            tokio::time::sleep(SHORT).await;
            continue;
        };
        if taken == MOST {
            continue;
        }
        taken += 1;
        if taken == MOST {
            tracing::warn!("a run has asked for {MOST} connections, and those that come now are closed");
        }
        let run = Arc::clone(&run);
        tunnels.spawn(async move { tunnel::serve(client, &run).await }.in_current_span());
    }
    tunnels.shutdown().await;
}
