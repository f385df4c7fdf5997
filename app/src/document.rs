//! The HTML document around the application, and around what lies before it.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{
    doors::{Drawn, Standing},
    import,
    routes::App,
    ssr,
    strings::{self, drawn},
};

const FIRST_PAINT: &str = include_str!("document/first_paint.js");

/// Keeps what is done to a page until it is awake, and does it then.
const EARLY: &str = include_str!("document/early.js");

/// Loads the palette when its keys are pressed first.
const PALETTE: &str = include_str!("document/palette.js");

/// The document of the application's pages; rendered by the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let texts = Files::of(&options).texts;
    let said = format!("/{}/{}", options.site_pkg_dir, strings::palette_address(ssr::language()));
    let scripts = view! {
        <script nonce=use_nonce()>{EARLY}</script>
        <script nonce=use_nonce() data-palette=ssr::bundled("palette.js") data-texts=said>
            {PALETTE}
        </script>
        // Runs before the scripts that wake the page: both wait for the document, and keep their order.
        <script defer nonce=use_nonce() src=texts></script>
        <HydrationScripts options=options.clone() root="" />
        <MetaTags />
    };
    document(options, scripts, || view! { <App /> })
}

/// The document of a page before the app, which is whole without any script.
pub fn door(options: LeptosOptions, standing: Standing) -> impl IntoView {
    let files = Files::of(&options);
    document(options, view! { <MetaTags /> }, move || view! { <Drawn standing=standing files=files /> })
}

/// The document of the page on which conversations are taken in, which is whole without any script.
pub fn import_page(options: LeptosOptions, outcome: Option<import::Outcome>) -> impl IntoView {
    document(options, view! { <MetaTags /> }, move || view! { <import::Drawn outcome=outcome /> })
}

/// What an open page needs beside its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) script: String,
    pub(crate) wasm: String,
    pub(crate) texts: String,
}

impl Files {
    fn of(options: &LeptosOptions) -> Self {
        let (folder, name) = (&options.site_pkg_dir, &options.output_name);
        Self {
            script: format!("/{folder}/{name}.js"),
            wasm: format!("/{folder}/{name}.wasm"),
            texts: format!("/{folder}/{}", strings::address(ssr::language())),
        }
    }
}

fn document<V: IntoView>(
    options: LeptosOptions,
    head: impl IntoView,
    body: impl FnOnce() -> V,
) -> impl IntoView {
    ssr::set_page_headers();
    let dark = ssr::preferences().is_dark();
    let language = ssr::language();
    let font = format!("/{}/fonts/geist-latin-wght-normal.woff2", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() class=if dark { "dark" } else { "" }>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{FIRST_PAINT}</script>
                <meta name="description" content=drawn().doors.description />
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#0f172a" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials" />
                <link
                    rel="preload"
                    href=font
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <HashedStylesheet options=options id="leptos" />
                {head}
            </head>
            <body>{body()}</body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::{EARLY, PALETTE};

    /// It comes with every page.
    #[test]
    fn what_waits_for_the_page_is_small_and_ends_nowhere_but_at_its_end() {
        assert!(EARLY.len() < 2_000, "{}", EARLY.len());
        assert!(PALETTE.len() < 1_000, "{}", PALETTE.len());
        assert!(!EARLY.contains("</") && !PALETTE.contains("</"));
    }
}
