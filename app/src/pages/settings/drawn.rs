//! A part of the settings that the server draws. Its forms are sent and answered here, all alike.

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};

use crate::{
    api::settings::{DrawnPart, Part, settings_page},
    strings::t,
    ui::{Notice, Toast, browser, use_announcer, use_toasts},
};

/// How long a button says that it has copied.
const COPIED: Duration = Duration::from_secs(2);

#[component]
pub(super) fn Drawn(part: Part) -> impl IntoView {
    let toasts = use_toasts();
    let place = NodeRef::<html::Div>::new();
    let drawn = Resource::new_blocking(|| (), move |()| settings_page(part, String::new()));
    let content = move || {
        Suspend::new(async move {
            match drawn.await {
                Ok(drawn) => view! { <div node_ref=place inner_html=drawn.html></div> }.into_any(),
                Err(error) => {
                    view! { <Notice title=t().frame.not_loaded text=error.to_string() /> }.into_any()
                }
            }
        })
    };
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            browser::remember(&place);
        }
    });
    let submit = move |event: ev::SubmitEvent| {
        let Some(sent) = browser::send(&event) else { return };
        spawn_local(async move {
            let answer = settings_page(part, sent.fields.clone()).await;
            sent.end();
            match answer {
                Ok(DrawnPart { html, said, why }) => {
                    if let Some(place) = place.try_get_untracked().flatten().filter(|_| !html.is_empty()) {
                        sent.redraw(&place, &html);
                    }
                    match (said.is_empty(), why.is_empty()) {
                        (true, _) => {}
                        (_, true) => toasts.push(Toast::info(said)),
                        _ => toasts.push(Toast::error(said, why)),
                    }
                }
                Err(error) => {
                    let why = error.to_string();
                    if let Some(title) = sent.fail(&why) {
                        toasts.push(Toast::error(title, why));
                    }
                }
            }
        });
    };
    let announcer = use_announcer();
    let press = move |event: ev::MouseEvent| {
        browser::press(&event);
        let Some((text, button)) = browser::copied(&event) else { return };
        spawn_local(async move {
            if browser::copy_text(&text).await {
                button.set_text_content(Some(t().common.copied));
                announcer.announce(t().common.copied);
                browser::sleep(COPIED).await;
                button.set_text_content(Some(t().common.copy));
            } else {
                toasts.push(Toast::error(t().common.copying_refused, t().settings.copy_by_hand));
            }
        });
    };
    view! {
        <div on:submit=submit on:click=press on:input=move |event: ev::Event| browser::typed(&event)>
            <Suspense fallback=|| view! { <p class="mt-6 text-xs text-muted-foreground">{t().settings.reading}</p> }>
                {content}
            </Suspense>
        </div>
    }
}
