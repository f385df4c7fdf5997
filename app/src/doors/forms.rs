//! The forms: signing in, and making an account.

use leptos::{either::Either, prelude::*};
use vertice_domain::{ErrorKind, account::Site};

use super::{
    Door, Fault, Standing,
    fields::{Line, Password},
};
use crate::{
    next::{HOSTED_SIGN_IN, REGISTER, SIGN_IN},
    strings::{drawn, fill, t},
    ui::{Icon, Notice},
};

/// What stands on the page, by what kind of site this is.
pub(super) fn form(standing: &Standing, site: &Site) -> AnyView {
    match standing.door {
        Door::SignIn => sign_in(standing, site),
        Door::Register if !site.registration_open => closed(standing),
        Door::Register => register(standing),
        Door::Setup => setup(standing, site),
    }
}

fn sign_in(standing: &Standing, site: &Site) -> AnyView {
    let form = Form::new(standing, &["email", "password"]);
    let fields = view! {
        {form.email()}
        <Password error=form.error("password") focused=form.begins_at("password") />
    };
    let below = if site.registration_open {
        Either::Left(link(drawn().doors.no_account, standing.next.behind(REGISTER), drawn().doors.create_one))
    } else {
        Either::Right(drawn().doors.ask_admin)
    };
    view! {
        {heading(t().common.sign_in, drawn().doors.go_on)}
        {form.draw(drawn().doors.not_signed_in, t().common.sign_in, fields)}
        {standing.issuer.as_deref().map(|issuer| hosted(standing, issuer))}
        <p class="mt-6 text-center text-xs text-muted-foreground">{below}</p>
    }
    .into_any()
}

/// The other way in: a page of the issuer's, from which one comes back.
fn hosted(standing: &Standing, issuer: &str) -> impl IntoView {
    view! {
        <div class="mt-6 flex items-center gap-3 text-xs text-muted-foreground">
            <span class="h-px flex-1 bg-border"></span>
            {drawn().doors.or}
            <span class="h-px flex-1 bg-border"></span>
        </div>
        <a class="btn btn-outline btn-lg mt-6 w-full" href=standing.next.behind(HOSTED_SIGN_IN) rel="external">
            {fill(drawn().doors.continue_with, &[("issuer", issuer)])}
        </a>
    }
}

fn register(standing: &Standing) -> AnyView {
    view! {
        {heading(drawn().doors.create_account, drawn().doors.create_text)}
        {account(standing, false)}
        <p class="mt-6 text-center text-xs text-muted-foreground">
            {link(drawn().doors.have_account, standing.next.behind(SIGN_IN), t().common.sign_in)}
        </p>
    }
    .into_any()
}

fn setup(standing: &Standing, site: &Site) -> AnyView {
    view! {
        {heading(drawn().doors.first_admin, drawn().doors.first_admin_text)}
        {account(standing, site.setup_token_required)}
    }
    .into_any()
}

fn closed(standing: &Standing) -> AnyView {
    view! {
        {heading(drawn().doors.closed, drawn().doors.closed_text)}
        <p class="mt-4 text-sm">{drawn().doors.closed_hint}</p>
        <a class="btn btn-outline btn-lg mt-6 w-full" href=standing.next.behind(SIGN_IN)>
            {drawn().doors.to_sign_in}
        </a>
    }
    .into_any()
}

/// The form that makes an account. `setup_token`: whether the token from the server's log is asked for.
fn account(standing: &Standing, setup_token: bool) -> impl IntoView {
    let form = Form::new(standing, &["name", "email", "password", "setup_token"]);
    let typed = &standing.typed;
    let fields = view! {
        <Line
            id="name"
            label=drawn().doors.name
            autocomplete="name"
            max=100
            value=typed.name.clone()
            error=form.error("name")
            focused=form.begins_at("name")
        />
        {form.email()}
        <Password new=true error=form.error("password") focused=form.begins_at("password") />
        {setup_token
            .then(|| {
                view! {
                    <Line
                        id="setup_token"
                        label=drawn().doors.setup_token
                        hint=drawn().doors.setup_token_hint
                        code=true
                        required=true
                        value=typed.setup_token.clone()
                        error=form.error("setup_token")
                        focused=form.begins_at("setup_token")
                    />
                }
            })}
    };
    form.draw(drawn().doors.not_created, drawn().doors.create, fields)
}

