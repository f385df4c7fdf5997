//! A person's word about a tool call, or about the whole turn, whether it runs, sleeps, or is falling asleep just now. A stop is
//! heard on whichever node it is said; so is a decision about a turn that sleeps. One about a call of a turn that another node
//! still runs is refused: it can be made there, or as soon as the turn sleeps.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::oneshot,
    time::{self, Instant},
};
use tracing::Instrument as _;
use vertice_domain::{
    Actor, ConversationId, Elicitation, Error, ErrorKind, FeedEvent, Mode, Page, PageRequest, Result,
    ToolCall, ToolState, Transcript, TurnId,
    chat::{ToolChoice, check_text},
    elicitation, question,
};
use vertice_ports::{
    chat::{Decision, UnendedTurn, Verdict},
    prompt::PromptMessage,
    tools::{Keep, ToolRequest},
    turns::{StoredTurn, TakenTurn, TurnPhase},
};

use crate::{
    ask::{Settings, Wanted, refuse},
    follow::heard,
    hub::Hub,
    recorder::Recorder,
    runner::{Job, Start},
    step::{Input, StopCause, TurnState, arguments, is_as_asked},
    writer::{Signals, Tail},
};

/// How long a decision waits for a turn that is falling asleep or waking up.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(25);
const BUSY: &str = "turn_busy";
/// When it is looked again whether a turn of another node runs on: it may have been falling asleep.
const SECOND_LOOK: Duration = Duration::from_millis(200);
const ELSEWHERE: &str = "turn_elsewhere";

impl Hub {
    pub(crate) async fn decided(&self, actor: &Actor, turn: TurnId, decision: Decision) -> Result<()> {
        self.refuse_when_stopping()?;
        let deadline = Instant::now() + PATIENCE;
        let mut looks_again = false;
        loop {
            let Some(stored) = self.runner.turns.turn(actor.user, turn).await? else {
                return self.decided_in_memory(actor, turn, decision).await;
            };
            let said = self.sources.so_far(actor.user, turn).await?;
            let has_ended = stored.phase == TurnPhase::Ended;
            let checked = checked(&said, Some(stored.conversation), has_ended, &decision)?;
            match self.take(actor, &stored, checked.input).await {
                // It is falling asleep, or somebody else has just woken it.
                Err(error) if error.code == BUSY && Instant::now() < deadline => time::sleep(PAUSE).await,
                Err(error) if error.code == ELSEWHERE && !looks_again => {
                    looks_again = true;
                    time::sleep(SECOND_LOOK).await;
                }
                Err(error) => return Err(error),
                Ok(()) => {
                    if let Some(kept) = &checked.kept {
                        self.remember(actor, kept).await;
                    }
                    return Ok(());
                }
            }
        }
    }

    /// The same for a turn outside of conversations: it waits in memory, for as long as somebody follows it.
    async fn decided_in_memory(&self, actor: &Actor, turn: TurnId, decision: Decision) -> Result<()> {
        let said = heard(&*self.runner.bus, actor.user, turn).await.ok_or_else(no_turn)?;
        let inbox = self.runner.inbox_of(turn).ok_or_else(no_turn)?;
        let checked = checked(&said, None, false, &decision)?;
        inbox.send(checked.input).await.map_err(|_ended| no_turn())?;
        if let Some(kept) = &checked.kept {
            self.remember(actor, kept).await;
        }
        Ok(())
    }

    /// The decision counts already: at the worst whoever made it is asked again the next time, and must not be told that it
    /// failed.
    async fn remember(&self, actor: &Actor, Kept { call, request, keep }: &Kept) {
        let tools = &self.runner.tools;
        let kept = async {
            let all = Wanted {
                window: None,
                mode: Mode::Code,
                is_kept: true,
                history: &[],
                tools: &ToolChoice::Auto,
            };
            let offered = self.offered(actor, all).await?;
            let tool = offered.iter().find(|tool| tool.spec.name == call.model_name());
            // What is not what the person saw is not allowed for good either.
            if is_as_asked(call, tool) { tools.keep(actor, request, *keep).await } else { Ok(()) }
        };
        if let Err(error) = kept.await {
            tracing::warn!(code = %error.code, tool = %request.name, "that a tool is always allowed could not be kept");
        }
    }

