//! The first call of a turn: its model is chosen and its tokens are held back before the turn is stored, and it is entered in
//! the ledger while that happens. One commit takes both, so that the first word waits for one.

use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll};

use futures::{
    FutureExt as _, StreamExt as _, TryStreamExt as _,
    stream::{BoxStream, Peekable},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{Actor, Provider, TurnFailure};
use vertice_ports::{
    Models,
    model::{Beginning, ModelCall, ModelStream},
};

/// A call that is made as soon as somebody waits for its answer.
pub(crate) struct FirstCall {
    pub(super) model: String,
    pub(super) provider: Provider,
    /// Closes its upstream socket.
    pub(super) upstream: CancellationToken,
    beginning: Beginning,
    /// One item: what it says, once it has begun to answer.
    answer: Peekable<BoxStream<'static, Result<ModelStream, TurnFailure>>>,
}

impl FirstCall {
    pub(crate) fn new(models: Arc<dyn Models>, actor: Actor, call: ModelCall) -> Self {
        let (model, provider) = (call.planned.route.model.clone(), call.planned.route.provider);
        let (upstream, beginning) = (CancellationToken::new(), call.beginning.clone());
        let cancel = upstream.clone();
        let answer = async move { models.call(&actor, call, cancel).await };
        let answer = answer.into_stream().boxed().peekable();
        Self { model, provider, upstream, beginning, answer }
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

    pub(super) fn answer(self) -> ModelStream {
        self.answer.try_flatten().boxed()
    }
}
