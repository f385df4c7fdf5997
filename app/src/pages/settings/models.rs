//! Models: which providers can be asked, with whose key, how they are doing; and every model with what it can and costs.

use leptos::prelude::*;
use vertice_domain::{HealthState, KeySource, ModelInfo, Provider, ProviderKey, ProviderStatus, Tier};

use super::{super::frame::Present, Section, key_test};
use crate::{
    api::{
        ApiError,
        models::models,
        providers::{delete_provider_key, providers, set_provider_key, test_provider_key},
    },
    chat::{format, provider_name},
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, Notice, PasswordField, Toast, time, use_toasts},
};

#[component]
pub(super) fn Models() -> impl IntoView {
    // At once: the server may throw a first drawing away, and with it the request that a later question would need.
    let loaded = Resource::new_blocking(|| (), |()| async { futures::join!(providers(), models()) });
    let content = move || {
        Suspend::new(async move {
            match loaded.await {
                (Ok(providers), Ok(models)) => {
                    let change = Callback::new(move |()| loaded.refetch());
                    view! { <Providers providers=providers on_change=change /> <Table models=models /> }
                        .into_any()
                }
                (Err(error), _) | (_, Err(error)) => {
                    view! { <Notice title=t().settings.models_unread text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    view! {
        <Section title=t().settings.routing>
            <p class="border-y py-4 text-sm text-muted-foreground">
                {t().settings.routing_text}
            </p>
        </Section>
        <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().settings.models_reading}</p> }>
            {content}
        </Transition>
    }
}

#[component]
fn Providers(providers: Vec<ProviderStatus>, on_change: Callback<()>) -> impl IntoView {
    view! {
        <Section title=t().settings.providers purpose=t().settings.providers_purpose>
            <ul class="divide-y border-y">
                {providers.into_iter().map(|status| view! { <ProviderRow status=status on_change=on_change /> }).collect_view()}
            </ul>
        </Section>
    }
}

#[component]
fn ProviderRow(status: ProviderStatus, on_change: Callback<()>) -> impl IntoView {
    let provider = status.provider;
    let takes_keys = !matches!(provider, Provider::Local | Provider::Demo);
    let open = RwSignal::new(false);
    let about = about(&status);
    let degraded = health(&status);
    let missing = status.key == KeySource::Missing;
    let tested = tested(&status);
    let (key, state) = (status.key, status.health);
    let dot = move || match (key, state, tested.get()) {
        (KeySource::Missing, ..) => "dot",
        (KeySource::Own, _, Some(Err(_))) | (_, HealthState::Down, _) => "dot dot-err",
        // Nobody knows yet whether it works.
        (KeySource::Own, _, None) => "dot",
        (_, HealthState::Degraded, _) => "dot dot-warn",
        (_, HealthState::Healthy, _) => "dot dot-ok",
    };
    let refused = move || tested.get().and_then(Result::err);
    let own = status.own_key.clone();
    let address = status.own_key_address;
    view! {
        <li class="py-3">
            <div class="flex min-h-10 items-center gap-3">
                <span class=dot aria-hidden="true"></span>
                <div class="min-w-0 flex-1">
                    <p class="font-medium">{provider_name(provider)}</p>
                    <p class="text-xs text-muted-foreground">{about}</p>
                    {degraded.map(|text| view! { <p class="text-xs text-warning-text">{text}</p> })}
                    {move || refused().map(|text| view! { <p class="text-xs text-destructive-text">{text}</p> })}
                </div>
                {takes_keys
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Ghost
                                size=ButtonSize::Small
                                on_click=move |_| open.update(|open| *open = !*open)
                            >
                                {move || match (open.get(), missing) {
                                    (true, _) => t().common.close,
                                    (false, true) => t().settings.add_key,
                                    (false, false) => t().settings.manage,
                                }}
                            </Button>
                        }
                    })}
            </div>
            <Show when=move || open.get()>
                <KeyForm provider=provider own=own.clone() address=address.clone() tested=tested on_change=on_change />
            </Show>
        </li>
    }
}

/// What a test of the user's own key said last, as this browser remembers it. None: nobody knows, or the page is not
/// awake yet.
fn tested(status: &ProviderStatus) -> RwSignal<Option<Result<(), String>>> {
    let told = RwSignal::new(None);
    if let Some(key) = status.own_key.clone() {
        Effect::new(move |_| told.set(key_test::told(&key)));
    }
    told
}

fn about(status: &ProviderStatus) -> String {
    let models = t().settings.model_count.count(status.models as u64);
    let key = match (status.key, &status.own_key) {
        (KeySource::Own, Some(key)) => {
            let end = ("end", &*key.ends_in);
            match &status.own_key_address {
                Some(address) => fill(t().settings.own_key_sent, &[end, ("address", address)]),
                None => fill(t().settings.own_key_ends, &[end]),
            }
        }
        (KeySource::Own, None) => t().settings.own_key.to_owned(),
        (KeySource::Server, _) => t().settings.server_key.to_owned(),
        (KeySource::NotNeeded, _) => t().settings.needs_no_key.to_owned(),
        (KeySource::Missing, _) => return t().settings.no_key.to_owned(),
    };
    fill(t().settings.models_key, &[("models", &models), ("key", &key)])
}

/// What is to be said of a provider that is not well.
fn health(status: &ProviderStatus) -> Option<String> {
    let Present { utc_offset_minutes, .. } = expect_context();
    let word = match status.health {
        HealthState::Healthy => return None,
        HealthState::Degraded => t().settings.degraded,
        HealthState::Down => t().settings.down,
    };
    let mut text = word.to_owned();
    if let Some(since) = status.since {
        let time = time::clock(since, utc_offset_minutes);
        text = fill(t().settings.since, &[("state", &text), ("time", &time)]);
    }
    if let Some(ms) = status.median_first_token_ms {
        text = fill(t().settings.pace, &[("state", &text), ("time", &format::seconds(ms))]);
    }
    Some(text)
}

#[component]
fn KeyForm(
    provider: Provider,
    /// The key that is in use, if it is the user's own.
    own: Option<ProviderKey>,
    address: Option<String>,
    tested: RwSignal<Option<Result<(), String>>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let has_own = own.is_some();
    let (key, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error: RwSignal<Option<String>> = RwSignal::new(None);
    let told: RwSignal<Option<Result<(), String>>> = RwSignal::new(None);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        leptos::task::spawn_local(async move {
            match set_provider_key(provider, key.get_untracked()).await {
                Ok(stored) => {
                    // Whether it works is asked at once, not with the first question.
                    let result = test_provider_key(provider).await.map_err(|failure| wrong_key(&failure));
                    key_test::note(&stored, &result);
                    toasts.push(match result {
                        Ok(()) => Toast::info(t().settings.key_stored),
                        Err(why) => Toast::error(t().settings.key_not_working, why),
                    });
                    on_change.run(());
                }
                Err(failure) => {
                    let _gone = error.try_set(Some(wrong_key(&failure)));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    let test = move |_| {
        busy.set(true);
        told.set(None);
        let own = own.clone();
        leptos::task::spawn_local(async move {
            let result = test_provider_key(provider).await.map_err(|failure| wrong_key(&failure));
            if let Some(own) = own {
                key_test::note(&own, &result);
                let _gone = tested.try_set(Some(result.clone()));
            }
            let _gone = told.try_set(Some(result));
            let _gone = busy.try_set(false);
        });
    };
    let remove = move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match delete_provider_key(provider).await {
                Ok(()) => on_change.run(()),
                Err(failure) => toasts.push(Toast::error(t().settings.key_not_removed, failure.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    view! {
        <form class="mt-1 rounded-lg border p-4 pt-1" on:submit=save>
            <PasswordField
                id=field_id(provider)
                label=if has_own { t().settings.replace_key } else { t().settings.your_key }
                autocomplete="off"
                error=error
                value=key
            />
            {address.map(|address| view! { <p class="hint mt-2">{fill(t().settings.key_address, &[("address", &address)])}</p> })}
            <div class="mt-4 flex flex-wrap items-center gap-2">
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {t().settings.store_key}
                </Button>
                <Button busy=busy disabled=Signal::derive(move || !key.with(String::is_empty)) on_click=test>
                    {t().settings.test}
                </Button>
                {has_own
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Ghost busy=busy on_click=remove>
                                {t().common.remove}
                            </Button>
                        }
                    })}
            </div>
            <p class="hint mt-2">{t().settings.test_hint}</p>
            <p class="mt-3 text-xs" role="status">
                {move || match told.get() {
                    None => ().into_any(),
                    Some(Ok(())) => view! { <span class="text-success-text">{t().settings.key_works}</span> }.into_any(),
                    Some(Err(text)) => view! { <span class="text-destructive-text">{text}</span> }.into_any(),
                }}
            </p>
        </form>
    }
}

/// What is wrong with a key, in one sentence.
fn wrong_key(failure: &ApiError) -> String {
    failure.field_in("key", t().errors.key_field).unwrap_or_else(|| failure.to_string())
}

/// Several forms may be open at once.
const fn field_id(provider: Provider) -> &'static str {
    match provider {
        Provider::Anthropic => "key-anthropic",
        Provider::Openai => "key-openai",
        Provider::Gemini => "key-gemini",
        Provider::Groq => "key-groq",
        Provider::Local => "key-local",
        Provider::Demo => "key-demo",
    }
}

#[component]
fn Table(models: Vec<ModelInfo>) -> impl IntoView {
    view! {
        <Section title=t().settings.models purpose=t().settings.prices_purpose>
            <div class="overflow-x-auto border-y" tabindex="0" role="region" aria-label=t().settings.models>
                <table class="w-full text-xs">
                    <thead>
                        <tr class="text-left text-muted-foreground [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium">
                            <th scope="col">{t().settings.model}</th>
                            <th scope="col">{t().settings.tier}</th>
                            <th scope="col">{t().settings.window}</th>
                            <th scope="col">{t().settings.can}</th>
                            <th scope="col" class="text-right">{t().settings.in_out}</th>
                        </tr>
                    </thead>
                    <tbody>{models.into_iter().map(|model| view! { <ModelRow model=model /> }).collect_view()}</tbody>
                </table>
            </div>
        </Section>
    }
}

#[component]
fn ModelRow(model: ModelInfo) -> impl IntoView {
    let tier = match model.tier {
        Tier::Fast => t().settings.fast,
        Tier::Balanced => t().settings.balanced,
        Tier::Powerful => t().settings.powerful,
    };
    let can = [
        (model.tools, t().settings.tools),
        (model.vision, t().settings.vision),
        (model.thinking, t().settings.thinking),
    ];
    let can: Vec<&str> = can.into_iter().filter_map(|(can, word)| can.then_some(word)).collect();
    let price = match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
        (Some(input), Some(output)) => format::per_million(input, output),
        _ => t().figures.unknown.to_owned(),
    };
    let class = if model.available { "border-t" } else { "border-t text-muted-foreground" };
    let unavailable = (!model.available).then_some(t().settings.not_available);
    view! {
        <tr class=format!("{class} [&>td]:py-2 [&>td]:pr-4")>
            <td>
                <span class="font-medium">{model.name}</span>
                <span class="text-muted-foreground">{format!(" {}", provider_name(model.provider))} {unavailable}</span>
            </td>
            <td>{tier}</td>
            <td class="num">{model.context_window.map_or_else(|| t().figures.unknown.to_owned(), format::tokens_short)}</td>
            <td>{can.join(", ")}</td>
            <td class="num text-right whitespace-nowrap">{price}</td>
        </tr>
    }
}
