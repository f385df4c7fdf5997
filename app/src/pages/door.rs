//! The frame of the pages before the app: brand and form at the left, the drawing at the right. It knows who may stand
//! here and sends everybody else on.

use leptos::{either::EitherOf3, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;
use vertice_domain::ErrorKind;

use crate::{
    api::{
        ApiError,
        account::{Site, site},
    },
    strings::t,
    ui::{
        Mark, Notice, TextField,
        announcer::{Announcements, Announcer},
    },
};

/// Where a visitor belongs instead, on pages for a site that has its first account.
pub(super) fn once_set_up(site: &Site) -> Option<&'static str> {
    if site.profile.is_some() {
        Some("/")
    } else if site.first_run {
        Some("/setup")
    } else {
        None
    }
}

/// A page before the app. `elsewhere` says where a visitor of this site belongs instead, if not here.
#[component]
pub(super) fn Door(
    /// The document's title.
    title: &'static str,
    /// Where to go instead.
    elsewhere: fn(&Site) -> Option<&'static str>,
    form: fn(Site) -> AnyView,
) -> impl IntoView {
    let announcer = Announcer::provide();
    let loaded = Resource::new_blocking(|| (), |()| site());
    let content = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok(site) => match elsewhere(&site) {
                    Some(path) => EitherOf3::A(view! { <Redirect path=path /> }),
                    None => EitherOf3::B(form(site)),
                },
                Err(error) => EitherOf3::C(view! { <Unreachable error=error /> }),
            }
        })
    };
    view! {
        <Title text=title />
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
                    <div class="w-full max-w-90">
                        <Suspense>{content}</Suspense>
                    </div>
                </div>
            </main>
            <Drawing />
        </div>
        <Announcements announcer=announcer />
    }
}

#[component]
fn Unreachable(error: ApiError) -> impl IntoView {
    view! {
        <h1 class="text-2xl font-semibold">{t().doors.unreachable}</h1>
        <Notice title=t().doors.page_not_loaded text=error.to_string() />
        <p class="mt-6">
            <a class="btn btn-outline" href="" rel="external">
                {t().common.try_again}
            </a>
        </p>
    }
}

/// The title and the line under it.
#[component]
pub(super) fn Heading(
    title: &'static str,
    /// The line under it.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <h1 class="text-2xl font-semibold">{title}</h1>
        <p class="mt-1 text-md text-muted-foreground">{text}</p>
    }
}

/// What a form's last attempt came to, as the form shows it: failures of a field stand at the field, others above.
#[component]
pub(super) fn Failure(
    /// The error of the last attempt.
    #[prop(into)]
    error: Signal<Option<ApiError>>,
    /// The fields that show their own.
    fields: &'static [&'static str],
    /// What did not happen.
    title: &'static str,
) -> impl IntoView {
    move || {
        let error = error.get()?;
        let shown_below = error.0.fields.iter().any(|field| fields.contains(&field.field.as_str()));
        let title = if error.0.kind == ErrorKind::RateLimited { t().doors.too_many } else { title };
        (!shown_below).then(|| view! { <Notice title=title text=error.to_string() /> })
    }
}

/// The address by which an account is known.
#[component]
pub(super) fn EmailField(
    /// The error of the last attempt.
    #[prop(into)]
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    view! {
        <TextField
            id="email"
            label=t().doors.email
            kind="email"
            autocomplete="username"
            placeholder=t().doors.email_example
            required=true
            error=field_error(error, "email")
        />
    }
}

/// What is wrong with one field after the last attempt.
pub(super) fn field_error(error: Signal<Option<ApiError>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        let text = error.with(|error| error.as_ref().and_then(|error| error.field(name)))?;
        Some(sentence(name, &text))
    })
}

/// Makes a sentence of a field's fault, which the API words to follow the field's name.
fn sentence(name: &str, fault: &str) -> String {
    if fault.starts_with(|first: char| first.is_uppercase()) {
        return fault.to_owned();
    }
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    let capital: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if fault.ends_with('.') { "" } else { "." };
    format!("{capital}{} {fault}{stop}", letters.as_str())
}

const DRAWING: &str = r#"<g fill="none" stroke="hsl(var(--border-strong))"><path d="M60 120C60 360 276 370 360 560"/><path d="M180 92C180 332 309.6 370 360 560"/><path d="M300 132C300 372 343.2 370 360 560"/><path d="M420 104C420 344 376.8 370 360 560"/><path d="M540 128C540 368 410.4 370 360 560"/><path d="M660 96C660 336 444 370 360 560"/><path d="M360 560V900"/></g>"#;

/// The corners of each glyph, and where it stands.
const GLYPHS: [(f64, f64, &str); 6] = [
    (46.0, 106.0, "8,3 13.2,12 2.8,12"),
    (166.0, 78.0, "8,2.6 13.33,6.47 11.29,12.73 4.71,12.73 2.67,6.47"),
    (286.0, 118.0, "8,2.6 13.6,8.2 8,13.8 2.4,8.2"),
    (406.0, 90.0, "8,2.6 13.33,6.47 11.29,12.73 4.71,12.73 2.67,6.47"),
    (526.0, 114.0, "8,3 13.2,12 2.8,12"),
    (646.0, 82.0, "8,2.6 13.6,8.2 8,13.8 2.4,8.2"),
];

fn drawing() -> String {
    let mut svg = DRAWING.to_owned();
    for (x, y, corners) in GLYPHS {
        svg.push_str(&format!(
            r#"<g transform="translate({x} {y})"><rect width="28" height="28" fill="hsl(var(--sunken))"/><g transform="translate(3 3) scale(1.375)" fill="none"><polygon points="{corners}" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/></g></g>"#
        ));
    }
    for y in [648, 724, 812] {
        svg.push_str(&format!(
            r#"<circle cx="360" cy="{y}" r="6" fill="hsl(var(--sunken))"/><circle cx="360" cy="{y}" r="3.5" fill="hsl(var(--faint))"/>"#
        ));
    }
    svg.push_str(r#"<circle cx="360" cy="560" r="20" fill="hsl(var(--sunken))"/><circle cx="360" cy="560" r="15.5" fill="none" stroke="hsl(var(--primary) / .4)"/><circle cx="360" cy="560" r="9" fill="hsl(var(--primary))"/>"#);
    svg
}

#[component]
fn Drawing() -> impl IntoView {
    view! {
        <aside aria-label=t().common.brand class="relative hidden w-1/2 overflow-hidden border-l bg-sunken lg:block">
            <svg
                viewBox="0 0 720 900"
                class="absolute inset-0 size-full"
                preserveAspectRatio="xMidYMid slice"
                aria-hidden="true"
                inner_html=drawing()
            ></svg>
            <p class="absolute bottom-12 left-12 max-w-56 text-md text-muted-foreground">
                {t().doors.many_models} <br /> <span class="text-foreground">{t().doors.one_line}</span>
            </p>
        </aside>
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn faults_become_sentences() {
        assert_eq!(sentence("email", "is not an e-mail address"), "Email is not an e-mail address.");
        assert_eq!(sentence("setup_token", "must not be empty"), "Setup token must not be empty.");
        assert_eq!(sentence("password", "Too easy to guess."), "Too easy to guess.");
    }
}
