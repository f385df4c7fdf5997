//! The list of servers as it is drawn from the state: plain functions, few kinds of elements. What a server says of itself
//! is not to be trusted and is shown as plain text.

use leptos::prelude::*;
use vertice_domain::{
    McpServer, McpTool, ServerName, ToolPermission,
    account::Site,
    mcp::{ServerStatus, ToolHints, TransportKind},
};

use super::{
    board::{Act, Board, State},
    rules,
};
use crate::{
    chat::{format::thousands, legible},
    pages::frame::Present,
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, Choice, Icon, Notice, Segment, Switch, time},
};

/// How many tools are shown unasked.
const FEW: usize = 10;

pub(super) fn is_admin() -> bool {
    expect_context::<Signal<Site>>().with_untracked(Site::is_admin)
}

pub(super) fn utc_offset_minutes() -> i32 {
    expect_context::<Present>().utc_offset_minutes
}

/// All servers.
pub(super) fn list(state: &State, board: Board, admin: bool, offset: i32) -> AnyView {
    if let Some(fault) = &state.fault {
        return view! { <Notice title=t().tools.unread text=fault.clone() /> }.into_any();
    }
    if state.servers.is_empty() {
        return line(if state.read { t().tools.none } else { t().tools.reading }.to_owned());
    }
    let rows = state.servers.iter().map(|server| row(server, state, board, admin, offset)).collect_view();
    view! { <ul class="mt-6 divide-y border-y">{rows}</ul> }.into_any()
}

/// Something said in a line.
pub(super) fn line(text: String) -> AnyView {
    view! { <p class="py-3 text-xs break-words whitespace-pre-wrap text-muted-foreground">{text}</p> }
        .into_any()
}

/// Something that is written elsewhere, as it stands.
fn written(label: &'static str, text: String) -> AnyView {
    view! {
        <pre
            class="my-2 max-h-64 overflow-auto rounded-lg border p-3 font-mono text-xs leading-5 whitespace-pre-wrap break-words text-muted-foreground"
            tabindex="0"
            aria-label=label
        >
            {text}
        </pre>
    }
    .into_any()
}

fn group(class: &'static str, inside: Vec<AnyView>) -> AnyView {
    view! { <div class=class>{inside}</div> }.into_any()
}

/// What is drawn of one server is done with it.
#[derive(Clone)]
pub(super) struct Hand<'a> {
    pub(super) board: Board,
    pub(super) name: &'a ServerName,
    pub(super) busy: Option<&'a Act>,
}

impl Hand<'_> {
    pub(super) fn button(&self, kind: ButtonKind, text: String, act: Act) -> AnyView {
        let (board, name) = (self.board, self.name.clone());
        let busy = Signal::stored(self.busy == Some(&act));
        let press = Callback::new(move |_| board.act(&name, act.clone()));
        view! { <Button kind=kind size=ButtonSize::Small busy=busy on_click=press>{text}</Button> }.into_any()
    }

    /// Opens something below, or closes it.
    fn opener(&self, text: String, label: Option<String>, open: bool, act: Act) -> AnyView {
        let (board, name) = (self.board, self.name.clone());
        let chevron = if open { Icon::ChevronUp } else { Icon::ChevronDown };
        view! {
            <button
                type="button"
                class="btn btn-ghost btn-sm"
                aria-label=label
                aria-expanded=if open { "true" } else { "false" }
                on:click=move |_| board.act(&name, act.clone())
            >
                {text}
                {chevron.svg("size-4")}
            </button>
        }
        .into_any()
    }

    fn switch(&self, label: String, on: bool, act: fn(bool) -> Act) -> AnyView {
        let (board, name) = (self.board, self.name.clone());
        let checked = Signal::stored(on);
        let change = Callback::new(move |on| board.act(&name, act(on)));
        view! { <Switch label=label checked=checked on_change=change /> }.into_any()
    }

    fn flag(&self, title: &'static str, text: &'static str, on: bool, act: fn(bool) -> Act) -> AnyView {
        let switch = self.switch(title.to_owned(), on, act);
        group(
            "flex items-center gap-3 py-2",
            vec![two_lines(title.to_owned(), text.to_owned(), false), switch],
        )
    }
}

