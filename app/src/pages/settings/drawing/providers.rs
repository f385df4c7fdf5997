//! Which providers can be asked, with whose key, and how they are doing.

use leptos::prelude::*;
use vertice_domain::{HealthState, KeySource, Provider, ProviderKey, ProviderStatus};

use super::{
    form::{fault, sender, waiting},
    wish::Outcome,
};
use crate::{
    chat::{format, provider_name},
    pages::{frame::Present, settings::Section},
    strings::{drawn, fill, t},
    ui::{Icon, time},
};

/// What a test of a key has said just now.
type Tested<'a> = Option<&'a Result<(), String>>;

pub(super) fn draw(providers: Vec<ProviderStatus>, outcome: &Outcome) -> String {
    let texts = &drawn().settings;
    let rows = providers.into_iter().map(|status| row(&status, outcome)).collect_view();
    view! {
        <Section title=texts.routing>
            <p class="border-y py-4 text-sm text-muted-foreground">{texts.routing_text}</p>
        </Section>
        <Section title=texts.providers purpose=texts.providers_purpose>
            <ul class="divide-y border-y">{rows}</ul>
        </Section>
    }
    .to_html()
}

fn row(status: &ProviderStatus, outcome: &Outcome) -> AnyView {
    let provider = status.provider;
    let (tested, open): (Tested<'_>, bool) = match outcome {
        Outcome::Stored(of, result) if *of == provider => (Some(result), false),
        Outcome::Tested(of, result) if *of == provider => (Some(result), true),
        _ => (None, false),
    };
    // The browser remembers what a test of a user's own key has said; a key is known again by its end and by when it was stored.
    let own = status.own_key.as_ref();
    let memory = own.map(|_| format!("key-test:{}", provider.as_str()));
    let mark = own.map(|key| format!("{} {}", key.ends_in, key.created_at));
    let remembered = own.and(tested).map(|result| match result {
        Ok(()) => String::new(),
        Err(why) => format!("\n{why}"),
    });
    let head = head(status, tested);
    view! {
        <li class="py-3" data-memory=memory data-mark=mark data-outcome=remembered>
            {if matches!(provider, Provider::Local | Provider::Demo) {
                view! { <div class="flex min-h-10 items-center gap-3">{head}</div> }.into_any()
            } else {
                let begins = tested.map(|_| "");
                view! {
                    <details id=format!("provider-{}", provider.as_str()) class="group" open=open>
                        <summary class="flex min-h-10 cursor-pointer list-none items-center gap-3" data-begin=begins>
                            {head}
                            {opener(status.key)}
                        </summary>
                        {form(status, tested.filter(|_| open))}
                    </details>
                }
                    .into_any()
            }}
        </li>
    }
    .into_any()
}

fn opener(key: KeySource) -> AnyView {
    let texts = &drawn().settings;
    let opens = if key == KeySource::Missing { texts.add_key } else { t().settings.manage };
    view! {
        <span class="btn btn-ghost btn-sm">
            <span class="group-open:hidden">{opens}</span>
            <span class="hidden group-open:inline">{t().common.close}</span>
        </span>
    }
    .into_any()
}

/// A dot, the name, and what is to be said of it.
fn head(status: &ProviderStatus, tested: Tested<'_>) -> AnyView {
    let well = match status.health {
        HealthState::Down => "dot dot-err",
        HealthState::Degraded => "dot dot-warn",
        HealthState::Healthy => "dot dot-ok",
    };
    let dot = match (status.key, tested) {
        (KeySource::Missing, _) => "dot",
        (KeySource::Own, Some(Err(_))) => "dot dot-err",
        // Nobody knows yet whether it works.
        (KeySource::Own, None) if status.health != HealthState::Down => "dot",
        _ => well,
    };
    let own = status.key == KeySource::Own;
    let refused = tested.and_then(|result| result.as_ref().err()).filter(|_| own).cloned();
    let is_well = refused.is_none();
    let health = health(status).map(|text| view! { <p class="text-xs text-warning-text">{text}</p> });
    view! {
        <span class=dot data-well=own.then_some(well) aria-hidden="true"></span>
        <div class="min-w-0 flex-1">
            <p class="font-medium">{provider_name(status.provider)}</p>
            <p class="text-xs text-muted-foreground">{about(status)}</p>
            {health}
            <p class="text-xs text-destructive-text" data-why="" hidden=is_well>
                {refused}
            </p>
        </div>
    }
    .into_any()
}

