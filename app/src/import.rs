//! The page on which conversations of other apps are taken in. The server alone draws it, and it is whole without any script; one
//! small script sends the same form and shows how far it has come ([`SCRIPT`]).

mod report;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{Title, provide_meta_context};
use vertice_domain::{Error, import::Imported};

use crate::{
    strings::{Language, drawn, fill, said, t},
    ui::Mark,
};

/// Where it is.
pub const IMPORT: &str = "/import";

/// Sends the form, shows how far it has come, and puts the report where the server's page has it.
const SCRIPT: &str = include_str!("import/import.js");

/// What became of what was sent.
pub type Outcome = Result<Imported, Error>;

/// The report, as the page shows it.
pub fn report(language: Language, outcome: Result<&Imported, &Error>) -> String {
    Owner::new().with(|| {
        provide_context(language);
        report::draw(outcome).to_html()
    })
}

/// Why nothing is taken of what was sent, in the reader's language.
pub fn refusal(language: Language, error: Error) -> Error {
    said::error(language, error)
}

/// The body of the page.
#[component]
pub(crate) fn Drawn(outcome: Option<Outcome>) -> impl IntoView {
    provide_meta_context();
    let texts = &drawn().import;
    view! {
        <Title text=fill(t().common.page_title, &[("page", t().settings.import)]) />
        <a href="#main" class="skip-link">
            {t().common.skip}
        </a>
        <main id="main" tabindex="-1" class="mx-auto w-full max-w-[720px] px-4 pb-16">
            <div class="flex h-16 items-center gap-2">
                <a href="/" class="flex items-center gap-2">
                    <Mark />
                    <span class="text-md font-semibold tracking-tight">{t().common.brand}</span>
                </a>
            </div>
            <a href="/settings?tab=account" class="text-xs text-muted-foreground underline">
                {texts.back}
            </a>
            <h1 class="mt-4 text-2xl font-semibold">{t().settings.import}</h1>
            <p class="mt-1 text-md text-muted-foreground">{texts.text}</p>
            <form method="post" action=IMPORT enctype="multipart/form-data" class="mt-6">
                <label class="label" for="files">
                    {texts.files}
                </label>
                <input
                    id="files"
                    name="files"
                    type="file"
                    multiple
                    required
                    accept=".json,.zip,application/json,application/zip"
                    class="mt-1.5 block w-full text-sm"
                    aria-describedby="files-hint"
                />
                <p id="files-hint" class="mt-1.5 text-xs text-muted-foreground">
                    {texts.hint}
                </p>
                <button type="submit" class="btn btn-primary mt-4">
                    {texts.send}
                </button>
            </form>
            <div
                id="progress"
                class="mt-6"
                hidden
                data-sending=texts.sending
                data-reading=texts.reading
                data-lost=texts.lost
            >
                <progress class="w-full" aria-labelledby="progress-text"></progress>
                <p id="progress-text" class="num mt-1.5 text-xs text-muted-foreground" role="status"></p>
            </div>
            <div id="report">{outcome.as_ref().map(|outcome| report::draw(outcome.as_ref()))}</div>
            <script nonce=use_nonce()>{SCRIPT}</script>
        </main>
    }
}

#[cfg(test)]
mod tests;
