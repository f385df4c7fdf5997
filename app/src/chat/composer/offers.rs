//! What MCP servers offer while one writes: `/` their prompts, which fill the composer, `@` their resources, which go with the
//! message. All of it is the servers' words, shown as plain text.

use std::collections::BTreeMap;

use leptos::{ev, prelude::*, task::spawn_local};
use vertice_domain::{
    mcp::{McpOffers, McpPrompt, McpResource, Reference},
    quote::MAX_QUOTES,
};

use super::{
    field::Field,
    trigger::{Sought, Trigger, fits},
};
use crate::{
    api::mcp::{mcp_offers, mcp_prompt},
    chat::state::{COMPOSER_FIELD, Chat, use_chat},
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, Icon, ListBox, Suggestion, Suggestions, browser},
};

/// How long what servers offer is taken for what they still do, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// The most rows of the list.
const ROWS: usize = 40;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Prompt(McpPrompt),
    Resource(McpResource),
}

impl Row {
    fn suggestion(&self) -> Suggestion {
        let (label, server, hint) = match self {
            Self::Prompt(prompt) => (&prompt.title, &prompt.server, &prompt.description),
            Self::Resource(resource) => (&resource.title, &resource.server, &resource.uri),
        };
        Suggestion { label: label.clone(), note: server.to_string(), hint: hint.clone() }
    }
}

/// What is looked for, and what there is.
#[derive(Clone, Copy)]
pub(super) struct Offers {
    field: Field,
    chat: Chat,
    trigger: RwSignal<Option<Trigger>>,
    all: RwSignal<McpOffers>,
    /// When they were asked for, in milliseconds.
    asked: StoredValue<i64>,
    asking: RwSignal<bool>,
    rows: Memo<Vec<Row>>,
    suggestions: StoredValue<Option<Suggestions>>,
    /// The prompt whose arguments are written.
    form: RwSignal<Option<McpPrompt>>,
    fault: RwSignal<Option<String>>,
}

fn found(all: &McpOffers, trigger: &Trigger) -> Vec<Row> {
    let query = trigger.query.as_str();
    let mut found: Vec<(usize, Row)> = match trigger.sought {
        Sought::Prompt => {
            let fit = |one: &McpPrompt| fits(query, &[&one.title, &one.name, one.server.as_str()]);
            all.prompts.iter().filter_map(|one| Some((fit(one)?, Row::Prompt(one.clone())))).collect()
        }
        Sought::Resource => {
            let fit = |one: &McpResource| fits(query, &[&one.title, &one.uri, one.server.as_str()]);
            all.resources.iter().filter_map(|one| Some((fit(one)?, Row::Resource(one.clone())))).collect()
        }
    };
    found.sort_by_key(|(fit, _)| *fit);
    found.into_iter().map(|(_, row)| row).take(ROWS).collect()
}

impl Offers {
    pub(super) fn new(chat: Chat, field: Field) -> Self {
        let trigger = RwSignal::new(None::<Trigger>);
        let all = RwSignal::new(McpOffers::default());
        let rows = Memo::new(move |_| {
            trigger
                .with(|trigger| trigger.as_ref().map(|trigger| all.with(|all| found(all, trigger))))
                .unwrap_or_default()
        });
        let offers = Self {
            field,
            chat,
            trigger,
            all,
            asked: StoredValue::new(0),
            asking: RwSignal::new(false),
            rows,
            suggestions: StoredValue::new(None),
            form: RwSignal::default(),
            fault: RwSignal::default(),
        };
        let shown =
            Memo::new(move |_| rows.with(|rows| rows.iter().map(Row::suggestion).collect::<Vec<_>>()));
        let choose = Callback::new(move |place: usize| offers.choose(place));
        let close = Callback::new(move |()| trigger.set(None));
        offers.suggestions.set_value(Some(Suggestions::new("offers", shown, choose, close)));
        offers
    }

    fn list(self) -> Option<Suggestions> {
        self.suggestions.get_value()
    }

