//! A server of the list: how it is doing, and opened, what can be done with it and its tools.

use futures::FutureExt as _;
use leptos::prelude::*;
use vertice_domain::{
    McpServer, ServerName,
    account::Site,
    mcp::{McpServerPatch, ServerStatus, TransportKind},
};

use super::{
    super::Line,
    actions::Actions,
    board::{Board, free},
    tool::ToolRow,
};
use crate::{
    api::mcp::{change_mcp_server, reconnect_mcp_server},
    chat::{format::thousands, legible},
    strings::{fill, t},
    ui::{Button, ButtonSize, Icon, Switch},
};

/// How many tools are shown unasked.
const FEW: usize = 10;

#[component]
pub(super) fn ServerRow(name: ServerName, board: Board) -> impl IntoView {
    let open = RwSignal::new(false);
    let (busy, known) = (RwSignal::new(false), name.clone());
    let server =
        Memo::new(move |_| board.servers.with(|all| all.iter().find(|server| server.name == known).cloned()));
    let read = move |read: fn(&McpServer) -> bool| server.with(|server| server.as_ref().is_some_and(read));
    let fails = Memo::new(move |_| read(|server| server.status == ServerStatus::Error));
    let own = Memo::new(move |_| read(|server| server.own));
    let change = change(board, name.clone(), busy);
    let again = reconnect(board, name.clone(), busy);
    let title = name.to_string();
    view! {
        <li class="py-3">
            <div class="flex min-h-10 items-center gap-3">
                <span class=move || server.with(|server| server.as_ref().map(dot)) aria-hidden="true"></span>
                <div class="min-w-0 flex-1">
                    <p class="font-medium break-words">{title.clone()}</p>
                    <p
                        class="text-xs break-words text-muted-foreground"
                        class=("!text-destructive-text", move || fails.get())
                    >
                        {move || server.with(|server| server.as_ref().map(about))}
                    </p>
                </div>
                {move || (fails.get() && own.get()).then(|| view! {
                    <Button size=ButtonSize::Small busy=busy on_click=move |_| again.run(())>
                        {t().tools.reconnect}
                    </Button>
                })}
                <button
                    type="button"
                    class="btn btn-ghost btn-sm"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-label=fill(t().tools.open, &[("name", &title)])
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <span class="max-sm:hidden">{move || server.with(|server| server.as_ref().map(opens))}</span>
                    {move || if open.get() { Icon::ChevronDown.svg("size-4") } else { Icon::ChevronRight.svg("size-4") }}
                </button>
                {move || own.get().then(|| view! {
                    <Switch
                        label=title.clone()
                        checked=Signal::derive(move || read(|server| server.enabled))
                        disabled=busy
                        on_change=move |enabled| change.run(McpServerPatch {
                            enabled: Some(enabled),
                            ..McpServerPatch::default()
                        })
                    />
                })}
            </div>
            <Show when=move || open.get()>
                <Opened server=server name=name.clone() board=board busy=busy change=change again=again />
            </Show>
        </li>
    }
}

fn change(board: Board, name: ServerName, busy: RwSignal<bool>) -> Callback<McpServerPatch> {
    Callback::new(move |patch| {
        busy.set(true);
        let work = change_mcp_server(name.clone(), patch).map(|changed| changed.map(drop));
        board.ask(work.boxed_local(), t().tools.not_changed, free(busy));
    })
}

fn reconnect(board: Board, name: ServerName, busy: RwSignal<bool>) -> Callback<()> {
    Callback::new(move |()| {
        busy.set(true);
        let work = reconnect_mcp_server(name.clone()).map(|server| server.map(drop));
        board.ask(work.boxed_local(), t().tools.not_connected, free(busy));
    })
}

const fn dot(server: &McpServer) -> &'static str {
    match server.status {
        ServerStatus::Connected => "dot dot-ok",
        ServerStatus::Starting => "dot dot-live",
        ServerStatus::NeedsAuth => "dot dot-warn",
        ServerStatus::Error => "dot dot-err",
        ServerStatus::Disabled | ServerStatus::Unknown => "dot",
    }
}

