//! Conversations and messages.

use async_trait::async_trait;
use vertice_domain::{
    Conversation, ConversationId, ConversationPatch, EarlierMessages, Extent, Message, MessageId, Page,
    PageRequest, Result, RunningTurn, SealedPart, Thread, ThreadMessage, Timestamp, UserId,
    conversation::ConversationHit, search::SearchQuery,
};
use vertice_ports::{
    ConversationStore, artifacts::WholeArtifact, library::ConversationName, store::WholeMessage,
};

use super::{Shelved, Store};

#[async_trait]
impl ConversationStore for Store {
    async fn list(
        &self,
        owner: UserId,
        query: &SearchQuery,
        archived: bool,
        _: &PageRequest,
    ) -> Result<Page<ConversationHit>> {
        let inside = self.lock();
        let shown = inside.conversations.iter().filter(|shelved| {
            let conversation = &shelved.conversation;
            let title = conversation.title.to_lowercase();
            shelved.owner == owner
                && shelved.deleted.is_none()
                && conversation.archived == archived
                && query.words.iter().all(|word| title.contains(word))
        });
        let hit = |shelved: &Shelved| ConversationHit {
            conversation: shelved.conversation.clone(),
            message_id: None,
            snippet: None,
        };
        Ok(Page { items: shown.map(hit).collect(), next_cursor: None })
    }

    async fn names(&self, owner: UserId, most: u32) -> Result<Vec<ConversationName>> {
        let inside = self.lock();
        let kept = inside.conversations.iter().filter(|one| one.owner == owner && one.deleted.is_none());
        let name = |shelved: &Shelved| {
            let Conversation { id, title, pinned, archived, updated_at, .. } = shelved.conversation.clone();
            ConversationName { id, title, pinned, archived, updated_at }
        };
        let mut names: Vec<_> = kept.map(name).collect();
        names.sort_by_key(|one| std::cmp::Reverse((one.updated_at, one.id)));
        names.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(names)
    }

    async fn create(&self, owner: UserId, conversation: &Conversation) -> Result<()> {
        let shelved = Shelved { owner, deleted: None, conversation: conversation.clone() };
        self.change(|inside| inside.conversations.push(shelved));
        Ok(())
    }

    async fn get(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>> {
        Ok(self.lock().owned(owner, id).cloned())
    }

    async fn patch(
        &self,
        owner: UserId,
        id: ConversationId,
        patch: &ConversationPatch,
    ) -> Result<Option<Conversation>> {
        let patch = patch.clone();
        Ok(self.change(|inside| {
            let conversation = inside.owned_mut(owner, id)?;
            conversation.title = patch.title.unwrap_or_else(|| conversation.title.clone());
            conversation.pinned = patch.pinned.unwrap_or(conversation.pinned);
            Some(conversation.clone())
        }))
    }

    async fn retitle(&self, owner: UserId, id: ConversationId, from: &str, to: &str) -> Result<bool> {
        let changed = self.change(|inside| {
            let conversation = inside.owned_mut(owner, id).filter(|found| found.title == from)?;
            to.clone_into(&mut conversation.title);
            Some(())
        });
        Ok(changed.is_some())
    }

    async fn delete(&self, owner: UserId, id: ConversationId, now: Timestamp) -> Result<bool> {
        Ok(self.change(|inside| {
            let found = inside.conversations.iter_mut().find(|shelved| shelved.conversation.id == id);
            let found = found.filter(|shelved| shelved.owner == owner && shelved.deleted.is_none());
            found.map(|shelved| shelved.deleted = Some(now)).is_some()
        }))
    }

    async fn restore(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>> {
        Ok(self.change(|inside| {
            let found = inside.conversations.iter_mut().find(|shelved| shelved.conversation.id == id)?;
            let found = Some(found).filter(|shelved| shelved.owner == owner)?;
            found.deleted = None;
            Some(found.conversation.clone())
        }))
    }

    async fn purge(&self, before: Timestamp) -> Result<u64> {
        Ok(self.change(|inside| {
            let count = inside.conversations.len();
            inside.conversations.retain(|shelved| shelved.deleted.is_none_or(|at| at >= before));
            (count - inside.conversations.len()) as u64
        }))
    }

    /// Pages of two, so that reading all of them takes several.
    async fn messages(
        &self,
        owner: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> Result<Option<Page<Message>>> {
        let inside = self.lock();
        if inside.owned(owner, id).is_none() {
            return Ok(None);
        }
        let from: usize = page.cursor.as_deref().map_or(0, |cursor| cursor.parse().unwrap());
        let all: Vec<_> = inside.messages.iter().filter(|message| message.conversation_id == id).collect();
        let items = all.iter().skip(from).take(2).map(|message| Message::clone(message)).collect();
        let next_cursor = (from + 2 < all.len()).then(|| (from + 2).to_string());
        Ok(Some(Page { items, next_cursor }))
    }

    async fn message(&self, owner: UserId, id: MessageId) -> Result<Option<Message>> {
        Ok(self.lock().message(owner, id).cloned())
    }

    async fn path(&self, owner: UserId, message: MessageId) -> Result<Option<Vec<Message>>> {
        Ok(self.lock().path(owner, message))
    }

    async fn sealed(&self, owner: UserId, messages: &[MessageId]) -> Result<Vec<(MessageId, SealedPart)>> {
        let inside = self.lock();
        let wanted = |id: &MessageId| messages.contains(id) && inside.message(owner, *id).is_some();
        Ok(inside.sealed.iter().filter(|(id, _)| wanted(id)).cloned().collect())
    }

    /// Always whole: how much of a path is told is tried on the real store.
    async fn thread(&self, owner: UserId, id: ConversationId, _extent: Extent) -> Result<Option<Thread>> {
        let inside = self.lock();
        let Some(conversation) = inside.owned(owner, id).cloned() else { return Ok(None) };
        let head = conversation.head_message_id;
        let path = head.and_then(|head| inside.path(owner, head)).unwrap_or_default();
        let messages = path.into_iter().map(|message| ThreadMessage { siblings: vec![message.id], message });
        let messages: Vec<_> = messages.collect();
        let unended = inside.turns.iter().find(|(_, turn)| Some(turn.message) == head && !turn.ended());
        let running = unended.map(|(turn, _)| RunningTurn { turn: *turn, seq: 0 });
        Ok(Some(Thread { conversation, messages, has_earlier: false, running }))
    }

    async fn earlier(&self, _owner: UserId, _message: MessageId) -> Result<Option<EarlierMessages>> {
        Ok(None)
    }

    async fn select_branch(&self, owner: UserId, message: MessageId) -> Result<Option<ConversationId>> {
        Ok(self.change(|inside| {
            let conversation_id = inside.message(owner, message)?.conversation_id;
            inside.owned_mut(owner, conversation_id)?.head_message_id = Some(message);
            Some(conversation_id)
        }))
    }

    async fn insert_with_messages(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
    ) -> Result<()> {
        self.create(owner, conversation).await?;
        self.change(|inside| {
            for WholeMessage { message, sealed } in messages {
                inside.messages.push(message.clone());
                inside.sealed.extend(sealed.iter().map(|part| (message.id, part.clone())));
            }
        });
        Ok(())
    }

    async fn insert_copy(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
        artifacts: &[WholeArtifact],
    ) -> Result<()> {
        self.insert_with_messages(owner, conversation, messages).await?;
        self.change(|inside| {
            inside.artifacts.extend(artifacts.iter().cloned().map(|whole| (whole.stored, whole.first)));
        });
        Ok(())
    }
}
