//! The pictures of a message that was sent. One that lies elsewhere is a link: nothing is loaded from there unasked.

use leptos::prelude::*;

use super::entry::Entry;

/// The pictures above a message's text; nothing when it has none.
#[component]
pub(super) fn Pictures(
    /// The message's entry.
    entry: Entry,
) -> impl IntoView {
    let urls = entry.pictures();
    (!urls.is_empty()).then(|| {
        let many = urls.len() > 1;
        let list = if many { "mb-1.5 grid w-full max-w-100 grid-cols-3 gap-2" } else { "mb-1.5" };
        let pictures = urls.into_iter().enumerate().map(|(place, url)| {
            let saved = entry.saved.clone();
            let href =
                move || saved.with(|saved| Some(saved.as_ref()?.message.attachments().swap_remove(place).url));
            view! { <li><Shown url=url href=Signal::derive(href) number=place + 1 many=many /></li> }
        });
        view! {
            <ul class=list aria-label="Images">{pictures.collect_view()}</ul>
        }
    })
}

#[component]
fn Shown(url: String, href: Signal<Option<String>>, number: usize, many: bool) -> impl IntoView {
    let elsewhere = url.starts_with("https://");
    let name = format!("Image {number}");
    let class = match (elsewhere, many) {
        (true, _) => "btn btn-outline btn-sm",
        (false, true) => {
            "block aspect-square overflow-hidden rounded-xl border [&>img]:size-full [&>img]:object-cover"
        }
        (false, false) => "block overflow-hidden rounded-xl border [&>img]:max-h-72 [&>img]:max-w-full",
    };
    let inside = if elsewhere {
        let host = url.split('/').nth(2).unwrap_or_default();
        format!("{name} at {host}").into_any()
    } else {
        view! { <img src=url alt=name /> }.into_any()
    };
    view! {
        <a href=move || href.get() class=class target="_blank" rel="noopener noreferrer">
            {inside}
        </a>
    }
}
