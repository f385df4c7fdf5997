//! Asking a model something that belongs to no turn: for a summary, for a title.

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, ConversationId, Error, FinishReason, ModelChoice, Result, TurnFailure};
use vertice_ports::{
    Prompt,
    model::{CallContext, ModelCall, ModelEvent},
};

use crate::hub::Hub;

/// What a model said.
pub(crate) struct Said {
    pub(crate) text: String,
    /// Which it was.
    pub(crate) model: String,
    /// How it ended; none: it just did.
    pub(crate) finish: Option<FinishReason>,
}

impl Hub {
    /// Asks, and waits for the whole answer. Who waits no longer closes the upstream socket.
    pub(crate) async fn ask_aside(
        &self,
        actor: &Actor,
        id: ConversationId,
        choice: &ModelChoice,
        prompt: Prompt,
    ) -> Result<Said> {
        let models = &self.runner.models;
        let planned = models.route(actor, choice, &prompt).await?;
        let mut said = Said { text: String::new(), model: planned.route.model.clone(), finish: None };
        let context = CallContext { turn: self.ids.turn(), conversation: Some(id) };
        let call = ModelCall::new(planned, prompt, context);
        let mut answer = models.call(actor, call, CancellationToken::new()).await.map_err(failed)?;
        while let Some(event) = answer.next().await {
            match event.map_err(failed)? {
                ModelEvent::Text(piece) => said.text.push_str(&piece),
                ModelEvent::Rerouted(route) => said.model = route.model,
                ModelEvent::Stop(reason) => said.finish = Some(reason),
                _ => {}
            }
        }
        Ok(said)
    }
}

fn failed(failure: TurnFailure) -> Error {
    Error { retry_after_s: failure.retry_after_s, ..Error::new(failure.kind, failure.code, failure.message) }
}
