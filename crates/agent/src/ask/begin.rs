//! From an [`Ask`] to a running turn: route first, so that a bad model stores nothing; then store; then run.
//!
//! Storing and running happen in a task of their own: a caller who goes away in between leaves no half-begun turn.

use futures::{StreamExt as _, stream};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::DropGuard;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, Author, ConversationId, Error, ErrorKind, FeedEvent, Message, MessageId, MessageStatus, Metadata,
    Result, Timestamp, TurnEvent, UserId,
    chat::{StatelessCall, check_text},
};
use vertice_ports::{
    chat::{EventStream, Started},
    model::{Prompt, Route},
    store::BeginTurn,
};

use super::Ask;
use crate::{
    drive::{self, Job, Stage},
    hub::Hub,
};

impl Hub {
    pub(crate) async fn begin(&self, actor: &Actor, ask: Ask, asked_at: Instant) -> Result<Started> {
        self.refuse_when_stopping()?;
        let prompt = Prompt {
            system: ask.system.clone(),
            messages: ask.messages.clone(),
            sampling: ask.sampling.clone(),
        };
        let route = self.stage.models.route(actor, &ask.choice, &prompt).await?;
        let conversation = Some(ask.conversation.id);
        // Minted first: ids sort by time, and the question comes before its answer.
        let user_message = ask.text.is_some().then(|| self.ids.message());
        let job = self.job(actor, conversation, route, prompt, asked_at);
        let answers = user_message.or(ask.parent);
        let opening = ask.opening.clone();
        let news = news(&ask, &job);
        let begin = begin_turn(ask, &job, user_message, self.stage.clock.now());
        open_log(&job, answers, opening);

        let started = started(&job);
        let (begun, outcome) = oneshot::channel();
        let span = span(&job);
        let stage = self.stage.clone();
        let work = async move {
            let result = store_begin(&stage, &job, begin, news).await;
            let go = result.is_ok();
            // Nobody may be waiting any more: the turn runs all the same.
            let _ = begun.send(result);
            if go {
                drive::run(&stage, &job).await;
            }
        };
        self.stage.tasks.spawn(work.instrument(span));
        outcome.await.map_err(|_| Error::internal())??;
        Ok(started)
    }

    pub(crate) async fn begin_stateless(&self, actor: &Actor, call: StatelessCall) -> Result<Started> {
        let asked_at = Instant::now();
        self.refuse_when_stopping()?;
        check_call(&call)?;
        let prompt = Prompt { system: call.system_prompt, messages: call.messages, sampling: call.sampling };
        let route = self.stage.models.route(actor, &call.model, &prompt).await?;
        let job = self.job(actor, None, route, prompt, asked_at);
        open_log(&job, None, String::new());
        let mut started = started(&job);
        started.events = cancel_on_drop(started.events, job.live.cancel.clone().drop_guard());
        let span = span(&job);
        let stage = self.stage.clone();
        let work = async move { drive::run(&stage, &job).await };
        self.stage.tasks.spawn(work.instrument(span));
        Ok(started)
    }

    fn refuse_when_stopping(&self) -> Result<()> {
        if self.stage.tasks.shutdown_token().is_cancelled() {
            let message = "This server is restarting. Nothing was sent; try again in a moment.";
            return Err(Error::new(ErrorKind::Unavailable, "shutting_down", message));
        }
        Ok(())
    }

    fn job(
        &self,
        actor: &Actor,
        conversation: Option<ConversationId>,
        route: Route,
        prompt: Prompt,
        asked_at: Instant,
    ) -> Job {
        let turn = self.ids.turn();
        Job {
            actor: actor.clone(),
            turn,
            message: self.ids.message(),
            conversation,
            route,
            prompt,
            live: self.stage.live.insert(turn, actor.user),
            asked_at,
        }
    }
}

fn span(job: &Job) -> tracing::Span {
    tracing::info_span!(
        "turn",
        turn_id = %job.turn,
        conversation_id = job.conversation.map(tracing::field::display),
        gen_ai.operation.name = "chat",
        gen_ai.request.model = %job.route.model,
        gen_ai.provider.name = job.route.provider.as_str(),
    )
}

