//! An artifact that a model is writing, or writing anew: the panel opens by itself once, and its text goes there as it comes.

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use vertice_domain::{
    ArtifactId, ConversationId, Outcome, Part, PartKind, ToolCall, ToolState, TurnId,
    arguments::{Arguments, Piece},
};

use super::Side;
use crate::{
    artifacts::{all_href, live_href, text_href},
    chat::Chat,
    sidebar::use_sidebar,
    ui::browser,
};

/// From this width on there is room for something beside the chat.
const BESIDE_FROM_REM: u32 = 64;
/// The tools with which artifacts are made, and written anew.
const CREATE: &str = "create_artifact";
const REWRITE: &str = "rewrite_artifact";
/// The page: more of an artifact's text; nothing more comes. The script: tell it from its beginning.
const TEXT: &str = "artifact-text";
const OVER: &str = "artifact-over";
const AGAIN: &str = "panel-again";
/// How long (ms) something that was made counts as new.
const JUST_NOW: i64 = 5_000;

/// What a call has said so far.
struct Draft {
    call: String,
    /// The artifact that it makes. One that is there already is known by its path alone, and this tells one writing from another.
    id: ArtifactId,
    is_there: bool,
    reader: Arguments,
    /// How much of its arguments the reader has.
    read: usize,
    path: String,
    is_named: bool,
    /// What was not told yet.
    text: String,
    has_text: bool,
}

impl Draft {
    fn of(turn: TurnId, call: &ToolCall) -> Self {
        Self {
            call: call.id.clone(),
            id: ArtifactId::of_call(turn, &call.id),
            is_there: call.name == REWRITE,
            reader: Arguments::default(),
            read: 0,
            path: String::new(),
            is_named: false,
            text: String::new(),
            has_text: false,
        }
    }

    fn read(&mut self, arguments: &str) {
        let Self { reader, read, path, is_named, text, has_text, .. } = self;
        let more = arguments.get(*read..).unwrap_or_default();
        *read = arguments.len();
        reader.feed(more, |piece| match piece {
            Piece::Begins { field: "path" } => path.clear(),
            Piece::Ends { field: "path" } => *is_named = true,
            Piece::More { field: "path", text } => path.push_str(text),
            Piece::Begins { field: "text" } => *has_text = true,
            Piece::More { field: "text", text: more } => text.push_str(more),
            _ => {}
        });
    }

    /// Where it is shown.
    fn href(&self, conversation: ConversationId) -> String {
        if self.is_there { text_href(conversation, &self.path) } else { live_href(conversation, self.id) }
    }
}

/// What there is to be shown.
struct Look {
    /// An artifact that is being written, or was made just now: a fast call is over before the page looks.
    shows: Option<ArtifactId>,
    /// Nothing is written any more.
    over: bool,
}

impl Look {
    const OVER: Self = Self { shows: None, over: true };
}

/// The call that writes an artifact, or has written one last.
fn written(parts: &[Part]) -> Option<&ToolCall> {
    parts.iter().rev().find_map(|part| match &part.kind {
        PartKind::ToolCall(call)
            if call.server.is_empty() && (call.name == CREATE || call.name == REWRITE) =>
        {
            Some(call)
        }
        _ => None,
    })
}

