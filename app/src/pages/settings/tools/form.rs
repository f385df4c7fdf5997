//! The form of a server: filled in, or pasted as other hosts have it.

use leptos::{ev, prelude::*, task::spawn_local};
use vertice_domain::ServerName;

use super::{board::Board, drawing::is_admin, entry::Entry};
use crate::{
    api::{ApiError, mcp_board::McpWish},
    strings::{fill, t},
    ui::{Button, ButtonKind, Choice, Segment, TextArea, TextField},
};

const FORM: &str = "form";
const PASTE: &str = "paste";
const ADDRESS: &str = "http";
const PROGRAM: &str = "stdio";

/// What is being written.
#[derive(Clone, Copy)]
struct Written {
    way: RwSignal<&'static str>,
    kind: RwSignal<&'static str>,
    name: RwSignal<String>,
    command: RwSignal<String>,
    args: RwSignal<String>,
    url: RwSignal<String>,
    pairs: RwSignal<String>,
    pasted: RwSignal<String>,
}

impl Written {
    fn from(start: Entry) -> Self {
        let kind = RwSignal::new(if start.program { PROGRAM } else { ADDRESS });
        let [name, command, args, url, pairs, pasted] =
            [start.name, start.command, start.args, start.url, start.pairs, String::new()].map(RwSignal::new);
        Self { way: RwSignal::new(FORM), kind, name, command, args, url, pairs, pasted }
    }

    fn entry(self) -> Entry {
        Entry {
            name: self.name.get_untracked(),
            program: self.kind.get_untracked() == PROGRAM,
            command: self.command.get_untracked(),
            args: self.args.get_untracked(),
            url: self.url.get_untracked(),
            pairs: self.pairs.get_untracked(),
        }
    }

    /// The wish for it: a change of the server of that name, or a new one. Or the number of the line that is no pair.
    fn wish(self, changed: Option<ServerName>) -> Result<McpWish, usize> {
        if let Some(name) = changed {
            return Ok(McpWish::Change(name, self.entry().to_patch()?));
        }
        let pasted = self.way.get_untracked() == PASTE;
        Ok(McpWish::Add(if pasted { self.pasted.get_untracked() } else { self.entry().to_json()? }))
    }
}

#[component]
pub(super) fn ServerForm(board: Board) -> impl IntoView {
    let admin = is_admin();
    let edited = board.state.with_untracked(|state| state.edited.clone());
    let written = Written::from(edited.as_ref().map(Entry::of).unwrap_or_default());
    let busy = RwSignal::new(false);
    let faults = RwSignal::new(Vec::<String>::new());
    let adds = edited.is_none();
    let changed = StoredValue::new(edited.map(|server| server.name));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let wish = match written.wish(changed.get_value()) {
            Ok(wish) => wish,
            Err(line) => return faults.set(vec![fill(t().tools.no_pair, &[("line", &line.to_string())])]),
        };
        busy.set(true);
        spawn_local(async move {
            match board.wish(wish).await {
                Ok(()) => board.form_open.set(false),
                Err(error) => {
                    let _gone = faults.try_set(said(&error));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    let choice = |value, label| Choice { value, label, icon: None };
    let ways = vec![choice(FORM, t().tools.by_form), choice(PASTE, t().tools.by_json)];
    view! {
        <form on:submit=submit>
            {adds.then(|| view! {
                <div class="mt-4">
                    <Segment
                        label=t().tools.way
                        choices=ways
                        value=written.way
                        on_change=move |value| written.way.set(value)
                    />
                </div>
            })}
            {move || {
                if written.way.get() == PASTE {
                    view! {
                        <TextArea
                            id="mcp-json"
                            label=t().tools.json
                            hint=t().tools.json_hint
                            rows=8
                            value=written.pasted
                        />
                    }
                    .into_any()
                } else {
                    view! { <Fields written=written adds=adds kinds=adds && admin /> }.into_any()
                }
            }}
            {(!admin).then(|| view! { <p class="hint mt-4">{t().tools.programs_by_admins}</p> })}
            <div role="alert">
                {move || {
                    let line =
                        |fault: String| view! { <p class="mt-3 text-xs break-words text-destructive-text">{fault}</p> };
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

/// What is filled in. `adds`: the server is named here; `kinds`: it may be a program, too.
#[component]
fn Fields(written: Written, adds: bool, kinds: bool) -> impl IntoView {
    let Written { kind, name, command, args, url, pairs, .. } = written;
    let choice = |value, label| Choice { value, label, icon: None };
    let choices = vec![choice(ADDRESS, t().tools.kind_address), choice(PROGRAM, t().tools.kind_program)];
    view! {
        {adds.then(|| view! {
            <TextField id="mcp-name" label=t().settings.name required=true max=64 value=name />
        })}
        {kinds.then(|| view! {
            <div class="mt-4">
                <Segment label=t().tools.kind choices=choices value=kind on_change=move |value| kind.set(value) />
            </div>
        })}
        {move || {
            if kind.get() == PROGRAM {
                view! {
                    <TextField
                        id="mcp-command"
                        label=t().tools.command
                        hint=t().tools.command_hint
                        required=true
                        value=command
                    />
                    <TextArea id="mcp-args" label=t().tools.args hint=t().tools.args_hint rows=3 value=args />
                    <TextArea id="mcp-pairs" label=t().tools.env hint=t().tools.pairs_hint rows=3 value=pairs />
                }
                .into_any()
            } else {
                view! {
                    <TextField
                        id="mcp-url"
                        label=t().tools.url
                        placeholder=t().tools.url_example
                        required=true
                        value=url
                    />
                    <TextArea id="mcp-pairs" label=t().tools.headers hint=t().tools.pairs_hint rows=3 value=pairs />
                }
                .into_any()
            }
        }}
    }
}

/// What is wrong, entry by entry.
fn said(error: &ApiError) -> Vec<String> {
    if error.0.fields.is_empty() {
        return vec![error.to_string()];
    }
    error.0.fields.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect()
}
