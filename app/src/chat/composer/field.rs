//! The composer's field: its text stands in the element alone, so that nothing typed before the page was awake is lost.

use leptos::{html, prelude::*};
use vertice_domain::chat::MAX_MESSAGE_CHARS;
use web_sys::HtmlTextAreaElement;

use super::{Node, attached::Attached, keep_draft};
use crate::{
    chat::{
        draft,
        state::{Chat, Place},
        written::Written,
    },
    ui::browser,
};

/// The field and what is known of its text.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) node: Node,
    /// Whether the text is over the limit.
    pub(super) too_long: RwSignal<bool>,
    /// Whether there is something that can be sent.
    pub(super) ready: Memo<bool>,
    has_text: RwSignal<bool>,
    chat: Chat,
}

impl Field {
    pub(super) fn new(chat: Chat, attached: Attached) -> Self {
        let (too_long, has_text) = (RwSignal::new(false), RwSignal::new(false));
        let ready = Memo::new(move |_| {
            let something = has_text.get() || chat.composer.pictures.with(|pictures| !pictures.is_empty());
            something && !too_long.get() && !attached.is_reading()
        });
        let field = Self { node: NodeRef::<html::Textarea>::new(), too_long, ready, has_text, chat };
        field.node.on_load(move |element| field.wake(&element));
        Effect::new(move |before: Option<Place>| {
            let place = chat.place.open.get();
            if before.is_some_and(|before| before != place)
                && let Some(element) = field.node.get_untracked()
            {
                field.show_draft(&element, true);
            }
            place
        });
        Effect::new(move |_| {
            if let Some(written) = chat.composer.handed_back.get() {
                chat.composer.handed_back.set(None);
                field.hand_back(written);
            }
        });
        field
    }

    /// The page is awake: takes over what was typed before, else the draft.
    fn wake(self, element: &HtmlTextAreaElement) {
        let place = self.chat.place.open.get_untracked();
        self.chat.composer.effort.set(draft::effort());
        if place == Place::New && self.chat.thread.entries.with_untracked(Vec::is_empty) {
            self.chat.composer.model.set(draft::model());
        }
        let typed = element.value();
        let first = !self.chat.composer.awake.get_value();
        self.chat.composer.awake.set_value(true);
        // Somebody who has begun to write elsewhere goes on there.
        let elsewhere = first && browser::is_writing();
        if first && !typed.is_empty() {
            keep_draft(self.chat, &typed);
            self.measure(element, &typed);
        } else {
            self.show_draft(element, !elsewhere);
        }
    }

    fn show_draft(self, element: &HtmlTextAreaElement, begins_here: bool) {
        self.put(element, &self.draft().unwrap_or_default());
        if begins_here && !browser::is_touch() {
            let _refused = element.focus();
        }
    }

    /// The draft, unless it is the text that is being sent right now or waits to be.
    fn draft(self) -> Option<String> {
        let text = draft::load(self.chat.place.open.get_untracked())?;
        let on_its_way = self.chat.thread.is_sending(&text) || self.chat.composer.is_queued(&text);
        (!on_its_way).then_some(text)
    }

    fn put(self, element: &HtmlTextAreaElement, text: &str) {
        if element.value() != text {
            element.set_value(text);
            let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
            let _refused = element.set_selection_range(end, end);
        }
        self.measure(element, text);
    }

    /// The user has typed.
    pub(super) fn changed(self) {
        if let Some(element) = self.node.get_untracked() {
            let text = element.value();
            keep_draft(self.chat, &text);
            self.measure(&element, &text);
        }
    }

    fn measure(self, element: &HtmlTextAreaElement, text: &str) {
        // A text of so many bytes cannot have more characters.
        let too_long = text.len() > MAX_MESSAGE_CHARS && text.chars().nth(MAX_MESSAGE_CHARS).is_some();
        let has_text = !text.trim().is_empty();
        if self.too_long.get_untracked() != too_long {
            self.too_long.set(too_long);
        }
        if self.has_text.get_untracked() != has_text {
            self.has_text.set(has_text);
        }
        browser::grow(element);
    }

    /// Takes everything out to send it; none: there is nothing to send. The draft stays until the server has it.
    pub(super) fn take(self) -> Option<Written> {
        let element = self.node.get_untracked()?;
        if !self.ready.get_untracked() {
            return None;
        }
        let text = element.value();
        self.put(&element, "");
        let composer = self.chat.composer;
        Some(Written {
            text,
            pictures: composer.pictures.try_update(std::mem::take)?,
            references: composer.references.try_update(std::mem::take)?,
        })
    }

    /// Puts `text` in the place of these bytes, and the caret behind it.
    pub(super) fn replace(self, place: std::ops::Range<usize>, text: &str) {
        let Some(element) = self.node.get_untracked() else { return };
        let before = element.value();
        let (Some(head), Some(tail)) = (before.get(..place.start), before.get(place.end..)) else { return };
        let written = format!("{head}{text}{tail}");
        self.put(&element, &written);
        let caret =
            u32::try_from(head.encode_utf16().count() + text.encode_utf16().count()).unwrap_or(u32::MAX);
        let _refused = element.set_selection_range(caret, caret);
        keep_draft(self.chat, &written);
        let _refused = element.focus();
    }

    /// The text, and where the caret is in it, in bytes; none: something is selected.
    pub(super) fn caret(self) -> Option<(String, usize)> {
        let element = self.node.get_untracked()?;
        let (start, end) = (element.selection_start().ok()??, element.selection_end().ok()??);
        let text = element.value();
        let mut units = 0;
        let at = text.char_indices().find(|(_, c)| {
            let here = units >= start;
            units += c.len_utf16() as u32;
            here
        });
        let at = at.map_or(text.len(), |(at, _)| at);
        (start == end).then_some((text, at))
    }

    pub(super) fn is_empty(self) -> bool {
        self.node.get_untracked().is_none_or(|element| element.value().is_empty())
    }

    fn hand_back(self, written: Written) {
        let Some(element) = self.node.get_untracked() else { return };
        let composer = self.chat.composer;
        let typed = Written {
            text: element.value(),
            pictures: composer.pictures.get_untracked(),
            references: composer.references.get_untracked(),
        };
        let Written { text, pictures, references } = written.and(typed);
        self.put(&element, &text);
        keep_draft(self.chat, &text);
        composer.pictures.set(pictures);
        composer.references.set(references);
        let _refused = element.focus();
    }
}
