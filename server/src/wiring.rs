//! Where the parts of the product are put together: every `Arc::new(Concrete)` stands here and nowhere else.

mod blobs;
mod issuer;
mod models;
mod money;
mod setup;
mod tools;
mod world;

use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use vertice_agent::{Hub, HubDependencies, LibraryDependencies, MemoryBus, StoredLibrary};
use vertice_artifacts::{Studio, StudioDependencies};
use vertice_auth::{Auth, SecretSource};
use vertice_domain::{ChatLimits, NodeId};
use vertice_egress::{Egress, Pictures, Rules, SystemLookup};
use vertice_files::{Shelf, ShelfDependencies};
use vertice_ports::{
    AccountStore as _, Accounts, Artifacts, Blobs, Bus, ConversationStore, Files, Ids, Models, Services,
    TurnStore, Workspaces,
};
use vertice_runtime::{SystemClock, SystemIds, Tasks};
use vertice_sandbox::HostSandbox;
use vertice_storage::{BucketError, Database, DatabaseConfig, DatabaseUrl, OpenError, RedisError, Tuning};
use vertice_transfer::{Importer, ImporterDependencies};

pub(crate) use self::{blobs::check_blobs, issuer::check_issuer, tools::MYSELF};
pub use self::{
    tools::tried_sandbox,
    world::{Internet, World},
};
use crate::{
    assets,
    layers::rate_limit::RateLimit,
    rest::operations::{Figures, Foundations, Readiness},
    router::router,
    settings::{self, Settings},
    spool::Spool,
    state::{AppParts, AppState},
    telemetry,
};

/// How often full buckets are forgotten and figures are folded.
const SWEEP: Duration = Duration::from_secs(60);

/// Why the server, or a command, could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be made.
    #[error(
        "the data directory {path} cannot be made: {source}. Set VERTICE_DATA_DIR to one that can be written"
    )]
    DataDir { path: PathBuf, source: io::Error },
    /// The database cannot be opened.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// Redis cannot be reached.
    #[error("{0}. Check REDIS_URL, and that Redis runs and lets this server in")]
    Redis(#[from] RedisError),
    /// The bucket of the blobs cannot be used.
    #[error("Blobs cannot be kept: {0}")]
    Bucket(#[from] BucketError),
    /// A setting of the models cannot be used.
    #[error("The server was not started, because a setting cannot be used:\n  {0}")]
    Models(#[from] vertice_llm::ConfigError),
    /// Former turns cannot be ended, or accounts cannot be read.
    #[error("{0}")]
    Domain(#[from] vertice_domain::Error),
    /// The address cannot be listened on.
    #[error(
        "{addr} cannot be listened on: {source}. Stop what uses it, or set VERTICE_ADDR, for example to 127.0.0.1:3001"
    )]
    Listen { addr: SocketAddr, source: io::Error },
}

/// The server, put together and bound, not yet serving.
pub struct Application {
    /// Where it listens; with port 0 in the settings, the port that was free.
    pub addr: SocketAddr,
    listener: TcpListener,
    router: Router,
    tasks: Tasks,
    database: Database,
    hub: Hub,
}

impl Application {
    /// Binds the address, opens the database, and ends what a former run left over.
    pub async fn build(settings: Settings) -> Result<Self, StartError> {
        Self::within(settings, World::default()).await
    }

    /// The same in another world.
    pub async fn within(settings: Settings, world: World) -> Result<Self, StartError> {
        // First of all: a second start by mistake ends here, before it could end the turns of the server that runs.
        let (listener, addr) = bind(settings.addr).await?;
        let database = open_database(&settings, true).await?;
        let tasks = Tasks::default();
        let counters = money::counters(&settings, &world.clock).await?;
        let node = SystemIds.node();
        let run = Run { tasks: tasks.clone(), node, world };
        let money = money::Money::new(&settings, &database, Arc::clone(&counters), &run);
        money::close_left_open(&settings, &database, &tasks, node).await?;
        let blobs = blobs::blobs(&settings, &database, &run.world.clock).await?;
        blobs.adopt().await?;
        let blobs: Arc<dyn Blobs> = Arc::new(blobs);
        let (services, hub) = services(&settings, &database, money, &blobs, run).await?;
        hub.recover().await?;
        let rate_limit = RateLimit::new(settings.rate_limits);
        let metrics = telemetry::metrics();
        hub.housekeep();
        renew_search(&tasks, database.clone(), Arc::clone(&blobs));
        sweep(&tasks, Arc::clone(&rate_limit), metrics.clone());
        let state = AppState::from(AppParts {
            readiness: Readiness::new(Foundations {
                sandbox: Arc::clone(&services.sandbox),
                database: Arc::new(database.clone()),
                counters,
                counters_are_shared: settings.redis.is_some(),
                blobs,
            }),
            services,
            figures: Figures::new(metrics),
            ids: Arc::new(SystemIds),
            replays: Arc::default(),
            stopping: tasks.shutdown_token(),
            rate_limit,
            spool: Spool::new(&settings.data_dir, settings.import_limit),
            leptos: leptos_options(&settings, addr),
            settings: Arc::new(settings),
        });
        Ok(Self { addr, listener, router: router(state), tasks, database, hub })
    }

    /// Serves until `stop` comes.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        tracing::info!("listening on http://{}", self.addr);
        let outcome = crate::serve::serve(self.listener, self.router, &self.tasks, stop).await;
        self.hub.leave().await;
        self.database.close().await;
        outcome
    }

    /// The routes, to be asked without a port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }
}

