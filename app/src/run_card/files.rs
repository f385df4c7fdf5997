//! The files that a run has made or changed: each can be saved, pictures and texts are shown in place. Nothing of them becomes markup:
//! a drawing is a picture like any other, which runs and loads nothing.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use leptos::prelude::*;
use vertice_domain::sandbox::{Encoding, RunFile, RunReport};

use super::{
    clean::clean,
    figures,
    head::{Pictogram, pictogram},
};
use crate::{
    chat::legible,
    strings::{drawn, fill},
};

/// Files that are listed.
const LISTED: usize = 50;
/// The most bytes of a text that are shown.
const TEXT_SHOWN: usize = 32 * 1024;
/// The most bytes of all pictures that are shown; they are in the card twice, to be seen and to be saved.
const PICTURES_SHOWN: usize = 4 * 1024 * 1024;

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture(&'static str),
    Text,
    /// Not at all.
    Other,
}

/// A file with what it holds, where that is known.
struct Held<'a> {
    file: &'a RunFile,
    /// For people.
    name: String,
    bytes: Option<Vec<u8>>,
    kind: Kind,
}

impl<'a> Held<'a> {
    fn of(file: &'a RunFile) -> Self {
        let bytes = file.content.as_ref().and_then(|content| match file.encoding {
            Encoding::Utf8 => Some(content.clone().into_bytes()),
            Encoding::Base64 => BASE64_STANDARD.decode(content).ok(),
        });
        let kind = bytes.as_deref().map_or(Kind::Other, |bytes| kind(&file.path, file.encoding, bytes));
        Self { file, name: legible(&file.path), bytes, kind }
    }

    fn address(&self, kind: &str) -> Option<String> {
        Some(format!("data:{kind};base64,{}", BASE64_STANDARD.encode(self.bytes.as_ref()?)))
    }
}

/// What the beginning of a file says that it is; a drawing is a text, and says so by its name.
fn kind(path: &str, encoding: Encoding, bytes: &[u8]) -> Kind {
    let is_drawing = path.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Kind::Picture("image/png"),
        [0xff, 0xd8, 0xff, ..] => Kind::Picture("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Kind::Picture("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Kind::Picture("image/webp"),
        _ if encoding == Encoding::Base64 => Kind::Other,
        [] => Kind::Other,
        _ if is_drawing => Kind::Picture("image/svg+xml"),
        _ => Kind::Text,
    }
}

/// The files, and what of them is not there.
pub(super) fn files(report: &RunReport) -> AnyView {
    if report.files.is_empty() {
        return ().into_any();
    }
    let texts = &drawn().run;
    let held: Vec<Held<'_>> = report.files.iter().take(LISTED).map(Held::of).collect();
    let mut room = PICTURES_SHOWN;
    let shown: Vec<_> = held.iter().filter_map(|held| preview(held, &mut room)).collect();
    let chips: Vec<_> =
        held.iter().map(|held| view! { <li class="max-w-full">{chip(held)}</li> }.into_any()).collect();
    let mut missing = Vec::new();
    if held.iter().any(|held| held.bytes.is_none()) {
        missing.push(texts.too_large.to_owned());
    }
    if let Some(more) = report.files.len().checked_sub(LISTED).filter(|more| *more > 0) {
        missing.push(texts.more_files.count(more as u64));
    }
    view! {
        <div class="border-t px-4 py-3">
            <p class="text-xs text-muted-foreground">{texts.files.count(report.files.len() as u64)}</p>
            <ul class="run-files mt-2 flex flex-wrap gap-2">{chips}</ul>
            {missing
                .into_iter()
                .map(|words| view! { <p class="mt-2 text-xs text-muted-foreground">{words}</p> }.into_any())
                .collect::<Vec<_>>()}
        </div>
        {shown}
    }
    .into_any()
}

/// The file's name and size, and its way to the reader's disk.
fn chip(held: &Held<'_>) -> AnyView {
    let icon = match held.kind {
        Kind::Picture(_) => Pictogram::Picture,
        Kind::Text | Kind::Other => Pictogram::File,
    };
    let inside = view! {
        {pictogram(icon, "size-3.5 shrink-0 text-muted-foreground")}
        <span class="min-w-0 truncate font-medium" dir="auto">
            {held.name.clone()}
        </span>
        <span class="num shrink-0 text-2xs text-muted-foreground">{figures::bytes(held.file.size)}</span>
    };
    let class = "inline-flex h-8 max-w-full items-center gap-2 rounded-md border bg-background px-2 text-xs text-foreground \
                 no-underline dark:bg-transparent";
    match held.address("application/octet-stream") {
        Some(address) => {
            let label = fill(drawn().run.save_file, &[("name", &held.name)]);
            let file = held.name.rsplit('/').next().unwrap_or_default().to_owned();
            view! { <a class=class href=address download=file aria-label=label>{inside}</a> }.into_any()
        }
        None => view! { <span class=class>{inside}</span> }.into_any(),
    }
}

fn preview(held: &Held<'_>, room: &mut usize) -> Option<AnyView> {
    let bytes = held.bytes.as_ref()?;
    let name = held.name.clone();
    match held.kind {
        Kind::Picture(kind) => {
            *room = room.checked_sub(bytes.len())?;
            let address = held.address(kind)?;
            let picture = view! {
                <figure class="border-t px-4 py-3">
                    <img class="max-h-96 rounded-md border" src=address alt=name.clone() />
                    <figcaption class="mt-1 truncate text-2xs text-muted-foreground" dir="auto" aria-hidden="true">
                        {name}
                    </figcaption>
                </figure>
            };
            Some(picture.into_any())
        }
        Kind::Text => {
            let text = clean(&String::from_utf8_lossy(bytes));
            let shown = &text[..text.floor_char_boundary(TEXT_SHOWN)];
            let cut = (shown.len() < text.len()).then(|| {
                let words = fill(drawn().run.text_cut, &[("size", &figures::bytes(shown.len() as u64))]);
                view! { <p class="px-4 pb-3 text-xs text-muted-foreground">{words}</p> }.into_any()
            });
            let text = view! {
                <details class="run-text border-t">
                    <summary class="truncate px-4 py-2 text-xs font-medium" dir="auto">
                        {name.clone()}
                    </summary>
                    <pre class="code max-h-64 overflow-auto px-4 pb-3 !text-xs !leading-5" tabindex="0" role="group" aria-label=name>
                        {shown.to_owned()}
                    </pre>
                    {cut}
                </details>
            };
            Some(text.into_any())
        }
        Kind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_they_begin_with() {
        let read = |path: &str, bytes: &[u8]| kind(path, Encoding::Base64, bytes);
        assert_eq!(read("a.txt", b"\x89PNG\r\n"), Kind::Picture("image/png"));
        assert_eq!(read("a", b"RIFF1234WEBPVP8"), Kind::Picture("image/webp"));
        assert_eq!(read("a.png", b"\0\0"), Kind::Other);
        let written = |path: &str, text: &str| kind(path, Encoding::Utf8, text.as_bytes());
        assert_eq!(written("plot.SVG", "<svg/>"), Kind::Picture("image/svg+xml"));
        assert_eq!(written("svg", "<svg/>"), Kind::Picture("image/svg+xml"));
        assert_eq!(written("a.html", "<script>"), Kind::Text);
        assert_eq!(written("empty.txt", ""), Kind::Other);
    }
}