    pub(super) fn list_id(self) -> Option<&'static str> {
        self.list()?.list_id()
    }

    pub(super) fn active_id(self) -> Option<String> {
        self.list()?.active_id()
    }

    pub(super) fn on_key(self, event: &ev::KeyboardEvent) -> bool {
        self.list().is_some_and(|list| list.on_key(event))
    }

    /// The person has written, or moved the caret.
    pub(super) fn look(self) {
        let found = self.field.caret().and_then(|(text, caret)| Trigger::at(&text, caret));
        if self.trigger.with_untracked(|before| *before != found) {
            if found.is_some() {
                self.refresh();
            }
            self.trigger.set(found);
        }
    }

    pub(super) fn leave(self) {
        self.trigger.set(None);
    }

    fn refresh(self) {
        let now = browser::now().as_millis();
        if self.asking.get_untracked() || now - self.asked.get_value() < FRESH_MS {
            return;
        }
        self.asking.set(true);
        spawn_local(async move {
            // Where nothing is heard, nothing is offered; the next key asks again.
            if let Ok(all) = mcp_offers().await {
                let _gone = self.all.try_set(all);
                let _gone = self.asked.try_set_value(now);
            }
            let _gone = self.asking.try_set(false);
        });
    }

    fn choose(self, place: usize) {
        let Some(trigger) = self.trigger.get_untracked() else { return };
        let Some(row) = self.rows.with_untracked(|rows| rows.get(place).cloned()) else { return };
        self.trigger.set(None);
        self.fault.set(None);
        self.field.replace(trigger.place, "");
        match row {
            Row::Resource(McpResource { server, uri, title, .. }) => {
                self.attach(Reference { server, uri, title });
            }
            Row::Prompt(prompt) if prompt.arguments.is_empty() => self.fill(prompt, BTreeMap::new()),
            Row::Prompt(prompt) => self.form.set(Some(prompt)),
        }
    }

    fn attach(self, reference: Reference) {
        let references = self.chat.composer.references;
        if references.with_untracked(|all| all.contains(&reference)) {
            return;
        }
        if references.with_untracked(Vec::len) >= MAX_QUOTES {
            return self.fault.set(Some(fill(t().offers.too_many, &[("count", &MAX_QUOTES.to_string())])));
        }
        references.update(|all| all.push(reference));
    }

    /// Fills the composer with the prompt's text.
    fn fill(self, prompt: McpPrompt, arguments: BTreeMap<String, String>) {
        self.fault.set(None);
        self.asking.set(true);
        spawn_local(async move {
            match mcp_prompt(prompt.server, prompt.name, arguments).await {
                Ok(text) => {
                    let _gone = self.form.try_set(None);
                    self.field.replace(0..0, &text);
                }
                Err(error) => {
                    let _gone = self.fault.try_set(Some(error.to_string()));
                }
            }
            let _gone = self.asking.try_set(false);
        });
    }
}

/// The list above the composer, the arguments of a prompt, and the resources that go with the message.
#[component]
pub(super) fn Offered(offers: Offers) -> impl IntoView {
    let label =
        Signal::derive(move || match offers.trigger.with(|found| found.as_ref().map(|found| found.sought)) {
            Some(Sought::Prompt) => t().offers.prompts,
            _ => t().offers.resources,
        });
    let reading = move || {
        let waits =
            offers.asking.get() && offers.trigger.with(Option::is_some) && offers.rows.with(Vec::is_empty);
        waits.then(|| view! { <p role="status" class="mb-2 px-1 text-xs text-muted-foreground">{t().offers.reading}</p> })
    };
    view! {
        {reading}
        {offers.list().map(|list| view! { <ListBox suggestions=list label=label /> })}
        {move || offers.form.get().map(|prompt| view! { <Arguments offers=offers prompt=prompt /> })}
        {move || offers.fault.get().map(|why| view! {
            <p role="alert" class="mb-2 px-1 text-xs text-destructive-text">{why}</p>
        })}
    }
}

