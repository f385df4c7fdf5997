//! The connections of this process: made when somebody needs them, once for all who do, watched while they last, ended when
//! nobody uses them. Nothing that was started is ever left behind.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use vertice_domain::{McpServerId, mcp::McpLogLine};
use vertice_ports::Clock;
use vertice_runtime::Tasks;

use super::{
    Call, CallResult, ConnectionFault, ConnectionKey, ConnectionState, Connections, Era, Greeting, Listener,
    Target,
    bearer::SignIns,
    call::{Broken, Link},
    fault,
    http::HttpClients,
    limits::Limits,
    offers::{Granted, Wish},
    program::Programs,
    slot::{Attempt, Needed, Slot, Using},
    watch,
};

/// What connections are made of.
pub struct Dependencies {
    pub programs: Programs,
    pub http: Arc<dyn HttpClients>,
    pub sign_ins: Arc<dyn SignIns>,
    pub clock: Arc<dyn Clock>,
    pub tasks: Tasks,
    pub limits: Limits,
}

/// Real connections. All of them end when this is dropped, and when the server shuts down.
pub struct LiveConnections {
    shared: Arc<Shared>,
    slots: Mutex<HashMap<ConnectionKey, Arc<Slot>>>,
    clock: Arc<dyn Clock>,
    over: CancellationToken,
}

/// What every connection needs while it lasts.
pub(super) struct Shared {
    pub(super) programs: Programs,
    pub(super) http: Arc<dyn HttpClients>,
    pub(super) sign_ins: Arc<dyn SignIns>,
    pub(super) tasks: Tasks,
    pub(super) limits: Limits,
    listener: RwLock<Option<Arc<dyn Listener>>>,
}

impl LiveConnections {
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies { programs, http, sign_ins, clock, tasks, limits } = dependencies;
        let over = tasks.shutdown_token().child_token();
        let shared =
            Arc::new(Shared { programs, http, sign_ins, tasks, limits, listener: RwLock::default() });
        Self { shared, slots: Mutex::default(), clock, over }
    }

    fn slot(&self, key: ConnectionKey) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_insert_with(|| Arc::new(Slot::new(key, Arc::clone(&self.clock)))))
    }

    fn known(&self, key: ConnectionKey) -> Option<Arc<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone)
    }

    /// Sees to it that somebody connects, if need be.
    fn begin(&self, slot: &Arc<Slot>, target: &Target, is_asked_for: bool) -> Result<(), ConnectionFault> {
        if let Needed::Attempt(attempt, former) = slot.need(target, is_asked_for, &self.over)? {
            let (shared, slot) = (Arc::clone(&self.shared), Arc::clone(slot));
            self.shared.tasks.spawn(run(shared, slot, attempt, former));
        }
        Ok(())
    }

    async fn ready(
        &self,
        slot: &Arc<Slot>,
        target: &Target,
        is_asked_for: bool,
    ) -> Result<Greeting, ConnectionFault> {
        let mut states = slot.watch();
        self.begin(slot, target, is_asked_for)?;
        let state = states.wait_for(|state| *state != ConnectionState::Starting).await;
        match state.map(|state| state.clone()) {
            Ok(ConnectionState::Connected(greeting)) => Ok(greeting),
            Ok(ConnectionState::NeedsAuth) => Err(ConnectionFault::NeedsAuth),
            Ok(ConnectionState::Failed(why)) => Err(ConnectionFault::Unreachable(why)),
            Ok(ConnectionState::Idle | ConnectionState::Starting) | Err(_) => {
                Err(ConnectionFault::Unreachable("The connection was closed.".into()))
            }
        }
    }

    /// A connection to be used. One that was ended as idle in this very moment is made again.
    async fn link<'a>(
        &self,
        slot: &'a Arc<Slot>,
        target: &Target,
    ) -> Result<(Link, Using<'a>), ConnectionFault> {
        self.ready(slot, target, false).await?;
        if let Some(link) = slot.take() {
            return Ok(link);
        }
        self.ready(slot, target, false).await?;
        match slot.take() {
            Some(link) => Ok(link),
            None => Err(how_it_went(slot).await),
        }
    }

    async fn called(&self, target: Target, call: Call) -> Result<CallResult, ConnectionFault> {
        self.with_link(target, async |link| link.call(call, &self.shared.limits).await).await
    }

    /// Uses a connection. What it breaks of is told.
    async fn with_link<T>(
        &self,
        target: Target,
        work: impl AsyncFnOnce(Link) -> Result<T, Broken>,
    ) -> Result<T, ConnectionFault> {
        let slot = self.slot(target.key);
        let (link, _using) = self.link(&slot, &target).await?;
        let round = link.round;
        match work(link).await {
            Ok(result) => {
                slot.succeeded();
                Ok(result)
            }
            Err(Broken::Call(fault)) => Err(fault),
            Err(Broken::Connection(failure)) if failure == fault::closed() => Err(how_it_went(&slot).await),
            Err(Broken::Connection(failure)) => {
                slot.give_up(round, failure.clone(), &self.shared.limits);
                Err(failure.into())
            }
        }
    }
}

