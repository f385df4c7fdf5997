//! The layout of everything behind sign-in: sidebar, page, banner, toasts. It loads who is looking, once, and provides
//! to every page below: `Signal<Site>`, `Profile`, `Preferences`, [`Present`], [`Headline`], `Feed`, `Toasts`,
//! `Announcer`, `ThemeChoice`, `SidebarState`, `Shelf` and the chat.

mod banner;
mod keys;

use leptos::{either::EitherOf3, prelude::*, reactive::computed::suspense::SuspenseContext};
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::use_location,
};
use vertice_domain::{Profile, Timestamp};

use crate::{
    api::{
        ApiError,
        account::Site,
        opening::{Opening, opening},
    },
    chat::provide_chat,
    feed::provide_feed,
    next::{Next, SETUP, SIGN_IN},
    quota::QuotaState,
    sidebar::{Shelf, Sidebar, SidebarState, use_sidebar},
    strings::t,
    ui::{Announcer, Icon, Notice, ThemeChoice, Toasts, announcer::Announcements, browser, toast::Toaster},
    waits,
};

/// The time at which the page was drawn, and the user's distance from UTC: the same on server and browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// The server's present.
    pub now: Timestamp,
    /// Minutes to add to UTC for the user's own time.
    pub utc_offset_minutes: i32,
}

/// What the bar at the top of a phone says; a page sets it.
#[derive(Debug, Clone, Copy)]
pub struct Headline(pub RwSignal<String>);

/// The layout. Visitors are sent to sign in, and come back from there; on the first run, to set up.
#[component]
pub fn Frame() -> impl IntoView {
    let location = use_location();
    let here = move || {
        let (path, query) = (location.pathname.get_untracked(), location.search.get_untracked());
        Next::to(&path, &query)
    };
    let loaded = Resource::new_blocking(|| (), |()| opening());
    // No closure: the server would call it anew each time it looks for what is still to be read, and the page below would
    // read everything again for a drawing that is thrown away.
    let content = Suspend::new(async move {
        match loaded.await {
            Ok(opening) => match opening.site.profile.clone() {
                Some(profile) => EitherOf3::A(view! { <SignedIn opening=opening profile=profile /> }),
                None => {
                    let door = if opening.site.first_run { SETUP } else { SIGN_IN };
                    EitherOf3::B(view! { <Away address=here().behind(door) /> })
                }
            },
            Err(error) => EitherOf3::C(view! { <Unavailable error=error /> }),
        }
    });
    view! { <Suspense>{content}</Suspense> }
}

/// Leads to where the router has no page, so that the browser has to load it.
#[component]
fn Away(address: String) -> impl IntoView {
    if browser::IN_BROWSER {
        browser::leave_to(&address);
    }
    (!browser::IN_BROWSER).then(|| view! { <Redirect path=address /> })
}

#[component]
fn Unavailable(error: ApiError) -> impl IntoView {
    view! {
        <main id="main" class="grid min-h-dvh place-items-center p-6">
            <div class="w-full max-w-90">
                <h1 class="text-2xl font-semibold">{t().frame.not_loaded}</h1>
                <Notice title=t().frame.odd_answer text=error.to_string() />
                <a class="btn btn-primary mt-6" href="" rel="external">
                    {t().common.try_again}
                </a>
            </div>
        </main>
    }
}

#[component]
fn SignedIn(opening: Opening, profile: Profile) -> impl IntoView {
    provide_context(Signal::<Site>::stored(opening.site.clone()));
    provide_context(profile.clone());
    provide_context(opening.preferences);
    provide_context(Present { now: opening.now, utc_offset_minutes: opening.preferences.utc_offset_minutes });
    provide_context(Headline(RwSignal::new(t().common.brand.to_owned())));
    ThemeChoice::provide(opening.preferences.theme);
    let toasts = Toasts::provide();
    let announcer = Announcer::provide();
    let feed = provide_feed();
    let sidebar = SidebarState::provide(opening.preferences.sidebar_folded);
    let shelf = Shelf::provide(&opening, feed, toasts);
    QuotaState::provide(opening.quota);
    provide_chat(Signal::derive(move || {
        shelf.items.with(|items| items.iter().map(|hit| hit.conversation.id).collect())
    }));
    keys::listen(sidebar);
    waits::watch(shelf);
    view! {
        <a href="#main" class="skip-link">
            {t().common.skip}
        </a>
        <div class="flex h-dvh overflow-hidden" class:runs-code=opening.runs_code>
            <Sidebar profile=profile />
            <div class="flex min-w-0 flex-1 flex-col" inert=move || sidebar.drawer.get()>
                <banner::OfflineBanner feed=feed />
                <PhoneBar />
                <main id="main" tabindex="-1" class="relative flex min-h-0 min-w-0 flex-1 flex-col">
                    {move || {
                        keep_on_page();
                        view! { <Outlet /> }
                    }}
                </main>
            </div>
        </div>
        <Toaster toasts=toasts />
        <Announcements announcer=announcer />
    }
}

/// Lets a page that is loading wait by itself. Otherwise it would count as part of this layout, and the `Suspense` around
/// that would take all of it off the document for a moment: the list would lose its place, and the keyboard its own. To be
/// called where the page is drawn: what is nearest to it counts.
fn keep_on_page() {
    if browser::IN_BROWSER {
        provide_context(SuspenseContext { tasks: ArcRwSignal::default() });
    }
}

/// The bar at the top of a phone.
#[component]
fn PhoneBar() -> impl IntoView {
    let sidebar = use_sidebar();
    let Headline(headline) = expect_context();
    view! {
        <header class="flex h-12 shrink-0 items-center gap-1 px-2 md:hidden">
            <button
                id="open-sidebar"
                type="button"
                class="btn btn-ghost btn-icon"
                aria-label=t().sidebar.open
                aria-expanded=move || if sidebar.drawer.get() { "true" } else { "false" }
                on:click=move |_| sidebar.show()
            >
                {Icon::MenuLines.svg("size-4")}
            </button>
            <span class="min-w-0 flex-1 truncate text-center text-sm font-medium">{move || headline.get()}</span>
            <a href="/" class="btn btn-ghost btn-icon" aria-label=t().common.new_chat>
                {Icon::SquarePen.svg("size-4")}
            </a>
        </header>
    }
}
