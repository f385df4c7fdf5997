//! API tokens: the list, a new one (its secret is shown once), and revoking.

use std::time::Duration;

use leptos::prelude::*;
use vertice_domain::{ApiToken, TokenId, account::IssuedToken};

use super::Section;
use crate::{
    api::account::{issue_token, revoke_token, tokens},
    pages::frame::Present,
    strings::{fill, t},
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
                    view! { <Notice title=t().settings.tokens_unread text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    view! {
        <div class="mt-4">
            <Button icon=Icon::Plus on_click=move |_| naming.set(true)>
                {t().settings.new_token}
            </Button>
        </div>
        {move || issued.get().map(|issued| view! { <Issued token=issued.token /> })}
        <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().settings.tokens_reading}</p> }>
            {list}
        </Transition>
        <Dialog open=naming title=t().settings.new_api_token id="new-token">
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
                    let text = failure.field_in("name", t().errors.name_field);
                    let _gone = error.try_set(Some(text.unwrap_or_else(|| failure.to_string())));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    view! {
        <p class="text-sm text-muted-foreground">{t().settings.token_acts}</p>
        <form on:submit=submit>
            <TextField
                id="token-name"
                label=t().settings.name
                placeholder=t().settings.token_example
                hint=t().settings.token_hint
                required=true
                max=100
                value=name
                error=error
            />
            <div class="mt-6 flex justify-end">
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {t().settings.create_token}
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
                announcer.announce(t().common.copied);
                browser::sleep(Duration::from_secs(2)).await;
                let _gone = copied.try_set(false);
            } else {
                toasts.push(Toast::error(t().settings.copying_refused, t().settings.copy_by_hand));
            }
        });
    };
    view! {
        <div class="mt-6 rounded-lg border border-success/40 bg-success/6 p-4">
            <p class="flex items-center gap-2 text-sm font-medium" role="status">
                {Icon::Check.svg("size-4 text-success-text")}
                {t().settings.token_created}
            </p>
            <div class="mt-3 flex gap-2">
                <input
                    class="field field-sm font-mono !text-xs"
                    aria-label=t().settings.the_new_token
                    readonly=true
                    value=token
                    on:focus:target=|event| event.target().select()
                />
                <Button kind=ButtonKind::Primary on_click=copy>
                    {move || if copied.get() { t().common.copied } else { t().common.copy }}
                </Button>
            </div>
        </div>
    }
}

#[component]
fn List(tokens: Vec<ApiToken>, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="mt-6 border-y py-4 text-muted-foreground">{t().settings.no_tokens}</p> }
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
                    toasts.push(Toast::info(t().settings.token_revoked));
                    on_change.run(());
                }
                Err(error) => toasts.push(Toast::error(t().settings.token_not_revoked, error.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    let made = time::date(token.created_at, now, utc_offset_minutes);
    let about = match token.last_used_at {
        None => fill(t().settings.token_unused, &[("date", &made)]),
        Some(used) => {
            let ago = time::ago(used, now, utc_offset_minutes);
            fill(t().settings.token_used, &[("date", &made), ("ago", &ago)])
        }
    };
    view! {
        <li class="flex min-h-15 items-center gap-3 py-2">
            {Icon::Key.svg("size-4 shrink-0 text-muted-foreground")}
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{token.name}</p>
                <p class="text-xs text-muted-foreground">{about}</p>
            </div>
            <Button kind=ButtonKind::Ghost size=ButtonSize::Small class="-mr-2.5" busy=busy on_click=revoke>
                {t().settings.revoke}
            </Button>
        </li>
    }
}

/// What the example is written for.
const SHELL: &str = "bash";

#[component]
fn Endpoint() -> impl IntoView {
    // Only the browser knows under which name it reached the server.
    let origin = RwSignal::new("http://127.0.0.1:3000".to_owned());
    Effect::new(move |_| origin.set(browser::origin()));
    let example =
        move || format!("export OPENAI_BASE_URL=\"{}/v1\"\nexport OPENAI_API_KEY=\"vtk_…\"", origin.get());
    view! {
        <Section title=t().settings.endpoint purpose=t().settings.endpoint_purpose>
            <figure class="codeblock">
                <figcaption class="codeblock-head">
                    <span class="font-mono text-2xs">{SHELL}</span>
                </figcaption>
                <pre tabindex="0" aria-label=t().settings.endpoint_label>
                    <code>{example}</code>
                </pre>
            </figure>
        </Section>
    }
}
