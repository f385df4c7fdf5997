//! Text that a model or a tool wrote, as it stands: never markup, nothing in it hidden, bounded in length and height.

use crate::strings::t;
use leptos::prelude::*;

/// How much of a long text (characters) is shown unasked.
const SHORT: usize = 4_000;

/// A text, cut where it gets long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Clip {
    /// Its beginning.
    pub(super) shown: String,
    /// Whether there is more.
    pub(super) cut: bool,
}

impl Clip {
    /// The beginning of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self::up_to(text, SHORT)
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
fn plain(text: &str) -> String {
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
        let clip = Clip::of(&"é".repeat(SHORT + 1));
        assert_eq!((clip.shown.chars().count(), clip.cut), (SHORT, true));
        assert!(!Clip::of(&"é".repeat(SHORT)).cut);
    }
}
