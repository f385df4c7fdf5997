//! Daily token limits of single users, for admins.

use leptos::prelude::*;
use vertice_domain::account::Member;

use super::form::sender;
use crate::{
    pages::settings::Section,
    strings::{drawn, fill},
};

pub(super) fn draw(members: Vec<Member>) -> AnyView {
    let texts = &drawn().settings;
    let rows = members.into_iter().map(row).collect_view();
    view! {
        <Section title=texts.limits purpose=texts.limits_purpose>
            <ul class="divide-y border-y">{rows}</ul>
        </Section>
    }
    .into_any()
}

fn row(member: Member) -> AnyView {
    let texts = &drawn().settings;
    let (id, email) = (member.profile.id.to_string(), member.profile.email.to_string());
    let label = fill(texts.limit_label, &[("email", &email)]);
    view! {
        <li class="py-2">
            <form class="flex flex-wrap items-center gap-2" method="post">
                <span class="min-w-0 flex-1 basis-48 truncate font-medium">{email}</span>
                <span class="text-xs text-muted-foreground">{member.profile.role.as_str()}</span>
                <input type="hidden" name="user" value=id.clone() />
                <input
                    class="field field-sm num !w-32"
                    name="limit"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label=label
                    placeholder=texts.limit_placeholder
                    value=member.daily_token_limit.map(|limit| limit.to_string())
                />
                {sender("btn btn-outline btn-sm", format!("limit-{id}"), "limit", texts.save, Some(texts.limit_not_changed))}
            </form>
        </li>
    }
    .into_any()
}
