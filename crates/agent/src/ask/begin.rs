//! From an [`Ask`] to a running turn: route first, so that a bad model stores nothing; then store; then run.
//!
//! Storing and running happen in a task of their own: a caller who goes away in between leaves no half-begun turn.

use std::{collections::HashSet, sync::Arc};

use futures::{StreamExt as _, stream};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::DropGuard;
use tracing::Instrument as _;
use vertice_domain::{
    Actor, Author, ConversationId, Error, ErrorKind, FeedEvent, LogEntry, LoggedEvent, Message, MessageId,
    MessageStatus, Metadata, Mode, Result, Timestamp, Transcript, TurnEvent, UserId, chat::ToolChoice,
};
use vertice_ports::{
    Prompt,
    chat::{Completion, EventStream, Started},
    model::{Beginning, ModelCall, Planned, Route},
    prompt::ToolUse,
    tools::Tool,
    turns::{BeginTurn, Held},
};

use super::{
    Ask,
    offering::{Wanted, is_question},
};
use crate::{
    hub::Hub,
    recorder::Recorder,
    runner::{FirstCall, Job, Runner, Start},
    step::TurnState,
    writer::{Signals, Tail},
};

impl Hub {
    pub(crate) async fn begin(&self, actor: &Actor, mut ask: Ask, asked_at: Instant) -> Result<Started> {
        self.refuse_when_stopping()?;
        let conversation = ask.conversation.id;
        let in_text = self.suited(actor, &mut ask).await?;
        let offered = match &in_text {
            Some(in_text) => in_text.tools.clone(),
            None => self.asked_for(actor, Wanted::of(&ask.settings, &ask.history)).await?,
        };
        let is_first = ask.history.len() == 1;
        let hints = std::mem::take(&mut ask.hints);
        let prompt_of = |messages| Prompt {
            hints: hints.clone(),
            ..ask.settings.prompt(messages, conversation, &offered)
        };
        let prompt = prompt_of(std::mem::take(&mut ask.history));
        let first = ask.continuing.take().map(prompt_of);
        let planned = self.runner.models.route(actor, &ask.choice, first.as_ref().unwrap_or(&prompt)).await?;
        // Minted first: ids sort by time, and the question comes before its answer.
        let user_message = ask.question.is_some().then(|| self.ids.message());
        let prelude = Prelude {
            conversation: Some(conversation),
            answers: user_message.or(ask.parent),
            opening: ask.opening.clone(),
            steps_before: ask.settings.steps_before,
        };
        let (job, mut state) = self.job(actor, prelude, (&planned.route, prompt), &offered, asked_at);
        if let Some(in_text) = in_text {
            state = state.in_text(&in_text.paths);
        }
        let started = self.started(&job).await?;
        let news = news(&ask, &job);
        let begin = self.begin_turn(ask, &job, &state, user_message, self.runner.clock.now())?;

        let (begun, outcome) = oneshot::channel();
        let span = span(&job, &state);
        let (hub, actor) = (self.clone(), actor.clone());
        let care = self.runner.care.of(job.held.turn);
        let stored = store_begin(self.runner.clone(), actor.user, begin, news);
        let beginning = Beginning::new(async move {
            let result = stored.await;
            let is_stored = result.is_ok();
            // Nobody may be waiting any more: the turn runs all the same.
            let _ = begun.send(result);
            is_stored
        });
        let mut call = self.first_call(&job, planned, first, beginning);
        let work = async move {
            let is_stored = call.stored().await;
            if is_stored {
                hub.runner.run(job, state, Start::Call(call)).await;
            }
            drop(care);
            if is_stored && is_first {
                hub.entitle(&actor, conversation).await;
            }
        };
        self.runner.tasks.spawn(work.instrument(span));
        outcome.await.map_err(|_| Error::internal())??;
        Ok(started)
    }

