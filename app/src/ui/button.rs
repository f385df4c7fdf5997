//! Buttons.

use leptos::{ev, prelude::*};

use super::Icon;

/// How much a button asks for attention. One primary button a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The next action.
    Primary,
    /// The next action without colour.
    Ink,
    /// One of several.
    #[default]
    Outline,
    /// Quiet, filled.
    Secondary,
    /// Quiet.
    Ghost,
    /// Takes something away.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Ink => "btn btn-ink",
            Self::Outline => "btn btn-outline",
            Self::Secondary => "btn btn-secondary",
            Self::Ghost => "btn btn-ghost",
            Self::Danger => "btn btn-danger",
        }
    }
}

/// A button's height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonSize {
    /// 28 px.
    Small,
    /// 32 px.
    #[default]
    Medium,
    /// 40 px.
    Large,
}

impl ButtonSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => " btn-sm",
            Self::Medium => "",
            Self::Large => " btn-lg",
        }
    }
}

/// A button with text. Busy: it keeps its width, turns a circle and cannot be pressed.
#[component]
pub fn Button(
    /// How much it asks for attention.
    #[prop(optional)]
    kind: ButtonKind,
    /// Its height.
    #[prop(optional)]
    size: ButtonSize,
    /// Submits the form around it.
    #[prop(optional)]
    submit: bool,
    /// An icon before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// More classes.
    #[prop(optional, into)]
    class: String,
    /// Whether it works on what was asked.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// When it is pressed.
    #[prop(optional, into)]
    on_click: Option<Callback<ev::MouseEvent>>,
    children: Children,
) -> impl IntoView {
    let class = format!("{}{} {class}", kind.class(), size.class());
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=class
            disabled=move || disabled.get()
            aria-disabled=move || busy.get().then_some("true")
            aria-busy=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_click) = on_click {
                    on_click.run(event);
                }
            }
        >
            {move || {
                if busy.get() {
                    Some(Icon::Loader.svg("size-4 animate-spin"))
                } else {
                    icon.map(|icon| icon.svg("size-4"))
                }
            }}
            {children()}
        </button>
    }
}

/// A button that is an icon, with its label as tooltip.
#[component]
pub fn IconButton(
    icon: Icon,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// Its height and width.
    #[prop(optional)]
    size: ButtonSize,
    /// How much it asks for attention.
    #[prop(default = ButtonKind::Ghost)]
    kind: ButtonKind,
    /// Where the tooltip stands: `top`, `bottom`, `right`, `left`; `none`: nowhere.
    #[prop(default = "bottom")]
    tip: &'static str,
    /// More classes.
    #[prop(optional, into)]
    class: String,
    /// Whether it cannot be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For a button that is on or off.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// When it is pressed.
    #[prop(into)]
    on_click: Callback<ev::MouseEvent>,
) -> impl IntoView {
    let class = format!("{} btn-icon{} {class}", kind.class(), size.class());
    view! {
        <button
            type="button"
            class=class
            aria-label=move || label.get()
            data-tip=move || label.get()
            data-tip-at=tip
            disabled=move || disabled.get()
            aria-pressed=move || pressed.map(|pressed| if pressed.get() { "true" } else { "false" })
            on:click=move |event| on_click.run(event)
        >
            {icon.svg("size-4")}
        </button>
    }
}
