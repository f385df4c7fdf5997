//! Running the code of a block. The server draws what is shown of it (`run_card`); here that is only put below the block, and what
//! the code says while it runs is added to it, as text.

use std::cell::RefCell;

use futures::future::{AbortHandle, abortable};
use leptos::{prelude::*, task::spawn_local};
use vertice_domain::ConversationId;
use web_sys::Element;

use super::state::Chat;
use crate::{
    api::runs::{RunNews, run_code},
    ui::browser,
};

thread_local! {
    /// What runs, by the cards that show it. To abort one breaks its stream off, and with that the server ends the run.
    static RUNNING: RefCell<Vec<(Element, AbortHandle)>> = const { RefCell::new(Vec::new()) };
}

/// How a run ended that the server has not told the end of; the card says it.
const OVER: &str = "data-over";

/// Runs the code of the block that this button stands in, or once more below the block of this card.
pub(super) fn run(chat: Chat, button: &Element) {
    let within = |element: &Element, selector| element.closest(selector).ok().flatten();
    let block = within(button, ".codeblock")
        .or_else(|| within(button, ".run").and_then(|card| card.previous_element_sibling()));
    let Some((block, conversation)) = block.zip(chat.place.open.get_untracked().id()) else { return };
    let found = |selector| block.query_selector(selector).ok().flatten();
    let what = found("[data-run]").and_then(|button| button.get_attribute("data-run"));
    let code = found("code").and_then(|code| code.text_content());
    let (Some((what, code)), Some(card)) = (what.zip(code), card_below(&block)) else { return };
    let (running, handle) = abortable(follow(chat, card.clone(), what, code, conversation));
    RUNNING.with_borrow_mut(|all| all.push((card, handle)));
    spawn_local(async move {
        let _aborted = running.await;
    });
}

/// Ends the run of the card that this button stands in.
pub(super) fn stop(chat: Chat, button: &Element) {
    let Some(card) = button.closest(".run").ok().flatten() else { return };
    abort(&card);
    over(&card, "stopped");
    browser::focus_first(&card, "[data-run-again]");
    announce(chat, &card, "[data-run-stop]");
}

/// The place below the block where the card goes; whatever it showed is over.
fn card_below(block: &Element) -> Option<Element> {
    let below = block.next_element_sibling().filter(|below| below.class_list().contains("run"));
    if let Some(card) = below {
        abort(&card);
        return Some(card);
    }
    let card = document().create_element("div").ok()?;
    card.set_class_name("run");
    block.insert_adjacent_element("afterend", &card).ok()?
}

fn abort(card: &Element) {
    RUNNING.with_borrow_mut(|all| {
        all.retain(|(other, handle)| {
            let is_other = other != card;
            if !is_other {
                handle.abort();
            }
            is_other
        });
    });
}

fn over(card: &Element, how: &str) {
    let _refused = card.set_attribute(OVER, how);
}

fn announce(chat: Chat, card: &Element, selector: &str) {
    let said = card.query_selector(selector).ok().flatten();
    if let Some(said) = said.and_then(|said| said.get_attribute("data-said")) {
        chat.announcer.announce(said);
    }
}

async fn follow(chat: Chat, card: Element, what: String, code: String, conversation: ConversationId) {
    match run_code(what, code, conversation).await {
        Ok(mut stream) => {
            let mut is_told = false;
            while let Some(batch) = stream.next().await {
                // Nobody can see it any more: what is dropped ends the run.
                if !card.is_connected() {
                    break;
                }
                for news in batch.into_iter().flatten() {
                    is_told |= show(chat, &card, news);
                }
            }
            if !is_told {
                over(&card, "lost");
            }
        }
        Err(error) => {
            chat.complain(&error);
            over(&card, "lost");
        }
    }
    abort(&card);
}

/// True: it was the last that there is to tell.
fn show(chat: Chat, card: &Element, news: RunNews) -> bool {
    let (place, text) = match news {
        RunNews::Out(text) => (".run-out", text),
        RunNews::Err(text) => (".run-err", text),
        RunNews::Begun(html) => {
            put(chat, card, &html);
            return false;
        }
        RunNews::Over(html) => {
            put(chat, card, &html);
            return true;
        }
    };
    if let Some(place) = card.query_selector(place).ok().flatten() {
        let _detached = place.insert_adjacent_text("beforeend", &text);
        place.set_scroll_top(place.scroll_height());
    }
    false
}

/// Shows what the server has drawn; where the keyboard was in the card, it stays there.
fn put(chat: Chat, card: &Element, html: &str) {
    let had_focus = browser::has_focus_within(card);
    card.set_inner_html(html);
    let _refused = card.remove_attribute(OVER);
    if had_focus {
        browser::focus_first(card, "button");
    }
    announce(chat, card, "[data-said]");
}
