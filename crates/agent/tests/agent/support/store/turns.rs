//! Turns and their logs.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{Error, LoggedEvent, Result, TurnId, UserId};
use vertice_ports::{
    TurnStore,
    store::{BeginTurn, EndTurn, LogBatch, StoredTurn, UnfinishedTurn},
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
                ended: false,
                events: Vec::new(),
            };
            let question = begin.user_message.as_ref().map(|message| message.id);
            let images = begin.images.into_iter().filter_map(|image| Some((question?, image)));
            inside.images.extend(images);
            inside.messages.extend(begin.user_message);
            inside.messages.push(answer);
            inside.turns.insert(begin.turn, turn);
            Ok(true)
        })
    }

    async fn append(&self, batches: Vec<LogBatch>) -> Result<()> {
        self.change(|inside| {
            if inside.faults.write {
                return unavailable();
            }
            if batches.iter().any(|batch| !inside.turns.contains_key(&batch.turn)) {
                return Err(Error::internal());
            }
            inside.appends += 1;
            for batch in batches {
                assert!(!batch.events.is_empty() && !inside.turns[&batch.turn].ended);
                inside.extend_log(batch.turn, &batch.events);
            }
            if std::mem::take(&mut inside.faults.lose_append) {
                inside.faults.write = true;
                return unavailable();
            }
            Ok(())
        })
    }

    async fn end(&self, end: EndTurn) -> Result<()> {
        self.change(|inside| {
            if inside.faults.write {
                return unavailable();
            }
            assert!(!inside.turns[&end.turn].ended, "a turn ended twice");
            inside.extend_log(end.turn, &end.events);
            inside.turns.get_mut(&end.turn).unwrap().ended = true;
            let message = inside.messages.iter_mut().find(|message| message.id == end.message).unwrap();
            message.content = end.content;
            message.thinking = end.thinking;
            message.status = end.status;
            message.finish_reason = Some(end.finish_reason);
            message.usage = end.usage;
            message.model = end.model;
            message.receipt = Some(end.receipt);
            if std::mem::take(&mut inside.faults.lose_end) { unavailable() } else { Ok(()) }
        })
    }

    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>> {
        let inside = self.lock();
        let found = inside.turns.get(&turn).filter(|stored| stored.owner == owner);
        Ok(found.map(|stored| StoredTurn {
            conversation: stored.conversation,
            message: stored.message,
            ended: stored.ended,
        }))
    }

    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>> {
        let inside = self.lock();
        let found = inside.turns.get(&turn).filter(|stored| stored.owner == owner);
        let events = found.into_iter().flat_map(|stored| &stored.events);
        Ok(events.filter(|logged| logged.seq > after).cloned().collect())
    }

    async fn unfinished(&self) -> Result<Vec<UnfinishedTurn>> {
        let inside = self.lock();
        let running = inside.turns.iter().filter(|(_, stored)| !stored.ended);
        Ok(running
            .map(|(turn, stored)| UnfinishedTurn {
                owner: stored.owner,
                turn: *turn,
                message: stored.message,
                events: stored.events.clone(),
            })
            .collect())
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
