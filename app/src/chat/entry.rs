//! One message of the thread on the page: saved, being sent, or being written. Its key never changes, so that its
//! elements stay when it becomes known to the server.

use std::sync::Arc;

use leptos::prelude::*;
use vertice_domain::{
    Author, Message, MessageId, MessageStatus, ModelChoice, Part, RoutedBy, ThreadMessage, TurnId,
    part::joined_text,
};

use super::{
    live::Live,
    outbox::Kept,
    written::{Picture, Written},
};
use crate::api::ApiError;

/// What the user wants sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submission {
    /// The message.
    pub(crate) written: Written,
    /// The model to ask.
    pub(crate) model: ModelChoice,
    /// The message that it stands beside as a changed text; none: it goes to the end.
    pub(crate) instead_of: Option<MessageId>,
}

/// How far a message of the user's has got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Sending {
    /// The server has it.
    #[default]
    Done,
    /// It waits for a network, and lies here until then.
    Waiting(Box<Submission>, Option<Kept>),
    /// On its way.
    Underway,
    /// Its answer never came: whether it has arrived is being found out.
    Unknown,
    /// It did not arrive; why.
    NotSent(Box<Submission>, ApiError),
}

/// One message of the thread.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Its place among everything this page has shown.
    pub(crate) key: u64,
    /// Who writes.
    pub(crate) author: Author,
    /// The text that was there when the entry was made.
    pub(crate) text: Arc<str>,
    /// Where the pictures were found when the entry was made.
    pictures: Arc<[String]>,
    /// The message as the server has it, once it has.
    pub(crate) saved: ArcRwSignal<Option<ThreadMessage>>,
    /// How far it has got (the user's).
    pub(crate) sending: ArcRwSignal<Sending>,
    /// The turn that writes it (the model's).
    pub(crate) live: Option<Live>,
}

impl Entry {
    /// A message that the server has.
    pub(crate) fn saved(key: u64, message: ThreadMessage, live: Option<Live>) -> Self {
        Self {
            key,
            author: message.message.role,
            text: message.message.text().into(),
            pictures: Arc::default(),
            saved: ArcRwSignal::new(Some(message)),
            sending: ArcRwSignal::default(),
            live,
        }
    }

    /// A message of the user's on its way. `kept`: where the pictures of the message are found that it replaces.
    pub(crate) fn sending(key: u64, written: &Written, kept: Vec<String>) -> Self {
        let pictures = kept.into_iter().chain(written.pictures.iter().map(Picture::url)).collect();
        Self {
            key,
            author: Author::User,
            text: written.text.as_str().into(),
            pictures,
            saved: ArcRwSignal::default(),
            sending: ArcRwSignal::new(Sending::Underway),
            live: None,
        }
    }

    /// A message of the user's that waits for a network.
    pub(crate) fn waiting(key: u64, submission: Submission, kept: Option<Kept>) -> Self {
        let entry = Self::sending(key, &submission.written, Vec::new());
        entry.sending.set(Sending::Waiting(Box::new(submission), kept));
        entry
    }

    /// An answer that has just been asked for.
    pub(crate) fn answer(key: u64, live: Live) -> Self {
        Self {
            key,
            author: Author::Assistant,
            text: "".into(),
            pictures: Arc::default(),
            saved: ArcRwSignal::default(),
            sending: ArcRwSignal::default(),
            live: Some(live),
        }
    }