    pub(crate) async fn begin_stateless(&self, actor: &Actor, completion: Completion) -> Result<Started> {
        let asked_at = Instant::now();
        self.refuse_when_stopping()?;
        let Completion { model, mut prompt, tools, attended } = completion;
        let window = if tools == ToolChoice::Auto { self.able(actor, &model).await?.window } else { None };
        let (mode, history) = (Mode::Chat, prompt.messages.as_slice());
        let wanted = Wanted { window, mode, is_kept: false, history, tools: &tools };
        let mut offered = self.asked_for(actor, wanted).await?;
        if !attended {
            offered.retain(|tool| !is_question(tool));
        }
        let callers: HashSet<String> = prompt.tools.iter().map(|tool| tool.name.clone()).collect();
        // Where both have a tool of one name, the caller's is meant.
        offered.retain(|tool| !callers.contains(&tool.spec.name));
        prompt.tools.extend(offered.iter().map(|tool| tool.spec.clone()));
        // To call a tool is asked of the first answer: asked of all of them, there would be no last one.
        let is_forced = matches!(prompt.tool_use, ToolUse::Required | ToolUse::Only(_));
        let first = is_forced.then(|| prompt.clone());
        if is_forced {
            prompt.tool_use = ToolUse::Auto;
        }
        let shown = first.as_ref().unwrap_or(&prompt);
        let planned = self.runner.models.route(actor, &model, shown).await?;
        let prelude = Prelude { conversation: None, answers: None, opening: Vec::new(), steps_before: 0 };
        let (job, state) = self.job(actor, prelude, (&planned.route, prompt), &offered, asked_at);
        let state = state.without_conversation(callers, attended);
        let call = self.first_call(&job, planned, first, Beginning::none());
        let mut started = self.started(&job).await?;
        started.events = cancel_on_drop(started.events, job.signals.stop.clone().drop_guard());
        let span = span(&job, &state);
        let runner = self.runner.clone();
        let work = async move { runner.run(job, state, Start::Call(call)).await };
        self.runner.tasks.spawn(work.instrument(span));
        Ok(started)
    }

    pub(crate) fn refuse_when_stopping(&self) -> Result<()> {
        if self.runner.tasks.shutdown_token().is_cancelled() {
            let message = "This server is restarting. Nothing was sent; try again in a moment.";
            return Err(Error::new(ErrorKind::Unavailable, "shutting_down", message));
        }
        Ok(())
    }

    fn job(
        &self,
        actor: &Actor,
        prelude: Prelude,
        (route, prompt): (&Route, Prompt),
        offered: &[Tool],
        asked_at: Instant,
    ) -> (Job, TurnState) {
        let held = Held { turn: self.ids.turn(), fence: 1 };
        let message = self.ids.message();
        let signals = Signals { stop: self.runner.bus.open(actor.user, held.turn), ..Signals::default() };
        let conversation = prelude.conversation;
        let tail = conversation.map(|_| Arc::new(Tail::new(held, 0, signals.clone())));
        let recorder = Recorder::new(held.turn, self.runner.bus.clone(), tail);
        let metadata = prelude.metadata(held, message, route);
        let entries =
            std::iter::once(LogEntry::Event(TurnEvent::Metadata(Box::new(metadata)))).chain(prelude.opening);
        let first: Vec<_> = (1..).zip(entries).map(|(seq, entry)| LoggedEvent { seq, entry }).collect();
        let state = TurnState::new(Transcript::fold(&first), offered)
            .within(self.runner.turn_limits, prelude.steps_before);
        recorder.append(first);
        let inbox = self.runner.inbox(held.turn);
        let job = Job {
            actor: actor.clone(),
            held,
            message,
            conversation,
            prompt,
            recorder,
            signals,
            inbox,
            asked_at,
        };
        (job, state)
    }

    /// `shown`: what it is shown, where that is something else than the turn's prompt.
    fn first_call(
        &self,
        job: &Job,
        planned: Planned,
        shown: Option<Prompt>,
        beginning: Beginning,
    ) -> FirstCall {
        let prompt = shown.unwrap_or_else(|| job.prompt.clone());
        let call = ModelCall { beginning, ..ModelCall::new(planned, prompt, job.context()) };
        FirstCall::new(self.runner.models.clone(), job.actor.clone(), call)
    }

