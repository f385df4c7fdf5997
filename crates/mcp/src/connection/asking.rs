//! What a server asks a person in the midst of a call: read off the wire, bounded, cleaned, and put to them, one question at a
//! time.

mod form;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{SinkExt as _, channel::mpsc, channel::oneshot};
use rmcp::model::{ElicitRequestParams, ElicitResult, ElicitationAction};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    ConversationId, TurnId, UserId,
    elicitation::{Answer, Wanted},
};
use vertice_ports::tools::Question;

/// The most questions of one call.
const QUESTIONS: usize = 20;

/// Whom a server may ask in the midst of a call.
#[derive(Debug, Clone)]
pub struct Person {
    pub user: UserId,
    /// None: the turn is outside of conversations.
    pub conversation: Option<ConversationId>,
    pub turn: TurnId,
    /// What the server is called there.
    pub server: String,
    pub questions: mpsc::Sender<Question>,
}

/// Whom a question reaches, and where they see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    user: UserId,
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Conversation(ConversationId),
    /// A turn outside of conversations.
    Turn(TurnId),
}

/// The questions of one call.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) person: Person,
    /// How many are open: meanwhile nobody waits for the server.
    pub(super) open: watch::Sender<usize>,
    /// The call has ended.
    pub(super) over: CancellationToken,
    one_by_one: Arc<Mutex<()>>,
    left: Arc<AtomicUsize>,
}

/// A question is open for as long as this lives.
struct Open<'a>(&'a watch::Sender<usize>);

impl<'a> Open<'a> {
    fn new(open: &'a watch::Sender<usize>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Asking {
    pub(super) fn new(person: Person) -> Self {
        let (open, _) = watch::channel(0);
        let left = Arc::new(AtomicUsize::new(QUESTIONS));
        Self { person, open, over: CancellationToken::new(), one_by_one: Arc::default(), left }
    }

    pub(super) fn place(&self) -> Place {
        let Person { user, conversation, turn, .. } = &self.person;
        Place { user: *user, seen: conversation.map_or(Seen::Turn(*turn), Seen::Conversation) }
    }

    /// Puts the question, and waits for the answer at most so long. An error: why it cannot be put.
    pub(super) async fn ask(
        &self,
        question: ElicitRequestParams,
        patience: Duration,
    ) -> Result<ElicitResult, String> {
        let (message, wanted) = form::read(question)?;
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_none| format!("a call may ask {QUESTIONS} questions at most"))?;
        tokio::select! {
            biased;
            () = self.over.cancelled() => Ok(ElicitResult::new(ElicitationAction::Cancel)),
            answer = self.put(message, wanted, patience) => Ok(answer),
        }
    }

    async fn put(&self, message: String, wanted: Wanted, patience: Duration) -> ElicitResult {
        let _open = Open::new(&self.open);
        let _turn = self.one_by_one.lock().await;
        let is_form = matches!(wanted, Wanted::Form { .. });
        let (answer, answered) = oneshot::channel();
        let question = Question { server: self.person.server.clone(), message, wanted, answer };
        let mut questions = self.person.questions.clone();
        if questions.send(question).await.is_err() {
            return ElicitResult::new(ElicitationAction::Cancel);
        }
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(Answer::Accept { values })) if is_form => {
                let values = values.into_iter().collect::<serde_json::Map<_, _>>();
                ElicitResult::new(ElicitationAction::Accept).with_content(values.into())
            }
            Ok(Ok(Answer::Accept { .. })) => ElicitResult::new(ElicitationAction::Accept),
            Ok(Ok(Answer::Decline)) => ElicitResult::new(ElicitationAction::Decline),
            _ => ElicitResult::new(ElicitationAction::Cancel),
        }
    }
}