fn started(job: &Job) -> Started {
    Started {
        turn_id: job.turn,
        message_id: job.message,
        conversation_id: job.conversation,
        events: job.live.log.clone().listen(0),
    }
}

/// The first events of the log: what the turn is, and what its answer begins with.
fn open_log(job: &Job, user_message_id: Option<MessageId>, opening: String) {
    let metadata = Metadata {
        turn_id: job.turn,
        message_id: job.message,
        user_message_id,
        conversation_id: job.conversation,
        model: job.route.model.clone(),
        provider: job.route.provider,
        intent: job.route.intent,
        routed_by: job.route.routed_by,
        reason: job.route.reason.clone(),
        candidates: job.route.candidates.clone(),
        cached: false,
        tokens_saved: 0,
    };
    let first = [TurnEvent::Metadata(Box::new(metadata))];
    let opening = (!opening.is_empty()).then_some(TurnEvent::Token { token: opening });
    job.live.log.append(first.into_iter().chain(opening));
}

/// What the owner's other tabs are told when the turn has begun.
fn news(ask: &Ask, job: &Job) -> Vec<FeedEvent> {
    let conversation_id = ask.conversation.id;
    let mut news = Vec::new();
    if ask.is_new || ask.title.is_some() {
        news.push(FeedEvent::ListChanged);
    }
    if ask.makes_branch() {
        news.push(FeedEvent::HeadChanged { conversation_id });
    }
    news.push(FeedEvent::TurnStarted { conversation_id, turn_id: job.turn });
    news
}

fn begin_turn(ask: Ask, job: &Job, user_message: Option<MessageId>, now: Timestamp) -> BeginTurn {
    let conversation_id = ask.conversation.id;
    let parent = ask.parent;
    let question = user_message.zip(ask.text).map(|(id, content)| Message {
        content,
        status: MessageStatus::Complete,
        ..blank(id, conversation_id, parent, Author::User, now)
    });
    let answer = Message {
        model: Some(job.route.model.clone()),
        provider: Some(job.route.provider),
        turn_id: Some(job.turn),
        ..blank(job.message, conversation_id, user_message.or(parent), Author::Assistant, now)
    };
    BeginTurn {
        turn: job.turn,
        title: ask.title.filter(|_| !ask.is_new),
        model: ask.new_model.filter(|_| !ask.is_new),
        new_conversation: ask.is_new.then_some(ask.conversation),
        user_message: question,
        answer,
    }
}

fn blank(
    id: MessageId,
    conversation_id: ConversationId,
    parent_id: Option<MessageId>,
    role: Author,
    created_at: Timestamp,
) -> Message {
    Message {
        id,
        conversation_id,
        parent_id,
        role,
        content: String::new(),
        thinking: String::new(),
        status: MessageStatus::Streaming,
        model: None,
        provider: None,
        turn_id: None,
        finish_reason: None,
        usage: None,
        created_at,
        receipt: None,
    }
}

async fn store_begin(stage: &Stage, job: &Job, begin: BeginTurn, news: Vec<FeedEvent>) -> Result<()> {
    let owner: UserId = job.actor.user;
    let result = match stage.turns.begin(owner, begin).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::not_found("conversation")),
        Err(error) => Err(error),
    };
    if result.is_err() {
        stage.live.remove(job.turn);
        job.live.log.close();
        return result;
    }
    for event in news {
        stage.feeds.publish(owner, event);
    }
    Ok(())
}

fn check_call(call: &StatelessCall) -> Result<()> {
    let mut errors = Vec::new();
    for (index, (_, text)) in call.messages.iter().enumerate() {
        check_text(text, &format!("messages[{index}].content"), &mut errors);
    }
    if !matches!(call.messages.last(), Some((Author::User, _))) {
        errors.push(vertice_domain::FieldError::new("messages", "the last message must be the user's"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn cancel_on_drop(events: EventStream, guard: DropGuard) -> EventStream {
    stream::unfold((events, guard), |(mut events, guard)| async move {
        let batch = events.next().await?;
        Some((batch, (events, guard)))
    })
    .boxed()
}
