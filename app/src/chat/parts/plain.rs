//! Text that a model or a tool wrote, as it stands: never markup, nothing in it hidden, bounded in length and height.

use crate::strings::t;
use leptos::prelude::*;

use super::json::Table;

/// A text, cut where it gets long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Clip {
    /// Its beginning.
    pub(super) shown: String,
    /// Whether there is more.
    pub(super) cut: bool,
}

impl Clip {
    /// How much of a long text (characters) is shown unasked.
    pub(super) const SHORT: usize = 4_000;

    /// The beginning of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self::up_to(text, Self::SHORT)
    }

    /// At most `most` characters of `text`.
    pub(super) fn up_to(text: &str, most: usize) -> Self {
        match text.char_indices().nth(most) {
            Some((end, _)) => Self { shown: plain(&text[..end]), cut: true },
            None => Self { shown: plain(text), cut: false },
        }
    }
}

/// `text` with what the eye would not see, or would see in another order, written out.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        if hides(ch) {
            out.extend(ch.escape_unicode());
        } else {
            out.push(ch);
        }
    }
    out
}

fn hides(ch: char) -> bool {
    let directs =
        matches!(ch, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let unseen = matches!(ch, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    directs || unseen || (ch.is_control() && !matches!(ch, '\n' | '\t' | '\r'))
}

/// A text under its heading.
#[component]
pub(super) fn Plain(
    label: &'static str,
    /// Its beginning.
    #[prop(into)]
    clip: Signal<Clip>,
    all: Callback<(), String>,
) -> impl IntoView {
    let whole = RwSignal::new(None::<String>);
    let more = Memo::new(move |_| clip.with(|clip| clip.cut) && whole.with(Option::is_none));
    let class = move || {
        let height = if whole.with(Option::is_some) { "max-h-[80dvh]" } else { "max-h-64" };
        format!(
            "{height} overflow-auto px-3 pb-2 font-mono text-xs leading-5 whitespace-pre-wrap break-words \
             text-muted-foreground"
        )
    };
    view! {
        <figure class="border-t" aria-label=label>
            <figcaption class="px-3 pt-2 pb-1 text-2xs text-muted-foreground">{label}</figcaption>
            <pre class=class tabindex="0">
                {move || whole.get().unwrap_or_else(|| clip.with(|clip| clip.shown.clone()))}
            </pre>
            <Show when=move || more.get()>
                <button
                    type="button"
                    class="btn btn-ghost btn-sm mx-1 mb-1"
                    on:click=move |_| whole.set(Some(plain(&all.run(()))))
                >
                    {t().calls.show_all}
                </button>
            </Show>
        </figure>
    }
}

/// A table under its heading.
#[component]
pub(super) fn Cells(label: &'static str, table: Table) -> impl IntoView {
    let head = |text: &String| {
        view! { <th scope="col" class="py-1 pr-4 text-left font-medium">{plain(text)}</th> }.into_any()
    };
    let cell =
        |text: &String| view! { <td class="py-1 pr-4 align-top font-mono">{plain(text)}</td> }.into_any();
    let row = |cells: &Vec<String>| {
        view! { <tr class="border-t">{cells.iter().map(cell).collect_view()}</tr> }.into_any()
    };
    view! {
        <figure class="border-t" aria-label=label>
            <figcaption class="px-3 pt-2 pb-1 text-2xs text-muted-foreground">{label}</figcaption>
            <div class="max-h-64 overflow-auto px-3 pb-2 text-xs text-muted-foreground" tabindex="0">
                <table>
                    <thead>
                        <tr>{table.heads.iter().map(head).collect_view()}</tr>
                    </thead>
                    <tbody>{table.rows.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_hidden() {
        let clip = Clip::of("rm \u{202e}txt.\u{2066}\u{200b}\u{e0041}\u{1b}[2J\nnext\t<b>");
        assert_eq!(clip.shown, "rm \\u{202e}txt.\\u{2066}\\u{200b}\\u{e0041}\\u{1b}[2J\nnext\t<b>");
        assert!(!clip.cut);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let clip = Clip::of(&"é".repeat(Clip::SHORT + 1));
        assert_eq!((clip.shown.chars().count(), clip.cut), (Clip::SHORT, true));
        assert!(!Clip::of(&"é".repeat(Clip::SHORT)).cut);
    }
}
