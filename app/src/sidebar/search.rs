//! Searching conversations: the field, and what it finds, with the words marked.

use std::time::Duration;

use leptos::prelude::*;
use vertice_domain::conversation::ConversationHit;

use super::{SEARCH_ID, groups, list::on_arrow, matches, row::path_of, use_sidebar};
use crate::{
    api::{ApiError, conversations::conversations},
    strings::{fill, t},
    ui::{Button, ButtonSize, Icon, IconButton, Keys, Skeleton, browser, use_announcer},
};

/// How long typing must pause before the server is asked.
const PAUSE: Duration = Duration::from_millis(150);

/// The field, drawn as a line of the menu.
#[component]
pub(super) fn SearchField() -> impl IntoView {
    let state = use_sidebar();
    let empty = Memo::new(move |_| state.query.with(String::is_empty));
    view! {
        <search class="menu-item search-line">
            {Icon::Search.svg("size-4")}
            <input
                id=SEARCH_ID
                type="search"
                class="min-w-0 flex-1 bg-transparent placeholder:text-foreground"
                placeholder=t().sidebar.search
                aria-label=t().sidebar.search_label
                autocomplete="off"
                spellcheck="false"
                prop:value=move || state.query.get()
                on:input:target=move |event| state.query.set(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Escape" && !empty.get_untracked() {
                        event.stop_propagation();
                        state.query.set(String::new());
                    }
                }
            />
            {move || {
                if empty.get() {
                    view! { <Keys keys="mod+shift+F" /> }.into_any()
                } else {
                    view! {
                        <IconButton
                            icon=Icon::X
                            label=t().sidebar.clear
                            size=ButtonSize::Small
                            tip="none"
                            class="-mr-2"
                            on_click=move |_| {
                                state.query.set(String::new());
                                browser::focus_id(SEARCH_ID);
                            }
                        />
                    }
                        .into_any()
                }
            }}
        </search>
    }
}

/// What was found for which words.
#[derive(Clone)]
struct Found {
    query: String,
    items: Vec<ConversationHit>,
    next_cursor: Option<String>,
}

/// What the words in the field find.
#[component]
pub(super) fn SearchResults() -> impl IntoView {
    let state = use_sidebar();
    let announcer = use_announcer();
    let found: RwSignal<Option<Result<Found, ApiError>>> = RwSignal::new(None);
    let asked = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let query = state.query.get().trim().to_owned();
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        leptos::task::spawn_local(async move {
            browser::sleep(PAUSE).await;
            if asked.try_get_value() != Some(mine) || query.is_empty() {
                return;
            }
            let answer = conversations(Some(query.clone()), None).await;
            if asked.try_get_value() != Some(mine) {
                return;
            }
            let answer = answer.map(|page| Found { query, items: page.items, next_cursor: page.next_cursor });
            if let Ok(found) = &answer {
                let text =
                    if found.next_cursor.is_some() { t().sidebar.found_more } else { t().sidebar.found };
                announcer.announce(fill(text, &[("count", &found.items.len().to_string())]));
            }
            found.set(Some(answer));
        });
    });
    let more = move || {
        let Some(Ok(Found { query, next_cursor: Some(cursor), .. })) = found.get_untracked() else { return };
        let mine = asked.get_value();
        leptos::task::spawn_local(async move {
            let answer = conversations(Some(query), Some(cursor)).await;
            if asked.try_get_value() != Some(mine) {
                return;
            }
            found.update(|found| match (found, answer) {
                (Some(Ok(found)), Ok(page)) => {
                    found.next_cursor = page.next_cursor;
                    groups::append(&mut found.items, page.items);
                }
                (found, Err(error)) => *found = Some(Err(error)),
                (_, Ok(_)) => {}
            });
        });
    };
    move || match found.get() {
        None => view! {
            <div class="px-2 pt-6" aria-busy="true">
                <Skeleton />
            </div>
        }
        .into_any(),
        Some(Err(error)) => view! {
            <p class="px-2 pt-4 text-xs text-destructive-text">{error.to_string()}</p>
        }
        .into_any(),
        Some(Ok(found)) if found.items.is_empty() => view! { <Nothing query=found.query /> }.into_any(),
        Some(Ok(found)) => view! { <Hits found=found more=more /> }.into_any(),
    }
}

#[component]
fn Hits(found: Found, more: impl Fn() + Copy + Send + 'static) -> impl IntoView {
    let Found { query, items, next_cursor } = found;
    view! {
        <nav class="pt-3" aria-label=t().sidebar.results data-list on:keydown=move |event| on_arrow(&event)>
            <ul>
                {items
                    .into_iter()
                    .map(|hit| {
                        view! {
                            <li>
                                <Hit hit=hit query=query.clone() />
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
        {next_cursor
            .map(|_| {
                view! {
                    <button type="button" class="btn btn-ghost btn-sm mt-2 w-full" on:click=move |_| more()>
                        {t().sidebar.show_more}
                    </button>
                }
            })}
    }
}

#[component]
fn Hit(hit: ConversationHit, query: String) -> impl IntoView {
    let marked = |text: &str| {
        matches::pieces(text, &query)
            .into_iter()
            .map(|piece| {
                if piece.marked {
                    view! { <mark class="hit">{piece.text}</mark> }.into_any()
                } else {
                    piece.text.into_any()
                }
            })
            .collect_view()
    };
    view! {
        <a href=path_of(hit.conversation.id) data-row class="menu-item !block py-1.5">
            <span dir="auto" class="block truncate">{marked(&hit.conversation.title)}</span>
            {hit
                .snippet
                .as_deref()
                .map(|snippet| {
                    view! {
                        <span dir="auto" class="line-clamp-2 text-xs break-words text-muted-foreground">{marked(snippet)}</span>
                    }
                })}
        </a>
    }
}

/// Nothing was found: what was searched, and one way forward.
#[component]
fn Nothing(query: String) -> impl IntoView {
    let state = use_sidebar();
    view! {
        <div class="flex flex-col items-center px-4 py-10 text-center" role="status">
            {Icon::Search.svg("size-6 text-muted-foreground")}
            <p class="mt-4 text-sm font-medium break-words">{fill(t().sidebar.no_match, &[("query", &query)])}</p>
            <p class="mt-1 text-xs text-muted-foreground">
                {t().sidebar.no_match_hint}
            </p>
            <Button
                class="mt-4"
                on_click=move |_| {
                    state.query.set(String::new());
                    browser::focus_id(SEARCH_ID);
                }
            >
                {t().sidebar.clear}
            </Button>
        </div>
    }
}
