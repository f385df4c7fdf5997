//! What the user does to the conversation: send, edit, ask again, go on, stop, switch branches. Every text stays with
//! the page until the server has it.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{
    Author, Conversation, ErrorKind, FinishReason, LoggedEvent, Message, MessageId, MessageStatus, Metadata,
    Mode, ModelChoice, TurnFailure, title,
};

use super::{
    arrival::{Origin, Sent},
    draft,
    entry::{Entry, Sending, Wish},
    live::{Connection, Live},
    state::{Chat, Place},
    written::Written,
};
use crate::{
    api::{self, ApiError, FrameStream},
    retry::persist,
    stream::{self, Signal},
    ui::{Toast, browser},
};

impl Chat {
    /// Sends a message, or keeps it for when the answer that is being written has ended.
    pub(crate) fn submit(self, written: Written) {
        if self.is_busy() {
            let before = self.queued.try_update(Option::take).flatten().unwrap_or_default();
            let queued = before.and(written);
            draft::keep(self.place.get_untracked(), &queued.text);
            self.queued.set(Some(queued));
        } else {
            let wish = Wish { written, model: self.model.get_untracked(), instead_of: None };
            self.wish(wish, Vec::new());
        }
    }

    /// Sends a changed text of the user's message beside it; its pictures stay.
    pub(crate) fn edit(self, entry: &Entry, text: String) {
        let Some(id) = entry.id().filter(|_| !self.is_busy()) else { return };
        self.truncate(entry.key);
        let written = Written::text(text);
        let wish = Wish { written, model: self.model.get_untracked(), instead_of: Some(id) };
        self.wish(wish, entry.pictures());
    }

    /// Sends a message that did not arrive once more.
    pub(crate) fn retry(self, entry: &Entry) {
        if self.is_busy() {
            return;
        }
        if let Sending::NotSent(wish, _) = entry.sending.get_untracked() {
            self.remove(entry.key);
            // What it had of its own goes with the wish again.
            let mut kept = entry.pictures();
            kept.truncate(kept.len().saturating_sub(wish.written.pictures.len()));
            self.wish(*wish, kept);
        }
    }

    /// Sends a message that did not arrive to another model.
    pub(crate) fn retry_with(self, entry: &Entry, model: ModelChoice) {
        if let Sending::NotSent(wish, why) = entry.sending.get_untracked() {
            entry.sending.set(Sending::NotSent(Box::new(Wish { model, ..*wish }), why));
            self.retry(entry);
        }
    }

    /// Takes a message that did not arrive off the page. With `keep` what was written goes back into the composer.
    pub(crate) fn take_back(self, entry: &Entry, keep: bool) {
        let Sending::NotSent(wish, _) = entry.sending.get_untracked() else { return };
        let Wish { written, instead_of, .. } = *wish;
        self.remove(entry.key);
        draft::forget(self.place.get_untracked(), &written.text);
        if keep {
            self.handed_back.set(Some(written));
        }
        if instead_of.is_some() {
            self.reload();
        }
    }

    /// Answers the same question once more.
    pub(crate) fn regenerate(self, answer: &Entry, model: Option<ModelChoice>) {
        if let Some((id, replaced)) = self.replace(answer) {
            self.begin_answer(api::chat::regenerate(id, model, self.effort.get_untracked()), replaced);
        }
    }

    /// Goes on where an unfinished answer ends.
    pub(crate) fn go_on(self, answer: &Entry) {
        if let Some((id, replaced)) = self.replace(answer) {
            self.begin_answer(api::chat::go_on(id), replaced);
        }
    }

    /// Stops the answer that is being written.
    pub fn stop(self) {
        if let Some(turn) = self.live.get_untracked().and_then(|live| live.want_stop()) {
            self.cancel(turn);
        }
    }

    fn cancel(self, turn: vertice_domain::TurnId) {
        spawn_local(async move {
            if let Err(error) = api::chat::cancel(turn).await {
                self.complain(&error);
            }
        });
    }

    /// Shows the branch through a message.
    pub(crate) fn select_branch(self, message: MessageId) {
        if self.is_busy() {
            return;
        }
        let epoch = self.next_epoch();
        spawn_local(async move {
            match api::conversations::select_branch(message).await {
                Ok(thread) if self.epoch.get_value() == epoch => self.show(thread),
                Ok(_) => {}
                Err(error) => self.complain(&error),
            }
        });
    }

    /// Makes a new conversation of everything up to a message, and opens it.
    pub(crate) fn fork(self, message: MessageId) {
        let Some(id) = self.place.get_untracked().id() else { return };
        spawn_local(async move {
            match api::conversations::fork(id, message).await {
                Ok(conversation) => self.goto.set(Some(format!("/c/{}", conversation.id))),
                Err(error) => self.complain(&error),
            }
        });
    }

