//! API tokens: the list, a new one (its secret is shown once), and revoking.

use std::time::Duration;

use leptos::prelude::*;
use vertice_domain::{ApiToken, TokenId, account::IssuedToken};

use super::Section;
use crate::{
    api::account::{issue_token, revoke_token, tokens},
    pages::frame::Present,
    ui::{
        Button, ButtonKind, ButtonSize, Dialog, Icon, Notice, TextField, Toast, browser, time, use_announcer,
        use_toasts,
    },
};

#[component]
pub(super) fn Tokens() -> impl IntoView {
    let loaded = Resource::new_blocking(|| (), |()| tokens());
    let naming = RwSignal::new(false);
    let issued: RwSignal<Option<IssuedToken>> = RwSignal::new(None);
    let done = move |token: IssuedToken| {
        naming.set(false);
        issued.set(Some(token));
        loaded.refetch();
    };
    let list = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok(tokens) => {
                    view! { <List tokens=tokens on_change=move |()| loaded.refetch() /> }.into_any()
                }
                Err(error) => {
                    view! { <Notice title="The tokens could not be read" text=error.to_string() /> }
                        .into_any()
                }
            }
        })
    };
    view! {
        <div class="mt-4">
            <Button icon=Icon::Plus on_click=move |_| naming.set(true)>
                "New token"
            </Button>
        </div>
        {move || issued.get().map(|issued| view! { <Issued token=issued.token /> })}
        <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">"Reading the tokens…"</p> }>
            {list}
        </Transition>
        <Dialog open=naming title="New API token" id="new-token">
            <Naming on_done=done />
        </Dialog>
        <Endpoint />
    }
}

#[component]
fn Naming(#[prop(into)] on_done: Callback<IssuedToken>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error: RwSignal<Option<String>> = RwSignal::new(None);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        leptos::task::spawn_local(async move {
            match issue_token(name.get_untracked().trim().to_owned()).await {
                Ok(token) => on_done.run(token),
                Err(failure) => {
                    let text = failure.field("name").map(|fault| format!("The name {fault}."));
                    let _gone = error.try_set(Some(text.unwrap_or_else(|| failure.to_string())));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    view! {
        <p class="text-sm text-muted-foreground">"It acts for you in everything the API can do, until you revoke it."</p>
        <form on:submit=submit>
            <TextField
                id="token-name"
                label="Name"
                placeholder="Nightly report"
                hint="Where it will be used, so that you know which one to revoke."
                required=true
                max=100
                value=name
                error=error
            />
            <div class="mt-6 flex justify-end">
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    "Create token"
                </Button>
            </div>
        </form>
    }
}

#[component]
fn Issued(token: String) -> impl IntoView {
    let toasts = use_toasts();
    let announcer = use_announcer();
    let copied = RwSignal::new(false);
    let secret = StoredValue::new(token.clone());
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            if browser::copy_text(&secret.get_value()).await {
                copied.set(true);
                announcer.announce("Copied");
                browser::sleep(Duration::from_secs(2)).await;
                let _gone = copied.try_set(false);
            } else {
                toasts.push(Toast::error(
                    "The browser did not allow copying",
                    "Select the token and copy it by hand.",
                ));
            }
        });
    };
    view! {
        <div class="mt-6 rounded-lg border border-success/40 bg-success/6 p-4">
            <p class="flex items-center gap-2 text-sm font-medium" role="status">
                {Icon::Check.svg("size-4 text-success-text")}
                "Token created. Copy it now, it is not shown again."
            </p>
            <div class="mt-3 flex gap-2">
                <input
                    class="field field-sm font-mono !text-xs"
                    aria-label="The new token"
                    readonly=true
                    value=token
                    on:focus:target=|event| event.target().select()
                />
                <Button kind=ButtonKind::Primary on_click=copy>
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </Button>
            </div>
        </div>
    }
}

#[component]
fn List(tokens: Vec<ApiToken>, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="mt-6 border-y py-4 text-muted-foreground">"There are no tokens yet."</p> }
            .into_any();
    }
    view! {
        <ul class="mt-6 divide-y border-y">
            {tokens.into_iter().map(|token| view! { <Token token=token on_change=on_change /> }).collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn Token(token: ApiToken, on_change: Callback<()>) -> impl IntoView {
    let Present { now, utc_offset_minutes } = expect_context();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let id: TokenId = token.id;
    let revoke = move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match revoke_token(id).await {
                Ok(()) => {
                    toasts.push(Toast::info("Token revoked"));
                    on_change.run(());
                }
                Err(error) => toasts.push(Toast::error("The token was not revoked", error.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    let made = time::date(token.created_at, now, utc_offset_minutes);
    let used = token.last_used_at.map_or_else(
        || "never used".to_owned(),
        |used| format!("used {}", time::ago(used, now, utc_offset_minutes)),
    );
    view! {
        <li class="flex min-h-15 items-center gap-3 py-2">
            {Icon::Key.svg("size-4 shrink-0 text-muted-foreground")}
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{token.name}</p>
                <p class="text-xs text-muted-foreground">{format!("Created {made}, {used}")}</p>
            </div>
            <Button kind=ButtonKind::Ghost size=ButtonSize::Small class="-mr-2.5" busy=busy on_click=revoke>
                "Revoke"
            </Button>
        </li>
    }
}

#[component]
fn Endpoint() -> impl IntoView {
    // Only the browser knows under which name it reached the server.
    let origin = RwSignal::new("http://127.0.0.1:3000".to_owned());
    Effect::new(move |_| origin.set(browser::origin()));
    let example =
        move || format!("export OPENAI_BASE_URL=\"{}/v1\"\nexport OPENAI_API_KEY=\"vtk_…\"", origin.get());
    view! {
        <Section title="Endpoint" purpose="Compatible with OpenAI clients. Streaming, tools and images work unchanged.">
            <figure class="codeblock">
                <figcaption class="codeblock-head">
                    <span class="font-mono text-2xs">"bash"</span>
                </figcaption>
                <pre tabindex="0" aria-label="Settings for OpenAI clients">
                    <code>{example}</code>
                </pre>
            </figure>
        </Section>
    }
}
