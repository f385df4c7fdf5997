//! Daily token limits of single users, for admins.

use leptos::prelude::*;
use vertice_domain::account::Member;

use super::Section;
use crate::{
    api::account::{members, set_token_limit},
    strings::{fill, t},
    ui::{Button, ButtonSize, Notice, Toast, use_toasts},
};

#[component]
pub(super) fn Limits() -> impl IntoView {
    let loaded = Resource::new_blocking(|| (), |()| members());
    let list = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok(members) => {
                    let rows = members.into_iter().map(|member| view! { <Row member=member /> });
                    view! { <ul class="divide-y border-y">{rows.collect_view()}</ul> }.into_any()
                }
                Err(error) => {
                    view! { <Notice title=t().settings.users_unread text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    view! {
        <Section
            title=t().settings.limits
            purpose=t().settings.limits_purpose
        >
            <Transition>{list}</Transition>
        </Section>
    }
}

#[component]
fn Row(member: Member) -> impl IntoView {
    let toasts = use_toasts();
    let (id, email) = (member.profile.id, member.profile.email.to_string());
    let text = RwSignal::new(member.daily_token_limit.map(|limit| limit.to_string()).unwrap_or_default());
    let busy = RwSignal::new(false);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = text.get_untracked();
        let limit = match text.trim() {
            "" => None,
            digits => match digits.parse() {
                Ok(limit) => Some(limit),
                Err(_) => {
                    toasts.push(Toast::error(t().settings.limit_not_changed, t().settings.limit_form));
                    return;
                }
            },
        };
        busy.set(true);
        leptos::task::spawn_local(async move {
            match set_token_limit(id, limit).await {
                Ok(()) => toasts.push(Toast::info(t().settings.limit_changed)),
                Err(error) => toasts.push(Toast::error(t().settings.limit_not_changed, error.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    let label = fill(t().settings.limit_label, &[("email", &email)]);
    view! {
        <li class="py-2">
            <form class="flex flex-wrap items-center gap-2" on:submit=save>
                <span class="min-w-0 flex-1 basis-48 truncate font-medium">{email}</span>
                <span class="text-xs text-muted-foreground">{member.profile.role.as_str()}</span>
                <input
                    class="field field-sm num !w-32"
                    inputmode="numeric"
                    aria-label=label
                    placeholder=t().settings.limit_placeholder
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
                <Button size=ButtonSize::Small submit=true busy=busy>
                    {t().common.save}
                </Button>
            </form>
        </li>
    }
}
