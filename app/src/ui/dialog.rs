//! Modal dialogs on the browser's own `<dialog>`: it keeps the focus inside, closes on Esc and gives the focus back.

use crate::strings::t;
use leptos::{html, prelude::*};

use super::{ButtonSize, Icon, IconButton, browser};

/// A modal dialog. Its content exists only while it is open.
#[component]
pub fn Dialog(
    /// Whether it is open; closing it by Esc, by the cross or beside it sets this to false.
    #[prop(into)]
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// Its id, from which the title's is made.
    id: &'static str,
    /// Its width.
    #[prop(default = "max-w-[560px]")]
    class: &'static str,
    /// Its content.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog: NodeRef<html::Dialog> = NodeRef::new();
    Effect::new(move |_| {
        let open = open.get();
        if let Some(dialog) = dialog.get() {
            browser::show_dialog(&dialog, open);
            // What is asked for comes before the cross, where the browser would go.
            if open {
                leptos::task::spawn_local(async move {
                    browser::next_frame().await;
                    browser::focus_first(&dialog, "input, textarea");
                });
            }
        }
    });
    let children = StoredValue::new(children);
    let title_id = StoredValue::new(format!("{id}-title"));
    let class = format!("dialog m-auto w-full p-0 text-foreground backdrop:bg-overlay {class}");
    view! {
        <dialog
            node_ref=dialog
            id=id
            class=class
            aria-labelledby=title_id.get_value()
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // A press on the backdrop arrives at the dialog itself; what lies inside covers the rest of it.
                let beside = dialog.get_untracked().is_some_and(|dialog| {
                    event.target().is_some_and(|target| target == *AsRef::<web_sys::EventTarget>::as_ref(&dialog))
                });
                if beside {
                    open.set(false);
                }
            }
        >
            <Show when=move || open.get()>
                <div class="p-6">
                    <header class="flex items-start gap-4">
                        <h2 id=title_id.get_value() class="min-w-0 flex-1 text-lg font-semibold">
                            {move || title.get()}
                        </h2>
                        <IconButton
                            icon=Icon::X
                            label=t().common.close
                            size=ButtonSize::Small
                            class="-mt-1 -mr-2"
                            on_click=move |_| open.set(false)
                        />
                    </header>
                    {children.with_value(|children| children())}
                </div>
            </Show>
        </dialog>
    }
}
