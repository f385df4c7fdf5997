//! From an [`Ask`] to a running turn: route first, so that a bad model stores nothing; then store; then run.
//!
//! Storing and running happen in a task of their own: a caller who goes away in between leaves no half-begun turn.

use futures::{StreamExt as _, stream};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::DropGuard;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, Author, ConversationId, Error, ErrorKind, FeedEvent, Image, Message, MessageId, MessageStatus,
    Metadata, Result, Timestamp, TurnEvent, UserId,
    chat::{StatelessCall, check_content},
    message::Attachment,
};
use vertice_ports::{
    Prompt,
    chat::{EventStream, Started},
    model::Planned,
    prompt::PromptMessage,
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
        let mut prompt = Prompt::new(ask.system.clone(), ask.messages.clone(), ask.sampling.clone());
        prompt.conversation = Some(ask.conversation.id);
        let planned = self.stage.models.route(actor, &ask.choice, &prompt).await?;
        let conversation = Some(ask.conversation.id);
        // Minted first: ids sort by time, and the question comes before its answer.
        let user_message = ask.content.is_some().then(|| self.ids.message());
        let job = self.job(actor, conversation, planned, prompt, asked_at);
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
        let messages = call.messages.into_iter();
        let messages = messages.map(|(author, content)| PromptMessage::content(author, content)).collect();
        let prompt = Prompt::new(call.system_prompt, messages, call.sampling);
        let planned = self.stage.models.route(actor, &call.model, &prompt).await?;
        let job = self.job(actor, None, planned, prompt, asked_at);
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
        planned: Planned,
        prompt: Prompt,
        asked_at: Instant,
    ) -> Job {
        let turn = self.ids.turn();
        Job {
            actor: actor.clone(),
            turn,
            message: self.ids.message(),
            conversation,
            planned,
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
        gen_ai.request.model = %job.planned.route.model,
        gen_ai.provider.name = job.planned.route.provider.as_str(),
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
        model: job.planned.route.model.clone(),
        provider: job.planned.route.provider,
        intent: job.planned.route.intent,
        routed_by: job.planned.route.routed_by,
        reason: job.planned.route.reason.clone(),
        candidates: job.planned.route.candidates.clone(),
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
    let images = ask.content.as_ref().map(|content| content.images.clone()).unwrap_or_default();
    let question = user_message.zip(ask.content).map(|(id, content)| Message {
        content: content.text,
        images: attachments(id, &images),
        ..Message::blank(id, conversation_id, parent, Author::User, now)
    });
    let answer = Message {
        model: Some(job.planned.route.model.clone()),
        provider: Some(job.planned.route.provider),
        turn_id: Some(job.turn),
        status: MessageStatus::Streaming,
        ..Message::blank(job.message, conversation_id, user_message.or(parent), Author::Assistant, now)
    };
    BeginTurn {
        turn: job.turn,
        title: ask.title.filter(|_| !ask.is_new),
        model: ask.new_model.filter(|_| !ask.is_new),
        new_conversation: ask.is_new.then_some(ask.conversation),
        user_message: question,
        images,
        answer,
    }
}

/// Where the pictures of a message are found.
pub(crate) fn attachments(message: MessageId, images: &[Image]) -> Vec<Attachment> {
    let attachment = |(index, image): (usize, &Image)| match image {
        Image::Base64 { media_type, .. } => Attachment {
            media_type: Some(*media_type),
            url: format!("/api/v1/messages/{message}/images/{index}"),
        },
        Image::Url { url } => Attachment { media_type: None, url: url.clone() },
    };
    images.iter().enumerate().map(attachment).collect()
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
    for (index, (_, content)) in call.messages.iter().enumerate() {
        check_content(content, &format!("messages[{index}].content"), &mut errors);
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
