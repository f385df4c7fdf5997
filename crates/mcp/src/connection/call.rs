//! One call over a connection: its deadlines, its progress, the questions that a server puts in its midst, and its end,
//! which the server hears of whoever brought it about.

use std::time::Duration;

use rmcp::{
    RoleClient, ServiceError,
    model::{
        CallToolRequest, CallToolRequestParams, CancelledNotificationParam, ClientRequest, InputRequest,
        InputRequiredResult, InputResponses, RequestId, ServerResult,
    },
    service::{Peer, PeerRequestOptions},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use vertice_runtime::Tasks;

use super::{
    Call, CallResult, ConnectionFault, Limits,
    asking::Asking,
    fault::{self, Failure},
    handler::Handler,
    result,
};

/// How often a server may come back with questions before it has an answer.
const ROUNDS: usize = 10;
/// Before a server that wants to be asked again without having asked for anything is asked again.
const PAUSE: Duration = Duration::from_millis(250);

/// A connection, as calls use it.
#[derive(Clone)]
pub(super) struct Link {
    /// The attempt that it came of.
    pub(super) round: u64,
    pub(super) peer: Peer<RoleClient>,
    pub(super) handler: Handler,
    pub(super) tasks: Tasks,
}

/// Why a call came to nothing: of itself, or because the connection did.
pub(super) enum Broken {
    Call(ConnectionFault),
    Connection(Failure),
}

impl From<ServiceError> for Broken {
    fn from(error: ServiceError) -> Self {
        fault::of_request(error).map_or_else(Self::Connection, Self::Call)
    }
}

fn refused(why: &str) -> Broken {
    Broken::Call(ConnectionFault::Refused(why.to_owned()))
}

impl Link {
    /// Calls a tool. If this is dropped, the server is told that nobody waits any more.
    pub(super) async fn call(&self, call: Call, limits: &Limits) -> Result<CallResult, Broken> {
        let mut end = Instant::now() + limits.call;
        let asking = call.person.clone().map(Asking::new);
        let _over = asking.as_ref().map(|asking| asking.over.clone().drop_guard());
        let mut asked = CallToolRequestParams::new(call.tool.clone()).with_arguments(call.arguments.clone());
        for _round in 0..ROUNDS {
            match self.round(asked.clone(), &call, asking.as_ref(), limits, &mut end).await? {
                ServerResult::CallToolResult(result) => return Ok(result::bounded(result)),
                ServerResult::InputRequiredResult(questions) => {
                    let asked_at = Instant::now();
                    (asked.input_responses, asked.request_state) =
                        self.answers(questions, asking.as_ref()).await?;
                    // A person took this long, or a pause of ours.
                    end += asked_at.elapsed();
                }
                ServerResult::CreateTaskResult(_) => {
                    return Err(refused(
                        "The tool runs as a task of the server's, which is not supported here.",
                    ));
                }
                _ => return Err(ServiceError::UnexpectedResponse.into()),
            }
        }
        Err(refused("The server asked back again and again."))
    }

    async fn round(
        &self,
        asked: CallToolRequestParams,
        call: &Call,
        asking: Option<&Asking>,
        limits: &Limits,
        end: &mut Instant,
    ) -> Result<ServerResult, Broken> {
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(asked));
        // Before it is sent: its question must not come while only others are known.
        let mut watched = self.handler.calls.watch(call.progress.clone(), asking.cloned());
        let mut sent = self.peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await?;
        watched.sent(&sent.progress_token);
        let mut open = asking.map(|asking| asking.open.subscribe());
        let mut abandoned = Abandoned { peer: &self.peer, tasks: &self.tasks, id: Some(sent.id.clone()) };
        let mut patience = Instant::now() + limits.quiet;
        // Since when a person is asked.
        let mut asked_at = None::<Instant>;
        loop {
            tokio::select! {
                biased;
                answer = &mut sent.rx => {
                    abandoned.id = None;
                    watched.answered();
                    return Ok(answer.map_err(|_| ServiceError::TransportClosed)??);
                }
                is_asked = changed(open.as_mut()) => match (is_asked, asked_at) {
                    (true, None) => asked_at = Some(Instant::now()),
                    (false, Some(since)) => {
                        *end += since.elapsed();
                        patience = Instant::now() + limits.quiet;
                        asked_at = None;
                    }
                    _ => {}
                },
                () = watched.alive.notified() => patience = Instant::now() + limits.quiet,
                () = sleep_until(patience.min(*end)), if asked_at.is_none() => {
                    let waited = if patience < *end { limits.quiet } else { limits.call };
                    return Err(Broken::Call(ConnectionFault::TooSlow(waited.as_secs())));
                }
            }
        }
    }

    async fn answers(
        &self,
        questions: InputRequiredResult,
        asking: Option<&Asking>,
    ) -> Result<(Option<InputResponses>, Option<String>), Broken> {
        let mut answers = InputResponses::new();
        for (key, question) in questions.input_requests.unwrap_or_default() {
            let answer = match question {
                InputRequest::Elicitation(question) => {
                    let asking = asking.cloned().ok_or("there is nobody to be asked");
                    serde_json::to_value(self.handler.elicit(question.params, asking).await)
                }
                InputRequest::ListRoots(_) => Ok(serde_json::json!({"roots": []})),
                _ => {
                    return Err(refused("The server wants a model to answer it, which is not offered here."));
                }
            };
            answers.insert(key, answer.unwrap_or_default());
        }
        if answers.is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(((!answers.is_empty()).then_some(answers), questions.request_state))
    }
}

/// Whether a person is asked, once that has changed.
async fn changed(open: Option<&mut watch::Receiver<usize>>) -> bool {
    let Some(open) = open else { return std::future::pending().await };
    match open.changed().await {
        Ok(()) => *open.borrow_and_update() > 0,
        Err(_over) => std::future::pending().await,
    }
}

/// Tells the server of a request that nobody waits for any more, unless it is disarmed.
struct Abandoned<'a> {
    peer: &'a Peer<RoleClient>,
    tasks: &'a Tasks,
    id: Option<RequestId>,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        // At the end of the process there is nobody to tell it.
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let peer = self.peer.clone();
        self.tasks.spawn(async move {
            let notice =
                CancelledNotificationParam::new(Some(id), Some("nobody waits for it any more".into()));
            let _gone = peer.notify_cancelled(notice).await;
        });
    }
}
