//! Server, for admins: who may register, how to add models, and what separates code from this machine. Keys are set where the
//! server starts, never here.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;

use leptos::prelude::*;

use super::{super::frame::SiteState, Line, Section, limits::Limits};
use crate::{
    api::account::{server_page, set_registration},
    strings::t,
    ui::{Notice, Switch, Toast, use_toasts},
};

#[component]
pub(super) fn Server() -> impl IntoView {
    let SiteState(site) = expect_context();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let open = Signal::derive(move || site.with(|site| site.registration_open));
    let change = move |open: bool| {
        busy.set(true);
        site.update(|site| site.registration_open = open);
        leptos::task::spawn_local(async move {
            if let Err(error) = set_registration(open).await {
                let _gone = site.try_update(|site| site.registration_open = !open);
                toasts.push(Toast::error(t().settings.registration_not_changed, error.to_string()));
            }
            let _gone = busy.try_set(false);
        });
    };
    let text = Signal::derive(move || {
        if open.get() {
            t().settings.registration_open.to_owned()
        } else {
            t().settings.registration_closed.to_owned()
        }
    });
    let told = Resource::new_blocking(|| (), |()| server_page());
    let drawn = move || {
        Suspend::new(async move {
            match told.await {
                Ok(html) => view! { <div inner_html=html></div> }.into_any(),
                Err(error) => {
                    view! { <Notice title=t().frame.not_loaded text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    view! {
        <Section title=t().settings.people>
            <div class="divide-y border-y">
                <Line title=t().settings.open_registration text=text>
                    <Switch label=t().settings.open_registration checked=open disabled=busy on_change=change />
                </Line>
            </div>
        </Section>
        <Limits />
        <Suspense>{drawn}</Suspense>
    }
}
