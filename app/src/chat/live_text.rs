//! Draws a growing answer: closed blocks are put into the page once and never touched again, only the open tail changes,
//! and an open code block only grows. Work is cut into slices, so that a long backlog never blocks the page.

use std::time::Duration;

use leptos::{html, prelude::*};
use vertice_markdown::{Html, Stream, Update, held};
use wasm_bindgen::JsCast as _;
use web_sys::{CharacterData, Element};

use super::{
    live::Live,
    markdown::{Inside, words},
    parts::{run, run_from},
};
use crate::{strings::t, ui::browser};

/// The most text (bytes) that is rendered between two looks at the clock.
const SLICE: usize = 2_048;
/// When nothing has come for so long (milliseconds), the last character is taken to be whole.
const PAUSE: i64 = 1_000;
/// How much (milliseconds) a timer may be off.
const JITTER: i64 = 50;
/// The longest time (milliseconds) that one frame may take; what is left waits for the next one.
const BUDGET: i64 = 8;

/// A text that is being written. It stays as it is when it is whole.
#[component]
pub(crate) fn LiveText(
    /// The turn that writes it.
    live: Live,
    position: u32,
) -> impl IntoView {
    let prose: NodeRef<html::Div> = NodeRef::new();
    // Kept by the effect, which does not exist on the server: nothing that is bound to a thread may be made there.
    let mut writer: Option<Writer> = None;
    // What is on the page already stays there until this much has been read again.
    let text = live.with_parts(|parts| run(parts, position).collect::<String>());
    let cover = text.len();
    let whole = if live.is_growing(position) { cover - held(&text) } else { cover };
    let head = live.head.clone();
    Effect::new(move |_| {
        live.frame.track();
        let Some(element) = prose.get() else { return };
        let writer = writer.get_or_insert_with(|| Writer::new(element.into(), cover));
        let more = writer.advance(&live, position);
        let frame = live.frame.clone();
        if more {
            request_animation_frame(move || frame.notify());
        } else if writer.waits() {
            set_timeout(move || frame.notify(), Duration::from_millis(PAUSE.unsigned_abs()));
        }
    });
    let writing = move || head.with(|head| head.growing == Some(position));
    view! { <div node_ref=prose class="prose" class:is-live=writing inner_html=Inside::markdown(&text[..whole])></div> }
}

struct Writer {
    stream: Stream,
    page: Element,
    /// Where it draws: the element on the page, or one beside it until it shows as much as the page does.
    target: Element,
    cover: usize,
    /// How much of the text (bytes) is drawn.
    drawn: usize,
    /// The elements of each closed block.
    blocks: Vec<Vec<Element>>,
    tail: Vec<Element>,
    /// When text came last.
    heard: i64,
    /// Until when a timer runs that looks for a pause.
    timer: i64,
    finished: bool,
}

impl Writer {
    fn new(page: Element, cover: usize) -> Self {
        let apart = (cover > 0).then(|| document().create_element("div").ok()).flatten();
        if apart.is_none() {
            page.set_inner_html("");
        }
        Self {
            stream: Stream::in_words(words(t())),
            target: apart.unwrap_or_else(|| page.clone()),
            page,
            cover,
            drawn: 0,
            blocks: Vec::new(),
            tail: Vec::new(),
            heard: 0,
            timer: 0,
            finished: false,
        }
    }

    /// Draws what has come, as far as the time allows. True: there is more.
    fn advance(&mut self, live: &Live, position: u32) -> bool {
        let start = browser::now().as_millis();
        if self.finished && live.with_parts(|parts| run_from(parts, position, self.drawn, 1)).is_some() {
            // Another part came between, and now it goes on.
            *self = Self::new(self.page.clone(), self.drawn);
        }
        while let Some(text) = live.with_parts(|parts| run_from(parts, position, self.drawn, SLICE)) {
            self.drawn += text.len();
            self.heard = start;
            let update = self.stream.push(&text);
            self.apply(update);
            if self.drawn >= self.cover {
                self.uncover();
            }
            if browser::now().as_millis() - start >= BUDGET {
                return true;
            }
        }
        if !self.finished && !live.is_growing(position) {
            self.finished = true;
            let update = self.stream.finish();
            self.apply(update);
            self.uncover();
        } else if self.stream.holds_back() && start - self.heard >= PAUSE - JITTER {
            let update = self.stream.settle();
            self.apply(update);
        }
        false
    }

