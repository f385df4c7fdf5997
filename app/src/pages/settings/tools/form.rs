//! The form of a server: filled in, or pasted as other hosts have it.

use futures::FutureExt as _;
use leptos::{ev, prelude::*, task::spawn_local};
use vertice_domain::account::Site;

use super::{board::Board, entry::Entry};
use crate::{
    api::{
        ApiError,
        mcp::{add_mcp_servers, change_mcp_server},
    },
    strings::{fill, t},
    ui::{Button, ButtonKind, Choice, Segment, TextArea, TextField},
};

const FORM: &str = "form";
const PASTE: &str = "paste";
const ADDRESS: &str = "http";
const PROGRAM: &str = "stdio";

#[component]
pub(super) fn ServerForm(board: Board) -> impl IntoView {
    let site = expect_context::<Signal<Site>>();
    let edited = board.edited.get_untracked();
    let start = edited.as_ref().map(Entry::of).unwrap_or_default();
    let admin = site.with_untracked(Site::is_admin);
    let field = |start: String| RwSignal::new(start);
    let way = RwSignal::new(FORM);
    let kind = RwSignal::new(if start.program { PROGRAM } else { ADDRESS });
    let [name, command, args, url, pairs, pasted] =
        [start.name, start.command, start.args, start.url, start.pairs, String::new()].map(field);
    let busy = RwSignal::new(false);
    let faults = RwSignal::new(Vec::<String>::new());
    let adds = edited.is_none();
    let target = StoredValue::new(edited.map(|server| server.name));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let entry = Entry {
            name: name.get_untracked(),
            program: kind.get_untracked() == PROGRAM,
            command: command.get_untracked(),
            args: args.get_untracked(),
            url: url.get_untracked(),
            pairs: pairs.get_untracked(),
        };
        let work = match target.get_value() {
            Some(name) => entry
                .to_patch()
                .map(|patch| change_mcp_server(name, patch).map(|changed| changed.map(drop)).boxed_local()),
            None => {
                let json =
                    if way.get_untracked() == PASTE { Ok(pasted.get_untracked()) } else { entry.to_json() };
                json.map(|json| add_mcp_servers(json).map(|added| added.map(drop)).boxed_local())
            }
        };
        let work = match work {
            Ok(work) => work,
            Err(line) => return faults.set(vec![fill(t().tools.no_pair, &[("line", &line.to_string())])]),
        };
        busy.set(true);
        spawn_local(async move {
            match work.await {
                Ok(()) => {
                    board.refresh().await;
                    board.form_open.set(false);
                }
                Err(error) => {
                    let _gone = faults.try_set(said(&error));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    let choice = |value, label| Choice { value, label, icon: None };
    let ways = vec![choice(FORM, t().tools.by_form), choice(PASTE, t().tools.by_json)];
    let kinds = vec![choice(ADDRESS, t().tools.kind_address), choice(PROGRAM, t().tools.kind_program)];
    let paste = Signal::derive(move || way.get() == PASTE);
    let program = move || kind.get() == PROGRAM;
    let fields = move || {
        if paste.get() {
            return view! {
                <TextArea id="mcp-json" label=t().tools.json hint=t().tools.json_hint rows=8 value=pasted />
            }
            .into_any();
        }
        let kinds = (adds && admin).then(|| view! {
            <div class="mt-4">
                <Segment label=t().tools.kind choices=kinds.clone() value=kind on_change=move |value| kind.set(value) />
            </div>
        });
        let name = adds.then(
            || view! { <TextField id="mcp-name" label=t().settings.name required=true max=64 value=name /> },
        );
        let way = move || {
            if program() {
                view! {
                    <TextField id="mcp-command" label=t().tools.command hint=t().tools.command_hint required=true value=command />
                    <TextArea id="mcp-args" label=t().tools.args hint=t().tools.args_hint rows=3 value=args />
                    <TextArea id="mcp-pairs" label=t().tools.env hint=t().tools.pairs_hint rows=3 value=pairs />
                }
                .into_any()
            } else {
                view! {
                    <TextField id="mcp-url" label=t().tools.url placeholder=t().tools.url_example required=true value=url />
                    <TextArea id="mcp-pairs" label=t().tools.headers hint=t().tools.pairs_hint rows=3 value=pairs />
                }
                .into_any()
            }
        };
        view! { {name} {kinds} {way} }.into_any()
    };
    view! {
        <form on:submit=submit>
            {adds.then(|| view! {
                <div class="mt-4">
                    <Segment label=t().tools.way choices=ways value=way on_change=move |value| way.set(value) />
                </div>
            })}
            {fields}
            {(!admin).then(|| view! { <p class="hint mt-4">{t().tools.programs_by_admins}</p> })}
            <div role="alert">
                {move || {
                    let line = |fault: String| view! { <p class="mt-3 text-xs break-words text-destructive-text">{fault}</p> };
                    faults.get().into_iter().map(line).collect_view()
                }}
            </div>
            <div class="mt-6 flex justify-end">
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {if adds { t().tools.add_server } else { t().tools.save_server }}
                </Button>
            </div>
        </form>
    }
}

/// What is wrong, entry by entry.
fn said(error: &ApiError) -> Vec<String> {
    if error.0.fields.is_empty() {
        return vec![error.to_string()];
    }
    error.0.fields.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect()
}