    async fn take(&self, actor: &Actor, stored: &StoredTurn, decided: Input) -> Result<()> {
        match self.runner.inbox_of(stored.turn) {
            Some(inbox) => inbox.send(decided).await.map_err(|_asleep| busy()),
            None if stored.phase == TurnPhase::Running
                && stored.node.is_some_and(|node| node != self.runner.node) =>
            {
                Err(elsewhere())
            }
            None => self.wake(actor, stored, decided).await,
        }
    }

    /// Hands a message in to a turn that runs here. One that cannot take it says why; nothing is lost, it can be sent afterwards.
    pub(crate) async fn steered(&self, actor: &Actor, turn: TurnId, text: String) -> Result<()> {
        let mut errors = Vec::new();
        check_text(&text, "content", &mut errors);
        refuse(errors)?;
        let stored = self.runner.turns.turn(actor.user, turn).await?.ok_or_else(no_turn)?;
        let ended = || conflict("turn_ended", "This turn has ended. Send the message as your next one.");
        match (stored.phase, self.runner.inbox_of(turn)) {
            (TurnPhase::Ended, _) => Err(ended()),
            (_, Some(inbox)) => inbox.send(Input::Steered(text)).await.map_err(|_ended| ended()),
            (TurnPhase::Waiting, None) => {
                Err(conflict("turn_waiting", "This turn waits for your decision. Decide first, then go on."))
            }
            (TurnPhase::Running, None) => Err(elsewhere()),
        }
    }

    pub(crate) async fn stopped(&self, actor: &Actor, turn: TurnId) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.try_stop(actor, turn).await {
                Err(error) if error.code == BUSY && Instant::now() < deadline => time::sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
    }

    async fn try_stop(&self, actor: &Actor, turn: TurnId) -> Result<()> {
        if self.runner.bus.cancel(actor.user, turn).await? {
            return Ok(());
        }
        let turns = &self.runner.turns;
        let stored = turns.turn(actor.user, turn).await?.ok_or_else(no_turn)?;
        match stored.phase {
            TurnPhase::Ended => Ok(()),
            TurnPhase::Waiting => self.wake(actor, &stored, Input::Stop(StopCause::Cancelled)).await,
            TurnPhase::Running if turns.request_stop(actor.user, turn).await? => Ok(()),
            // It has fallen asleep or ended meanwhile.
            TurnPhase::Running => Err(busy()),
        }
    }

    /// Wakes a turn that sleeps, and lets it take in what happens: in a task of its own, for a caller who goes away meanwhile
    /// must not leave a turn that is awake and has no runner.
    async fn wake(&self, actor: &Actor, stored: &StoredTurn, input: Input) -> Result<()> {
        // Read before it is woken: a turn that is awake needs a runner at once.
        let answer = self.conversations.message(actor.user, stored.message).await?.ok_or_else(no_turn)?;
        let conversation = self.conversation(actor, stored.conversation).await?;
        let messages = match answer.parent_id {
            Some(parent) => self.path(actor, stored.conversation, parent).await?.history(),
            None => Vec::new(),
        };
        let defaults = self.settings(&conversation);
        let (turn_id, conversation_id) = (stored.turn, stored.conversation);
        let (hub, actor) = (self.clone(), actor.clone());
        let care = self.runner.care.of(turn_id);
        let (woken, outcome) = oneshot::channel();
        let is_first = messages.len() == 1;
        let work = async move {
            let runner = &hub.runner;
            let woke = runner.turns.wake(actor.user, turn_id, runner.node).await;
            let taken = match woke.and_then(|taken| taken.ok_or_else(busy)) {
                Ok(taken) => taken,
                // Nobody may be waiting any more.
                Err(error) => return drop(woken.send(Err(error))),
            };
            runner.bus.announce(actor.user, FeedEvent::TurnStarted { conversation_id, turn_id });
            let _ = woken.send(Ok(()));
            hub.run_woken(actor.clone(), taken, messages, defaults, input).await;
            drop(care);
            if is_first {
                hub.entitle(&actor, conversation_id).await;
            }
        };
        let span = tracing::info_span!("turn", %turn_id, %conversation_id);
        self.runner.tasks.spawn(work.instrument(span));
        outcome.await.map_err(|_| Error::internal())?
    }

