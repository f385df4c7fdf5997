//! Where the thread is scrolled to: it opens at its end and follows it, until the reader goes elsewhere.

use leptos::{__reexports::send_wrapper::SendWrapper, ev, html, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, ResizeObserver};

use crate::ui::browser;

/// Pixels from the end within which going down counts as arriving there.
const NEAR: i32 = 32;

/// The scrolled element and what it does.
#[derive(Clone, Copy)]
pub(super) struct Scroll {
    /// The element that scrolls.
    pub(super) scroller: NodeRef<html::Div>,
    /// What is inside.
    pub(super) content: NodeRef<html::Div>,
    /// Whether it follows its end.
    pub(super) pinned: RwSignal<bool>,
    top: StoredValue<i32>,
}

impl Scroll {
    /// Scrolls to the end whenever the content grows, while pinned.
    pub(super) fn new() -> Self {
        let scroll = Self {
            scroller: NodeRef::new(),
            content: NodeRef::new(),
            pinned: RwSignal::new(true),
            top: StoredValue::new(0),
        };
        scroll.content.on_load(move |content| observe(&content, move || scroll.follow()));
        scroll
    }

    fn follow(self) {
        if let (Some(true), Some(scroller)) = (self.pinned.try_get_untracked(), self.scroller.get_untracked())
        {
            browser::scroll_to_bottom(&scroller);
            self.top.set_value(scroller.scroll_top());
        }
    }

    /// Goes to the end and stays there.
    pub(super) fn pin(self) {
        self.pinned.set(true);
        self.follow();
    }

    /// The reader scrolled, or the page did.
    pub(super) fn on_scroll(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let (before, now) = (self.top.get_value(), scroller.scroll_top());
        self.top.set_value(now);
        let pinned = self.pinned.get_untracked();
        if now < before && !browser::is_near_bottom(&scroller, 2) {
            if pinned {
                self.pinned.set(false);
            }
        } else if !pinned && now > before && browser::is_near_bottom(&scroller, NEAR) {
            self.pinned.set(true);
        }
    }

    /// Whether the reader comes near the beginning.
    pub(super) fn is_near_top(self) -> bool {
        let scroller = self.scroller.get_untracked();
        scroller.is_some_and(|scroller| {
            !self.pinned.get_untracked() && scroller.scroll_top() < scroller.client_height()
        })
    }

    /// Where the first message stands, for [`Self::return_to`].
    pub(super) fn place(self) -> Option<(Element, f64)> {
        self.pinned.set(false);
        let first = self.content.get_untracked()?.query_selector("article").ok().flatten()?;
        let top = first.get_bounding_client_rect().top();
        Some((first, top))
    }

    /// Scrolls to where that message stands where it stood: something was put above it.
    pub(super) fn return_to(self, place: Option<(Element, f64)>) {
        let (Some(scroller), Some((first, top))) = (self.scroller.get_untracked(), place) else { return };
        let moved = first.get_bounding_client_rect().top() - top;
        scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
    }

    /// The wheel turns: upwards lets go at once, before the next token pulls back.
    pub(super) fn on_wheel(self, event: &ev::WheelEvent) {
        let scrolls = self.scroller.get_untracked().is_some_and(|s| s.scroll_height() > s.client_height());
        if event.delta_y() < 0.0 && scrolls && self.pinned.get_untracked() {
            self.pinned.set(false);
        }
    }
}

fn observe(content: &Element, resized: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(resized);
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(content);
        // The observer calls into the closure, so both live and go together; neither ever leaves this thread.
        let kept = SendWrapper::new((observer, callback));
        on_cleanup(move || kept.0.disconnect());
    }
}
