//! What can be done with a server: a test, its log, the form, and away with it.

use futures::FutureExt as _;
use leptos::prelude::*;
use vertice_domain::{McpServer, ServerName};

use super::board::{Board, free};
use crate::{
    api::mcp::{mcp_server_log, remove_mcp_server},
    chat::legible,
    pages::frame::Present,
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, time},
};

/// What is shown below the buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    Log,
    Remove,
}

#[component]
pub(super) fn Actions(
    server: Memo<Option<McpServer>>,
    name: ServerName,
    board: Board,
    busy: RwSignal<bool>,
    again: Callback<()>,
) -> impl IntoView {
    let below = RwSignal::new(None::<Below>);
    let toggle = move |what: Below| {
        Callback::new(move |_| {
            below.update(|shown| *shown = Some(what).filter(|what| *shown != Some(*what)));
        })
    };
    let button = move |text: &'static str, press: Callback<leptos::ev::MouseEvent>| {
        view! {
            <Button kind=ButtonKind::Ghost size=ButtonSize::Small disabled=busy on_click=press>{text}</Button>
        }
        .into_any()
    };
    let edit = Callback::new(move |_| {
        board.edited.set(server.get_untracked());
        board.form_open.set(true);
    });
    view! {
        <div class="-ml-2.5 flex flex-wrap items-center py-2">
            <Button kind=ButtonKind::Ghost size=ButtonSize::Small busy=busy on_click=move |_| again.run(())>
                {t().settings.test}
            </Button>
            {button(t().tools.log, toggle(Below::Log))}
            {button(t().common.edit, edit)}
            {button(t().common.remove, toggle(Below::Remove))}
        </div>
        {move || match below.get() {
            None => None,
            Some(Below::Log) => Some(view! { <Log name=name.clone() /> }.into_any()),
            Some(Below::Remove) => {
                let count = server.with_untracked(|server| server.as_ref().map_or(0, |server| server.tools.len()));
                let tools = t().tools.count.count(count as u64);
                let question = fill(t().tools.remove, &[("name", name.as_str()), ("tools", &tools)]);
                let name = name.clone();
                let remove = Callback::new(move |_| {
                    busy.set(true);
                    let work = remove_mcp_server(name.clone()).boxed_local();
                    board.ask(work, t().tools.not_removed, free(busy));
                });
                Some(view! {
                    <div class="flex flex-wrap items-center gap-2 pb-3" role="group">
                        <p class="min-w-0 flex-1 basis-52 text-xs break-words">{question}</p>
                        <Button kind=ButtonKind::Danger size=ButtonSize::Small busy=busy on_click=remove>
                            {t().tools.remove_server}
                        </Button>
                        <Button kind=ButtonKind::Ghost size=ButtonSize::Small on_click=move |_| below.set(None)>
                            {t().common.cancel}
                        </Button>
                    </div>
                }
                .into_any())
            }
        }}
    }
}

/// What the server has said beside the protocol, read once.
#[component]
fn Log(name: ServerName) -> impl IntoView {
    let Present { utc_offset_minutes, .. } = expect_context();
    let told = RwSignal::new(None::<String>);
    leptos::task::spawn_local(async move {
        let text = match mcp_server_log(name).await {
            Ok(lines) if lines.is_empty() => t().tools.log_empty.to_owned(),
            Ok(lines) => {
                let lines = lines.iter().map(|line| {
                    format!("{} {}\n", time::clock(line.at, utc_offset_minutes), legible(&line.text))
                });
                lines.collect()
            }
            Err(error) => error.to_string(),
        };
        let _gone = told.try_set(Some(text));
    });
    view! {
        <pre
            class="mb-3 max-h-64 overflow-auto rounded-lg border p-3 font-mono text-xs leading-5 whitespace-pre-wrap break-words text-muted-foreground"
            tabindex="0"
            aria-label=t().tools.log
        >
            {move || told.get()}
        </pre>
    }
}
