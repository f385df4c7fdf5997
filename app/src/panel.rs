//! The panel beside the chat: a conversation's files, or its artifacts. What is in it stands in the address, and the server draws
//! it: the browser fetches and shows it. What artifacts need beyond that, a script brings that is loaded with the first of them.

mod artifacts;
#[cfg(feature = "ssr")]
pub(crate) mod drawing;
mod written;

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_location, use_params_map};
use vertice_domain::ConversationId;

use crate::{
    api::{ApiError, panel::panel_page},
    artifacts::ARTIFACT,
    chat::use_chat,
    strings::t,
    ui::{Notice, Toast, browser, use_toasts},
    workspace::FILES,
};

/// How long after a failure the panel is read again.
const AGAIN: Duration = Duration::from_secs(4);

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Files,
    Artifacts,
}

impl Side {
    fn of(search: &str) -> Option<Self> {
        search.trim_start_matches('?').split('&').find_map(|pair| match pair.split('=').next()? {
            FILES => Some(Self::Files),
            ARTIFACT => Some(Self::Artifacts),
            _ => None,
        })
    }

    fn class(self) -> &'static str {
        match self {
            Self::Files => {
                "panel flex w-full min-w-0 flex-col overflow-y-auto border-l bg-background max-md:fixed max-md:inset-0 max-md:z-40 md:w-[min(440px,45%)] md:shrink-0"
            }
            Self::Artifacts => {
                "panel flex w-full min-w-0 flex-col overflow-hidden border-l bg-background max-lg:fixed max-lg:inset-y-0 max-lg:right-0 max-lg:z-40 md:w-[72%] lg:w-[60%] lg:shrink-0"
            }
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Files => t().workspace.files,
            Self::Artifacts => t().artifacts.panel,
        }
    }
}

/// What the panel shows, as a context of the page: it is read once, however often the page around it is drawn.
#[derive(Clone, Copy)]
pub(crate) struct PanelState {
    wanted: Memo<Option<(ConversationId, Side, String)>>,
    side: Memo<Option<Side>>,
    /// Counts what makes it be drawn anew.
    changes: RwSignal<u32>,
    drawn: Resource<Option<Result<String, ApiError>>>,
}

impl PanelState {
    /// Reads the address of the page that it is called in.
    pub(crate) fn provide() {
        let chat = use_chat();
        let (params, search) = (use_params_map(), use_location().search);
        let changes = RwSignal::new(0_u32);
        let wanted = Memo::new(move |_| {
            let id: ConversationId = params.with(|params| params.get("id"))?.parse().ok()?;
            search.with(|search| Side::of(search).map(|side| (id, side, search.clone())))
        });
        let side = Memo::new(move |_| wanted.with(|wanted| wanted.as_ref().map(|(_, side, _)| *side)));
        // What a turn does may change files; of artifacts the feed tells.
        let is_running = Memo::new(move |_| side.get() == Some(Side::Files) && chat.turn.is_running());
        let drawn = Resource::new_blocking(
            move || (wanted.get(), changes.get(), is_running.get()),
            |(wanted, ..)| async move {
                match wanted {
                    Some((id, _, address)) => Some(panel_page(id, address).await),
                    None => None,
                }
            },
        );
        provide_context(Self { wanted, side, changes, drawn });
    }
}

/// The panel, where the address asks for it.
#[component]
pub(crate) fn SidePanel() -> impl IntoView {
    let (chat, toasts) = (use_chat(), use_toasts());
    let PanelState { wanted, side, changes, drawn } = expect_context();
    let transfer = move |all: Vec<browser::Transfer>| {
        let files = wanted.get_untracked().filter(|(_, side, _)| *side == Side::Files && !all.is_empty());
        let Some((id, ..)) = files else { return };
        spawn_local(async move {
            let base = format!("/api/v1/conversations/{id}/workspace/files/");
            for one in all {
                if let Err(why) = one.run(&base).await {
                    let why = why.unwrap_or_else(|| t().errors.network.to_owned());
                    toasts.push(Toast::error(t().workspace.not_changed, why));
                }
            }
            let _gone = changes.try_update(|changes| *changes += 1);
        });
    };
    let place = NodeRef::<html::Aside>::new();
    // Read here, the drawing would have the page wait for it, not the panel.
    let shown = RwSignal::new(0_u32);
    artifacts::enliven(chat, place, changes, shown);
    written::open_and_tell(chat, side, place);
    move || {
        side.get().map(|side| view! {
            <aside
                node_ref=place
                class=side.class()
                aria-label=side.label()
                on:click=move |event: ev::MouseEvent| transfer(browser::removals(&event))
                on:change=move |event: ev::Event| transfer(browser::uploads(&event))
            >
                <Transition fallback=|| view! { <p class="p-4 text-xs text-muted-foreground">{t().workspace.reading}</p> }>
                    {move || Suspend::new(async move {
                        match drawn.await {
                            Some(Ok(html)) => {
                                let _gone = shown.try_update(|shown| *shown += 1);
                                view! { <div class="flex min-h-0 flex-1 flex-col" inner_html=html></div> }.into_any()
                            }
                            Some(Err(error)) => {
                                // It is read again by itself as long as it is wanted.
                                let this = wanted.get_untracked();
                                let close = this.as_ref().map(|(id, ..)| format!("/c/{id}"));
                                if browser::IN_BROWSER {
                                    spawn_local(async move {
                                        browser::sleep(AGAIN).await;
                                        let _gone = changes.try_update(|changes| *changes += u32::from(wanted.try_get_untracked() == Some(this)));
                                    });
                                }
                                view! {
                                    <div class="flex flex-col items-start gap-3 p-4">
                                        <Notice title=t().workspace.unread text=error.to_string() />
                                        <a class="btn btn-outline btn-sm" href=close>{t().common.close}</a>
                                    </div>
                                }.into_any()
                            }
                            None => ().into_any(),
                        }
                    })}
                </Transition>
            </aside>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_shown() {
        assert_eq!(Side::of("?artifact=1&view=code"), Some(Side::Artifacts));
        assert_eq!(Side::of("files"), Some(Side::Files));
        assert_eq!(Side::of("?filesystem=1"), None);
    }
}