    /// Reads the thread again, as soon as the server answers, and shows what is new.
    pub(crate) fn reload(self) {
        let Some(id) = self.place.get_untracked().id() else { return };
        let epoch = self.epoch.get_value();
        let reading = self.readings.get_value() + 1;
        self.readings.set_value(reading);
        let wanted = move || {
            self.epoch.try_get_value() == Some(epoch) && self.readings.try_get_value() == Some(reading)
        };
        spawn_local(async move {
            if let Some(Ok(thread)) = persist(|| api::conversations::thread(id), wanted).await {
                self.show(thread);
            }
        });
    }

    /// Whether an answer is being written, or it is being found out if one is: nothing else is begun then.
    fn is_busy(self) -> bool {
        self.live.with_untracked(Option::is_some) || self.looking.get_value()
    }

    /// Takes an entry and what follows off the page.
    fn truncate(self, key: u64) -> Vec<Entry> {
        let taken = self.entries.try_update(|entries| {
            let at = entries.iter().position(|entry| entry.key == key)?;
            Some(entries.split_off(at))
        });
        taken.flatten().unwrap_or_default()
    }

    fn remove(self, key: u64) {
        self.entries.update(|entries| entries.retain(|entry| entry.key != key));
    }

    /// Takes an answer and what follows off the page, to put another one there.
    fn replace(self, answer: &Entry) -> Option<(MessageId, Vec<Entry>)> {
        let id = answer.id().filter(|_| !self.is_busy())?;
        Some((id, self.truncate(answer.key)))
    }

    /// `kept`: where the pictures are found that the server has already.
    fn wish(self, wish: Wish, kept: Vec<String>) {
        let parent = self.entries.with_untracked(|entries| entries.iter().rev().find_map(Entry::id));
        let entry = Entry::sending(self.next_key(), &wish.written, kept);
        self.entries.update(|entries| entries.push(entry.clone()));
        let effort = self.effort.get_untracked();
        let listed = self.listed.get_untracked();
        let origin = Origin::Message(Box::new(Sent { entry, wish: wish.clone(), parent, listed }));
        match wish.instead_of {
            Some(message) => {
                let start = api::chat::edit(message, wish.written.text, Some(wish.model), effort);
                self.begin(start, origin);
            }
            None => {
                let outgoing = api::chat::Outgoing {
                    conversation: self.place.get_untracked().id(),
                    parent,
                    content: wish.written.content(),
                    model: wish.model,
                    effort,
                };
                self.begin(api::chat::send(outgoing), origin);
            }
        }
        self.sent.update(|sent| *sent += 1);
    }

    fn begin_answer(
        self,
        start: impl Future<Output = Result<FrameStream<LoggedEvent>, ApiError>> + 'static,
        replaced: Vec<Entry>,
    ) {
        self.begin(start, Origin::Answer(replaced));
        self.sent.update(|sent| *sent += 1);
    }

    fn begin(
        self,
        start: impl Future<Output = Result<FrameStream<LoggedEvent>, ApiError>> + 'static,
        origin: Origin,
    ) {
        self.next_epoch();
        let live = Live::starting();
        let answer = Entry::answer(self.next_key(), live.clone());
        self.entries.update(|entries| entries.push(answer));
        self.announcer.announce("Generating");
        let followed = live.clone();
        let follow = stream::follow(start, move |signal| self.hear(&followed, &origin, signal));
        self.follow.set_value(Some(follow));
        self.live.set(Some(live));
    }

    /// Takes in what a followed turn tells.
    pub(super) fn hear(self, live: &Live, origin: &Origin, signal: Signal) {
        match signal {
            Signal::Events(events) => {
                if let Some(metadata) = live.receive(events) {
                    self.adopt(live, origin, &metadata);
                }
            }
            Signal::Reconnecting(_) => {
                live.connection.set(Connection::Lost);
                // Should the turn end unheard, the thread tells.
                if self.is_shown(live) {
                    self.reload();
                }
            }
            Signal::Reconnected => live.connection.set(Connection::Resumed),
            Signal::Failed(error) => self.fail(live, origin, &error),
        }
    }

