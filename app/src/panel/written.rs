//! An artifact that a model is writing: the panel opens by itself once, and its text goes there as it comes.

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use vertice_domain::{
    ArtifactId, Part, PartKind, ToolCall, ToolState, TurnId,
    arguments::{Arguments, Piece},
};

use super::Side;
use crate::{
    artifacts::{all_href, live_href},
    chat::Chat,
    sidebar::use_sidebar,
    ui::browser,
};

/// From this width on there is room for something beside the chat.
const BESIDE_FROM_REM: u32 = 64;
/// The tool with which artifacts are made.
const CREATE: &str = "create_artifact";
/// The page: more of an artifact's text. The script: tell it from its beginning.
const TEXT: &str = "artifact-text";
const AGAIN: &str = "panel-again";

/// What a call has said so far.
struct Draft {
    call: String,
    id: ArtifactId,
    reader: Arguments,
    /// How much of its arguments the reader has.
    read: usize,
    path: String,
    /// What was not told yet.
    text: String,
    has_text: bool,
}

impl Draft {
    fn of(turn: TurnId, call: &ToolCall) -> Self {
        Self {
            call: call.id.clone(),
            id: ArtifactId::of_call(turn, &call.id),
            reader: Arguments::default(),
            read: 0,
            path: String::new(),
            text: String::new(),
            has_text: false,
        }
    }

    fn read(&mut self, arguments: &str) {
        let Self { reader, read, path, text, has_text, .. } = self;
        let more = arguments.get(*read..).unwrap_or_default();
        *read = arguments.len();
        reader.feed(more, |piece| match piece {
            Piece::Begins { field: "path" } => path.clear(),
            Piece::More { field: "path", text } => path.push_str(text),
            Piece::Begins { field: "text" } => *has_text = true,
            Piece::More { field: "text", text: more } => text.push_str(more),
            _ => {}
        });
    }
}

/// The artifact that is being written.
fn written(parts: &[Part]) -> Option<&ToolCall> {
    parts.iter().rev().find_map(|part| match &part.kind {
        PartKind::ToolCall(call) if call.server.is_empty() && call.name == CREATE => Some(call),
        _ => None,
    })
}

/// Opens the panel where there is room for it, unless the person has closed it in this conversation, and tells it what comes.
pub(super) fn open_and_tell(chat: Chat, side: Memo<Option<Side>>, place: NodeRef<html::Aside>) {
    let draft = StoredValue::new(None::<Draft>);
    let closed = StoredValue::new(None);
    let (sidebar, folded) = (use_sidebar(), StoredValue::new(false));
    let navigate = use_navigate();
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
    let go = navigate.clone();
    let keys = window_event_listener(ev::keydown, move |event| {
        let Some(conversation) = chat.place.open.get_untracked().id() else { return };
        if event.key() == "."
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
    let tell = move || {
        let Some(place) = place.get_untracked() else { return };
        draft.update_value(|draft| {
            let Some(draft) = draft.as_mut().filter(|draft| !draft.text.is_empty()) else { return };
            let told = serde_json::to_string(&(draft.id, &draft.path, &draft.text));
            draft.text.clear();
            if let Ok(told) = told {
                browser::tell(&place, TEXT, &told);
            }
        });
    };
    let read = move || {
        let live = chat.turn.live.get_untracked()?;
        let turn = live.turn_id()?;
        live.with_parts(|parts| {
            let call = written(parts).filter(|call| call.state == ToolState::Proposed)?;
            draft.try_update_value(|draft| {
                if draft.as_ref().is_none_or(|draft| draft.call != call.id) {
                    *draft = Some(Draft::of(turn, call));
                }
                let draft = draft.as_mut()?;
                draft.read(&call.arguments);
                draft.has_text.then_some(draft.id)
            })?
        })
    };
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        browser::hear(&place, AGAIN, move |_| {
            draft.set_value(None);
            let _nothing_is_written = read();
            tell();
        });
    });
    let opened = StoredValue::new(None);
    Effect::new(move |_| {
        let Some(live) = chat.turn.live.get() else { return };
        live.frame.track();
        let Some(id) = read() else { return };
        tell();
        let conversation = chat.place.open.get_untracked().id();
        let wanted = conversation.filter(|conversation| {
            let may = closed.get_value() != Some(*conversation) && opened.get_value() != Some(id);
            may && side.get_untracked().is_none() && browser::is_wide(BESIDE_FROM_REM)
        });
        if let Some(conversation) = wanted {
            opened.set_value(Some(id));
            let here = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&live_href(conversation, id), here);
        }
    });
}