    /// The message's id, once the server has it. Does not subscribe.
    pub(crate) fn id(&self) -> Option<MessageId> {
        self.saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.message.id))
    }

    /// Whether the server has not told its end yet. Does not subscribe.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.saved.with_untracked(|saved| {
            saved.as_ref().is_none_or(|saved| saved.message.status == MessageStatus::Streaming)
        })
    }

    /// Whether that turn writes it.
    pub(crate) fn is_written_by(&self, live: &Live) -> bool {
        self.live.as_ref().is_some_and(|own| own.is(live))
    }

    /// Whether the message did not arrive. Does not subscribe.
    pub(crate) fn is_unsent(&self) -> bool {
        self.sending.with_untracked(|sending| matches!(sending, Sending::NotSent(..)))
    }

    /// What it waits to send. Does not subscribe.
    pub(crate) fn awaits(&self) -> Option<(Submission, Option<Kept>)> {
        match self.sending.get_untracked() {
            Sending::Waiting(submission, kept) => Some((*submission, kept)),
            _ => None,
        }
    }

    /// The whole text as it stands now. Does not subscribe.
    pub(crate) fn full_text(&self) -> String {
        if self.live.is_none() && self.saved.with_untracked(Option::is_none) {
            return self.text.to_string();
        }
        self.with_parts(joined_text)
    }

    /// Subscribes to what its parts are, but not to every word of a part that grows.
    pub(crate) fn track(&self) {
        self.saved.track();
        if let Some(live) = &self.live {
            live.changed.track();
        }
    }

    /// What it is made of as it stands now: what the server has once that is whole, until then what was heard. Does not
    /// subscribe.
    pub(crate) fn with_parts<T>(&self, read: impl FnOnce(&[Part]) -> T) -> T {
        match &self.live {
            Some(live) if self.is_unfinished() => live.with_parts(read),
            _ => self.saved.with_untracked(|saved| {
                read(saved.as_ref().map_or(&[], |saved| saved.message.parts.as_slice()))
            }),
        }
    }

    /// Whether nothing comes of it any more. Does not subscribe.
    pub(crate) fn is_over(&self) -> bool {
        !self.is_unfinished() || self.live.as_ref().is_some_and(Live::has_ended)
    }

    /// The message as far as the page knows it. Does not subscribe.
    pub(crate) fn told(&self) -> Option<Message> {
        let saved = self.saved.get_untracked().map(|saved| saved.message);
        match &self.live {
            Some(live) if self.is_unfinished() => live.message(saved),
            _ => saved,
        }
    }

    /// The turn that writes it, or has. Does not subscribe.
    pub(crate) fn turn(&self) -> Option<TurnId> {
        let saved =
            || self.saved.with_untracked(|saved| saved.as_ref().and_then(|saved| saved.message.turn_id));
        self.live.as_ref().and_then(Live::turn_id).or_else(saved)
    }

    /// Where its pictures are found. Does not subscribe.
    pub(crate) fn pictures(&self) -> Vec<String> {
        let saved = self.saved.with_untracked(|saved| {
            let images = saved.as_ref().map(|saved| saved.message.attachments()).unwrap_or_default();
            images.into_iter().map(|image| image.url).collect::<Vec<_>>()
        });
        if saved.is_empty() { self.pictures.to_vec() } else { saved }
    }

    /// The model that wrote it. Does not subscribe.
    pub(crate) fn model(&self) -> Option<ModelChoice> {
        self.saved.with_untracked(|saved| saved.as_ref()?.message.model.clone().map(ModelChoice::from))
    }

    /// What was asked for when it was written: the router's choice, or a model that somebody named. None: as the
    /// conversation says. Does not subscribe.
    pub(crate) fn asked(&self) -> Option<ModelChoice> {
        let told = self.saved.with_untracked(|saved| saved.as_ref()?.message.receipt.as_ref()?.routed_by);
        match told {
            Some(RoutedBy::Router) => Some(ModelChoice::Auto),
            Some(RoutedBy::Failover) => None,
            Some(RoutedBy::User) | None => self.model(),
        }
    }

    /// Notes what the server has, or soon will have.
    pub(crate) fn save(&self, message: Message) {
        let siblings = self.saved.with_untracked(|saved| saved.as_ref().map(|saved| saved.siblings.clone()));
        let siblings = siblings.unwrap_or_else(|| vec![message.id]);
        self.saved.set(Some(ThreadMessage { message, siblings }));
    }

    /// Notes what the server tells of it, if that is news.
    pub(crate) fn refresh(&self, message: ThreadMessage) {
        if self.saved.with_untracked(|saved| saved.as_ref() != Some(&message)) {
            self.saved.set(Some(message));
        }
    }
}