/// What is said of it in one line.
fn about(server: &McpServer) -> String {
    let tools = t().tools.count.count(server.tools.len() as u64);
    let kind = match server.transport {
        TransportKind::Stdio => t().tools.program,
        TransportKind::Http => t().tools.address,
    };
    match (server.status, server.connected_ms) {
        (ServerStatus::Connected, Some(ms)) => {
            fill(t().tools.about_ms, &[("kind", kind), ("tools", &tools), ("ms", &thousands(ms))])
        }
        (ServerStatus::Connected, None) => fill(t().tools.about, &[("kind", kind), ("tools", &tools)]),
        (ServerStatus::Starting, _) => t().tools.starting.to_owned(),
        (ServerStatus::NeedsAuth, _) => t().tools.needs_sign_in.to_owned(),
        (ServerStatus::Error, _) => {
            server.error.as_deref().map_or_else(|| t().tools.fails.to_owned(), legible)
        }
        (ServerStatus::Disabled, _) => t().tools.off.to_owned(),
        (ServerStatus::Unknown, _) => t().figures.unknown.to_owned(),
    }
}

fn opens(server: &McpServer) -> String {
    match server.status {
        ServerStatus::Connected => t().tools.count.count(server.tools.len() as u64),
        _ => t().settings.manage.to_owned(),
    }
}

/// What can be done with it, and its tools.
#[component]
fn Opened(
    server: Memo<Option<McpServer>>,
    name: ServerName,
    board: Board,
    busy: RwSignal<bool>,
    change: Callback<McpServerPatch>,
    again: Callback<()>,
) -> impl IntoView {
    let site = expect_context::<Signal<Site>>();
    let all = RwSignal::new(false);
    let tools = {
        let name = name.clone();
        Memo::new(move |_| board.tools_of(&name))
    };
    let shown = move || {
        let most = if all.get() { usize::MAX } else { FEW };
        tools.with(|tools| tools.iter().take(most).cloned().collect::<Vec<_>>())
    };
    let more = move || tools.with(Vec::len).checked_sub(FEW).filter(|more| *more > 0 && !all.get());
    let own = move || server.with(|server| server.as_ref().is_some_and(|server| server.own));
    let cost = move || {
        let tokens =
            server.with(|server| server.as_ref().map(|server| server.tool_tokens)).filter(|t| *t > 0)?;
        Some(fill(t().tools.cost, &[("tokens", &thousands(tokens))]))
    };
    let flag = move |title: &'static str,
                     text: &'static str,
                     read: fn(&McpServer) -> bool,
                     patch: fn(bool) -> McpServerPatch| {
        let checked = Signal::derive(move || server.with(|server| server.as_ref().is_some_and(read)));
        view! {
            <Line title=title text=Signal::stored(text.to_owned())>
                <Switch label=title checked=checked disabled=busy on_change=move |on| change.run(patch(on)) />
            </Line>
        }
        .into_any()
    };
    view! {
        <div class="mt-3 border-t pl-4 sm:pl-5">
            {move || cost().map(|cost| view! { <p class="pt-3 text-xs text-muted-foreground">{cost}</p> })}
            {move || own().then(|| view! {
                <Actions server=server name=name.clone() board=board busy=busy again=again />
            })}
            {move || (own() && site.with(Site::is_admin)).then(|| view! {
                <div class="divide-y border-b">
                    {flag(t().tools.shared, t().tools.shared_text, |server| server.shared, |on| McpServerPatch {
                        shared: Some(on),
                        ..McpServerPatch::default()
                    })}
                    {flag(t().tools.trusted, t().tools.trusted_text, |server| server.trusted, |on| McpServerPatch {
                        trusted: Some(on),
                        ..McpServerPatch::default()
                    })}
                </div>
            })}
            <ul class="divide-y">
                <For each=shown key=|tool| (tool.name.clone(), tool.change.is_some()) let:tool>
                    <ToolRow tool=tool board=board />
                </For>
            </ul>
            {move || more().map(|more| view! {
                <button
                    type="button"
                    class="py-2.5 text-xs font-medium text-primary-text"
                    on:click=move |_| all.set(true)
                >
                    {t().tools.show_more.count(more as u64)}
                </button>
            })}
        </div>
    }
}