fn two_lines(title: String, text: String, fails: bool) -> AnyView {
    let class = if fails {
        "text-xs break-words text-destructive-text"
    } else {
        "text-xs break-words text-muted-foreground"
    };
    view! {
        <div class="min-w-0 flex-1">
            <p class="font-medium break-words">{title}</p>
            <p class=class>{text}</p>
        </div>
    }
    .into_any()
}

fn row(server: &McpServer, state: &State, board: Board, admin: bool, offset: i32) -> AnyView {
    let busy = state.busy.as_ref().filter(|(name, _)| *name == server.name).map(|(_, act)| act);
    let hand = Hand { board, name: &server.name, busy };
    let name = server.name.to_string();
    let fails = server.status == ServerStatus::Error;
    let open = state.open.contains(&server.name);
    let mut head = vec![
        view! { <span class=dot(server.status) aria-hidden="true"></span> }.into_any(),
        two_lines(name.clone(), about(server), fails),
    ];
    if fails && server.own {
        head.push(hand.button(ButtonKind::Outline, t().tools.reconnect.to_owned(), Act::Reconnect));
    }
    if server.status == ServerStatus::NeedsAuth {
        head.push(hand.button(ButtonKind::Outline, t().common.sign_in.to_owned(), Act::SignIn));
    }
    let label = match server.tools.len() as u64 {
        0 => t().settings.manage.to_owned(),
        tools => t().tools.count.count(tools),
    };
    head.push(hand.opener(label, None, open, Act::Open));
    if server.own {
        head.push(hand.switch(name, server.enabled, Act::Enable));
    }
    let inside = if open { opened(server, state, &hand, admin, offset) } else { Vec::new() };
    view! {
        <li class="py-3">
            {group("flex min-h-10 items-center gap-3", head)}
            {inside}
        </li>
    }
    .into_any()
}

