//! What all of these pages have around their form: the brand above it, the drawing beside it.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{Title, provide_meta_context};
use vertice_domain::Error;

use super::{Standing, drawing::Drawing, forms, script};
use crate::{
    document::Files,
    ssr,
    strings::{drawn, t},
    ui::{Mark, Notice},
};

/// The body of the page.
#[component]
pub(crate) fn Drawn(standing: Standing, files: Files) -> impl IntoView {
    provide_meta_context();
    let content = match standing.site.clone() {
        Ok(site) => forms::form(&standing, &site),
        Err(error) => view! { <Unreachable error=error /> }.into_any(),
    };
    view! {
        <Title text=standing.title() />
        <a href="#main" class="skip-link">
            {t().common.skip}
        </a>
        <div class="flex min-h-dvh">
            <main id="main" tabindex="-1" class="flex min-w-0 flex-1 flex-col px-6">
                <div class="flex h-16 shrink-0 items-center gap-2 md:px-6">
                    <Mark />
                    <span class="text-md font-semibold tracking-tight">{t().common.brand}</span>
                </div>
                <div class="flex flex-1 items-center justify-center pb-16">
                    <div class="w-full max-w-90">{content}</div>
                </div>
            </main>
            <Drawing />
        </div>
        <script nonce=use_nonce() data-script=files.script data-wasm=files.wasm data-texts=files.texts>
            {script::KINDER}
        </script>
    }
}

#[component]
fn Unreachable(error: Error) -> impl IntoView {
    view! {
        <h1 class="text-2xl font-semibold">{drawn().doors.unreachable}</h1>
        <Notice title=drawn().doors.page_not_loaded text=ssr::said(error).message />
        <p class="mt-6">
            <a class="btn btn-outline" href="">
                {t().common.try_again}
            </a>
        </p>
    }
}