fn about(status: &ProviderStatus) -> String {
    let texts = &drawn().settings;
    let models = texts.model_count.count(status.models.into());
    let key = match (status.key, &status.own_key) {
        (KeySource::Own, Some(key)) => {
            let end = ("end", &*key.ends_in);
            match &status.own_key_address {
                Some(address) => fill(texts.own_key_sent, &[end, ("address", address)]),
                None => fill(texts.own_key_ends, &[end]),
            }
        }
        (KeySource::Own, None) => texts.own_key.to_owned(),
        (KeySource::Server, _) => texts.server_key.to_owned(),
        (KeySource::NotNeeded, _) => texts.needs_no_key.to_owned(),
        (KeySource::Missing, _) => return texts.no_key.to_owned(),
    };
    fill(texts.models_key, &[("models", &models), ("key", &key)])
}

/// What is to be said of a provider that is not well.
fn health(status: &ProviderStatus) -> Option<String> {
    let Present { utc_offset_minutes, .. } = expect_context();
    let texts = &drawn().settings;
    let word = match status.health {
        HealthState::Healthy => return None,
        HealthState::Degraded => texts.degraded,
        HealthState::Down => texts.down,
    };
    let mut text = word.to_owned();
    if let Some(since) = status.since {
        let time = time::clock(since, utc_offset_minutes);
        text = fill(texts.since, &[("state", &text), ("time", &time)]);
    }
    if let Some(ms) = status.median_first_token_ms {
        text = fill(texts.pace, &[("state", &text), ("time", &format::seconds(ms))]);
    }
    Some(text)
}

/// The form of the user's own key.
fn form(status: &ProviderStatus, tested: Tested<'_>) -> AnyView {
    let texts = &drawn().settings;
    let word = status.provider.as_str();
    let own: Option<&ProviderKey> = status.own_key.as_ref();
    let address = status.own_key_address.as_ref().map(|address| {
        view! { <p class="hint mt-2">{fill(texts.key_address, &[("address", address)])}</p> }
    });
    let remove = own.map(|_| {
        view! {
            <button type="submit" class="btn btn-ghost" name="act" value="remove-key" formnovalidate=true data-failed=texts.key_not_removed>
                {waiting()}
                {t().common.remove}
            </button>
        }
    });
    let told = tested.map(|result| match result {
        Ok(()) => view! { <span class="text-success-text">{texts.key_works}</span> }.into_any(),
        Err(why) => view! { <span class="text-destructive-text">{why.clone()}</span> }.into_any(),
    });
    view! {
        <form class="mt-1 rounded-lg border p-4 pt-1" method="post">
            <input type="hidden" name="provider" value=word />
            {field(word, if own.is_some() { texts.replace_key } else { texts.your_key })}
            {address}
            <div class="mt-4 flex flex-wrap items-center gap-2">
                {sender("btn btn-primary", format!("store-{word}"), "store-key", texts.store_key, None)}
                <button
                    type="submit"
                    id=format!("test-{word}")
                    class="btn btn-outline"
                    name="act"
                    value="test-key"
                    formnovalidate=true
                    data-stored-only=""
                >
                    {waiting()}
                    {t().settings.test}
                </button>
                {remove}
            </div>
            <p class="hint mt-2">{texts.test_hint}</p>
            <p class="mt-3 text-xs" role="status">{told}</p>
        </form>
    }
    .into_any()
}

/// The key, which can be shown while it is written.
fn field(word: &str, label: &'static str) -> AnyView {
    let (id, fault_id) = (format!("key-{word}"), format!("key-{word}-error"));
    view! {
        <div class="mt-4">
            <label class="label" for=id.clone()>{label}</label>
            <div class="relative mt-1.5">
                <input
                    id=id.clone()
                    name="key"
                    type="password"
                    class="field !h-10 !pr-11"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required=true
                    aria-describedby=fault_id.clone()
                />
                <button
                    type="button"
                    class="group/eye btn btn-ghost btn-icon btn-sm absolute top-1.5 right-1.5"
                    aria-label=t().common.show_password
                    aria-pressed="false"
                    data-reveals=id
                    data-show=t().common.show_password
                    data-hide=t().common.hide_password
                >
                    <span class="contents group-aria-pressed/eye:hidden">{Icon::Eye.svg("size-4")}</span>
                    <span class="hidden group-aria-pressed/eye:contents">{Icon::EyeOff.svg("size-4")}</span>
                </button>
            </div>
            {fault(fault_id)}
        </div>
    }
    .into_any()
}
