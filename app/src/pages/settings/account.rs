//! Account: who is signed in, their password, and signing out.

use leptos::{form::ActionForm, prelude::*};
use vertice_domain::{Profile, account::Role};

use super::{Line, Section, password::Password};
use crate::{
    api::{
        ApiError,
        account::{SignOut, SignOutEverywhere},
    },
    next::SIGN_IN,
    strings::t,
    ui::{Button, ButtonKind, ButtonSize, Notice, browser},
};

fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => t().settings.role_user,
        Role::Premium => t().settings.role_premium,
        Role::Admin => t().settings.role_admin,
    }
}

/// The part. Its forms work without JavaScript.
#[component]
pub(super) fn Account() -> impl IntoView {
    let profile = expect_context::<Profile>();
    let (email, username) = (profile.email.to_string(), profile.email.to_string());
    let here = ServerAction::<SignOut>::new();
    let everywhere = ServerAction::<SignOutEverywhere>::new();
    Effect::new(move |_| {
        let done = |value: Option<Result<(), ApiError>>| matches!(value, Some(Ok(())));
        if done(here.value().get()) || done(everywhere.value().get()) {
            browser::leave_to(SIGN_IN);
        }
    });
    let name = if profile.name.trim().is_empty() {
        t().settings.name_missing.to_owned()
    } else {
        profile.name.clone()
    };
    let failure = move || {
        let error = here.value().get().and_then(Result::err).or_else(|| everywhere.value().get()?.err())?;
        Some(view! { <Notice title=t().common.still_signed_in text=error.to_string() /> })
    };
    view! {
        <Section title=t().settings.profile>
            <dl class="divide-y border-y">
                <Fact term=t().settings.name value=name />
                <Fact term=t().settings.email value=email />
                <Fact term=t().settings.role value=role_name(profile.role).to_owned() />
            </dl>
        </Section>
        <Password email=username />
        <Section title=t().settings.import purpose=t().settings.import_text>
            // The server alone draws that page.
            <a class="btn btn-outline btn-sm" rel="external" href="/import">
                {t().settings.import_open}
            </a>
        </Section>
        <Section title=t().settings.sessions>
            {failure}
            <div class="divide-y border-y">
                <Line title=t().common.sign_out text=t().settings.sign_out_text>
                    <ActionForm action=here>
                        <Button size=ButtonSize::Small submit=true busy=here.pending()>
                            {t().common.sign_out}
                        </Button>
                    </ActionForm>
                </Line>
                <Line title=t().settings.everywhere text=t().settings.everywhere_text>
                    <ActionForm action=everywhere>
                        <Button kind=ButtonKind::Danger size=ButtonSize::Small submit=true busy=everywhere.pending()>
                            {t().settings.everywhere}
                        </Button>
                    </ActionForm>
                </Line>
            </div>
        </Section>
    }
}

#[component]
fn Fact(term: &'static str, value: String) -> impl IntoView {
    view! {
        <div class="flex min-h-14 items-center gap-6 py-3">
            <dt class="w-32 shrink-0 font-medium">{term}</dt>
            <dd class="min-w-0 flex-1 break-words text-muted-foreground">{value}</dd>
        </div>
    }
}