/// What the console's commands need: accounts on the same database.
pub struct Console {
    /// Users and tokens.
    pub accounts: Arc<dyn Accounts>,
    pub database: Database,
}

impl Console {
    /// Opens the database as the server does.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let database = open_database(settings, false).await?;
        let accounts = Auth::new(
            Arc::new(database.clone()),
            Arc::new(SystemClock),
            Arc::new(SystemIds),
            secret(settings),
        );
        Ok(Self { accounts: Arc::new(accounts), database })
    }

    /// Lets go of the database.
    pub async fn close(self) {
        self.database.close().await;
    }
}

/// The secret with which the server seals what it must open again, in the data directory unless it is set.
const SECRET_FILE: &str = "secret.key";

fn secret(settings: &Settings) -> SecretSource {
    match settings.secret_key {
        Some(key) => SecretSource::Given(key.0),
        None => SecretSource::File(settings.data_dir.join(SECRET_FILE)),
    }
}

/// Whether the counters can be used, for `vertice doctor`; it says which they are.
pub(crate) async fn check_counters(settings: &Settings) -> Result<&'static str, StartError> {
    money::counters(settings, &World::default().clock).await?.ping().await?;
    Ok(if settings.redis.is_some() { "Redis; it answers" } else { "in this process (REDIS_URL is not set)" })
}

/// `serves`: for a server, not for a command.
async fn open_database(settings: &Settings, serves: bool) -> Result<Database, StartError> {
    let path = settings.data_dir.clone();
    tokio::fs::create_dir_all(&path).await.map_err(|source| StartError::DataDir { path, source })?;
    let url = match &settings.database {
        settings::Database::Sqlite(path) => DatabaseUrl::Sqlite(path.clone()),
        settings::Database::Postgres(url) => DatabaseUrl::Postgres(url.reveal().to_owned()),
    };
    let config = DatabaseConfig { url, backup_dir: settings.data_dir.join("backups") };
    Ok(Database::open_tuned(&config, Tuning { serves, ..Tuning::default() }).await?)
}

/// What this run of the server is made of, beside its settings and its database.
struct Run {
    tasks: Tasks,
    node: NodeId,
    world: World,
}

