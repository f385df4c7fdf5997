//! What stands where no page is.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{strings::t, ui::Mark};

#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text=t().frame.not_found />
        <main id="main" class="grid min-h-dvh place-items-center p-6">
            <div class="max-w-90 text-center">
                <span class="inline-block">
                    <Mark class="size-8" />
                </span>
                <h1 class="mt-4 text-2xl font-semibold">{t().frame.no_page}</h1>
                <p class="mt-1 text-md text-muted-foreground">{t().frame.no_page_hint}</p>
                <a class="btn btn-primary mt-6" href="/">
                    {t().chat.start_new}
                </a>
            </div>
        </main>
    }
}