/// What has become of a connection that has just broken: whoever watches it finds out.
async fn how_it_went(slot: &Slot) -> ConnectionFault {
    let mut states = slot.watch();
    let over = states.wait_for(|state| !matches!(state, ConnectionState::Connected(_)));
    let state = tokio::time::timeout(watch::FOUND_OUT, over).await;
    match state {
        Ok(Ok(state)) => match &*state {
            ConnectionState::Failed(why) => ConnectionFault::Unreachable(why.clone()),
            ConnectionState::NeedsAuth => ConnectionFault::NeedsAuth,
            _ => ConnectionFault::Unreachable("The connection was closed.".into()),
        },
        Ok(Err(_)) | Err(_) => fault::closed().into(),
    }
}

/// An attempt from its beginning until nothing of it is left.
async fn run(shared: Arc<Shared>, slot: Arc<Slot>, attempt: Attempt, former: Option<CancellationToken>) {
    let _gone = attempt.gone.clone().drop_guard();
    // However this ends, nobody is left waiting for what will not come.
    let _stopped = slot.stops(attempt.round);
    if let Some(former) = former {
        former.cancelled().await;
    }
    let mut program = None;
    let opened = tokio::select! {
        biased;
        () = attempt.stop.cancelled() => None,
        opened = tokio::time::timeout(
            shared.limits.connect,
            super::open::open(&shared, &slot, &attempt.target, &mut program),
        ) => Some(opened.unwrap_or_else(|_| Err(fault::too_slow(shared.limits.connect)))),
    };
    match opened {
        Some(Ok(opened)) => watch::watch(&shared, &slot, &attempt, opened, &mut program).await,
        Some(Err(failure)) => slot.failed(attempt.round, failure, &shared.limits),
        // Whoever stopped it has said what it is now.
        None => slot.stopped(attempt.round),
    }
    if let Some(program) = &mut program {
        program.end().await;
    }
}

impl Shared {
    fn listener(&self) -> Option<Arc<dyn Listener>> {
        self.listener.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn era_found(&self, slot: &Slot, era: Option<Era>) {
        slot.learn(era);
        if let Some(listener) = self.listener() {
            listener.era_found(slot.key, era).await;
        }
    }

    pub(super) async fn tools_changed(&self, key: ConnectionKey, tools: Vec<super::ListedTool>) {
        if let Some(listener) = self.listener() {
            listener.tools_changed(key, tools).await;
        }
    }
}

#[async_trait]
impl Connections for LiveConnections {
    fn start(&self, target: Target) {
        // What comes of it shows in the state.
        let _not_due = self.begin(&self.slot(target.key), &target, false);
    }

    async fn connect(&self, target: Target) -> Result<Greeting, ConnectionFault> {
        self.ready(&self.slot(target.key), &target, true).await
    }

    async fn call(&self, target: Target, call: Call) -> Result<CallResult, ConnectionFault> {
        let cancel = call.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ConnectionFault::Cancelled),
            result = self.called(target, call) => result,
        }
    }

    async fn ask(&self, target: Target, wish: Wish) -> Result<Granted, ConnectionFault> {
        self.with_link(target, async |link| link.granted(wish).await).await
    }

    fn state(&self, key: ConnectionKey) -> ConnectionState {
        self.known(key).map_or(ConnectionState::Idle, |slot| slot.state())
    }

    fn log(&self, key: ConnectionKey) -> Vec<McpLogLine> {
        self.known(key).map(|slot| slot.log.lines()).unwrap_or_default()
    }

    async fn close(&self, key: ConnectionKey) {
        if let Some(gone) = self.known(key).and_then(|slot| slot.close()) {
            gone.cancelled().await;
        }
    }

    async fn close_server(&self, server: McpServerId) {
        let closed: Vec<_> = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let keys: Vec<_> = slots.keys().filter(|key| key.server == server).copied().collect();
            keys.iter().filter_map(|key| slots.remove(key)).collect()
        };
        for gone in closed.iter().filter_map(|slot| slot.close()).collect::<Vec<_>>() {
            gone.cancelled().await;
        }
    }

    fn listen(&self, listener: Arc<dyn Listener>) {
        *self.shared.listener.write().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }
}

impl Drop for LiveConnections {
    fn drop(&mut self) {
        self.over.cancel();
    }
}
