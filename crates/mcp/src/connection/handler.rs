//! Our half of the protocol: what a server may ask of this side, and what it may tell.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ClientHandler, RoleClient,
    model::{
        ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData,
        Implementation, ProgressNotificationParam, ProgressToken, ProtocolVersion,
    },
    service::{NotificationContext, RequestContext},
};
use tokio::sync::{Notify, mpsc};

use super::{Elicitation, Progress, clean::clean_to, limits::WORDS};

/// What hears of a connection's notices.
#[derive(Clone, Default)]
pub(super) struct Handler {
    pub(super) progress: Watchers,
    /// The list of tools is another one.
    pub(super) changed: Arc<Notify>,
}

/// The calls that are under way, by the token that their progress is told with.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<HashMap<ProgressToken, Watcher>>>);

struct Watcher {
    alive: Arc<Notify>,
    heard: Option<mpsc::Sender<Progress>>,
}

/// Watches one call's progress until it is dropped.
pub(super) struct Watched {
    watchers: Watchers,
    token: ProgressToken,
    /// Told with every progress.
    pub(super) alive: Arc<Notify>,
}

impl Watchers {
    pub(super) fn watch(&self, token: ProgressToken, heard: Option<mpsc::Sender<Progress>>) -> Watched {
        let alive = Arc::new(Notify::new());
        let watcher = Watcher { alive: Arc::clone(&alive), heard };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), watcher);
        Watched { watchers: self.clone(), token, alive }
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
    /// The one place where a server's question reaches a person. Nobody is asked yet: every question is declined, and servers
    /// are told (`get_info`) that none can be put.
    pub(super) async fn ask(&self, _question: Elicitation) -> ElicitResult {
        ElicitResult::new(ElicitationAction::Decline)
    }

    pub(super) async fn elicit(&self, question: ElicitRequestParams) -> ElicitResult {
        match question {
            ElicitRequestParams::FormElicitationParams { message, requested_schema, .. } => {
                let schema = serde_json::to_value(requested_schema).unwrap_or_default();
                self.ask(Elicitation { message: clean_to(&message, WORDS), schema }).await
            }
            // An address that a person is to open: never.
            _ => ElicitResult::new(ElicitationAction::Decline),
        }
    }
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let name = Implementation::new("vertice-chat", env!("CARGO_PKG_VERSION"));
        ClientConfig::new(ClientCapabilities::default(), name)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }

    async fn create_elicitation(
        &self,
        question: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(self.elicit(question).await)
    }

    async fn on_progress(&self, notice: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.tell(notice);
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }
}
