//! The door to turns: who may start, follow and stop which one.
//!
//! Every call takes the owner into account: another user's turn, message or conversation does not exist.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use tokio::time::Instant;
use vertice_domain::{
    Actor, ChatLimits, ConversationId, Error, FinishReason, MessageId, ModelChoice, Result, TurnEvent,
    TurnId,
    chat::{Effort, SendMessage, StatelessCall},
    event::Done,
};
use vertice_ports::{
    Chat, Clock, ConversationStore, Ids, Models, Tasks, TurnStore,
    chat::{EventStream, FeedStream, Started},
};

use crate::{drive::Stage, feeds::Feeds, live::LiveTurns, writer::LogWriter};

/// What a [`Hub`] is made of.
pub struct Parts {
    /// Conversations and messages.
    pub conversations: Arc<dyn ConversationStore>,
    /// Turns and their logs.
    pub turns: Arc<dyn TurnStore>,
    /// The models.
    pub models: Arc<dyn Models>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Where turns run.
    pub tasks: Tasks,
    /// The feeds, shared with the shelf.
    pub feeds: Feeds,
    /// Limits on requests, for the defaults of regenerated answers.
    pub limits: ChatLimits,
}

/// All turns of this server. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(crate) conversations: Arc<dyn ConversationStore>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) limits: ChatLimits,
    pub(crate) stage: Arc<Stage>,
}

impl Hub {
    /// A hub, and its background tasks. Call it inside the runtime, then [`Hub::recover`] before the first request.
    pub fn new(parts: Parts) -> Self {
        let stage = Stage {
            writer: LogWriter::start(parts.turns.clone(), &parts.tasks),
            live: LiveTurns::start(&parts.tasks),
            turns: parts.turns,
            models: parts.models,
            clock: parts.clock,
            tasks: parts.tasks,
            feeds: parts.feeds,
        };
        Self {
            conversations: parts.conversations,
            ids: parts.ids,
            limits: parts.limits,
            stage: Arc::new(stage),
        }
    }

    /// The stored events of a turn that is in memory no more.
    async fn replay(&self, actor: &Actor, turn: TurnId, after: u64) -> Result<EventStream> {
        let turns = &self.stage.turns;
        let stored = turns.turn(actor.user, turn).await?.ok_or_else(|| Error::not_found("turn"))?;
        if !stored.ended {
            self.mend(actor.user, turn).await?;
        }
        let mut events = turns.events(actor.user, turn, after).await?;
        if events.is_empty() {
            // Whoever has seen events that a crash took with it is told how the turn ended all the same.
            let last = turns.events(actor.user, turn, 0).await?.pop();
            events.extend(last.filter(|last| last.seq < after && is_interruption(&last.event)));
        }
        let events: Vec<_> = events.into_iter().map(Arc::new).collect();
        let batch = (!events.is_empty()).then_some(Ok(events));
        Ok(stream::iter(batch).boxed())
    }
}

const fn is_interruption(event: &TurnEvent) -> bool {
    matches!(event, TurnEvent::Done(Done { finish_reason: FinishReason::Interrupted, .. }))
}

#[async_trait]
impl Chat for Hub {
    async fn send(&self, actor: &Actor, message: SendMessage) -> Result<Started> {
        let asked_at = Instant::now();
        let ask = self.plan_send(actor, message).await?;
        self.begin(actor, ask, asked_at).await
    }

    async fn call(&self, actor: &Actor, call: StatelessCall) -> Result<Started> {
        self.begin_stateless(actor, call).await
    }

    async fn edit(
        &self,
        actor: &Actor,
        message: MessageId,
        text: String,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started> {
        let asked_at = Instant::now();
        let mut ask = self.plan_edit(actor, message, text, model).await?;
        ask.sampling.effort = effort;
        self.begin(actor, ask, asked_at).await
    }

    async fn regenerate(
        &self,
        actor: &Actor,
        message: MessageId,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started> {
        let asked_at = Instant::now();
        let mut ask = self.plan_regenerate(actor, message, model).await?;
        ask.sampling.effort = effort;
        self.begin(actor, ask, asked_at).await
    }

    async fn go_on(&self, actor: &Actor, message: MessageId) -> Result<Started> {
        let asked_at = Instant::now();
        let ask = self.plan_go_on(actor, message).await?;
        self.begin(actor, ask, asked_at).await
    }

    async fn compact(&self, actor: &Actor, conversation: ConversationId) -> Result<ConversationId> {
        self.compacted(actor, conversation).await
    }

    async fn listen(&self, actor: &Actor, turn: TurnId, after: u64) -> Result<EventStream> {
        match self.stage.live.get(actor.user, turn) {
            Some(live) => Ok(live.log.clone().listen(after)),
            None => self.replay(actor, turn, after).await,
        }
    }

    async fn cancel(&self, actor: &Actor, turn: TurnId) -> Result<()> {
        if let Some(live) = self.stage.live.get(actor.user, turn) {
            live.cancel.cancel();
            return Ok(());
        }
        let stored = self.stage.turns.turn(actor.user, turn).await?;
        let stored = stored.ok_or_else(|| Error::not_found("turn"))?;
        if stored.ended { Ok(()) } else { self.mend(actor.user, turn).await }
    }

    async fn feed(&self, actor: &Actor) -> Result<FeedStream> {
        Ok(self.stage.feeds.subscribe(actor.user))
    }
}
