//! MCP servers, and the tools that they offer to models.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use url::Url;
use vertice_auth::SealingVault;
use vertice_egress::{Egress, Fault, Rules, SystemLookup, TlsGateway};
use vertice_mcp::{
    Mcp, McpDependencies, SignInDependencies, StoredSignIns,
    connection::{Connections, Dependencies, HttpClient, HttpClients, Limits, LiveConnections, Programs},
};
use vertice_ports::{Artifacts, Blobs, Clock, Gateway, McpServers, Tools, Workspaces, sandbox::Tier};
use vertice_runtime::{SystemIds, Tasks};
use vertice_storage::Database;
use vertice_workbench::OwnTools;

use super::{World, secret};
use crate::settings::Settings;

/// Where programs work, in the data directory.
const PROGRAMS_DIR: &str = "mcp";
/// This very program, even when its file was replaced meanwhile.
pub(crate) const MYSELF: &str = "/proc/self/exe";

/// What models are offered, and what people do with it.
pub(super) struct Tooling {
    pub(super) tools: Arc<dyn Tools>,
    pub(super) mcp: Arc<dyn McpServers>,
}

/// What our own tools work on.
pub(super) struct Files {
    pub(super) workspaces: Arc<dyn Workspaces>,
    pub(super) artifacts: Arc<dyn Artifacts>,
}

/// Where the sandbox finds what it needs.
pub(super) fn sandbox_paths(settings: &Settings, world: &World) -> vertice_sandbox::Paths {
    vertice_sandbox::Paths {
        keeper: keeper(world),
        data: settings.data_dir.clone(),
        most_kept: settings.storage_limit_per_user,
        shared: settings.sandbox.folders.clone(),
        gateway: gateway(settings, world),
    }
}

/// The way out of code that is run; none: it has none.
fn gateway(settings: &Settings, world: &World) -> Option<Arc<dyn Gateway>> {
    let hosts = settings.sandbox.hosts.clone();
    let internet = &world.internet;
    let gateway =
        (!hosts.is_empty()).then(|| TlsGateway::new(hosts, internet.rules, Arc::clone(&internet.lookup)));
    gateway.map(|gateway| Arc::new(gateway) as Arc<dyn Gateway>)
}

/// What the sandbox is here, tried for whoever asks on the command line.
pub async fn tried_sandbox(settings: &Settings) -> Tier {
    vertice_sandbox::tried(sandbox_paths(settings, &World::default()), settings.sandbox.runtime).await
}

/// What takes files apart.
pub(super) fn reader(world: &World) -> vertice_files::Reader {
    vertice_files::Reader::new(keeper(world))
}

fn keeper(world: &World) -> PathBuf {
    world.executable.clone().unwrap_or_else(|| PathBuf::from(MYSELF))
}

/// MCP servers on what the server stands on. What the world puts in their place goes first.
pub(super) fn tooling(
    settings: &Settings,
    database: &Database,
    blobs: &Arc<dyn Blobs>,
    Files { workspaces, artifacts }: Files,
    (tasks, world): (&Tasks, &World),
) -> Tooling {
    let clock: Arc<dyn Clock> = Arc::clone(&world.clock);
    let keeper = keeper(world);
    let (store, vault) = (Arc::new(database.clone()), Arc::new(SealingVault::new(secret(settings))));
    let http: Arc<dyn HttpClients> = Arc::new(Clients::new());
    let sign_ins = Arc::new(StoredSignIns::new(SignInDependencies {
        store: Arc::<Database>::clone(&store),
        vault: Arc::<SealingVault>::clone(&vault),
        http: Arc::clone(&http),
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
    }));
    let connections = LiveConnections::new(Dependencies {
        programs: Programs { keeper, folder: settings.data_dir.join(PROGRAMS_DIR) },
        http,
        sign_ins: Arc::<StoredSignIns>::clone(&sign_ins),
        clock: Arc::clone(&clock),
        tasks: tasks.clone(),
        limits: Limits::default(),
    });
    let connections: Arc<dyn Connections> = Arc::new(connections);
    let mcp = Arc::new(Mcp::new(McpDependencies {
        store,
        vault,
        blobs: Arc::clone(blobs),
        connections,
        sign_ins,
        clock,
        ids: Arc::new(SystemIds),
    }));
    let others = world.tools.clone().unwrap_or_else(|| Arc::<Mcp>::clone(&mcp) as Arc<dyn Tools>);
    Tooling {
        tools: Arc::new(OwnTools::new(others, workspaces, artifacts, Arc::clone(blobs), tasks.clone())),
        mcp: world.mcp.clone().unwrap_or(mcp),
    }
}

/// Guarded clients: for the public internet, and for what an admin has set up.
struct Clients {
    public: Egress,
    network: Egress,
}

impl Clients {
    fn new() -> Self {
        let egress = |rules| Egress::new(rules, Arc::new(SystemLookup));
        Self { public: egress(Rules::PUBLIC), network: egress(Rules::NETWORK) }
    }
}

#[async_trait]
impl HttpClients for Clients {
    async fn client(&self, url: &Url, private_network: bool) -> Result<HttpClient, String> {
        let egress = if private_network { &self.network } else { &self.public };
        egress.client_for(url).await.map_err(|fault| match fault {
            Fault::BadAddress | Fault::Private if !private_network => {
                format!("{fault}; an admin of this server may add servers at any address")
            }
            fault => fault.to_string(),
        })
    }
}