    async fn run_woken(
        &self,
        actor: Actor,
        taken: TakenTurn,
        messages: Vec<PromptMessage>,
        defaults: Settings,
        input: Input,
    ) {
        let (held, runner) = (taken.held, &self.runner);
        // Before anything takes time: whoever decides or stops next finds it awake.
        let signals = Signals { stop: runner.bus.open(actor.user, held.turn), ..Signals::default() };
        let inbox = runner.inbox(held.turn);
        let settings = taken.settings.as_deref().and_then(|json| serde_json::from_str::<Settings>(json).ok());
        let settings = settings.unwrap_or(defaults);
        let offered = self.offered(&actor, Wanted::of(&settings, &messages)).await;
        let offered = offered.unwrap_or_else(|error| {
            tracing::warn!(code = %error.code, "the tools of a turn that woke could not be listed");
            Vec::new()
        });
        let prompt = settings.prompt(messages, taken.conversation, &offered);
        let transcript = Transcript::fold(&taken.events);
        let tail = Tail::new(held, transcript.seq, signals.clone());
        let recorder = Recorder::new(held.turn, runner.bus.clone(), Some(Arc::new(tail)));
        let told: Vec<_> = taken.events.into_iter().map(Arc::new).collect();
        recorder.tell(&told);
        let mut state =
            TurnState::new(transcript, &offered).within(runner.turn_limits, settings.steps_before);
        let start = state.step(input, 0);
        let job = Job {
            actor,
            held,
            message: taken.message,
            conversation: Some(taken.conversation),
            prompt,
            recorder,
            signals,
            inbox,
            asked_at: Instant::now(),
        };
        runner.run(job, state, Start::Awake(start)).await;
    }

    /// The actor's turns that have not ended, as the feed tells of them.
    pub(crate) async fn under_way(&self, actor: &Actor) -> Vec<FeedEvent> {
        let page = PageRequest::new(Some(PageRequest::MAX), None);
        let found = async { self.runner.turns.unended(actor.user, None, &page?).await };
        let turns = found.await.map(|page| page.items).unwrap_or_else(|error| {
            tracing::warn!(code = %error.code, "what is under way could not be told to a page");
            Vec::new()
        });
        let mut told = Vec::with_capacity(turns.len());
        for StoredTurn { turn: turn_id, conversation: conversation_id, phase, .. } in turns {
            told.extend(match phase {
                TurnPhase::Running if self.asks(actor, turn_id).await => {
                    Some(FeedEvent::TurnWaiting { conversation_id, turn_id })
                }
                TurnPhase::Running => Some(FeedEvent::TurnStarted { conversation_id, turn_id }),
                TurnPhase::Waiting => Some(FeedEvent::TurnWaiting { conversation_id, turn_id }),
                TurnPhase::Ended => None,
            });
        }
        told
    }

    /// Whether a turn that runs waits for what its owner says to a server's question.
    async fn asks(&self, actor: &Actor, turn: TurnId) -> bool {
        let said = heard(&*self.runner.bus, actor.user, turn).await;
        said.is_some_and(|said| said.asks().next().is_some())
    }

    pub(crate) async fn unended_turns(
        &self,
        actor: &Actor,
        phase: Option<TurnPhase>,
        page: &PageRequest,
    ) -> Result<Page<UnendedTurn>> {
        let Page { items: turns, next_cursor } = self.runner.turns.unended(actor.user, phase, page).await?;
        let mut items = Vec::with_capacity(turns.len());
        for turn in turns {
            // One that runs may ask, too: about one call, while another is made.
            let said = match heard(&*self.runner.bus, actor.user, turn.turn).await {
                Some(said) => said,
                None => Transcript::fold(&self.runner.turns.last_step(actor.user, turn.turn).await?),
            };
            let asks = || said.asks().next().and_then(|(_, asked)| said.call(&asked.call));
            let waiting_for = said.waiting().or_else(asks).cloned();
            items.push(UnendedTurn { turn, waiting_for });
        }
        Ok(Page { items, next_cursor })
    }
}

/// A decision that its call can have.
struct Checked {
    /// What the turn hears.
    input: Input,
    /// What is to be remembered of it, once the turn has heard it.
    kept: Option<Kept>,
}

/// Calls like this one need not be asked for.
struct Kept {
    call: ToolCall,
    request: ToolRequest,
    keep: Keep,
}