const fn dot(status: ServerStatus) -> &'static str {
    match status {
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

/// What can be done with it, and its tools.
fn opened(server: &McpServer, state: &State, hand: &Hand<'_>, admin: bool, offset: i32) -> Vec<AnyView> {
    let mut inside = Vec::new();
    if server.tool_tokens > 0 {
        inside.push(line(fill(t().tools.cost, &[("tokens", &thousands(server.tool_tokens))])));
    }
    if server.signed_in {
        inside.push(hand.button(ButtonKind::Ghost, t().common.sign_out.to_owned(), Act::SignOut));
    }
    if server.own {
        let actions = [
            (t().settings.test, Act::Reconnect),
            (t().tools.log, Act::Log),
            (t().common.edit, Act::Edit),
            (t().common.remove, Act::AskRemove),
        ];
        let buttons = actions.map(|(text, act)| hand.button(ButtonKind::Ghost, text.to_owned(), act));
        inside.push(group("-ml-2.5 flex flex-wrap items-center", buttons.into()));
    }
    if let Some((_, lines)) = state.log.as_ref().filter(|(name, _)| *name == server.name) {
        let told = |at, text: &str| format!("{} {}\n", time::clock(at, offset), legible(text));
        let text: String = lines.iter().map(|line| told(line.at, &line.text)).collect();
        inside.push(written(
            t().tools.log,
            if text.is_empty() { t().tools.log_empty.to_owned() } else { text },
        ));
    }
    if state.removing.as_ref() == Some(&server.name) {
        let tools = t().tools.count.count(server.tools.len() as u64);
        let question = fill(t().tools.remove, &[("name", server.name.as_str()), ("tools", &tools)]);
        inside.push(line(question));
        inside.push(hand.button(ButtonKind::Danger, t().tools.remove_server.to_owned(), Act::Remove));
    }
    if server.own && admin {
        inside.push(hand.flag(t().tools.shared, t().tools.shared_text, server.shared, Act::Share));
        inside.push(hand.flag(t().tools.trusted, t().tools.trusted_text, server.trusted, Act::Trust));
    }
    let own: Vec<&McpTool> = state.tools.iter().filter(|tool| tool.server == server.name).collect();
    let most = if state.whole.contains(&server.name) { usize::MAX } else { FEW };
    let tools = own.iter().take(most).map(|tool| tool_row(tool, state, hand)).collect_view();
    inside.push(view! { <ul class="divide-y border-t">{tools}</ul> }.into_any());
    if let Some(more) = own.len().checked_sub(most).filter(|more| *more > 0) {
        inside.push(hand.button(ButtonKind::Ghost, t().tools.show_more.count(more as u64), Act::Whole));
    }
    vec![group("mt-2 pl-4 sm:pl-5", inside)]
}

fn tool_row(tool: &McpTool, state: &State, hand: &Hand<'_>) -> AnyView {
    let choices =
        permissions().map(|(permission, label)| Choice { value: permission.as_str(), label, icon: None });
    let (board, server, name) = (hand.board, tool.server.clone(), tool.name.clone());
    let permit = Callback::new(move |word: &'static str| {
        if let Some(permission) = ToolPermission::parse(word) {
            board.act(&server, Act::Permit(name.clone(), permission));
        }
    });
    let changed = tool.change.as_ref().map(|change| {
        let approve = Act::Approve(tool.name.clone(), change.hash.clone());
        let approve = hand.button(ButtonKind::Outline, t().tools.approve.to_owned(), approve);
        let diff = written(t().tools.difference, legible(&change.diff));
        group("mt-2", vec![line(t().tools.changed.to_owned()), diff, approve])
    });
    let whole = legible(&tool.description);
    let about = tool.title.as_deref().map_or_else(|| whole.clone(), legible);
    let (class, word) = badge(tool.annotations);
    let open =
        state.rules.as_ref().is_some_and(|(server, name)| (server, name) == (&tool.server, &tool.name));
    let rules = match tool.rules.len() as u64 {
        0 => t().rules.rules.to_owned(),
        rules => t().rules.count.count(rules),
    };
    let label = fill(t().rules.of, &[("rules", &rules), ("tool", &legible(&tool.name))]);
    let opener = hand.opener(rules, Some(label), open, Act::OpenRules(tool.name.clone()));
    let rules = open.then(|| rules::editor(tool, hand));
    view! {
        <li class="py-2">
            <div class="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
                <span class="w-40 shrink-0 truncate font-mono text-xs max-sm:w-full">{legible(&tool.name)}</span>
                <span class="min-w-0 flex-1 truncate text-xs text-muted-foreground max-sm:basis-full" title=whole>
                    {about}
                </span>
                <span class=class>{word}</span>
                {opener}
                <Segment
                    label=fill(t().tools.permission, &[("tool", &tool.name)])
                    choices=choices.to_vec()
                    value=Signal::stored(tool.permission.as_str())
                    on_change=permit
                />
            </div>
            {rules}
            {changed}
        </li>
    }
    .into_any()
}

/// What can be said of calls, in order.
pub(super) fn permissions() -> [(ToolPermission, &'static str); 3] {
    [
        (ToolPermission::Ask, t().tools.ask),
        (ToolPermission::Allow, t().tools.allow),
        (ToolPermission::Deny, t().tools.deny),
    ]
}

fn badge(hints: ToolHints) -> (&'static str, &'static str) {
    match (hints.is_read_only(), hints.is_destructive()) {
        (true, _) => ("hidden", ""),
        (false, true) => ("badge badge-danger", t().tools.destructive),
        (false, false) => ("badge badge-warning", t().tools.writes),
    }
}
