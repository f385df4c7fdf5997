//! Our half of the protocol: what a server may ask of this side, and what it may tell.

use std::{sync::Arc, time::Duration};

use rmcp::{
    ClientHandler, RoleClient,
    model::{
        ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
        ElicitationCapability, ErrorData, FormElicitationCapability, Implementation,
        ProgressNotificationParam, ProtocolVersion, UrlElicitationCapability,
    },
    service::{NotificationContext, RequestContext},
};
use tokio::sync::Notify;

use super::{asking::Asking, log::Log, watchers::Watchers};

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

impl Handler {
    pub(super) fn new(log: Arc<Log>, patience: Duration) -> Self {
        Self { calls: Watchers::new(patience), changed: Arc::default(), log, patience }
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
