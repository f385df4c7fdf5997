//! Usage: what was spent, saved and may still be spent; by day and model, with the table behind it. All of it is in the
//! address, and the server draws it: the browser only fetches and shows it.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;
#[cfg(feature = "ssr")]
mod period;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::frame::Headline;
use crate::{api::usage::usage_page, strings::t, ui::Notice};

/// `/usage`.
#[component]
pub fn Usage() -> impl IntoView {
    let search = use_location().search;
    let Headline(headline) = expect_context();
    Effect::new(move |_| headline.set(t().common.usage.to_owned()));
    let drawn = Resource::new_blocking(move || search.get(), usage_page);
    let content = move || {
        Suspend::new(async move {
            match drawn.await {
                Ok(html) => view! { <div inner_html=html></div> }.into_any(),
                Err(error) => view! { <Notice title=t().usage.unread text=error.to_string() /> }.into_any(),
            }
        })
    };
    view! {
        <Title text=t().common.usage />
        <div class="min-h-0 flex-1 overflow-y-auto px-4 pt-4 pb-12 lg:px-10 lg:pt-8">
            <div class="mx-auto w-full max-w-[1100px]">
                <Transition fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().usage.adding}</p> }>
                    {content}
                </Transition>
            </div>
        </div>
    }
}
