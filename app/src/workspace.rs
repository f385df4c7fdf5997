//! The panel with a conversation's files, beside the chat. Where one is in it stands in the address, and the server draws it: the
//! browser fetches and shows it, and sends what is put in or taken away.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_location, use_params_map};
use vertice_domain::ConversationId;

use crate::{
    api::workspace::workspace_page,
    chat::use_chat,
    strings::t,
    ui::{Notice, Toast, browser, use_toasts},
};

/// The parameter of the address that opens it.
const FILES: &str = "files";

/// Where the files of a conversation are.
pub(crate) fn href(conversation: ConversationId) -> String {
    format!("/c/{conversation}?{FILES}")
}

fn is_open(search: &str) -> bool {
    search.trim_start_matches('?').split('&').any(|pair| pair.split('=').next() == Some(FILES))
}

/// The panel, where the address asks for it.
#[component]
pub(crate) fn WorkspacePanel() -> impl IntoView {
    let (chat, toasts) = (use_chat(), use_toasts());
    let (params, search) = (use_params_map(), use_location().search);
    let changes = RwSignal::new(0_u32);
    let wanted = Memo::new(move |_| {
        let id: ConversationId = params.with(|params| params.get("id"))?.parse().ok()?;
        search.with(|search| is_open(search).then(|| (id, search.clone())))
    });
    // What a turn does may change them.
    let is_running = Memo::new(move |_| chat.turn.is_running());
    let drawn = Resource::new_blocking(
        move || (wanted.get(), changes.get(), is_running.get()),
        |(wanted, ..)| async move {
            match wanted {
                Some((id, address)) => Some(workspace_page(id, address).await),
                None => None,
            }
        },
    );
    let transfer = move |all: Vec<browser::Transfer>| {
        let Some((id, _)) = wanted.get_untracked().filter(|_| !all.is_empty()) else { return };
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
    move || {
        wanted.with(Option::is_some).then(|| view! {
            <aside
                class="flex w-full min-w-0 flex-col overflow-y-auto border-l bg-background max-md:fixed max-md:inset-0 max-md:z-40 md:w-[min(440px,45%)] md:shrink-0"
                aria-label=t().workspace.files
                on:click=move |event: ev::MouseEvent| transfer(browser::removals(&event))
                on:change=move |event: ev::Event| transfer(browser::uploads(&event))
            >
                <Transition fallback=|| view! { <p class="p-4 text-xs text-muted-foreground">{t().workspace.reading}</p> }>
                    {move || Suspend::new(async move {
                        match drawn.await {
                            Some(Ok(html)) => view! { <div class="flex min-h-0 flex-1 flex-col" inner_html=html></div> }.into_any(),
                            Some(Err(error)) => view! { <div class="p-4"><Notice title=t().workspace.unread text=error.to_string() /></div> }.into_any(),
                            None => ().into_any(),
                        }
                    })}
                </Transition>
            </aside>
        })
    }
}
