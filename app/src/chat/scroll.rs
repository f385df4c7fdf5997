//! Where the thread is scrolled to: it opens at its end and follows it, until the reader goes elsewhere.

use leptos::{__reexports::send_wrapper::SendWrapper, ev, html, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

use crate::ui::browser;

/// Pixels from the end within which going down counts as arriving there.
const NEAR: i32 = 32;

/// Frames until everything that was put in has its size.
const SETTLING: u32 = 12;

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

    /// Keeps what is read in its place while `change` puts something above it. Some of that takes its size only once it
    /// comes near, so it is looked after for a few frames; what the reader scrolls meanwhile counts.
    pub(super) async fn hold(self, change: impl FnOnce()) {
        self.pinned.set(false);
        let first =
            self.content.get_untracked().and_then(|content| content.query_selector("article").ok()?);
        let (Some(scroller), Some(first)) = (self.scroller.get_untracked(), first) else { return change() };
        // In the content, wherever that is scrolled to.
        let offset = || first.get_bounding_client_rect().top() + f64::from(scroller.scroll_top());
        let mut before = offset();
        // The browser would do the same at times, and then twice.
        let _refused = HtmlElement::style(&scroller).set_property("overflow-anchor", "none");
        change();
        for _ in 0..SETTLING {
            browser::next_frame().await;
            let now = offset();
            let moved = (now - before).round() as i32;
            if moved != 0 {
                scroller.set_scroll_top(scroller.scroll_top() + moved);
            }
            before = now;
        }
        let _refused = HtmlElement::style(&scroller).remove_property("overflow-anchor");
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