fn checked(
    said: &Transcript,
    conversation: Option<ConversationId>,
    has_ended: bool,
    decision: &Decision,
) -> Result<Checked> {
    let asked = said.asked_in(&decision.call);
    let call = waiting(said, has_ended, asked, decision)?;
    match asked {
        Some(asked) => check_answer(asked, &decision.verdict)?,
        None => check_verdict(&call, &decision.verdict)?,
    }
    let request = request(conversation, &call, decision)?;
    let input = Input::Decided {
        call: call.id.clone(),
        asked: asked.map(|asked| asked.id.clone()),
        verdict: decision.verdict.clone(),
    };
    let kept = match (request, &decision.verdict) {
        (Some(request), Verdict::Allow { keep: Some(keep), .. }) => Some(Kept { call, request, keep: *keep }),
        _ => None,
    };
    Ok(Checked { input, kept })
}

/// The call as it is allowed, with the arguments that the person gave it; none: it is not allowed.
fn request(
    conversation: Option<ConversationId>,
    call: &ToolCall,
    decision: &Decision,
) -> Result<Option<ToolRequest>> {
    let Verdict::Allow { input, keep } = &decision.verdict else { return Ok(None) };
    if conversation.is_none() && *keep == Some(Keep::Conversation) {
        return Err(Error::invalid_field("scope", "this turn belongs to no conversation"));
    }
    let edited = input.as_ref().map(ToString::to_string);
    let call = ToolCall { edited, ..call.clone() };
    let arguments = arguments(&call).map_err(|flaw| Error::invalid_field("input", flaw))?;
    let ToolCall { server, name, .. } = call;
    Ok(Some(ToolRequest { conversation, server, name, arguments }))
}

/// Whether the verdict is one that the call can have.
fn check_verdict(call: &ToolCall, verdict: &Verdict) -> Result<()> {
    match (verdict, call.questions()) {
        (Verdict::Answer { answers }, Some(asked)) => question::answered(&asked, answers).map(drop),
        (Verdict::Answer { .. }, None) => Err(Error::invalid_field("answers", "this call asks no questions")),
        (Verdict::Allow { .. }, Some(_)) => Err(Error::invalid_field(
            "decision",
            "these are questions: respond with answers, or deny to pass them over",
        )),
        (Verdict::Dismiss, _) => {
            Err(Error::invalid_field("decision", "is for what a server asks in the midst of a call"))
        }
        _ => Ok(()),
    }
}

/// Whether the verdict answers what the call's server asks.
fn check_answer(asked: &Elicitation, verdict: &Verdict) -> Result<()> {
    match verdict {
        Verdict::Answer { answers } => elicitation::answered(&asked.wanted, answers).map(drop),
        Verdict::Deny { .. } | Verdict::Dismiss => Ok(()),
        Verdict::Allow { .. } | Verdict::Respond { .. } => Err(Error::invalid_field(
            "decision",
            "the server asks something: respond with answers, deny to decline, or cancel",
        )),
    }
}

/// The call that the decision is about, if it still waits and is what the person saw.
fn waiting(
    said: &Transcript,
    has_ended: bool,
    asked: Option<&Elicitation>,
    decision: &Decision,
) -> Result<ToolCall> {
    let call = said.call(&decision.call).ok_or_else(|| Error::not_found("tool call"))?;
    let fingerprint = match (&call.state, asked) {
        (_, Some(asked)) => &asked.id,
        (ToolState::Waiting { fingerprint, .. }, None) => fingerprint,
        _ => return Err(conflict("already_decided", "This call does not wait for a decision any more.")),
    };
    if has_ended {
        return Err(conflict("turn_ended", "The turn of this call has ended."));
    }
    if decision.fingerprint.as_ref().is_some_and(|seen| seen != fingerprint) {
        let message = "What is asked for has changed since you saw it. Look at it again, then decide.";
        return Err(conflict("approval_changed", message));
    }
    Ok(call.clone())
}

fn no_turn() -> Error {
    Error::not_found("turn")
}

fn busy() -> Error {
    let message = "Somebody else is deciding about this turn right now. Look at it again in a moment.";
    conflict(BUSY, message)
}

fn elsewhere() -> Error {
    let message = "This turn is running on another node, which makes other calls of it. Nothing was decided; try again when it \
                   waits for you.";
    conflict(ELSEWHERE, message)
}

fn conflict(code: &str, message: &str) -> Error {
    Error::new(ErrorKind::Conflict, code, message)
}