    /// Whether a pause is to be waited for, in which what is held back is shown. One timer is enough.
    fn waits(&mut self) -> bool {
        let now = browser::now().as_millis();
        let waits = self.stream.holds_back() && now >= self.timer;
        if waits {
            self.timer = now + PAUSE - JITTER;
        }
        waits
    }

    /// Puts what was drawn apart onto the page.
    fn uncover(&mut self) {
        if self.target == self.page {
            return;
        }
        self.page.set_inner_html("");
        while let Some(node) = self.target.first_child() {
            if self.page.append_child(&node).is_err() {
                break;
            }
        }
        self.target = self.page.clone();
    }

    fn apply(&mut self, update: Update) {
        for (index, html) in update.rewritten {
            self.rewrite(index, &html);
        }
        if let Some(text) = update.tail_append {
            self.append(&text);
            return;
        }
        let were_open: Vec<bool> = details(&self.tail).iter().map(|it| it.has_attribute("open")).collect();
        self.tail.drain(..).for_each(|element| element.remove());
        let first = self.blocks.len();
        for html in update.frozen {
            let block = self.insert(&html);
            self.blocks.push(block);
        }
        self.tail = self.insert(&update.tail);
        if !were_open.is_empty() {
            let fresh: Vec<Element> =
                self.blocks[first..].iter().flatten().chain(&self.tail).cloned().collect();
            reopen(&fresh, &were_open);
        }
    }

    /// Appends HTML and gives its elements.
    fn insert(&self, html: &Html) -> Vec<Element> {
        let before = self.target.child_element_count();
        if html.is_empty() || self.target.insert_adjacent_html("beforeend", html).is_err() {
            return Vec::new();
        }
        let count = self.target.child_element_count() - before;
        let mut elements: Vec<Element> =
            std::iter::successors(self.target.last_element_child(), Element::previous_element_sibling)
                .take(count as usize)
                .collect();
        elements.reverse();
        elements
    }

    fn rewrite(&mut self, index: usize, html: &Html) {
        let Some(old) = self.blocks.get_mut(index).filter(|old| !old.is_empty()) else { return };
        let Some(first) = old.first() else { return };
        let Ok(apart) = document().create_element("div") else { return };
        apart.set_inner_html(html);
        let mut new = Vec::new();
        while let Some(element) = apart.first_element_child() {
            if first.insert_adjacent_element("beforebegin", &element).is_err() {
                break;
            }
            new.push(element);
        }
        let were_open: Vec<bool> = details(old).iter().map(|it| it.has_attribute("open")).collect();
        reopen(&new, &were_open);
        old.drain(..).for_each(|element| element.remove());
        *old = new;
    }

    fn append(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let Some(tail) = self.tail.last() else { return };
        let Ok(codes) = tail.query_selector_all("code") else { return };
        let Some(code) = codes.length().checked_sub(1).and_then(|last| codes.item(last)) else { return };
        match code.last_child().and_then(|node| node.dyn_into::<CharacterData>().ok()) {
            Some(data) => {
                let _detached = data.append_data(text);
            }
            None => code.set_text_content(Some(text)),
        }
    }
}

/// The `<details>` among and in these elements, in order.
fn details(elements: &[Element]) -> Vec<Element> {
    let mut found = Vec::new();
    for element in elements {
        if element.tag_name() == "DETAILS" {
            found.push(element.clone());
        }
        let Ok(inner) = element.query_selector_all("details") else { continue };
        let inner = (0..inner.length()).filter_map(|at| inner.item(at));
        found.extend(inner.filter_map(|node| node.dyn_into::<Element>().ok()));
    }
    found
}

/// Leaves open and closed what the reader has left so.
fn reopen(elements: &[Element], were_open: &[bool]) {
    for (element, &open) in details(elements).iter().zip(were_open) {
        let _detached = element.toggle_attribute_with_force("open", open);
    }
}
