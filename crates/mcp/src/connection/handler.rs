//! Our half of the protocol: what a server may ask of this side, and what it may tell.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rmcp::{
    ClientHandler, RoleClient,
    model::{
        ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
        ElicitationCapability, ErrorData, FormElicitationCapability, Implementation,
        ProgressNotificationParam, ProgressToken, ProtocolVersion, UrlElicitationCapability,
    },
    service::{NotificationContext, RequestContext},
};
use tokio::sync::{Notify, mpsc};

use super::{Progress, asking::Asking, clean::clean_to, limits::WORDS, log::Log};

/// What hears of a connection's notices and questions.
#[derive(Clone)]
pub(super) struct Handler {
    pub(super) calls: Watchers,
    log: Arc<Log>,
    /// How long a person may take to answer.
    patience: Duration,
    /// The list of tools is another one.
    pub(super) changed: Arc<Notify>,
}

/// The calls that are under way, by the token that their progress is told with.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<HashMap<ProgressToken, Watcher>>>);

struct Watcher {
    alive: Arc<Notify>,
    heard: Option<mpsc::Sender<Progress>>,
    asking: Option<Asking>,
}

/// Watches one call until it is dropped.
pub(super) struct Watched {
    watchers: Watchers,
    token: ProgressToken,
    /// Told with every progress.
    pub(super) alive: Arc<Notify>,
}

impl Watchers {
    pub(super) fn watch(
        &self,
        token: ProgressToken,
        heard: Option<mpsc::Sender<Progress>>,
        asking: Option<Asking>,
    ) -> Watched {
        let alive = Arc::new(Notify::new());
        let watcher = Watcher { alive: Arc::clone(&alive), heard, asking };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), watcher);
        Watched { watchers: self.clone(), token, alive }
    }

    /// In the midst of which call a server asks, which says so in no revision: if all that run are one person's in one
    /// conversation, it is one of these.
    fn asking(&self) -> Result<Asking, &'static str> {
        let watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = watchers.values();
        let first = running.next().ok_or("no call runs")?;
        let asking = first.asking.as_ref().ok_or("there is nobody to be asked")?;
        let is_same =
            |other: &Watcher| other.asking.as_ref().is_some_and(|other| other.is_same_person(asking));
        if running.all(is_same) {
            Ok(asking.clone())
        } else {
            Err("calls of several people or conversations run")
        }
    }

    fn tell(&self, notice: ProgressNotificationParam) {
        let watchers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watcher) = watchers.get(&notice.progress_token) else { return };
        watcher.alive.notify_one();
        if let Some(heard) = &watcher.heard {
            let message = notice.message.map(|message| clean_to(&message, WORDS));
            // Whoever is too slow to listen to one hears the next.
            let _full = heard.try_send(Progress { done: notice.progress, of: notice.total, message });
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watchers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}

impl Handler {
    pub(super) fn new(log: Arc<Log>, patience: Duration) -> Self {
        Self { calls: Watchers::default(), changed: Arc::default(), log, patience }
    }

    /// The one place where a server's question reaches a person. What cannot be put to one is declined.
    pub(super) async fn elicit(
        &self,
        question: ElicitRequestParams,
        asking: Result<Asking, &'static str>,
    ) -> ElicitResult {
        let answer = match asking {
            Ok(asking) => asking.ask(question, self.patience).await,
            Err(why) => Err(why.to_owned()),
        };
        answer.unwrap_or_else(|why| {
            self.log.note(&format!("A question of the server was declined: {why}."));
            ElicitResult::new(ElicitationAction::Decline)
        })
    }
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let name = Implementation::new("vertice-chat", env!("CARGO_PKG_VERSION"));
        let asks = ElicitationCapability::new()
            .with_form(FormElicitationCapability::default())
            .with_url(UrlElicitationCapability::default());
        let mut can = ClientCapabilities::default();
        can.elicitation = Some(asks);
        ClientConfig::new(can, name).with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_elicitation(
        &self,
        question: ElicitRequestParams,
        context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        tokio::select! {
            biased;
            // The server does not want to know any more.
            () = context.ct.cancelled() => Ok(ElicitResult::new(ElicitationAction::Cancel)),
            answer = self.elicit(question, self.calls.asking()) => Ok(answer),
        }
    }

    async fn on_progress(&self, notice: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.calls.tell(notice);
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }
}
