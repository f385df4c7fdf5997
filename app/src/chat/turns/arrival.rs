//! Whether something has arrived whose answer never came: a request may have reached the server although the connection
//! broke before it said so. Nothing is sent again, and nothing given up, before the server was asked what it has.

use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{ErrorKind, MessageId, Thread};

use super::origin::{Origin, Sent};
use crate::{
    api::{
        ApiError,
        conversations::{conversations, thread},
    },
    chat::{
        draft,
        entry::Sending,
        state::{Chat, Place},
    },
    retry::persist,
    strings::t,
    ui::Toast,
};

/// How many new conversations are looked through for the one that a message has made.
const CANDIDATES: usize = 5;

impl Chat {
    /// Asks the server, until it answers, whether it has what was sent. Meanwhile nothing else is begun.
    pub(super) fn look_for(self, origin: Origin, error: ApiError) {
        self.turn.looking.set(true);
        match &origin {
            Origin::Message(sent) => sent.entry.sending.set(Sending::Unknown),
            Origin::Answer(_) => {
                self.toasts.push(Toast::info(t().chat.looking_answer));
            }
            Origin::Elsewhere => {}
        }
        let (place, epoch) = (self.place.open.get_untracked(), self.place.epoch.get_value());
        spawn_local(async move {
            let wanted = || self.place.is_current(epoch);
            let Some(found) = persist(|| find(place, &origin, self.thread.first_id()), wanted).await else {
                // Left meanwhile. Its text is the draft there.
                return origin.note_refusal(&error);
            };
            self.turn.looking.set(false);
            match found {
                Ok(Some(thread)) => self.arrived(&origin, thread),
                Ok(None) => self.refuse(&origin, &error),
                Err(refusal) => self.refuse(&origin, &refusal),
            }
        });
    }

    fn arrived(self, origin: &Origin, thread: Thread) {
        if let Origin::Message(sent) = origin
            && let Some(told) = sent.found_in(&thread)
        {
            sent.entry.refresh(told.clone());
            sent.entry.sending.set(Sending::Done);
            draft::forget(self.place.open.get_untracked(), &sent.submission.written.text);
        }
        self.become_conversation(&thread.conversation);
        self.show(thread);
        if self.turn.live.with_untracked(Option::is_none)
            && let Some(written) = self.composer.take_queued()
        {
            self.submit(written);
        }
    }
}

/// The conversation that a message has made, if it has.
async fn find_new(sent: &Sent) -> Result<Option<Thread>, ApiError> {
    let page = conversations(None, None).await?;
    let new = page.items.iter().map(|hit| hit.conversation.id).filter(|id| !sent.listed.contains(id));
    for id in new.take(CANDIDATES) {
        match thread(id, None).await {
            Ok(thread) if sent.found_in(&thread).is_some() => return Ok(Some(thread)),
            Ok(_) => {}
            // Deleted meanwhile.
            Err(error) if error.0.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The thread in which it has arrived, at least as much of it as the page shows; none: it has not.
async fn find(place: Place, origin: &Origin, from: Option<MessageId>) -> Result<Option<Thread>, ApiError> {
    match (place, origin) {
        (Place::In(id), Origin::Message(sent)) => {
            let thread = thread(id, from).await?;
            Ok(sent.found_in(&thread).is_some().then_some(thread))
        }
        (Place::New, Origin::Message(sent)) => find_new(sent).await,
        (Place::In(id), Origin::Answer(replaced)) => {
            let thread = thread(id, from).await?;
            let last = thread.messages.last().map(|told| told.message.id);
            Ok((!replaced.iter().any(|entry| entry.id() == last)).then_some(thread))
        }
        _ => Ok(None),
    }
}