/// Makes room beside the panel, and opens and closes it by keys. Gives the conversation in which the person has closed it.
fn by_hand(
    chat: Chat,
    side: Memo<Option<Side>>,
    go: impl Fn(&str, NavigateOptions) + Send + Sync + 'static,
) -> StoredValue<Option<ConversationId>> {
    let closed = StoredValue::new(None);
    let (sidebar, folded) = (use_sidebar(), StoredValue::new(false));
    Effect::new(move |before: Option<Option<Side>>| {
        let now = side.get();
        if before.flatten() == Some(Side::Artifacts) && now.is_none() {
            closed.set_value(chat.place.open.get_untracked().id());
        }
        // Three columns are one too many.
        if now == Some(Side::Artifacts) && !sidebar.folded.get_untracked() {
            folded.set_value(true);
            sidebar.folded.set(true);
        } else if now != Some(Side::Artifacts) && folded.get_value() {
            folded.set_value(false);
            sidebar.folded.set(false);
        }
        now
    });
    let keys = window_event_listener(ev::keydown, move |event| {
        let Some(conversation) = chat.place.open.get_untracked().id() else { return };
        if event.key() == "."
            && !event.is_composing()
            && (event.ctrl_key() || event.meta_key())
            && !event.shift_key()
            && !event.alt_key()
        {
            event.prevent_default();
            let closes = side.get_untracked() == Some(Side::Artifacts);
            let address = if closes { format!("/c/{conversation}") } else { all_href(conversation) };
            go(&address, NavigateOptions::default());
        }
    });
    on_cleanup(move || keys.remove());
    closed
}

/// Opens the panel where there is room for it, unless the person has closed it in this conversation, and tells it what comes.
pub(super) fn open_and_tell(chat: Chat, side: Memo<Option<Side>>, place: NodeRef<html::Aside>) {
    let draft = StoredValue::new(None::<Draft>);
    let navigate = use_navigate();
    let closed = by_hand(chat, side, navigate.clone());
    let tell = move || {
        let Some(place) = place.get_untracked() else { return };
        draft.update_value(|draft| {
            let Some(draft) = draft.as_mut().filter(|draft| draft.is_named && !draft.text.is_empty()) else {
                return;
            };
            let told = serde_json::to_string(&(draft.id, &draft.path, &draft.text, draft.is_there));
            draft.text.clear();
            if let Ok(told) = told {
                browser::tell(&place, TEXT, &told);
            }
        });
    };
    let look = move || {
        let Some(live) = chat.turn.live.get_untracked() else { return Look::OVER };
        let Some(turn) = live.turn_id() else { return Look::OVER };
        live.with_parts(|parts| match written(parts) {
            Some(call) if call.state == ToolState::Proposed && !live.has_ended() => {
                let id = draft.try_update_value(|draft| {
                    if draft.as_ref().is_none_or(|draft| draft.call != call.id) {
                        *draft = Some(Draft::of(turn, call));
                    }
                    let draft = draft.as_mut()?;
                    draft.read(&call.arguments);
                    (draft.is_named && draft.has_text).then_some(draft.id)
                });
                Look { shows: id.flatten(), over: false }
            }
            Some(call) if matches!(call.state, ToolState::Ended { .. }) => {
                let is_made = call.name == CREATE
                    && call.state == ToolState::Ended { outcome: Outcome::Success }
                    && browser::now().as_millis() - live.heard().as_millis() < JUST_NOW;
                Look { shows: is_made.then(|| ArtifactId::of_call(turn, &call.id)), over: true }
            }
            Some(_) => Look { shows: None, over: live.has_ended() },
            None => Look::OVER,
        })
    };
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        browser::hear(&place, AGAIN, move |_| {
            draft.set_value(None);
            let _shown_already = look();
            tell();
        });
    });
    let opened = StoredValue::new(None);
    Effect::new(move |_| {
        if let Some(live) = chat.turn.live.get() {
            live.frame.track();
        }
        let Look { shows, over } = look();
        tell();
        if over && draft.with_value(Option::is_some) {
            draft.set_value(None);
            if let Some(place) = place.get_untracked() {
                browser::tell(&place, OVER, "");
            }
        }
        let Some(id) = shows else { return };
        let conversation = chat.place.open.get_untracked().id();
        let wanted = conversation.filter(|conversation| {
            let may = closed.get_value() != Some(*conversation) && opened.get_value() != Some(id);
            may && side.get_untracked().is_none() && browser::is_wide(BESIDE_FROM_REM)
        });
        if let Some(conversation) = wanted {
            opened.set_value(Some(id));
            let here = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            let address = draft.with_value(|draft| draft.as_ref().map(|draft| draft.href(conversation)));
            navigate(&address.unwrap_or_else(|| live_href(conversation, id)), here);
        }
    });
}