    async fn started(&self, job: &Job) -> Result<Started> {
        let (owner, turn) = (job.actor.user, job.held.turn);
        let events = match job.conversation {
            Some(_) => {
                let stopping = self.runner.tasks.shutdown_token();
                self.sources.follow(owner, turn, 0, stopping).await?
            }
            None => self.runner.bus.follow(owner, turn, 0).await?.ok_or_else(Error::internal)?,
        };
        Ok(Started { turn_id: turn, message_id: job.message, conversation_id: job.conversation, events })
    }

    fn begin_turn(
        &self,
        ask: Ask,
        job: &Job,
        state: &TurnState,
        user_message: Option<MessageId>,
        now: Timestamp,
    ) -> Result<BeginTurn> {
        let conversation_id = ask.conversation.id;
        let parent = ask.parent;
        let question = user_message.zip(ask.question).map(|(id, parts)| Message {
            parts,
            ..Message::blank(id, conversation_id, parent, Author::User, now)
        });
        let told = state.transcript.metadata.as_ref();
        let answer = Message {
            model: told.map(|told| told.model.clone()),
            provider: told.map(|told| told.provider),
            turn_id: Some(job.held.turn),
            status: MessageStatus::Streaming,
            ..Message::blank(job.message, conversation_id, user_message.or(parent), Author::Assistant, now)
        };
        Ok(BeginTurn {
            turn: job.held.turn,
            node: self.runner.node,
            title: ask.title.filter(|_| !ask.is_new),
            model: ask.new_model.filter(|_| !ask.is_new),
            new_conversation: ask.is_new.then_some(ask.conversation),
            user_message: question,
            answer,
            settings: serde_json::to_string(&ask.settings).map_err(|_| Error::internal())?,
        })
    }
}

/// What the log says before anything happens: what the turn is, and what its answer begins with.
struct Prelude {
    conversation: Option<ConversationId>,
    answers: Option<MessageId>,
    opening: Vec<LogEntry>,
    /// Steps of that beginning.
    steps_before: u32,
}

impl Prelude {
    fn metadata(&self, held: Held, message_id: MessageId, route: &Route) -> Metadata {
        Metadata {
            turn_id: held.turn,
            message_id,
            user_message_id: self.answers,
            conversation_id: self.conversation,
            model: route.model.clone(),
            provider: route.provider,
            intent: route.intent,
            routed_by: route.routed_by,
            reason: route.reason.clone(),
            candidates: route.candidates.clone(),
            cached: false,
            tokens_saved: 0,
        }
    }
}

fn span(job: &Job, state: &TurnState) -> tracing::Span {
    let told = state.transcript.metadata.as_ref();
    tracing::info_span!(
        "turn",
        turn_id = %job.held.turn,
        conversation_id = job.conversation.map(tracing::field::display),
        gen_ai.operation.name = "chat",
        gen_ai.request.model = told.map(|told| told.model.as_str()),
        gen_ai.provider.name = told.map(|told| told.provider.as_str()),
    )
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
    news.push(FeedEvent::TurnStarted { conversation_id, turn_id: job.held.turn });
    news
}

async fn store_begin(
    runner: Arc<Runner>,
    owner: UserId,
    begin: BeginTurn,
    news: Vec<FeedEvent>,
) -> Result<()> {
    let turn = begin.turn;
    let result = match runner.turns.begin(owner, begin).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::not_found("conversation")),
        Err(error) => Err(error),
    };
    if result.is_err() {
        runner.forget(turn);
        return result;
    }
    for event in news {
        runner.bus.announce(owner, event);
    }
    Ok(())
}

fn cancel_on_drop(events: EventStream, guard: DropGuard) -> EventStream {
    stream::unfold((events, guard), |(mut events, guard)| async move {
        let batch = events.next().await?;
        Some((batch, (events, guard)))
    })
    .boxed()
}
