//! The door to turns: who may start, follow and stop which one.
//!
//! Every call takes the owner into account: another user's turn, message or conversation does not exist.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use tokio::time::Instant;
use vertice_domain::{
    Action, Actor, ChatLimits, Conversation, ConversationId, FeedEvent, MessageId, ModelChoice, NodeId, Page,
    PageRequest, Result, TurnId,
    chat::{Effort, SendMessage},
};
use vertice_ports::{
    Blobs, Bus, Chat, Clock, ConversationStore, Files, Ids, Models, ToolLedger, Tools, TurnStore,
    chat::{Completion, Decision, EventStream, FeedStream, Started, UnendedTurn},
    turns::TurnPhase,
};
use vertice_runtime::Tasks;

use crate::{care::InCare, follow::Sources, runner::Runner, step::TurnLimits, writer::LogWriter};

/// What a [`Hub`] is made of.
pub struct HubDependencies {
    /// Which run of the server this is.
    pub node: NodeId,
    /// Conversations and messages.
    pub conversations: Arc<dyn ConversationStore>,
    /// Turns and their logs.
    pub turns: Arc<dyn TurnStore>,
    pub blobs: Arc<dyn Blobs>,
    /// What people attach.
    pub files: Arc<dyn Files>,
    pub models: Arc<dyn Models>,
    pub tools: Arc<dyn Tools>,
    /// Where their use is entered.
    pub tool_ledger: Arc<dyn ToolLedger>,
    /// What is told to followers and pages.
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Where turns run.
    pub tasks: Tasks,
    /// Limits on requests, for the defaults of regenerated answers.
    pub limits: ChatLimits,
    /// Whether conversations are named after their first answer.
    pub titles: bool,
    /// How far a turn goes by itself.
    pub turn_limits: TurnLimits,
}

/// All turns of this server. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(crate) conversations: Arc<dyn ConversationStore>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) limits: ChatLimits,
    pub(crate) titles: bool,
    pub(crate) sources: Sources,
    pub(crate) runner: Arc<Runner>,
}

impl Hub {
    /// A hub, and its background tasks. Call it inside the runtime, then [`Hub::recover`] before the first request.
    pub fn new(dependencies: HubDependencies) -> Self {
        let sources = Sources {
            bus: dependencies.bus.clone(),
            turns: dependencies.turns.clone(),
            conversations: dependencies.conversations.clone(),
        };
        let runner = Runner {
            node: dependencies.node,
            writer: LogWriter::start(dependencies.turns.clone(), dependencies.node, &dependencies.tasks),
            turns: dependencies.turns,
            models: dependencies.models,
            tools: dependencies.tools,
            tool_ledger: dependencies.tool_ledger,
            clock: dependencies.clock,
            tasks: dependencies.tasks,
            bus: dependencies.bus,
            care: InCare::default(),
            turn_limits: dependencies.turn_limits,
            inboxes: std::sync::Mutex::default(),
        };
        Self {
            conversations: dependencies.conversations,
            blobs: dependencies.blobs,
            files: dependencies.files,
            ids: dependencies.ids,
            limits: dependencies.limits,
            titles: dependencies.titles,
            sources,
            runner: Arc::new(runner),
        }
    }

    /// Lets other nodes take over at once what this one could not bring to its end. To be called last of all.
    pub async fn leave(&self) {
        if let Err(error) = self.runner.turns.leave(self.runner.node).await {
            tracing::warn!(code = %error.code, "the node could not take its leave; its turns are taken over in a while");
        }
    }
}

#[async_trait]
impl Chat for Hub {
    async fn send(&self, actor: &Actor, message: SendMessage) -> Result<Started> {
        actor.may(Action::Chat)?;
        let asked_at = Instant::now();
        let ask = self.plan_send(actor, message).await?;
        self.begin(actor, ask, asked_at).await
    }

    async fn complete(&self, actor: &Actor, completion: Completion) -> Result<Started> {
        actor.may(Action::Chat)?;
        self.begin_stateless(actor, completion).await
    }

    async fn edit(
        &self,
        actor: &Actor,
        message: MessageId,
        text: String,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started> {
        actor.may(Action::Chat)?;
        let asked_at = Instant::now();
        let mut ask = self.plan_edit(actor, message, text, model).await?;
        ask.settings.sampling.effort = effort;
        self.begin(actor, ask, asked_at).await
    }

    async fn regenerate(
        &self,
        actor: &Actor,
        message: MessageId,
        model: Option<ModelChoice>,
        effort: Option<Effort>,
    ) -> Result<Started> {
        actor.may(Action::Chat)?;
        let asked_at = Instant::now();
        let mut ask = self.plan_regenerate(actor, message, model).await?;
        ask.settings.sampling.effort = effort;
        self.begin(actor, ask, asked_at).await
    }

    async fn go_on(&self, actor: &Actor, message: MessageId) -> Result<Started> {
        actor.may(Action::Chat)?;
        let asked_at = Instant::now();
        let ask = self.plan_go_on(actor, message).await?;
        self.begin(actor, ask, asked_at).await
    }

    async fn compact(&self, actor: &Actor, conversation: ConversationId) -> Result<Conversation> {
        actor.may(Action::Chat)?;
        self.compacted(actor, conversation).await
    }

    async fn listen(&self, actor: &Actor, turn: TurnId, after: u64) -> Result<EventStream> {
        actor.may(Action::Chat)?;
        self.sources.follow(actor.user, turn, after, self.runner.tasks.shutdown_token()).await
    }

    async fn keeps_events(&self, actor: &Actor, turn: TurnId) -> Result<bool> {
        actor.may(Action::Chat)?;
        self.sources.keeps_events(actor.user, turn).await
    }

    async fn cancel(&self, actor: &Actor, turn: TurnId) -> Result<()> {
        actor.may(Action::Chat)?;
        self.stopped(actor, turn).await
    }

    async fn decide(&self, actor: &Actor, turn: TurnId, decision: Decision) -> Result<()> {
        actor.may(Action::Chat)?;
        self.decided(actor, turn, decision).await
    }

    async fn steer(&self, actor: &Actor, turn: TurnId, text: String) -> Result<()> {
        actor.may(Action::Chat)?;
        self.steered(actor, turn, text).await
    }

    async fn unended(
        &self,
        actor: &Actor,
        phase: Option<TurnPhase>,
        page: &PageRequest,
    ) -> Result<Page<UnendedTurn>> {
        actor.may(Action::Chat)?;
        self.unended_turns(actor, phase, page).await
    }

    async fn feed(&self, actor: &Actor) -> Result<FeedStream> {
        actor.may(Action::ReadConversations)?;
        let news = self.runner.bus.feed(actor.user);
        // Whoever reads anew does not know either what has been going on since before.
        let mut first = Some(self.under_way(actor).await);
        let (hub, actor) = (self.clone(), actor.clone());
        let told = news.then(move |event| {
            let is_anew = event == FeedEvent::Ready;
            let known = if is_anew { first.take() } else { Some(Vec::new()) };
            let (hub, actor) = (hub.clone(), actor.clone());
            async move {
                let under_way = match known {
                    Some(known) => known,
                    None => hub.under_way(&actor).await,
                };
                stream::iter([event].into_iter().chain(under_way))
            }
        });
        Ok(told.flatten().boxed())
    }
}
