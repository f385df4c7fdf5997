//! Turns and their logs.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use vertice_domain::{
    Error, LoggedEvent, NodeId, Page, PageRequest, Result, Timestamp, TurnEvent, TurnId, UserId,
    report::ToolRow,
};
use vertice_ports::{
    ToolLedger, TurnStore,
    ledger::ToolUse,
    turns::{
        Appended, BeginTurn, CallRecord, EndTurn, Held, LogBatch, StoredTurn, Suspend, Suspended, TakenTurn,
        TurnPhase,
    },
};

use super::{Inside, Shelved, Store, Turn, unavailable};

impl Inside {
    fn extend_log(&mut self, turn: TurnId, events: &[Arc<LoggedEvent>]) {
        let log = &mut self.turns.get_mut(&turn).unwrap().events;
        for event in events {
            assert_eq!(event.seq, log.len() as u64 + 1, "a gap or a duplicate in a stored log");
            log.push(LoggedEvent::clone(event));
        }
    }

    fn note(&mut self, record: CallRecord) {
        self.calls.retain(|call| call.call != record.call);
        self.calls.push(record);
    }

    fn taken(&mut self, turn: TurnId, node: NodeId) -> TakenTurn {
        let stored = self.turns.get_mut(&turn).unwrap();
        stored.phase = TurnPhase::Running;
        stored.node = Some(node);
        stored.fence += 1;
        TakenTurn {
            owner: stored.owner,
            held: Held { turn, fence: stored.fence },
            conversation: stored.conversation,
            message: stored.message,
            started_at: Timestamp::from_millis(0),
            settings: Some(stored.settings.clone()),
            events: stored.events.clone(),
        }
    }
}

fn stored(turn: TurnId, found: &Turn) -> StoredTurn {
    StoredTurn {
        turn,
        conversation: found.conversation,
        message: found.message,
        phase: found.phase,
        node: found.node,
        fence: found.fence,
        has_log: !found.events.is_empty() || !found.ended(),
        started_at: Timestamp::from_millis(0),
    }
}

#[async_trait]
impl TurnStore for Store {
    async fn begin(&self, owner: UserId, begin: BeginTurn) -> Result<bool> {
        self.change(|inside| {
            if inside.faults.begin {
                return unavailable();
            }
            if let Some(conversation) = begin.new_conversation {
                inside.conversations.push(Shelved { owner, deleted: None, conversation });
            }
            let answer = begin.answer;
            let Some(conversation) = inside.owned_mut(owner, answer.conversation_id) else {
                return Ok(false);
            };
            conversation.head_message_id = Some(answer.id);
            conversation.title = begin.title.unwrap_or_else(|| conversation.title.clone());
            conversation.model = begin.model.unwrap_or_else(|| conversation.model.clone());
            let turn = Turn {
                owner,
                conversation: answer.conversation_id,
                message: answer.id,
                phase: TurnPhase::Running,
                node: Some(begin.node),
                fence: 1,
                stop: false,
                settings: begin.settings,
                events: Vec::new(),
            };
            inside.messages.extend(begin.user_message);
            inside.messages.push(answer);
            inside.turns.insert(begin.turn, turn);
            if inside.faults.lose_start { unavailable() } else { Ok(true) }
        })
    }

    async fn append(&self, node: NodeId, _: Duration, batches: Vec<LogBatch>) -> Result<Appended> {
        self.change(|inside| {
            if inside.faults.write {
                return unavailable();
            }
            if batches.iter().any(|batch| !inside.turns.contains_key(&batch.held.turn)) {
                return Err(Error::internal());
            }
            inside.leases.insert(node);
            inside.appends += usize::from(!batches.is_empty());
            let mut appended = Appended::default();
            for batch in batches {
                assert!(!batch.events.is_empty() || !batch.calls.is_empty());
                match inside.held(batch.held) {
                    Some(_) => {
                        inside.extend_log(batch.held.turn, &batch.events);
                        batch.calls.into_iter().for_each(|call| inside.note(call));
                    }
                    None => appended.lost.push(batch.held.turn),
                }
            }
            let stops = inside.turns.iter().filter(|(_, turn)| turn.node == Some(node) && turn.stop);
            appended.stops = stops.map(|(turn, _)| *turn).collect();
            if std::mem::take(&mut inside.faults.lose_append) {
                inside.faults.write = true;
                return unavailable();
            }
            Ok(appended)
        })
    }

    async fn suspend(&self, suspend: Suspend) -> Result<Suspended> {
        self.change(|inside| {
            if inside.faults.write {
                return unavailable();
            }
            let Some(turn) = inside.held(suspend.held) else { return Ok(Suspended::Lost) };
            if turn.stop {
                return Ok(Suspended::Stopped);
            }
            turn.phase = TurnPhase::Waiting;
            turn.node = None;
            inside.extend_log(suspend.held.turn, &suspend.events);
            suspend.calls.into_iter().for_each(|call| inside.note(call));
            Ok(Suspended::Asleep)
        })
    }