/// The title and the line under it.
fn heading(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <h1 class="text-2xl font-semibold">{title}</h1>
        <p class="mt-1 text-md text-muted-foreground">{text}</p>
    }
}

fn link(before: &'static str, address: String, text: &'static str) -> impl IntoView {
    view! {
        {before}
        <a href=address class="font-medium text-primary-text">
            {text}
        </a>
    }
}

/// What the forms have in common.
struct Form<'a> {
    standing: &'a Standing,
    fault: Option<Fault>,
    /// Its fields, from the first to the last.
    fields: &'static [&'static str],
}

impl<'a> Form<'a> {
    fn new(standing: &'a Standing, fields: &'static [&'static str]) -> Self {
        Self { standing, fault: standing.fault(), fields }
    }

    fn error(&self, field: &str) -> Option<String> {
        self.fault.as_ref()?.at(field)
    }

    /// Whether one begins at that field: where something is wrong, else at the password, which is never kept.
    fn begins_at(&self, field: &str) -> bool {
        let wrong = self.fault.as_ref().and_then(|fault| fault.first_of(self.fields));
        let first = if self.standing.typed.email.is_empty() {
            self.fields.first().copied()
        } else {
            Some("password")
        };
        wrong.or(first) == Some(field)
    }

    fn email(&self) -> impl IntoView + use<> {
        view! {
            <Line
                id="email"
                label=drawn().doors.email
                kind="email"
                autocomplete="username"
                placeholder=drawn().doors.email_example
                required=true
                value=self.standing.typed.email.clone()
                error=self.error("email")
                focused=self.begins_at("email")
            />
        }
    }

    /// The form, with what was wrong above it unless it stands at a field. `title`: what did not happen.
    fn draw(self, title: &'static str, submit: &'static str, fields: impl IntoView) -> impl IntoView {
        let wait = self.fault.as_ref().and_then(|fault| fault.0.retry_after_s);
        let unplaced = self.fault.as_ref().filter(|fault| fault.first_of(self.fields).is_none());
        let notice = unplaced.map(|fault| match fault.0.retry_after_s {
            Some(seconds) if fault.0.kind == ErrorKind::RateLimited => Either::Left(paused(seconds)),
            _ => Either::Right(view! { <Notice title=title text=fault.0.message.clone() /> }),
        });
        view! {
            {notice}
            <form method="post" action=self.standing.next.behind(self.standing.door.path()) class="mt-6" aria-label=submit>
                {fields}
                <button
                    type="submit"
                    class="btn btn-primary btn-lg mt-6 w-full tabular-nums"
                    data-wait=wait
                    data-later=wait.map(|_| fill(drawn().doors.later, &[("seconds", "{seconds}")]))
                >
                    {submit}
                </button>
            </form>
        }
    }
}

/// Says that one has to wait. The button counts the seconds, where there are scripts.
fn paused(seconds: u64) -> impl IntoView {
    let later = fill(drawn().doors.later, &[("seconds", &seconds.to_string())]);
    view! {
        <div id="paused" role="alert" class="mt-6 flex gap-3 rounded-lg border border-warning/35 bg-warning/6 p-3">
            {Icon::Clock.svg("mt-0.5 size-4 shrink-0 text-warning-text")}
            <div class="min-w-0">
                <p class="text-sm font-medium">{drawn().doors.too_many}</p>
                <p class="text-xs text-muted-foreground">
                    {drawn().doors.paused} <noscript>" " {later} "."</noscript>
                </p>
            </div>
        </div>
    }
}
