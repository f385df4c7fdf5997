//! Daily token limits of single users, for admins.

use leptos::prelude::*;
use vertice_domain::account::Member;

use super::Section;
use crate::{
    api::account::{members, set_token_limit},
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
                    view! { <Notice title="The users could not be read" text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    view! {
        <Section
            title="Daily token limits"
            purpose="Empty: the limit of the user's role, as the server's settings say. 0: no limit."
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
                    toasts.push(Toast::error(
                        "The limit was not changed",
                        "Write a whole number of tokens, or nothing.",
                    ));
                    return;
                }
            },
        };
        busy.set(true);
        leptos::task::spawn_local(async move {
            match set_token_limit(id, limit).await {
                Ok(()) => toasts.push(Toast::info("Limit changed")),
                Err(error) => toasts.push(Toast::error("The limit was not changed", error.to_string())),
            }
            let _gone = busy.try_set(false);
        });
    };
    let label = format!("Tokens a day for {email}");
    view! {
        <li class="py-2">
            <form class="flex flex-wrap items-center gap-2" on:submit=save>
                <span class="min-w-0 flex-1 basis-48 truncate font-medium">{email}</span>
                <span class="text-xs text-muted-foreground">{member.profile.role.as_str()}</span>
                <input
                    class="field field-sm num !w-32"
                    inputmode="numeric"
                    aria-label=label
                    placeholder="role's limit"
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                />
                <Button size=ButtonSize::Small submit=true busy=busy>
                    "Save"
                </Button>
            </form>
        </li>
    }
}