    async fn wake(&self, owner: UserId, turn: TurnId, node: NodeId) -> Result<Option<TakenTurn>> {
        // Like a real store: an answer takes its time.
        tokio::task::yield_now().await;
        let taken = self.change(|inside| {
            let found = inside.turns.get(&turn)?;
            let sleeps = found.owner == owner && found.phase == TurnPhase::Waiting;
            sleeps.then(|| inside.taken(turn, node))
        });
        tokio::task::yield_now().await;
        if self.lock().faults.lose_start { unavailable() } else { Ok(taken) }
    }

    async fn end(&self, end: EndTurn) -> Result<bool> {
        let takes = self.lock().end_takes;
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        self.change(|inside| {
            if inside.faults.write {
                return unavailable();
            }
            let Some(turn) = inside.held(end.held) else { return Ok(false) };
            turn.phase = TurnPhase::Ended;
            inside.extend_log(end.held.turn, &end.events);
            end.calls.into_iter().for_each(|call| inside.note(call));
            let message = inside.messages.iter_mut().find(|message| message.id == end.message).unwrap();
            message.parts = end.parts;
            message.status = end.status;
            message.finish_reason = Some(end.finish_reason);
            message.usage = end.usage;
            message.model = end.model;
            message.receipt = Some(end.receipt);
            inside.sealed.extend(end.sealed.into_iter().map(|part| (end.message, part)));
            if std::mem::take(&mut inside.faults.lose_end) { unavailable() } else { Ok(true) }
        })
    }

    async fn request_stop(&self, owner: UserId, turn: TurnId) -> Result<bool> {
        Ok(self.change(|inside| {
            let runs = |turn: &&mut Turn| turn.owner == owner && turn.phase == TurnPhase::Running;
            inside.turns.get_mut(&turn).filter(runs).map(|turn| turn.stop = true).is_some()
        }))
    }

    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>> {
        let inside = self.lock();
        let found = inside.turns.get(&turn).filter(|stored| stored.owner == owner);
        Ok(found.map(|found| stored(turn, found)))
    }

    async fn unended(
        &self,
        owner: UserId,
        phase: Option<TurnPhase>,
        _: &PageRequest,
    ) -> Result<Page<StoredTurn>> {
        let inside = self.lock();
        let wanted = |turn: &Turn| {
            turn.owner == owner && !turn.ended() && phase.is_none_or(|phase| phase == turn.phase)
        };
        let found = inside.turns.iter().filter(|(_, turn)| wanted(turn));
        Ok(Page { items: found.map(|(id, turn)| stored(*id, turn)).collect(), next_cursor: None })
    }

    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>> {
        let inside = self.lock();
        let found = inside.turns.get(&turn).filter(|stored| stored.owner == owner);
        let events = found.into_iter().flat_map(|stored| &stored.events);
        Ok(events.filter(|logged| logged.seq > after).cloned().collect())
    }

    async fn last_step(&self, owner: UserId, turn: TurnId) -> Result<Vec<LoggedEvent>> {
        let events = self.events(owner, turn, 0).await?;
        let begins = |logged: &LoggedEvent| matches!(logged.visible(), Some(TurnEvent::StepStarted(_)));
        let first = events.iter().rposition(begins);
        Ok(first.map(|first| events[first..].to_vec()).unwrap_or_default())
    }

    async fn take_abandoned(&self, node: NodeId) -> Result<Vec<TakenTurn>> {
        Ok(self.change(|inside| {
            // Where nobody else can be, whoever was has gone.
            let gone =
                |other: &NodeId| *other != node && !(inside.is_shared && inside.leases.contains(other));
            let abandoned = inside
                .turns
                .iter()
                .filter(|(_, turn)| turn.phase == TurnPhase::Running && turn.node.as_ref().is_none_or(gone));
            let abandoned: Vec<TurnId> = abandoned.map(|(turn, _)| *turn).collect();
            abandoned.into_iter().map(|turn| inside.taken(turn, node)).collect()
        }))
    }

    async fn running(&self, node: NodeId) -> Result<Vec<Held>> {
        let inside = self.lock();
        let runs = |turn: &Turn| turn.phase == TurnPhase::Running && turn.node == Some(node);
        let running = inside.turns.iter().filter(|(_, turn)| runs(turn));
        Ok(running.map(|(turn, found)| Held { turn: *turn, fence: found.fence }).collect())
    }

    async fn take_back(&self, node: NodeId, held: Held) -> Result<Option<TakenTurn>> {
        Ok(self.change(|inside| {
            let holds = inside.held(held).is_some_and(|turn| turn.node == Some(node));
            holds.then(|| inside.taken(held.turn, node))
        }))
    }

    async fn forget_nodes(&self, _: Duration) -> Result<u64> {
        Ok(0)
    }

    async fn leave(&self, node: NodeId) -> Result<()> {
        self.change(|inside| inside.leases.remove(&node));
        Ok(())
    }

    async fn drop_logs(&self, _: Timestamp) -> Result<u64> {
        Ok(0)
    }

    fn is_shared(&self) -> bool {
        self.lock().is_shared
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl ToolLedger for Store {
    async fn enter_use(&self, used: ToolUse) -> Result<()> {
        self.change(|inside| inside.uses.push(used));
        Ok(())
    }

    async fn tools(&self, _: Option<UserId>, _: Timestamp, _: Timestamp, _: u32) -> Result<Vec<ToolRow>> {
        Ok(Vec::new())
    }
}