async fn services(
    settings: &Settings,
    database: &Database,
    money: money::Money,
    blobs: &Arc<dyn Blobs>,
    run: Run,
) -> Result<(Services, Hub), StartError> {
    let Run { tasks, node, world } = run;
    let sandbox = Arc::new(HostSandbox::start(
        tools::sandbox_paths(settings, &world),
        settings.sandbox.runtime,
        Arc::new(database.clone()),
        &tasks,
    ));
    let workspaces: Arc<dyn Workspaces> = Arc::<HostSandbox>::clone(&sandbox);
    let bus: Arc<dyn Bus> = Arc::new(MemoryBus::start(&tasks));
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let (artifacts, shelf) = files(database, blobs, (&bus, &ids), &world);
    let files = tools::Files { workspaces: Arc::clone(&workspaces), artifacts: Arc::clone(&artifacts) };
    let tooling = tools::tooling(settings, database, blobs, files, (&tasks, &world));
    let World { clock, .. } = world;
    let conversations: Arc<dyn ConversationStore> = Arc::new(database.clone());
    let turns: Arc<dyn TurnStore> = Arc::new(database.clone());
    let models: Arc<dyn Models> = Arc::new(models::gateway(
        settings,
        vertice_llm::GatewayDependencies {
            meter: money.meter,
            quota: Arc::clone(&money.quota),
            keys: Arc::clone(&money.provider_keys),
            blobs: Arc::clone(blobs),
            clock: Arc::clone(&clock),
            tasks: tasks.clone(),
        },
    )?);
    let limits = ChatLimits { max_tokens: settings.max_tokens_per_request };
    let hub = Hub::new(HubDependencies {
        node,
        conversations: Arc::clone(&conversations),
        turns: Arc::clone(&turns),
        blobs: Arc::clone(blobs),
        files: Arc::clone(&shelf),
        models: Arc::clone(&models),
        tools: tooling.tools,
        tool_ledger: Arc::new(database.clone()),
        bus: Arc::clone(&bus),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        tasks: tasks.clone(),
        limits,
        titles: settings.auto_titles,
        turn_limits: settings.turn_limits,
    });
    let imports = Importer::new(ImporterDependencies {
        store: Arc::new(database.clone()),
        artifacts: Arc::clone(&artifacts),
        blobs: Arc::clone(blobs),
        models: Arc::clone(&models),
        bus: Arc::clone(&bus),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        tasks: tasks.clone(),
        limit: settings.storage_limit_per_user,
    });
    let library = LibraryDependencies {
        conversations,
        artifacts: Arc::new(database.clone()),
        turns,
        blobs: Arc::clone(blobs),
        models: Arc::clone(&models),
        bus,
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
    };
    let setup_token = setup::token(settings, database.has_users().await?);
    let accounts =
        Auth::new(Arc::new(database.clone()), Arc::clone(&clock), Arc::clone(&ids), secret(settings))
            .with_setup_token(setup_token)
            .with_identities(issuer::identities(settings, database, &clock, &tasks));
    let services = Services {
        accounts: Arc::new(accounts),
        artifacts,
        chat: Arc::new(hub.clone()),
        imports: Arc::new(imports),
        files: shelf,
        library: Arc::new(StoredLibrary::new(library)),
        mcp: tooling.mcp,
        models,
        provider_keys: money.provider_keys,
        quota: money.quota,
        reports: money.reports,
        sandbox,
        workspaces,
        pictures: Arc::new(Pictures::new(Arc::new(Egress::new(Rules::PUBLIC, Arc::new(SystemLookup))))),
        clock,
        ids,
        limits,
    };
    Ok((services, hub))
}

/// Artifacts, and what people attach.
fn files(
    database: &Database,
    blobs: &Arc<dyn Blobs>,
    (bus, ids): (&Arc<dyn Bus>, &Arc<dyn Ids>),
    world: &World,
) -> (Arc<dyn Artifacts>, Arc<dyn Files>) {
    let studio = Studio::new(StudioDependencies {
        store: Arc::new(database.clone()),
        blobs: Arc::clone(blobs),
        bus: Arc::clone(bus),
        clock: Arc::clone(&world.clock),
        ids: Arc::clone(ids),
    });
    let shelf = Shelf::new(ShelfDependencies {
        store: Arc::new(database.clone()),
        blobs: Arc::clone(blobs),
        clock: Arc::clone(&world.clock),
        ids: Arc::clone(ids),
        reader: tools::reader(world),
    });
    (Arc::new(studio), Arc::new(shelf))
}

async fn bind(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn sweep(tasks: &Tasks, buckets: Arc<RateLimit>, metrics: metrics_exporter_prometheus::PrometheusHandle) {
    let shutdown = tasks.shutdown_token();
    tasks.spawn(async move {
        while tokio::time::timeout(SWEEP, shutdown.cancelled()).await.is_err() {
            buckets.forget_idle();
            metrics.run_upkeep();
        }
    });
}

/// What another version has stored is found by its words a little after the start; what a node that still runs it stores, a little
/// after that. One that fails is tried again.
fn renew_search(tasks: &Tasks, database: Database, blobs: Arc<dyn Blobs>) {
    let shutdown = tasks.shutdown_token();
    tasks.spawn(async move {
        loop {
            let again = match shutdown.run_until_cancelled(database.renew_search(&*blobs)).await {
                None => return,
                Some(Ok(count)) => {
                    if count > 0 {
                        tracing::info!(count, "what another version had stored is found by its words");
                    }
                    database.has_other_nodes()
                }
                Some(Err(error)) => {
                    tracing::warn!(code = %error.code, "what another version has stored is not found yet; trying again");
                    true
                }
            };
            if !again || tokio::time::timeout(SWEEP, shutdown.cancelled()).await.is_ok() {
                return;
            }
        }
    });
}

fn leptos_options(settings: &Settings, addr: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("vertice")
        .site_root(settings.site_root.to_string_lossy())
        .site_pkg_dir(assets::PKG_DIR)
        .site_addr(addr)
        .reload_port(3001_u32)
        .build()
}
