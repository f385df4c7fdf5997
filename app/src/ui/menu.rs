//! Menus that open from a button: arrows, type-ahead, Esc and a press elsewhere close, the focus goes back.

use leptos::{ev, html, prelude::*};

pub use super::browser::Placement;
use super::{Icon, browser};

/// What the keyboard goes through.
const ITEMS: &str = "[role^=menuitem]:not([aria-disabled=true])";

/// Lets items close the menu around them.
#[derive(Clone, Copy)]
struct OpenMenu(RwSignal<bool>);

/// A button and the menu that it opens. The items are built when it opens, not before.
#[component]
pub fn Menu(
    /// What the menu holds; the button's label too, when that shows an icon only.
    #[prop(into)]
    label: Signal<String>,
    /// What the button shows.
    #[prop(into)]
    trigger: ViewFn,
    /// Whether the button shows an icon only.
    #[prop(optional)]
    icon_only: bool,
    /// The button's classes.
    #[prop(optional, into)]
    trigger_class: String,
    /// Where the menu stands.
    #[prop(optional)]
    placement: Placement,
    /// The menu's width and more.
    #[prop(default = "w-52")]
    class: &'static str,
    /// The items.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button: NodeRef<html::Button> = NodeRef::new();
    let children = StoredValue::new(children);
    view! {
        <button
            type="button"
            node_ref=button
            class=trigger_class
            aria-haspopup="menu"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-label=move || icon_only.then(|| label.get())
            data-tip=move || (icon_only && !open.get()).then(|| label.get())
            on:click=move |event| {
                // The button may stand on a link.
                event.prevent_default();
                event.stop_propagation();
                open.update(|open| *open = !*open);
            }
            on:keydown=move |event| {
                if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") && !open.get_untracked() {
                    event.prevent_default();
                    open.set(true);
                }
            }
        >
            {trigger.run()}
        </button>
        <Show when=move || open.get()>
            <Panel open=open label=label button=button placement=placement class=class>
                {children.with_value(|children| children())}
            </Panel>
        </Show>
    }
}

#[component]
fn Panel(
    open: RwSignal<bool>,
    label: Signal<String>,
    button: NodeRef<html::Button>,
    placement: Placement,
    class: &'static str,
    children: Children,
) -> impl IntoView {
    provide_context(OpenMenu(open));
    let panel: NodeRef<html::Div> = NodeRef::new();
    panel.on_load(move |panel| {
        if let Some(button) = button.get_untracked() {
            browser::show_popover_at(&panel, &button, placement);
            browser::focus_first(&panel, ITEMS);
        }
    });
    let typed = StoredValue::new((0.0, String::new()));
    let class = format!("popover p-1 {class}");
    view! {
        <div
            node_ref=panel
            popover="auto"
            role="menu"
            tabindex="-1"
            class=class
            aria-label=move || label.get()
            on:toggle=move |_| {
                if panel.get_untracked().is_some_and(|panel| !browser::is_popover_open(&panel)) {
                    open.set(false);
                }
            }
            on:click=move |event| event.stop_propagation()
            on:keydown=move |event| {
                if let Some(panel) = panel.get_untracked() {
                    on_key(&event, &panel, typed);
                }
            }
        >
            {children()}
        </div>
    }
}

fn on_key(event: &ev::KeyboardEvent, panel: &web_sys::HtmlElement, typed: StoredValue<(f64, String)>) {
    /// A pause after which type-ahead starts over, in milliseconds.
    const PAUSE: f64 = 600.0;
    let key = event.key();
    event.stop_propagation();
    if let Some(step) = browser::Step::of_key(&key) {
        event.prevent_default();
        browser::focus_step(panel, ITEMS, step);
    } else if key == "Tab" {
        event.prevent_default();
        browser::hide_popover(panel);
    } else if key.chars().count() == 1
        && key != " "
        && !event.ctrl_key()
        && !event.meta_key()
        && !event.alt_key()
    {
        let time = event.time_stamp();
        let text = typed.try_update_value(|(last, text)| {
            if time - *last > PAUSE {
                text.clear();
            }
            *last = time;
            text.push_str(&key);
            text.clone()
        });
        browser::focus_typed(panel, ITEMS, &text.unwrap_or_default());
    }
}

/// One line of a menu. Choosing it closes the menu.
#[component]
pub fn MenuItem(
    /// An icon before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Whether it takes something away; such items come last, after a rule.
    #[prop(optional)]
    danger: bool,
    /// Where it leads, for an item that is a link.
    #[prop(optional, into)]
    href: Option<String>,
    /// When it is chosen.
    #[prop(optional, into)]
    on_select: Option<Callback<()>>,
    /// The text, and what stands at the right.
    children: Children,
) -> impl IntoView {
    let open = use_context::<OpenMenu>();
    let class = if danger { "menu-item !text-destructive-text" } else { "menu-item" };
    let select = move |_| {
        // First close, so that the focus is back before the choice moves it.
        if let Some(OpenMenu(open)) = open {
            open.set(false);
        }
        if let Some(on_select) = on_select {
            on_select.run(());
        }
    };
    let icon = icon.map(|icon| icon.svg(if danger { "size-4 !text-destructive-text" } else { "size-4" }));
    match href {
        Some(href) => view! {
            <a role="menuitem" tabindex="-1" class=class href=href on:click=select>
                {icon}
                {children()}
            </a>
        }
        .into_any(),
        None => view! {
            <button type="button" role="menuitem" tabindex="-1" class=class on:click=select>
                {icon}
                {children()}
            </button>
        }
        .into_any(),
    }
}

/// A line between groups of items.
#[component]
pub fn MenuRule() -> impl IntoView {
    view! { <div role="separator" class="-mx-1 my-1 h-px bg-border"></div> }
}
