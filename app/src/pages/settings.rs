//! The settings: one page, its parts chosen by `?tab=`, so that each has an address of its own.

mod account;
mod appearance;
#[cfg(feature = "ssr")]
pub(crate) mod drawing;
mod drawn;
mod password;
mod tools;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::frame::Headline;
use crate::{
    api::{account::Site, settings::Part},
    strings::{fill, t},
    ui::{Button, Icon},
};
use account::Account;
use appearance::Appearance;
use drawn::Drawn;
use tools::Tools;
pub(super) use tools::sign_in_outcome;

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Appearance,
    Models,
    Tools,
    Account,
    Tokens,
    Server,
}

impl Tab {
    const ALL: [Self; 6] =
        [Self::Appearance, Self::Models, Self::Tools, Self::Account, Self::Tokens, Self::Server];

    const fn word(self) -> &'static str {
        match self {
            Self::Appearance => "appearance",
            Self::Models => "models",
            Self::Tools => "tools",
            Self::Account => "account",
            Self::Tokens => "tokens",
            Self::Server => "server",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Appearance => t().settings.appearance,
            Self::Models => t().settings.models,
            Self::Tools => t().tools.servers,
            Self::Account => t().settings.account,
            Self::Tokens => t().settings.tokens,
            Self::Server => t().settings.server,
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::Appearance => t().settings.appearance_purpose,
            Self::Models => t().settings.models_purpose,
            Self::Tools => t().tools.purpose,
            Self::Account => t().settings.account_purpose,
            Self::Tokens => t().settings.tokens_purpose,
            Self::Server => t().settings.server_purpose,
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Appearance => Icon::SunMoon,
            Self::Models => Icon::Sliders,
            Self::Tools => Icon::Plug,
            Self::Account => Icon::Users,
            Self::Tokens => Icon::Key,
            Self::Server => Icon::Server,
        }
    }

    /// The part that a word names, for those who may see it.
    fn of(word: Option<&str>, admin: bool) -> Self {
        Self::ALL
            .into_iter()
            .find(|tab| Some(tab.word()) == word)
            .filter(|tab| admin || *tab != Self::Server)
            .unwrap_or(Self::Appearance)
    }
}

/// `/settings`.
#[component]
pub fn Settings() -> impl IntoView {
    let site = expect_context::<Signal<Site>>();
    let query = use_query_map();
    let admin = Memo::new(move |_| site.with(Site::is_admin));
    let tab = Memo::new(move |_| query.with(|query| Tab::of(query.get_str("tab"), admin.get())));
    let Headline(headline) = expect_context();
    Effect::new(move |_| headline.set(tab.get().title().to_owned()));
    // Told by the button beside the title, heard by the part that adds servers.
    let wanted = RwSignal::new(0_u32);
    let add = move || {
        (tab.get() == Tab::Tools).then(|| {
            view! {
                <Button icon=Icon::Plus on_click=move |_| wanted.update(|wanted| *wanted += 1)>
                    {t().tools.add_server}
                </Button>
            }
        })
    };
    let links = move || {
        Tab::ALL
            .into_iter()
            .filter(|tab| admin.get() || *tab != Tab::Server)
            .map(|item| view! { <TabLink item=item tab=tab /> })
            .collect_view()
    };
    view! {
        <Title text=move || fill(t().settings.page, &[("tab", tab.get().title())]) />
        <div class="flex min-h-0 flex-1 flex-col gap-x-12 overflow-y-auto px-4 pt-4 lg:flex-row lg:justify-center lg:px-8 lg:pt-8">
            <nav class="shrink-0 lg:w-44" aria-label=t().common.settings>
                <p class="px-2 pb-3 text-xl font-semibold max-lg:hidden">{t().common.settings}</p>
                <div class="flex gap-1 overflow-x-auto pb-4 lg:flex-col">{links}</div>
            </nav>
            <div class="mx-auto w-full max-w-[720px] pb-12 lg:mx-0">
                <header class="flex items-start gap-4">
                    <div class="min-w-0 flex-1">
                        <h1 class="text-xl font-semibold">{move || tab.get().title()}</h1>
                        <p class="text-sm text-muted-foreground">{move || tab.get().purpose()}</p>
                    </div>
                    {add}
                </header>
                {move || match tab.get() {
                    Tab::Appearance => view! { <Appearance /> }.into_any(),
                    Tab::Models => view! { <Drawn part=Part::Models /> }.into_any(),
                    Tab::Tools => view! { <Tools wanted=wanted /> }.into_any(),
                    Tab::Account => view! { <Account /> }.into_any(),
                    Tab::Tokens => view! { <Drawn part=Part::Tokens /> }.into_any(),
                    Tab::Server => view! { <Drawn part=Part::Server /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn TabLink(item: Tab, tab: Memo<Tab>) -> impl IntoView {
    let class = move || {
        let active = if tab.get() == item { " is-active font-medium" } else { "" };
        format!("menu-item !w-auto shrink-0 lg:!w-full{active}")
    };
    view! {
        <a
            href=format!("/settings?tab={}", item.word())
            class=class
            aria-current=move || (tab.get() == item).then_some("page")
        >
            {item.icon().svg("size-4")}
            {item.title()}
        </a>
    }
}

/// A part under its own heading.
#[component]
fn Section(
    title: &'static str,
    /// One line under it.
    #[prop(optional)]
    purpose: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="mt-8">
            <h2 class="text-sm font-medium">{title}</h2>
            {purpose.map(|purpose| view! { <p class="text-xs text-muted-foreground">{purpose}</p> })}
            <div class="mt-3">{children()}</div>
        </section>
    }
}

/// A line of a part: what it is, and what can be done about it at the right.
#[component]
fn Line(
    #[prop(into)] title: String,
    /// A word of help.
    #[prop(optional, into)]
    text: Option<Signal<String>>,
    /// What stands at the right.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="flex min-h-14 items-center gap-6 py-3">
            <div class="min-w-0 flex-1">
                <p class="font-medium break-words">{title}</p>
                {text.map(|text| view! { <p class="text-xs text-muted-foreground">{move || text.get()}</p> })}
            </div>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::Tab;

    #[test]
    fn only_admins_see_the_server() {
        assert_eq!(Tab::of(Some("server"), true), Tab::Server);
        assert_eq!(Tab::of(Some("server"), false), Tab::Appearance);
        assert_eq!(Tab::of(Some("tokens"), false), Tab::Tokens);
        assert_eq!(Tab::of(Some("nonsense"), true), Tab::Appearance);
        assert_eq!(Tab::of(None, true), Tab::Appearance);
    }
}
