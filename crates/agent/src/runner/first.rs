//! The first call of a turn: its model is chosen and its tokens are held back before the turn is stored, and it is entered in
//! the ledger while that happens. One commit takes both, so that the first word waits for one.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use futures::{
    FutureExt as _, StreamExt as _,
    channel::mpsc,
    stream::{BoxStream, Peekable},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Provider, TurnFailure, event::Retrying};
use vertice_ports::{
    Models,
    model::{Beginning, ModelCall, ModelStream},
};

/// Pauses that may wait to be told.
const PAUSES: usize = 16;

/// One item: what a call says, once it has begun to answer.
pub(super) type Begun = BoxStream<'static, Result<ModelStream, TurnFailure>>;

/// Makes a call, when its answer is waited for; with the pauses that it tells of until it has begun to answer.
pub(super) fn make(
    models: Arc<dyn Models>,
    actor: Actor,
    mut call: ModelCall,
    cancel: CancellationToken,
) -> (Begun, mpsc::Receiver<Retrying>) {
    let (notices, pauses) = mpsc::channel(PAUSES);
    call.notices = Some(notices);
    let answer = async move { models.call(&actor, call, cancel).await };
    (answer.into_stream().boxed(), pauses)
}

/// A call that is made as soon as somebody waits for its answer.
pub(crate) struct FirstCall {
    pub(super) model: String,
    pub(super) provider: Provider,
    /// Closes its upstream socket.
    pub(super) upstream: CancellationToken,
    beginning: Beginning,
    answer: Peekable<Begun>,
    pauses: mpsc::Receiver<Retrying>,
}

impl FirstCall {
    pub(crate) fn new(models: Arc<dyn Models>, actor: Actor, call: ModelCall) -> Self {
        let (model, provider) = (call.planned.route.model.clone(), call.planned.route.provider);
        let (upstream, beginning) = (CancellationToken::new(), call.beginning.clone());
        let (answer, pauses) = make(models, actor, call, upstream.clone());
        Self { model, provider, upstream, beginning, answer: answer.peekable(), pauses }
    }

    /// Sets the call going until what it waits for is stored; whether that could be done.
    pub(crate) async fn stored(&mut self) -> bool {
        poll_fn(|context| {
            // One that ends before it comes to that point does without.
            let is_over = Pin::new(&mut self.answer).poll_peek(context).is_ready();
            if is_over || self.beginning.is_settled() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.beginning.stored().await
    }

    pub(super) fn answer(self) -> (Begun, mpsc::Receiver<Retrying>) {
        (self.answer.boxed(), self.pauses)
    }
}
