//! A tool of a server: what it says of itself, and whether it may be called. What a server says of it is not to be trusted
//! and is shown as plain text.

use futures::FutureExt as _;
use leptos::{prelude::*, task::spawn_local};
use vertice_domain::{
    McpTool, ToolPermission,
    mcp::{ToolChange, ToolHints},
};

use super::board::Board;
use crate::{
    api::mcp::{approve_tool, permit_tool},
    chat::legible,
    strings::{fill, t},
    ui::{Button, ButtonSize, Choice, Segment},
};

#[component]
pub(super) fn ToolRow(tool: McpTool, board: Board) -> impl IntoView {
    let permission = RwSignal::new(tool.permission);
    let label = fill(t().tools.permission, &[("tool", &tool.name)]);
    let choices = [
        (ToolPermission::Ask, t().tools.ask),
        (ToolPermission::Allow, t().tools.allow),
        (ToolPermission::Deny, t().tools.deny),
    ];
    let choices = choices.map(|(permission, label)| Choice { value: permission.as_str(), label, icon: None });
    let (server, name) = (tool.server.clone(), tool.name.clone());
    let permit = Callback::new(move |word: &'static str| {
        let before = permission.get_untracked();
        let Some(wanted) = ToolPermission::parse(word).filter(|wanted| *wanted != before) else { return };
        permission.set(wanted);
        let work = permit_tool(server.clone(), name.clone(), wanted);
        spawn_local(async move {
            if let Err(error) = work.await {
                let _gone = permission.try_set(before);
                board.complain(t().tools.not_permitted, &error);
            }
        });
    });
    let value = Signal::derive(move || permission.get().as_str());
    let about = legible(tool.title.as_deref().unwrap_or(&tool.description));
    let whole = legible(&tool.description);
    let change =
        tool.change.clone().map(|change| view! { <Changed tool=tool.clone() change=change board=board /> });
    view! {
        <li class="py-2">
            <div class="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
                <span class="w-40 shrink-0 truncate font-mono text-xs max-sm:w-full">{legible(&tool.name)}</span>
                <span class="min-w-0 flex-1 truncate text-xs text-muted-foreground max-sm:basis-full" title=whole>
                    {about}
                </span>
                {badge(tool.annotations)}
                <Segment label=label choices=choices.to_vec() value=value on_change=permit />
            </div>
            {change}
        </li>
    }
}

fn badge(hints: ToolHints) -> Option<AnyView> {
    let (class, word) = match (hints.is_read_only(), hints.is_destructive()) {
        (true, _) => return None,
        (false, true) => ("badge badge-danger", t().tools.destructive),
        (false, false) => ("badge badge-warning", t().tools.writes),
    };
    Some(view! { <span class=class>{word}</span> }.into_any())
}

/// The tool is another one than was approved.
#[component]
fn Changed(tool: McpTool, change: ToolChange, board: Board) -> impl IntoView {
    let busy = RwSignal::new(false);
    let diff = legible(&change.diff);
    let approve = move |_| {
        busy.set(true);
        let work = approve_tool(tool.server.clone(), tool.name.clone(), change.hash.clone());
        let done = Callback::new(move |()| {
            let _gone = busy.try_set(false);
        });
        board.ask(work.map(|tool| tool.map(drop)).boxed_local(), t().tools.not_approved, done);
    };
    view! {
        <div class="mt-2 rounded-lg border border-warning/35 p-3">
            <p class="text-xs font-medium text-warning-text">{t().tools.changed}</p>
            <pre
                class="mt-2 max-h-64 overflow-auto font-mono text-xs leading-5 whitespace-pre-wrap break-words"
                tabindex="0"
                aria-label=t().tools.difference
            >
                {diff}
            </pre>
            <Button size=ButtonSize::Small class="mt-2" busy=busy on_click=approve>
                {t().tools.approve}
            </Button>
        </div>
    }
}
