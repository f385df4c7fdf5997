//! MCP servers: which there are, how they are doing, what their tools may do; one is added, changed and removed here.

mod actions;
mod board;
mod entry;
mod form;
mod server;
mod tool;

use leptos::prelude::*;
use vertice_domain::{McpServer, McpTool};

use crate::{
    api::mcp::{mcp_servers, mcp_tools},
    strings::t,
    ui::{Button, Dialog, Icon, Notice},
};
use board::Board;
use form::ServerForm;
use server::ServerRow;

#[component]
pub(super) fn Tools() -> impl IntoView {
    // At once: the server may throw a first drawing away, and with it the request that a later question would need.
    let loaded = Resource::new_blocking(|| (), |()| async { futures::join!(mcp_servers(), mcp_tools()) });
    let content = Suspend::new(async move {
        match loaded.await {
            (Ok(servers), Ok(tools)) => view! { <Servers servers=servers tools=tools /> }.into_any(),
            (Err(error), _) | (_, Err(error)) => {
                view! { <Notice title=t().tools.unread text=error.to_string() /> }.into_any()
            }
        }
    });
    view! {
        <Suspense fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().tools.reading}</p> }>
            {content}
        </Suspense>
    }
}

#[component]
fn Servers(servers: Vec<McpServer>, tools: Vec<McpTool>) -> impl IntoView {
    let board = Board::new(servers, tools);
    board.watch();
    let names =
        move || board.servers.with(|all| all.iter().map(|server| server.name.clone()).collect::<Vec<_>>());
    let title = Signal::derive(move || {
        let edits = board.edited.with(Option::is_some);
        String::from(if edits { t().tools.edit_server } else { t().tools.add_server })
    });
    view! {
        <div class="mt-4">
            <Button
                icon=Icon::Plus
                on_click=move |_| {
                    board.edited.set(None);
                    board.form_open.set(true);
                }
            >
                {t().tools.add_server}
            </Button>
        </div>
        <ul class="mt-6 divide-y border-y">
            <For each=names key=Clone::clone let:name>
                <ServerRow name=name board=board />
            </For>
        </ul>
        {move || board.servers.with(Vec::is_empty).then(|| view! {
            <p class="border-b py-4 text-muted-foreground">{t().tools.none}</p>
        })}
        <p class="mt-4 text-xs text-muted-foreground">{t().tools.permissions_text}</p>
        <Dialog open=board.form_open title=title id="mcp-server">
            <ServerForm board=board />
        </Dialog>
    }
}
