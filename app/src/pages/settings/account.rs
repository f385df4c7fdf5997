//! Account: who is signed in, their password, and signing out.

use leptos::{form::ActionForm, prelude::*};
use vertice_domain::{Profile, account::Role};

use super::{Line, Section, password::Password};
use crate::{
    api::account::{SignOut, SignOutEverywhere},
    ui::{Button, ButtonKind, ButtonSize, Notice},
};

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Premium => "User with a larger quota",
        Role::Admin => "Admin",
    }
}

/// The part. Its forms work without JavaScript.
#[component]
pub(super) fn Account() -> impl IntoView {
    let profile = expect_context::<Profile>();
    let (email, username) = (profile.email.to_string(), profile.email.to_string());
    let here = ServerAction::<SignOut>::new();
    let everywhere = ServerAction::<SignOutEverywhere>::new();
    let name = if profile.name.trim().is_empty() { "Not given".to_owned() } else { profile.name.clone() };
    let failure = move || {
        let error = here.value().get().and_then(Result::err).or_else(|| everywhere.value().get()?.err())?;
        Some(view! { <Notice title="You are still signed in" text=error.to_string() /> })
    };
    view! {
        <Section title="Profile">
            <dl class="divide-y border-y">
                <Fact term="Name" value=name />
                <Fact term="Email" value=email />
                <Fact term="Role" value=role_name(profile.role).to_owned() />
            </dl>
        </Section>
        <Password email=username />
        <Section title="Sessions">
            {failure}
            <div class="divide-y border-y">
                <Line title="Sign out" text="Ends this browser's session.">
                    <ActionForm action=here>
                        <Button size=ButtonSize::Small submit=true busy=here.pending()>
                            "Sign out"
                        </Button>
                    </ActionForm>
                </Line>
                <Line title="Sign out everywhere" text="Ends every session, this one too. API tokens go on working.">
                    <ActionForm action=everywhere>
                        <Button kind=ButtonKind::Danger size=ButtonSize::Small submit=true busy=everywhere.pending()>
                            "Sign out everywhere"
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
