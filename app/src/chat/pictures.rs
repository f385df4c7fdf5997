//! The pictures of a message that was sent. One that lies elsewhere is a link: nothing is loaded from there unasked.

use crate::strings::{fill, t};
use std::ops::Range;

use leptos::prelude::*;
use vertice_domain::{Part, PartKind, Quote};

use super::entry::Entry;

/// What stands together in a message of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Pictures(Range<usize>),
    Text(String),
    /// A resource that goes with it.
    Quote(Quote),
    /// A file: its name, and its place among the files.
    File(String, usize),
}

/// A message's texts and pictures in the order sent.
pub(super) fn pieces(entry: &Entry) -> Vec<Piece> {
    let ordered = entry.with_parts(in_order);
    let pictures = entry.pictures().len();
    if pictures == 0 || ordered.iter().any(|piece| matches!(piece, Piece::Pictures(_))) {
        return if ordered.is_empty() { text_alone(entry) } else { ordered };
    }
    // The server has not told of the pictures yet: as they were sent, above the text.
    [Piece::Pictures(0..pictures)].into_iter().chain(text_alone(entry)).collect()
}

fn text_alone(entry: &Entry) -> Vec<Piece> {
    let text = entry.full_text();
    if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] }
}

fn in_order(parts: &[Part]) -> Vec<Piece> {
    let (mut pieces, mut seen, mut files) = (Vec::new(), 0, 0);
    for part in parts {
        match &part.kind {
            PartKind::Text { text } if !text.is_empty() => pieces.push(Piece::Text(text.clone())),
            PartKind::Image { .. } => {
                seen += 1;
                match pieces.last_mut() {
                    Some(Piece::Pictures(which)) => which.end = seen,
                    _ => pieces.push(Piece::Pictures(seen - 1..seen)),
                }
            }
            PartKind::File(file) => {
                pieces.push(Piece::File(file.name.clone(), files));
                files += 1;
            }
            PartKind::Quote(quote) => pieces.push(Piece::Quote(quote.clone())),
            _ => {}
        }
    }
    pieces
}

/// Pictures that stand together.
#[component]
pub(super) fn Pictures(
    /// The message's entry.
    entry: Entry,
    /// Which of the message's pictures.
    which: Range<usize>,
) -> impl IntoView {
    let many = which.len() > 1;
    let list = if many {
        "mb-1.5 grid w-full max-w-100 grid-cols-3 gap-2 not-first:mt-1.5"
    } else {
        "mb-1.5 not-first:mt-1.5"
    };
    let pictures = entry.pictures().into_iter().enumerate().filter(|(place, _)| which.contains(place));
    let pictures = pictures.map(|(place, url)| {
        let saved = entry.saved.clone();
        let href = move || {
            saved.with(|saved| Some(saved.as_ref()?.message.attachments().into_iter().nth(place)?.url))
        };
        view! { <li><Shown url=url href=Signal::derive(href) number=place + 1 many=many /></li> }
    });
    view! {
        <ul class=list aria-label=t().chat.images>
            {pictures.collect_view()}
        </ul>
    }
}

/// One picture, or the link to one that lies elsewhere.
#[component]
pub(super) fn Shown(
    /// Where it is found.
    url: String,
    /// Where its link leads.
    href: Signal<Option<String>>,
    /// Its number, from 1.
    number: usize,
    /// Whether others stand beside it.
    many: bool,
) -> impl IntoView {
    let elsewhere = url.starts_with("https://");
    let name = fill(t().chat.image, &[("number", &number.to_string())]);
    let class = match (elsewhere, many) {
        (true, _) => "btn btn-outline btn-sm",
        (false, true) => {
            "block aspect-square overflow-hidden rounded-xl border [&>img]:size-full [&>img]:object-cover"
        }
        (false, false) => "block overflow-hidden rounded-xl border [&>img]:max-h-72 [&>img]:max-w-full",
    };
    let inside = if elsewhere {
        let host = url.split('/').nth(2).unwrap_or_default();
        fill(t().chat.image_at, &[("image", &name), ("host", host)]).into_any()
    } else {
        view! { <img src=url alt=name /> }.into_any()
    };
    view! {
        <a href=move || href.get() class=class target="_blank" rel="noopener noreferrer">
            {inside}
        </a>
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::ImageSource;

    use super::*;

    #[test]
    fn texts_and_pictures_keep_their_order() {
        let text = |text: &str| PartKind::Text { text: text.into() };
        let image = || PartKind::Image { source: ImageSource::Url { url: "https://a.example/a.png".into() } };
        let kinds = [text("before"), image(), image(), text(""), text("between"), image()];
        let parts = (0..).zip(kinds).map(|(position, kind)| Part { position, step: 0, kind });
        let parts: Vec<Part> = parts.collect();
        let expected = [
            Piece::Text("before".into()),
            Piece::Pictures(0..2),
            Piece::Text("between".into()),
            Piece::Pictures(2..3),
        ];
        assert_eq!(in_order(&parts), expected);
    }
}
