//! Following a turn, wherever it runs and however often it sleeps, until its end.
//!
//! Live from the bus where somebody tells of it, else from the store: what another node writes there is seen a moment later.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, stream};
use tokio::time;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Error, FeedEvent, FinishReason, Intent, LoggedEvent, Message, Metadata, Part, Provider, Result, RoutedBy,
    Transcript, TurnEvent, TurnId, UserId,
    event::{CallUsage, Done},
};
use vertice_ports::{
    Bus, ConversationStore, TurnStore,
    chat::{EventStream, FeedStream},
    turns::{StoredTurn, TurnPhase},
};

const PAUSE: Duration = Duration::from_millis(10);
/// How soon the store is asked again about a turn that another node runs.
const RUNS_ELSEWHERE: Duration = Duration::from_millis(200);
/// How often a store that fails is asked again before a listener who has heard something already is let go.
const PATIENCE: u32 = 50;
/// How soon about one that sleeps, if nobody tells that it has woken.
const SLEEPS: Duration = Duration::from_secs(5);

/// Where turns can be followed.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) turns: Arc<dyn TurnStore>,
    pub(crate) conversations: Arc<dyn ConversationStore>,
}

/// What a turn that is told of now has said. None: nobody tells of it.
pub(crate) async fn heard(bus: &dyn Bus, owner: UserId, turn: TurnId) -> Option<Transcript> {
    let mut events = bus.follow(owner, turn, 0).await.ok().flatten()?;
    let mut transcript = Transcript::default();
    while let Some(Some(Ok(batch))) = events.next().now_or_never() {
        batch.iter().for_each(|logged| transcript.apply(logged));
    }
    Some(transcript)
}

/// A listener, and how far it is in a turn.
struct Follower {
    sources: Sources,
    owner: UserId,
    turn: TurnId,
    after: u64,
    stopping: CancellationToken,
    live: Option<EventStream>,
    news: Option<FeedStream>,
    ended: bool,
    failures: u32,
}

impl Sources {
    /// What a turn that has not ended has said so far.
    pub(crate) async fn so_far(&self, owner: UserId, turn: TurnId) -> Result<Transcript> {
        if let Some(heard) = heard(&*self.bus, owner, turn).await {
            return Ok(heard);
        }
        Ok(Transcript::fold(&self.turns.events(owner, turn, 0).await?))
    }

    /// Whether the turn's events can be told as they were told first.
    pub(crate) async fn keeps_events(&self, owner: UserId, turn: TurnId) -> Result<bool> {
        if self.bus.follow(owner, turn, 0).await?.is_some() {
            return Ok(true);
        }
        let stored = self.turns.turn(owner, turn).await?.ok_or_else(|| Error::not_found("turn"))?;
        Ok(stored.has_log)
    }

    /// The turn's events after sequence number `after`, until its end; when the server stops, until nobody tells of it here.
    pub(crate) async fn follow(
        &self,
        owner: UserId,
        turn: TurnId,
        after: u64,
        stopping: CancellationToken,
    ) -> Result<EventStream> {
        let live = self.bus.follow(owner, turn, after).await?;
        if live.is_none() && self.turns.turn(owner, turn).await?.is_none() {
            return Err(Error::not_found("turn"));
        }
        let follower = Follower {
            sources: self.clone(),
            owner,
            turn,
            after,
            stopping,
            live,
            news: None,
            ended: false,
            failures: 0,
        };
        Ok(stream::unfold(follower, |mut follower| async move {
            let batch = follower.next().await?;
            if let Ok(events) = &batch {
                follower.after = events.last().map_or(follower.after, |last| last.seq.max(follower.after));
                follower.ended |= events.last().is_some_and(|last| last.is_last());
            } else {
                follower.ended = true;
            }
            Some((batch, follower))
        })
        .boxed())
    }

    /// How a turn ended, for whoever has heard everything that is stored of it or more, or whose log has gone.
    async fn end_of(&self, owner: UserId, stored: &StoredTurn, after: u64) -> Result<Vec<LoggedEvent>> {
        let log = self.turns.events(owner, stored.turn, 0).await?;
        match log.last() {
            Some(last) if is_interruption(last) => Ok(vec![last.clone()]),
            Some(_) => Ok(Vec::new()),
            None => {
                let message = self.conversations.message(owner, stored.message).await?;
                let log = message.map(|message| retold(stored.turn, message)).unwrap_or_default();
                Ok(log.into_iter().filter(|logged| logged.seq > after || logged.is_last()).collect())
            }
        }
    }
}

