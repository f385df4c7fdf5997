//! Models: which providers can be asked, with whose key, how they are doing; and every model with what it can and costs.

use leptos::prelude::*;
use vertice_domain::{HealthState, KeySource, ModelInfo, Provider, ProviderStatus, Tier};

use super::{super::frame::Present, Section};
use crate::{
    api::{
        models::models,
        providers::{delete_provider_key, providers, set_provider_key, test_provider_key},
    },
    chat::format,
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
                    view! { <Notice title="The models could not be read" text=error.to_string() /> }
                        .into_any()
                }
            }
        })
    };
    view! {
        <Section title="Routing">
            <p class="border-y py-4 text-sm text-muted-foreground">
                "Auto reads what a message asks for and takes the least expensive healthy model of the tier that fits: fast for simple questions, balanced for code and pictures, powerful for reasoning. It stays on a model while its prompt cache is warm, and another one answers when a provider fails before its first word. Every answer says which model it was, and why."
            </p>
        </Section>
        <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">"Reading the models…"</p> }>
            {content}
        </Transition>
    }
}

#[component]
fn Providers(providers: Vec<ProviderStatus>, on_change: Callback<()>) -> impl IntoView {
    view! {
        <Section title="Providers" purpose="A key of your own goes before the server's. It is sealed, and never shown again.">
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
    let dot = match (status.key, status.health) {
        (KeySource::Missing, _) => "dot",
        (_, HealthState::Healthy) => "dot dot-ok",
        (_, HealthState::Degraded) => "dot dot-warn",
        (_, HealthState::Down) => "dot dot-err",
    };
    let has_own = status.own_key.is_some();
    let address = status.own_key_address;
    view! {
        <li class="py-3">
            <div class="flex min-h-10 items-center gap-3">
                <span class=dot aria-hidden="true"></span>
                <div class="min-w-0 flex-1">
                    <p class="font-medium">{provider.label()}</p>
                    <p class="text-xs text-muted-foreground">{about}</p>
                    {degraded.map(|text| view! { <p class="text-xs text-warning-text">{text}</p> })}
                </div>
                {takes_keys
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Ghost
                                size=ButtonSize::Small
                                on_click=move |_| open.update(|open| *open = !*open)
                            >
                                {move || if open.get() { "Close" } else { "Manage" }}
                            </Button>
                        }
                    })}
            </div>
            <Show when=move || open.get()>
                <KeyForm provider=provider has_own=has_own address=address.clone() on_change=on_change />
            </Show>
        </li>
    }
}

fn about(status: &ProviderStatus) -> String {
    let models = match status.models {
        1 => "1 model".to_owned(),
        count => format!("{count} models"),
    };
    let key = match (status.key, &status.own_key) {
        (KeySource::Own, Some(key)) => {
            let sent = status.own_key_address.as_ref().map(|address| format!(" and is sent to {address}"));
            format!("your key ends in {}{}", key.ends_in, sent.unwrap_or_default())
        }
        (KeySource::Own, None) => "your own key".to_owned(),
        (KeySource::Server, _) => "the server's key".to_owned(),
        (KeySource::NotNeeded, _) => "needs no key".to_owned(),
        (KeySource::Missing, _) => return "No key".to_owned(),
    };
    format!("{models}, {key}")
}

/// What is to be said of a provider that is not well.
fn health(status: &ProviderStatus) -> Option<String> {
    let Present { utc_offset_minutes, .. } = expect_context();
    let word = match status.health {
        HealthState::Healthy => return None,
        HealthState::Degraded => "Degraded",
        HealthState::Down => "Down",
    };
    let since = status.since.map(|since| format!(" since {}", time::clock(since, utc_offset_minutes)));
    let pace = status.median_first_token_ms.map(|ms| format!(", median first token {}", format::seconds(ms)));
    Some(format!("{word}{}{}", since.unwrap_or_default(), pace.unwrap_or_default()))
}

