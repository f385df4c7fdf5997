//! The thread: the messages in their order, scrolled to the end.

use leptos::{ev, nonce::use_nonce, prelude::*, task::spawn_local};

use super::{
    entry_view::EntryView,
    gestures,
    markdown::Inside,
    scroll::Scroll,
    state::{Chat, use_chat},
};
use crate::{
    strings::t,
    ui::{Icon, browser},
};

/// Scrolls to the end before the page is awake.
const OPEN_AT_END: &str =
    "var s=document.currentScript.parentElement.previousElementSibling;s.scrollTop=s.scrollHeight";

/// The messages of the open conversation.
#[component]
pub fn ThreadView() -> impl IntoView {
    let chat = use_chat();
    let scroll = Scroll::new();
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let script = Inside::server_only(&format!("<script nonce=\"{nonce}\">{OPEN_AT_END}</script>"));
    Effect::new(move |_| {
        chat.place.open.track();
        chat.thread.sent.track();
        scroll.pin();
    });
    let listener = window_event_listener(ev::keydown, move |event| gestures::on_escape(chat, &event));
    on_cleanup(move || listener.remove());
    view! {
        <div class="relative flex min-h-0 flex-1 flex-col">
            <div
                node_ref=scroll.scroller
                class="min-h-0 flex-1 overflow-y-auto overscroll-contain"
                role="log"
                aria-live="off"
                aria-label=t().chat.conversation
                tabindex="0"
                on:scroll=move |_| {
                    scroll.on_scroll();
                    if scroll.is_near_top() {
                        read_earlier(chat, scroll);
                    }
                }
                on:wheel=move |event| scroll.on_wheel(&event)
                on:click=move |event| gestures::on_click(chat, &event)
                on:keydown=move |event| gestures::on_key(&event)
            >
                <div class="mx-auto w-full max-w-[712px] px-4 @min-[760px]:px-0">
                    <div node_ref=scroll.content class="flex flex-col gap-6 pt-6 pb-20">
                        <Show when=move || chat.thread.has_earlier.get()>
                            <a
                                href="?whole"
                                rel="nofollow"
                                class="btn btn-ghost btn-sm self-center"
                                aria-busy=move || chat.thread.reading_earlier.get().then_some("true")
                                on:click=move |event| {
                                    event.prevent_default();
                                    read_earlier(chat, scroll);
                                }
                            >
                                {t().chat.earlier}
                            </a>
                        </Show>
                        <For each=move || chat.thread.entries.get() key=|entry| entry.key let:entry>
                            <EntryView entry=entry />
                        </For>
                    </div>
                </div>
            </div>
            <div hidden inner_html=script></div>
            <div class="pointer-events-none absolute inset-x-0 bottom-0 h-8 bg-linear-to-t from-background to-transparent"></div>
            <Show when=move || !scroll.pinned.get()>
                <div class="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
                    <button
                        type="button"
                        class="btn btn-sm pointer-events-auto !rounded-full border-border-strong bg-popover shadow-sm"
                        on:click=move |_| scroll.pin()
                    >
                        {Icon::ArrowDown.svg("size-4")}
                        {t().chat.jump}
                    </button>
                </div>
            </Show>
        </div>
    }
}

/// Puts what stands before the first message above it; what is read stays where it is.
fn read_earlier(chat: Chat, scroll: Scroll) {
    spawn_local(async move {
        let Some(earlier) = chat.read_earlier().await else { return };
        scroll.hold(|| chat.show_earlier(earlier)).await;
        if !chat.thread.has_earlier.get_untracked() && browser::has_lost_focus() {
            // It was on the link that is gone.
            if let Some(scroller) = scroll.scroller.get_untracked() {
                let _refused = scroller.focus();
            }
        }
    });
}