impl Follower {
    /// The next events; none: there are no more.
    async fn next(&mut self) -> Option<Result<Vec<Arc<LoggedEvent>>>> {
        while !self.ended {
            if let Some(live) = &mut self.live {
                match live.next().await {
                    Some(batch) => return Some(batch),
                    None => self.live = None,
                }
                // What ends without a word is not to be asked for again at once.
                time::sleep(PAUSE).await;
            }
            match self.read_store().await {
                Ok(events) if events.is_empty() => self.failures = 0,
                Ok(events) => {
                    self.failures = 0;
                    return Some(Ok(events.into_iter().map(Arc::new).collect()));
                }
                Err(error) if error.is_retryable() && self.may_wait() => {
                    self.failures += 1;
                    time::sleep(RUNS_ELSEWHERE).await;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    fn may_wait(&self) -> bool {
        self.after > 0 && self.failures < PATIENCE && !self.stopping.is_cancelled()
    }

    /// What the store knows and the listener does not; empty: look again, for somebody may tell of the turn now.
    async fn read_store(&mut self) -> Result<Vec<LoggedEvent>> {
        // Heard before the store is asked: what happens in between is not missed.
        let news = match self.news.take() {
            Some(news) => news,
            None => self.sources.bus.feed(self.owner),
        };
        let turns = &self.sources.turns;
        let stored = turns.turn(self.owner, self.turn).await?.ok_or_else(|| Error::not_found("turn"))?;
        let events = turns.events(self.owner, self.turn, self.after).await?;
        if !events.is_empty() {
            self.news = Some(news);
            return Ok(events);
        }
        if stored.phase == TurnPhase::Ended {
            self.ended = true;
            return self.sources.end_of(self.owner, &stored, self.after).await;
        }
        self.live = self.sources.bus.follow(self.owner, self.turn, self.after).await?;
        if self.live.is_none() {
            let patience = if stored.phase == TurnPhase::Waiting { SLEEPS } else { RUNS_ELSEWHERE };
            let told = time::timeout(patience, told_of(news, self.turn));
            self.news = match self.stopping.run_until_cancelled(told).await {
                Some(told) => told.ok(),
                None => {
                    self.ended = true;
                    return Ok(Vec::new());
                }
            };
            self.live = self.sources.bus.follow(self.owner, self.turn, self.after).await?;
        }
        Ok(Vec::new())
    }
}

/// Waits until something is told about the turn, and gives the feed back.
async fn told_of(mut news: FeedStream, turn: TurnId) -> FeedStream {
    while let Some(event) = news.next().await {
        let about = match event {
            FeedEvent::TurnStarted { turn_id, .. }
            | FeedEvent::TurnEnded { turn_id, .. }
            | FeedEvent::TurnWaiting { turn_id, .. } => turn_id == turn,
            _ => false,
        };
        if about {
            return news;
        }
    }
    // The server shuts down, which its token says, too.
    std::future::pending().await
}

/// An end that was written for a turn whose runner had gone: the log may be shorter than what was heard.
fn is_interruption(logged: &LoggedEvent) -> bool {
    matches!(logged.visible(), Some(TurnEvent::Done(done)) if done.finish_reason == FinishReason::Interrupted)
}

/// The log of a turn whose log has gone, as its message tells it.
fn retold(turn: TurnId, message: Message) -> Vec<LoggedEvent> {
    let receipt = message.receipt.unwrap_or_default();
    let metadata = Metadata {
        turn_id: turn,
        message_id: message.id,
        user_message_id: message.parent_id,
        conversation_id: Some(message.conversation_id),
        model: message.model.clone().unwrap_or_default(),
        provider: message.provider.unwrap_or(Provider::Local),
        intent: receipt.intent.unwrap_or(Intent::Simple),
        routed_by: receipt.routed_by.unwrap_or(RoutedBy::Router),
        reason: receipt.reason,
        candidates: receipt.candidates,
        cached: message.usage.is_some_and(|usage| usage.cache_read_tokens > 0),
        tokens_saved: message.usage.map_or(0, |usage| usage.cache_read_tokens),
    };
    let part = |part: Part| TurnEvent::PartStarted(Box::new(part));
    let ended = |part: &Part| TurnEvent::PartEnded { position: part.position };
    let parts = message.parts.into_iter().flat_map(|told| {
        let end = ended(&told);
        [part(told), end]
    });
    let bill = message.usage.map(|usage| {
        let model = message.model.unwrap_or_default();
        TurnEvent::Usage(Box::new(CallUsage { model, usage, cache_miss: receipt.cache_miss }))
    });
    let failure = receipt.failure.map(|failure| TurnEvent::Error(Box::new(failure)));
    let finish_reason = message.finish_reason.unwrap_or(FinishReason::Interrupted);
    let events = std::iter::once(TurnEvent::Metadata(Box::new(metadata)))
        .chain(parts)
        .chain(bill)
        .chain(failure)
        .chain([TurnEvent::Done(Done { finish_reason, message_id: message.id })]);
    (1..).zip(events).map(|(seq, event)| LoggedEvent::event(seq, event)).collect()
}
