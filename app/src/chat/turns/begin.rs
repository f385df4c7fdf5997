//! The beginning of a turn: it is asked for, followed, and what it tells of itself is taken over.

use std::future::Future;

use leptos::prelude::*;
use vertice_domain::{
    Author, Conversation, Message, Metadata, Part, PartKind, Quote, SeenEvent, mcp::Reference, title,
};

use super::origin::{Origin, Sent};
use crate::{
    api::{ApiError, FrameStream},
    chat::{
        draft,
        entry::{Entry, Sending, Submission},
        live::{Connection, Live},
        state::Chat,
    },
    stream::{self, Signal},
    strings::t,
    ui::browser,
};

impl Chat {
    pub(super) fn begin(
        self,
        start: impl Future<Output = Result<FrameStream<SeenEvent>, ApiError>> + 'static,
        origin: Origin,
    ) {
        self.place.next_epoch();
        let live = Live::starting();
        let answer = Entry::answer(self.thread.next_key(), live.clone());
        self.thread.push(answer);
        self.announcer.announce(t().chat.generating);
        let followed = live.clone();
        let follow = stream::follow(start, move |signal| self.hear(&followed, &origin, signal));
        self.turn.follow.set_value(Some(follow));
        self.turn.live.set(Some(live));
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
                if self.turn.is(live) {
                    self.reload();
                }
            }
            Signal::Reconnected => live.connection.set(Connection::Resumed),
            Signal::Failed(error) => self.fail(live, origin, &error),
        }
    }

    /// The server has the message: the bubble is a message now, and a new chat a conversation.
    fn adopt(self, live: &Live, origin: &Origin, metadata: &Metadata) {
        let shown = self.turn.is(live);
        if let Origin::Message(sent) = origin {
            if let Some(message) = user_message(sent, metadata) {
                sent.entry.save(message);
            }
            sent.entry.sending.set(Sending::Done);
            if shown {
                draft::forget(self.place.open.get_untracked(), &sent.submission.written.text);
                self.name(&sent.submission, metadata);
            }
        }
        if !shown {
            return;
        }
        live.flush();
        if let (Some(entry), Some(message)) = (self.thread.entry_of(live), self.written(live)) {
            entry.save(message);
        }
        if live.stop_is_wanted() {
            self.cancel(metadata.turn_id);
        }
        self.reload();
    }

    fn name(self, submission: &Submission, metadata: &Metadata) {
        let Some(id) = metadata.conversation_id else { return };
        let now = browser::now();
        self.become_conversation(&Conversation {
            id,
            title: title::from_first(&submission.written.text, submission.written.pictures.len()),
            pinned: false,
            archived: false,
            model: submission.model.clone().into(),
            system_prompt: None,
            mode: self.composer.mode.get_untracked(),
            head_message_id: Some(metadata.message_id),
            created_at: now,
            updated_at: now,
        });
    }
}

/// The message as the page knows it: what its resources held it is told with the thread.
fn user_message(sent: &Sent, metadata: &Metadata) -> Option<Message> {
    let quotes = sent.submission.written.references.iter().map(|Reference { server, uri, title }| {
        let (server, text) = (server.to_string(), String::new());
        PartKind::Quote(Quote { server, uri: uri.clone(), title: title.clone(), text })
    });
    let text = PartKind::Text { text: sent.entry.text.to_string() };
    let parts = (0..).zip(quotes.chain([text])).map(|(position, kind)| Part { position, step: 0, kind });
    Some(Message {
        parts: parts.collect(),
        ..Message::blank(
            metadata.user_message_id?,
            metadata.conversation_id?,
            None,
            Author::User,
            browser::now(),
        )
    })
}