#[component]
fn KeyForm(
    provider: Provider,
    has_own: bool,
    address: Option<String>,
    on_change: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let (key, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let error: RwSignal<Option<String>> = RwSignal::new(None);
    let told: RwSignal<Option<Result<(), String>>> = RwSignal::new(None);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        leptos::task::spawn_local(async move {
            match set_provider_key(provider, key.get_untracked()).await {
                Ok(_) => {
                    toasts.push(Toast::info("Key stored"));
                    on_change.run(());
                }
                Err(failure) => {
                    let text = failure.field("key").map(|fault| format!("The key {fault}."));
                    let _gone = error.try_set(Some(text.unwrap_or_else(|| failure.to_string())));
                }
            }
            let _gone = busy.try_set(false);
        });
    };
    let test = move |_| {
        busy.set(true);
        told.set(None);
        leptos::task::spawn_local(async move {
            let result = test_provider_key(provider).await.map_err(|failure| failure.to_string());
            let _gone = told.try_set(Some(result));
            let _gone = busy.try_set(false);
        });
    };
    let remove = move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            match delete_provider_key(provider).await {
                Ok(()) => on_change.run(()),
                Err(failure) => toasts.push(Toast::error("The key was not removed", failure.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    view! {
        <form class="mt-1 rounded-lg border p-4 pt-1" on:submit=save>
            <PasswordField
                id=field_id(provider)
                label=if has_own { "Replace your key" } else { "Your key" }
                autocomplete="off"
                error=error
                value=key
            />
            {address.map(|address| view! { <p class="hint mt-2">{format!("It is sent to {address} and nowhere else.")}</p> })}
            <div class="mt-4 flex flex-wrap items-center gap-2">
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    "Store key"
                </Button>
                <Button busy=busy disabled=Signal::derive(move || !key.with(String::is_empty)) on_click=test>
                    "Test"
                </Button>
                {has_own
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Ghost busy=busy on_click=remove>
                                "Remove"
                            </Button>
                        }
                    })}
            </div>
            <p class="hint mt-2">"Test asks the provider with the key that is in use. Store a new one first."</p>
            <p class="mt-3 text-xs" role="status">
                {move || match told.get() {
                    None => ().into_any(),
                    Some(Ok(())) => view! { <span class="text-success-text">"The key works."</span> }.into_any(),
                    Some(Err(text)) => view! { <span class="text-destructive-text">{text}</span> }.into_any(),
                }}
            </p>
        </form>
    }
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
        <Section title="Models" purpose="Prices in US dollars for a million tokens.">
            <div class="overflow-x-auto border-y" tabindex="0" role="region" aria-label="Models">
                <table class="w-full text-xs">
                    <thead>
                        <tr class="text-left text-muted-foreground [&>th]:py-2 [&>th]:pr-4 [&>th]:font-medium">
                            <th scope="col">"Model"</th>
                            <th scope="col">"Tier"</th>
                            <th scope="col">"Window"</th>
                            <th scope="col">"Can"</th>
                            <th scope="col" class="text-right">"In / out"</th>
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
        Tier::Fast => "fast",
        Tier::Balanced => "balanced",
        Tier::Powerful => "powerful",
    };
    let can = [(model.tools, "tools"), (model.vision, "vision"), (model.thinking, "thinking")];
    let can: Vec<&str> = can.into_iter().filter_map(|(can, word)| can.then_some(word)).collect();
    let price = match (model.input_usd_per_mtok, model.output_usd_per_mtok) {
        (Some(input), Some(output)) => format!("{} / {}", format::price(input), format::price(output)),
        _ => "unknown".to_owned(),
    };
    let class = if model.available { "border-t" } else { "border-t text-muted-foreground" };
    let unavailable = (!model.available).then_some(" (not available)");
    view! {
        <tr class=format!("{class} [&>td]:py-2 [&>td]:pr-4")>
            <td>
                <span class="font-medium">{model.name}</span>
                <span class="text-muted-foreground">{format!(" {}", model.provider.label())} {unavailable}</span>
            </td>
            <td>{tier}</td>
            <td class="num">{model.context_window.map_or_else(|| "unknown".to_owned(), format::tokens_short)}</td>
            <td>{can.join(", ")}</td>
            <td class="num text-right whitespace-nowrap">{price}</td>
        </tr>
    }
}