    fn is_shown(self, live: &Live) -> bool {
        self.live.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.is(live)))
    }

    pub(super) fn entry_of(self, live: &Live) -> Option<Entry> {
        self.entries.with_untracked(|entries| {
            entries.iter().find(|entry| entry.live.as_ref().is_some_and(|l| l.is(live))).cloned()
        })
    }

    /// The server has the message: the bubble is a message now, and a new chat a conversation.
    fn adopt(self, live: &Live, origin: &Origin, metadata: &Metadata) {
        let shown = self.is_shown(live);
        if let Origin::Message(sent) = origin {
            if let Some(message) = user_message(&sent.entry, metadata) {
                sent.entry.save(message);
            }
            sent.entry.sending.set(Sending::Done);
            if shown {
                draft::forget(self.place.get_untracked(), &sent.wish.written.text);
                self.name(&sent.wish, metadata);
            }
        }
        if !shown {
            return;
        }
        live.flush();
        if let (Some(entry), Some(message)) = (self.entry_of(live), live.message()) {
            entry.save(message);
        }
        if live.stop_is_wanted() {
            self.cancel(metadata.turn_id);
        }
        self.reload();
    }

    fn name(self, wish: &Wish, metadata: &Metadata) {
        let Some(id) = metadata.conversation_id else { return };
        let now = browser::now();
        self.become_conversation(&Conversation {
            id,
            title: title::from_first(&wish.written.text, wish.written.pictures.len()),
            pinned: false,
            archived: false,
            model: wish.model.clone().into(),
            system_prompt: None,
            mode: Mode::default(),
            head_message_id: Some(metadata.message_id),
            created_at: now,
            updated_at: now,
        });
    }

    /// A new chat is a conversation now.
    pub(super) fn become_conversation(self, conversation: &Conversation) {
        if self.place.get_untracked() != Place::New {
            return;
        }
        let id = conversation.id;
        self.conversation.set(Some(conversation.clone()));
        if let Some(next) = draft::load(Place::New) {
            draft::keep(Place::In(id), &next);
            draft::keep(Place::New, "");
        }
        self.place.set(Place::In(id));
        self.goto.set(Some(format!("/c/{id}")));
    }

    fn complain(self, error: &ApiError) {
        self.toasts.push(Toast::error("That did not work", error.to_string()));
    }

    fn fail(self, live: &Live, origin: &Origin, error: &ApiError) {
        if live.turn_id().is_some() {
            return self.lose(live, error);
        }
        if error.0.kind == ErrorKind::Quota {
            self.quota.refresh();
        }
        if !self.is_shown(live) {
            return origin.note_refusal(error);
        }
        self.next_epoch();
        self.entries.update(|entries| {
            entries.retain(|entry| !entry.live.as_ref().is_some_and(|l| l.is(live)));
            if let Origin::Answer(replaced) = origin {
                entries.extend(replaced.iter().cloned());
            }
        });
        self.live.set(None);
        self.follow.set_value(None);
        if error.leaves_open() {
            self.look_for(origin.clone(), error.clone());
        } else {
            self.refuse(origin, error);
        }
    }

    /// The server has not begun what was asked for.
    pub(super) fn refuse(self, origin: &Origin, error: &ApiError) {
        origin.note_refusal(error);
        match origin {
            Origin::Message(_) => self.announcer.alert(format!("Sending failed. {error}")),
            Origin::Answer(_) => {
                self.complain(error);
                self.reload();
            }
            Origin::Elsewhere => {}
        }
        // What was to follow it waits for what becomes of it.
        if let Some(written) = self.queued.try_update(Option::take).flatten() {
            self.handed_back.set(Some(written));
        }
    }

    /// A turn cannot be followed any further. What the server has of it is shown; if it has nothing to tell, the failure.
    fn lose(self, live: &Live, error: &ApiError) {
        let Some(id) = self.place.get_untracked().id().filter(|_| self.is_shown(live)) else { return };
        let (live, error) = (live.clone(), error.clone());
        let failure = TurnFailure {
            code: error.0.code.clone(),
            message: error.to_string(),
            status: 500,
            retryable: true,
            retry_after_s: None,
        };
        let epoch = self.epoch.get_value();
        spawn_local(async move {
            let wanted = || self.epoch.try_get_value() == Some(epoch) && !live.has_ended();
            let Some(told) = persist(|| api::conversations::thread(id), wanted).await else { return };
            if let Ok(thread) = told {
                self.show(thread);
            }
            if !live.has_ended() {
                live.fail(failure);
            }
        });
    }

    /// A turn has ended: its answer is a message like any other, and what waited for it is sent.
    pub(super) fn conclude(self, live: &Live) {
        if let (Some(entry), Some(message)) = (self.entry_of(live), live.message()) {
            self.say(&message);
            if message.status == MessageStatus::Interrupted {
                // A crash has taken the last words with it.
                live.connection.set(Connection::Fine);
            }
            // What the server has stored counts for more than what was heard.
            if entry.is_unfinished() {
                entry.save(message);
            }
        }
        self.quota.refresh();
        self.next_epoch();
        if !live.is_abandoned() {
            self.ended.set_value(live.turn_id());
        }
        self.live.set(None);
        self.follow.set_value(None);
        if let Some(written) = self.queued.try_update(Option::take).flatten() {
            self.submit(written);
        } else if !live.is_abandoned() {
            self.reload();
        }
    }

    fn say(self, message: &Message) {
        let failure = message.receipt.as_ref().and_then(|receipt| receipt.failure.as_ref());
        match (message.finish_reason, failure) {
            (Some(FinishReason::Cancelled), _) => self.announcer.announce("Stopped"),
            (Some(FinishReason::Interrupted), None) => self.announcer.alert("The answer was interrupted."),
            (_, Some(failure)) => self.announcer.alert(failure.message.clone()),
            _ => self.announcer.announce("Response complete"),
        }
    }
}

fn user_message(entry: &Entry, metadata: &Metadata) -> Option<Message> {
    Some(Message {
        content: entry.text.to_string(),
        ..Message::blank(
            metadata.user_message_id?,
            metadata.conversation_id?,
            None,
            Author::User,
            browser::now(),
        )
    })
}
