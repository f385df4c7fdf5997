//! Presses and keys that the thread takes for its messages: copying and running code, loading pictures, moving between messages.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::{runs, state::Chat};
use crate::ui::browser::{self, Step};
use crate::{
    api::{panel::open_as_artifact, pictures::remote_picture},
    artifacts,
    strings::t,
};

/// A press somewhere in the thread.
pub(super) fn on_click(chat: Chat, event: &ev::MouseEvent) {
    if let Some(button) = browser::closest(event.target(), "[data-copy]") {
        copy_code(chat, button);
    } else if let Some(button) = browser::closest(event.target(), "[data-artifact-of]") {
        open_artifact(chat, button);
    } else if let Some(button) = browser::closest(event.target(), "button.md-image") {
        load_image(chat, button);
    } else if let Some(button) = browser::closest(event.target(), "[data-run],[data-run-again]") {
        runs::run(chat, &button);
    } else if let Some(button) = browser::closest(event.target(), "[data-run-stop]") {
        runs::stop(chat, &button);
    }
}

/// The code of the block that this button stands in.
fn code_of(button: &Element) -> Option<String> {
    let block = button.closest(".codeblock").ok().flatten()?;
    block.query_selector("code").ok().flatten()?.text_content()
}

/// Makes an artifact of the block, and shows it.
fn open_artifact(chat: Chat, button: Element) {
    let what = button.get_attribute("data-artifact-of").unwrap_or_default();
    let (Some(code), Some(conversation)) = (code_of(&button), chat.place.open.get_untracked().id()) else {
        return;
    };
    spawn_local(async move {
        match open_as_artifact(conversation, what, code).await {
            Ok(id) => browser::follow(&artifacts::href(conversation, id, 1)),
            Err(error) => chat.complain(&error),
        }
    });
}

fn copy_code(chat: Chat, button: Element) {
    let Some(code) = code_of(&button) else { return };
    spawn_local(async move {
        if !browser::copy_text(&code).await {
            chat.announcer.alert(t().common.copying_refused);
            return;
        }
        chat.announcer.announce(t().common.copied);
        button.set_text_content(Some(t().common.copied));
        browser::sleep(Duration::from_secs(2)).await;
        button.set_text_content(Some(t().common.copy));
    });
}

/// Shows a remote picture in place of its button. The server fetches it: its host learns nothing of the reader.
fn load_image(chat: Chat, button: Element) {
    let Some(source) = button.get_attribute("data-src") else { return };
    if button.has_attribute("disabled") {
        return;
    }
    let _refused = button.set_attribute("disabled", "");
    spawn_local(async move {
        match remote_picture(source).await {
            Ok(picture) => show_image(&button, &picture),
            Err(error) => {
                let _refused = button.remove_attribute("disabled");
                button.set_text_content(Some(&error.0.message));
                chat.announcer.alert(&error.0.message);
            }
        }
    });
}

fn show_image(button: &Element, picture: &str) {
    let Ok(image) = document().create_element("img") else { return };
    let alt = button.get_attribute("data-alt").unwrap_or_default();
    let set = [("alt", alt.as_str()), ("src", picture)]
        .iter()
        .try_for_each(|(name, value)| image.set_attribute(name, value));
    if set.is_ok() {
        let _detached = button.insert_adjacent_element("afterend", &image);
        button.remove();
    }
}

/// A key somewhere in the thread.
pub(super) fn on_key(event: &ev::KeyboardEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let plain = !event.ctrl_key() && !event.meta_key();
    let article = target.closest("article").ok().flatten();
    let on_message = target.matches("article, [role=log]").unwrap_or(false);
    let handled = match event.key().as_str() {
        "j" | "J" if plain && on_message => step(&target, Step::Next),
        "k" | "K" if plain && on_message => step(&target, Step::Previous),
        "ArrowLeft" if event.alt_key() && !browser::is_in_field(event.target()) => {
            switch(article, "previous")
        }
        "ArrowRight" if event.alt_key() && !browser::is_in_field(event.target()) => switch(article, "next"),
        _ => false,
    };
    if handled {
        event.prevent_default();
    }
}

fn step(from: &Element, step: Step) -> bool {
    let Ok(Some(log)) = from.closest("[role=log]") else { return false };
    browser::focus_step(&log, "article", step);
    true
}

fn switch(article: Option<Element>, direction: &str) -> bool {
    let button = article
        .and_then(|article| article.query_selector(&format!("[data-branch={direction}]")).ok().flatten());
    let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) else { return false };
    button.click();
    true
}

/// Esc stops the answer, unless something is open that Esc closes.
pub(super) fn on_escape(chat: Chat, event: &ev::KeyboardEvent) {
    if event.key() != "Escape" || event.default_prevented() || event.is_composing() {
        return;
    }
    let covered = document().query_selector(":popover-open, dialog[open]").ok().flatten().is_some();
    if !covered && chat.turn.live.with_untracked(Option::is_some) {
        event.prevent_default();
        chat.stop();
    }
}
