//! Short messages at the lower right: at most three, the newest last, each with at most one action.

use crate::strings::t;
use std::time::Duration;

use leptos::prelude::*;

use super::{ButtonSize, Icon, IconButton, browser};

/// How many toasts stand at once.
const MOST: usize = 3;
/// How long a toast stands.
const STAY: Duration = Duration::from_secs(6);
/// How long a toast with an action stands: long enough to undo.
const STAY_FOR_ACTION: Duration = Duration::from_secs(10);
/// How often the time left is counted down.
const TICK: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ToastKind {
    /// Something happened.
    #[default]
    Info,
    /// Something is done.
    Success,
    /// Something failed; read out at once.
    Error,
}

/// A message.
#[derive(Debug, Clone, Default)]
pub struct Toast {
    /// What happened.
    pub title: String,
    /// One line more; may be empty.
    pub text: String,
    /// What can be done about it.
    pub action: Option<(String, Callback<()>)>,
    pub kind: ToastKind,
}

impl Toast {
    /// Something that happened.
    pub fn info(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Something that failed, and what to do.
    pub fn error(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), text: text.into(), kind: ToastKind::Error, ..Self::default() }
    }

    #[must_use]
    pub fn with_action(mut self, label: impl Into<String>, action: impl Into<Callback<()>>) -> Self {
        self.action = Some((label.into(), action.into()));
        self
    }
}

#[derive(Debug, Clone)]
struct Shown {
    id: u32,
    toast: Toast,
    left: Duration,
}

/// Shows toasts; a context of every page.
#[derive(Debug, Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Shown>>,
    next: StoredValue<u32>,
    paused: RwSignal<bool>,
}

impl Toasts {
    /// Makes the context. [`Toaster`] must be rendered once.
    pub fn provide() -> Self {
        let toasts =
            Self { shown: RwSignal::default(), next: StoredValue::new(0), paused: RwSignal::new(false) };
        provide_context(toasts);
        toasts
    }

    /// Shows a toast; the oldest goes when there are too many.
    pub fn push(self, toast: Toast) {
        let Some(id) = self.next.try_update_value(|next| {
            *next += 1;
            *next
        }) else {
            return;
        };
        let left = if toast.action.is_some() { STAY_FOR_ACTION } else { STAY };
        let first = self.shown.with_untracked(Vec::is_empty);
        self.shown.update(|shown| {
            shown.push(Shown { id, toast, left });
            if shown.len() > MOST {
                shown.remove(0);
            }
        });
        if first {
            self.count_down();
        }
    }

    /// Takes a toast away.
    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
        if self.shown.with_untracked(Vec::is_empty) {
            // Whoever held it with pointer or focus has nothing to leave any more.
            self.paused.set(false);
        }
    }

    fn count_down(self) {
        leptos::task::spawn_local(async move {
            while self.shown.try_with_untracked(|shown| !shown.is_empty()).unwrap_or(false) {
                browser::sleep(TICK).await;
                if self.paused.try_get_untracked().unwrap_or(true) {
                    continue;
                }
                // Shown toasts render by id, so counting down in place repaints nothing.
                let ended = self.shown.try_update_untracked(|shown| {
                    for toast in shown.iter_mut() {
                        toast.left = toast.left.saturating_sub(TICK);
                    }
                    shown
                        .iter()
                        .filter(|toast| toast.left.is_zero())
                        .map(|toast| toast.id)
                        .collect::<Vec<_>>()
                });
                for id in ended.unwrap_or_default() {
                    self.dismiss(id);
                }
            }
        });
    }
}

/// The toasts of the page.
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts stand. F8 moves the focus to the newest one.
#[component]
pub fn Toaster(toasts: Toasts) -> impl IntoView {
    let key = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "F8" {
            browser::focus_id("toaster");
        }
    });
    on_cleanup(move || key.remove());
    view! {
        <div
            id="toaster"
            role="region"
            aria-label=t().common.notifications
            tabindex="-1"
            class="pointer-events-none fixed right-5 bottom-5 z-50 flex flex-col gap-2 max-md:right-3 max-md:left-3"
            on:pointerenter=move |_| toasts.paused.set(true)
            on:pointerleave=move |_| toasts.paused.set(false)
            on:focusin=move |_| toasts.paused.set(true)
            on:focusout=move |_| toasts.paused.set(false)
        >
            <For
                each=move || toasts.shown.get()
                key=|shown| shown.id
                children=move |shown| view! { <ToastView toasts=toasts shown=shown /> }
            />
        </div>
    }
}

#[component]
fn ToastView(toasts: Toasts, shown: Shown) -> impl IntoView {
    let Shown { id, toast: Toast { title, text, action, kind }, .. } = shown;
    let (role, icon) = match kind {
        ToastKind::Info => ("status", None),
        ToastKind::Success => ("status", Some(Icon::Check.svg("mt-0.5 size-4 shrink-0 text-success-text"))),
        ToastKind::Error => {
            ("alert", Some(Icon::CircleAlert.svg("mt-0.5 size-4 shrink-0 text-destructive-text")))
        }
    };
    view! {
        <div
            role=role
            class="popover pointer-events-auto flex w-96 items-start gap-3 p-3 !animate-slide-in max-md:w-full"
        >
            {icon}
            <div class="min-w-0 flex-1">
                <p class="text-sm font-medium break-words">{title}</p>
                {(!text.is_empty()).then(|| view! { <p class="text-xs text-muted-foreground">{text}</p> })}
            </div>
            {action
                .map(|(label, act)| {
                    view! {
                        <button
                            type="button"
                            class="btn btn-ghost btn-sm -my-1 text-foreground"
                            on:click=move |_| {
                                toasts.dismiss(id);
                                act.run(());
                            }
                        >
                            {label}
                        </button>
                    }
                })}
            <IconButton
                icon=Icon::X
                label=t().common.dismiss
                size=ButtonSize::Small
                tip="none"
                class="-mt-1 -mr-1"
                on_click=move |_| toasts.dismiss(id)
            />
        </div>
    }
}
