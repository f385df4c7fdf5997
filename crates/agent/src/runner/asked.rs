//! What servers ask the person in the midst of calls: on its way into the turn, and the answers on their way back.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    SinkExt as _, StreamExt as _,
    channel::{mpsc, oneshot},
};
use vertice_domain::{Elicitation, elicitation::Answer};
use vertice_ports::tools::Question;

use crate::step::Input;

/// The questions that wait for an answer, by their ids.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<HashMap<String, oneshot::Sender<Answer>>>>);

impl Asked {
    /// Gives an answer to the call that waits for it, if it still does.
    pub(super) fn answer(&self, id: &str, answer: Answer) {
        if let Some(waits) = self.open().remove(id) {
            let _gone = waits.send(answer);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the questions of a call to the turn, one after the other. Ends with the call.
pub(super) async fn asking(
    call: &str,
    mut put: mpsc::Receiver<Question>,
    mut news: mpsc::Sender<Input>,
    asked: Asked,
) -> Infallible {
    let mut number = 0;
    while let Some(Question { server, message, wanted, mut answer }) = put.next().await {
        number += 1;
        let id = format!("{call}.{number}");
        let (sender, mut said) = oneshot::channel();
        asked.open().insert(id.clone(), sender);
        let call = call.to_owned();
        let elicitation = Elicitation { id: id.clone(), call, server, message, wanted, answer: None };
        if news.send(Input::Asked(Box::new(elicitation))).await.is_err() {
            break;
        }
        let said = tokio::select! {
            said = &mut said => said.ok(),
            () = answer.cancellation() => None,
        };
        match said {
            Some(said) => {
                let _gone = answer.send(said);
            }
            None => {
                asked.open().remove(&id);
                let _over = news.send(Input::Lapsed(id)).await;
            }
        }
    }
    std::future::pending().await
}