/// What a prompt wants to know.
#[component]
fn Arguments(offers: Offers, prompt: McpPrompt) -> impl IntoView {
    let values = RwSignal::new(BTreeMap::<String, String>::new());
    let asked = StoredValue::new(prompt.clone());
    let missing = Signal::derive(move || {
        values.with(|values| {
            asked.with_value(|prompt| {
                let is_empty = |name: &str| values.get(name).is_none_or(|value| value.trim().is_empty());
                prompt.arguments.iter().any(|one| one.required && is_empty(&one.name))
            })
        })
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let mut values = values.get_untracked();
        values.retain(|_, value| !value.is_empty());
        offers.fill(asked.get_value(), values);
    };
    let close = move || {
        offers.form.set(None);
        offers.fault.set(None);
        browser::focus_id(COMPOSER_FIELD);
    };
    let fields = prompt.arguments.iter().enumerate().map(|(at, argument)| {
        let (name, id, label) = (argument.name.clone(), format!("prompt-{at}"), format!("prompt-{at}"));
        let hint = (!argument.description.is_empty()).then(|| argument.description.clone());
        view! {
            <div class="mt-2">
                <label class="label break-words" dir="auto" for=label>{argument.title.clone()}</label>
                <input
                    id=id
                    type="text"
                    dir="auto"
                    class="field mt-1"
                    autocomplete="off"
                    aria-required=argument.required.then_some("true")
                    on:input:target=move |event| {
                        let value = event.target().value();
                        values.update(|values| drop(values.insert(name.clone(), value)));
                    }
                />
                {hint.map(|hint| view! { <p dir="auto" class="hint mt-1 break-words">{hint}</p> })}
            </div>
        }
    });
    let fields = fields.collect_view();
    let title = fill(t().offers.prompt, &[("title", &prompt.title), ("server", prompt.server.as_str())]);
    let named = title.clone();
    Effect::new(move |_| browser::focus_id("prompt-0"));
    view! {
        <form
            class="mb-2 rounded-lg border bg-popover p-3 shadow-sm"
            aria-label=named
            on:submit=submit
            on:keydown=move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    close();
                }
            }
        >
            <p class="text-sm font-medium break-words">{title}</p>
            {fields}
            <div class="mt-3 flex gap-2">
                <Button kind=ButtonKind::Primary size=ButtonSize::Small submit=true busy=offers.asking disabled=missing>
                    {t().offers.insert}
                </Button>
                <Button kind=ButtonKind::Ghost size=ButtonSize::Small on_click=move |_| close()>{t().common.cancel}</Button>
            </div>
        </form>
    }
}

/// The resources that go with the message; nothing while there are none.
#[component]
pub(super) fn References() -> impl IntoView {
    let chat = use_chat();
    let remove = move |reference: &Reference| {
        chat.composer.references.update(|all| all.retain(|other| other != reference));
        browser::focus_id(COMPOSER_FIELD);
    };
    move || {
        let references = chat.composer.references.get();
        if references.is_empty() {
            return None;
        }
        let chips = references.into_iter().map(|reference| {
            let label = fill(t().offers.remove, &[("title", &reference.title)]);
            view! {
                <li class="flex max-w-full items-center gap-1.5 rounded-lg border px-2 py-1 text-xs">
                    <span dir="auto" class="min-w-0 truncate font-medium">{reference.title.clone()}</span>
                    <span class="min-w-0 shrink truncate text-muted-foreground">{reference.server.to_string()}</span>
                    <button
                        type="button"
                        class="relative grid size-5 shrink-0 place-items-center rounded-full after:absolute after:-inset-2 hover:bg-muted"
                        aria-label=label
                        on:click=move |_| remove(&reference)
                    >
                        {Icon::X.svg("size-3")}
                    </button>
                </li>
            }
        });
        Some(view! {
            <ul class="flex flex-wrap gap-2 px-4 pt-3" aria-label=t().offers.attached>{chips.collect_view()}</ul>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_best_comes_first() {
        let resource = |title: &str| McpResource {
            server: "notes".to_owned().try_into().expect("a name"),
            uri: format!("n://{title}"),
            title: title.into(),
            description: String::new(),
        };
        let all = McpOffers {
            resources: ["My list", "List", "Other"].map(resource).into(),
            ..McpOffers::default()
        };
        let titles = |text: &str| -> Vec<String> {
            let trigger = Trigger::at(text, text.len()).expect("a sign");
            found(&all, &trigger).iter().map(|row| row.suggestion().label).collect()
        };
        assert_eq!(titles("@list"), ["List", "My list"]);
        assert_eq!(titles("@").len(), 3);
        assert!(titles("/list").is_empty());
    }
}
