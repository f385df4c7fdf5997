//! The sidebar: the way to every conversation, and the user's own corner. As a column, as a rail of icons, and as a
//! drawer on narrow windows. What it shows of conversations is decided by pure code (`groups`, `matches`).

mod groups;
mod list;
mod matches;
mod rail;
mod row;
mod search;
mod shelf;
mod user_row;

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use vertice_domain::Profile;

pub(crate) use row::path_of;
pub use shelf::{Shelf, use_shelf};

use crate::{
    strings::t,
    ui::{ButtonSize, Icon, IconButton, Keys, Mark, browser},
};
use list::ConversationList;
use rail::Rail;
use search::{SearchField, SearchResults};
use user_row::UserRow;

/// The width in root ems from which on the sidebar is a column.
pub const COLUMN_FROM_REM: u32 = 64;
/// The id of the search field.
pub const SEARCH_ID: &str = "sidebar-search";

/// How the sidebar stands; a context of the signed-in frame.
#[derive(Debug, Clone, Copy)]
pub struct SidebarState {
    /// Folded to a rail, on wide windows.
    pub folded: RwSignal<bool>,
    /// Open as a drawer, on narrow windows.
    pub drawer: RwSignal<bool>,
    /// What is searched for.
    pub query: RwSignal<String>,
}

impl SidebarState {
    /// Provides the state, starting with what the cookie said.
    pub fn provide(folded: bool) -> Self {
        let state =
            Self { folded: RwSignal::new(folded), drawer: RwSignal::new(false), query: RwSignal::default() };
        provide_context(state);
        state
    }

    /// Shows the sidebar if it is hidden, hides it if it is shown, and remembers that.
    pub fn toggle(self) {
        if browser::is_wide(COLUMN_FROM_REM) {
            let folded = !self.folded.get_untracked();
            self.folded.set(folded);
            browser::set_cookie("sidebar", if folded { "folded" } else { "open" });
        } else {
            self.drawer.update(|drawer| *drawer = !*drawer);
        }
    }

    pub fn show(self) {
        if browser::is_wide(COLUMN_FROM_REM) {
            if self.folded.get_untracked() {
                self.toggle();
            }
        } else {
            self.drawer.set(true);
        }
    }

    /// Brings the keyboard to the search field.
    pub fn search(self) {
        self.show();
        leptos::task::spawn_local(async {
            browser::next_frame().await;
            browser::select_id(SEARCH_ID);
        });
    }
}

/// The sidebar of the frame above.
pub fn use_sidebar() -> SidebarState {
    expect_context()
}

/// The sidebar in all its forms.
#[component]
pub fn Sidebar(profile: Profile) -> impl IntoView {
    let state = use_sidebar();
    let SidebarState { folded, drawer, query } = state;
    let column: NodeRef<html::Div> = NodeRef::new();
    let path = use_location().pathname;
    // Going somewhere closes the drawer.
    Effect::new(move |_| {
        path.track();
        drawer.set(false);
    });
    let was_open = StoredValue::new(false);
    Effect::new(move |_| {
        let open = drawer.get();
        let closed = !open && was_open.get_value();
        was_open.set_value(open);
        leptos::task::spawn_local(async move {
            // What comes into reach, the drawer or what is behind it, cannot take the focus before the next frame.
            browser::next_frame().await;
            if open && let Some(column) = column.get_untracked() {
                browser::focus_first(&column, "a, button");
            } else if closed {
                browser::focus_id("open-sidebar");
            }
        });
    });
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() && drawer.get_untracked() {
            drawer.set(false);
        }
    });
    on_cleanup(move || escape.remove());
    let resized = window_event_listener(leptos::ev::resize, move |_| {
        if drawer.get_untracked() && browser::is_wide(COLUMN_FROM_REM) {
            drawer.set(false);
        }
    });
    on_cleanup(move || resized.remove());
    let class = move || {
        let narrow = if drawer.get() { "max-lg:fixed" } else { "max-lg:hidden" };
        let wide = if folded.get() { "lg:hidden" } else { "" };
        format!(
            "sidebar inset-y-0 left-0 z-40 flex h-dvh w-76 max-w-[88vw] shrink-0 flex-col border-r bg-sidebar lg:w-66 {narrow} {wide}"
        )
    };
    let initials = initials(&profile);
    view! {
        <Rail initials=initials.clone() />
        <div
            class=move || if drawer.get() { "fixed inset-0 z-30 bg-overlay lg:hidden" } else { "hidden" }
            aria-hidden="true"
            on:click=move |_| drawer.set(false)
        ></div>
        <div
            node_ref=column
            aria-label=t().sidebar.label
            role=move || if drawer.get() { "dialog" } else { "complementary" }
            aria-modal=move || drawer.get().then_some("true")
            class=class
        >
            <div class="flex h-12 shrink-0 items-center gap-2 pr-2 pl-4">
                <Mark />
                <span class="text-md font-semibold tracking-tight">{t().common.brand}</span>
                <span class="ml-auto">
                    <IconButton
                        icon=Icon::PanelLeft
                        label=t().sidebar.collapse
                        size=ButtonSize::Small
                        on_click=move |_| state.toggle()
                    />
                </span>
            </div>
            <nav class="shrink-0 px-2 pt-1 pb-2" aria-label=t().sidebar.primary>
                <a
                    href="/"
                    class=move || if path.get() == "/" { "menu-item is-active font-medium" } else { "menu-item" }
                    aria-current=move || (path.get() == "/").then_some("page")
                >
                    {Icon::SquarePen.svg("size-4")}
                    {t().common.new_chat}
                    <span class="ml-auto">
                        <Keys keys="mod+shift+O" />
                    </span>
                </a>
                <SearchField />
            </nav>
            <div class="sidebar-scroll min-h-0 flex-1 overflow-y-auto px-2 pb-6">
                {move || {
                    if query.with(|query| query.trim().is_empty()) {
                        view! { <ConversationList /> }.into_any()
                    } else {
                        view! { <SearchResults /> }.into_any()
                    }
                }}
            </div>
            <UserRow profile=profile initials=initials />
        </div>
    }
}

/// One or two letters for a user.
fn initials(profile: &Profile) -> String {
    let source = if profile.name.trim().is_empty() { profile.email.as_str() } else { profile.name.trim() };
    let source = source.split('@').next().unwrap_or_default();
    let words: Vec<&str> =
        source.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letters = match words.as_slice() {
        [] => return "?".to_owned(),
        [only] => only.chars().take(2).collect::<String>(),
        [first, .., last] => first.chars().take(1).chain(last.chars().take(1)).collect(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Timestamp, UserId, account::Role};

    use super::*;

    fn profile(name: &str, email: &str) -> Profile {
        Profile {
            id: "018f0000-0000-7000-8000-000000000001".parse::<UserId>().expect("a valid id"),
            email: email.parse().expect("a valid address"),
            name: name.to_owned(),
            role: Role::User,
            locale: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn initials_come_from_the_name_or_else_the_address() {
        assert_eq!(initials(&profile("Marta de Oliveira", "m@x.org")), "MO");
        assert_eq!(initials(&profile("Ann", "m@x.org")), "AN");
        assert_eq!(initials(&profile("", "ada.lovelace@x.org")), "AL");
        assert_eq!(initials(&profile(" ", "_@x.org")), "?");
    }
}
