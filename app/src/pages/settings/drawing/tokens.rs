//! API tokens: the list, a new one (its secret is shown once), and revoking.

use leptos::prelude::*;
use vertice_domain::ApiToken;

use super::{
    form::{fault, sender},
    wish::Outcome,
};
use crate::{
    pages::{frame::Present, settings::Section},
    strings::{drawn, fill, t},
    ui::{Icon, time},
};

/// The ids of the dialog that names a new token, and of the field that shows one.
const DIALOG: &str = "new-token";
const ISSUED: &str = "issued-token";

pub(super) fn draw(tokens: Vec<ApiToken>, outcome: &Outcome, origin: &str) -> String {
    let texts = &drawn().settings;
    let token = match outcome {
        Outcome::Issued(issued) => Some(issued.token.clone()),
        _ => None,
    };
    let begins = token.is_none().then_some("");
    view! {
        <div class="mt-4">
            <button type="button" class="btn btn-outline" data-dialog=DIALOG data-begin=begins>
                {Icon::Plus.svg("size-4")}
                {texts.new_token}
            </button>
        </div>
        {token.map(issued)}
        {list(tokens)}
        {naming()}
        {endpoint(origin)}
    }
    .to_html()
}

/// The dialog in which a new token gets its name.
fn naming() -> AnyView {
    let texts = &drawn().settings;
    view! {
        <dialog
            id=DIALOG
            class="dialog m-auto w-full max-w-[560px] p-0 text-foreground backdrop:bg-overlay"
            aria-labelledby="new-token-title"
        >
            <div class="p-6">
                <header class="flex items-start gap-4">
                    <h2 id="new-token-title" class="min-w-0 flex-1 text-lg font-semibold">{texts.new_api_token}</h2>
                    <button
                        type="button"
                        class="btn btn-ghost btn-icon btn-sm -mt-1 -mr-2"
                        aria-label=t().common.close
                        data-tip=t().common.close
                        data-tip-at="bottom"
                        data-dialog=DIALOG
                    >
                        {Icon::X.svg("size-4")}
                    </button>
                </header>
                <p class="text-sm text-muted-foreground">{texts.token_acts}</p>
                <form method="post">
                    <div class="mt-4">
                        <label class="label" for="token-name">{t().settings.name}</label>
                        <input
                            id="token-name"
                            name="name"
                            class="field mt-1.5 !h-10"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            placeholder=texts.token_example
                            required=true
                            maxlength="100"
                            aria-describedby="token-name-hint token-name-error"
                        />
                        {fault("token-name-error".to_owned())}
                        <p id="token-name-hint" class="hint mt-1.5">{texts.token_hint}</p>
                    </div>
                    <div class="mt-6 flex justify-end">
                        {sender("btn btn-primary", "create-token".to_owned(), "issue-token", texts.create_token, None)}
                    </div>
                </form>
            </div>
        </dialog>
    }
    .into_any()
}

fn issued(token: String) -> AnyView {
    let texts = &drawn().settings;
    view! {
        <div class="mt-6 rounded-lg border border-success/40 bg-success/6 p-4">
            <p class="flex items-center gap-2 text-sm font-medium" role="status">
                {Icon::Check.svg("size-4 text-success-text")}
                {texts.token_created}
            </p>
            <div class="mt-3 flex gap-2">
                <input
                    id=ISSUED
                    class="field field-sm font-mono !text-xs"
                    aria-label=texts.the_new_token
                    readonly=true
                    value=token
                    data-begin=""
                />
                <button type="button" class="btn btn-primary" data-copies=ISSUED>{t().common.copy}</button>
            </div>
        </div>
    }
    .into_any()
}

fn list(tokens: Vec<ApiToken>) -> AnyView {
    if tokens.is_empty() {
        return view! { <p class="mt-6 border-y py-4 text-muted-foreground">{drawn().settings.no_tokens}</p> }
            .into_any();
    }
    view! { <ul class="mt-6 divide-y border-y">{tokens.into_iter().map(row).collect_view()}</ul> }.into_any()
}

fn row(token: ApiToken) -> AnyView {
    let Present { now, utc_offset_minutes } = expect_context();
    let texts = &drawn().settings;
    let made = time::date(token.created_at, now, utc_offset_minutes);
    let about = match token.last_used_at {
        None => fill(texts.token_unused, &[("date", &made)]),
        Some(used) => {
            let ago = time::ago(used, now, utc_offset_minutes);
            fill(texts.token_used, &[("date", &made), ("ago", &ago)])
        }
    };
    let id = token.id.to_string();
    view! {
        <li class="flex min-h-15 items-center gap-3 py-2">
            {Icon::Key.svg("size-4 shrink-0 text-muted-foreground")}
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{token.name}</p>
                <p class="text-xs text-muted-foreground">{about}</p>
            </div>
            <form method="post">
                <input type="hidden" name="token" value=id.clone() />
                {sender("btn btn-ghost btn-sm -mr-2.5", format!("revoke-{id}"), "revoke-token", texts.revoke, Some(texts.token_not_revoked))}
            </form>
        </li>
    }
    .into_any()
}

/// What the example is written for.
const SHELL: &str = "bash";

/// `origin`: where the visitor found this server.
fn endpoint(origin: &str) -> AnyView {
    let texts = &drawn().settings;
    let example = format!("export OPENAI_BASE_URL=\"{origin}/v1\"\nexport OPENAI_API_KEY=\"vtk_…\"");
    view! {
        <Section title=texts.endpoint purpose=texts.endpoint_purpose>
            <figure class="codeblock">
                <figcaption class="codeblock-head">
                    <span class="font-mono text-2xs">{SHELL}</span>
                </figcaption>
                <pre tabindex="0" aria-label=texts.endpoint_label>
                    <code>{example}</code>
                </pre>
            </figure>
        </Section>
    }
    .into_any()
}
