//! Two versions side by side, or one under the other, with the words marked that differ.

use leptos::prelude::*;
use vertice_ports::artifacts::{DiffLine, DiffSpan, LineDiff};

use super::{Shown, View};
use crate::strings::{drawn, fill};

pub(super) fn draw(shown: &Shown, from: u32, lines: LineDiff) -> AnyView {
    let texts = &drawn().artifacts;
    let to = shown.version;
    let LineDiff { hunks, added, removed, cut } = lines;
    let named = |version: u32| fill(texts.version, &[("version", &version.to_string())]);
    let sides = format!("{} → {}", named(from), named(to));
    let nothing = hunks.is_empty();
    let shown_hunks = hunks.into_iter().map(|lines| {
        let rows = lines.into_iter().map(row);
        view! { <tbody class="border-b">{rows.collect_view()}</tbody> }
    });
    view! {
        <div class="flex h-9 shrink-0 items-center gap-3 border-b bg-sidebar px-4 text-xs">
            <span class="num">{sides}</span>
            <span class="num text-success-text">{format!("+{added}")}</span>
            <span class="num text-destructive-text">{format!("\u{2212}{removed}")}</span>
            <span class="seg ml-auto max-md:hidden" role="group" aria-label=texts.layout>
                <button type="button" data-do="unified" aria-pressed="true">{texts.unified}</button>
                <button type="button" data-do="split" aria-pressed="false">{texts.split}</button>
            </span>
            <a class="btn btn-ghost btn-sm" href=shown.at(View::History, to)>{texts.history}</a>
        </div>
        <div class="min-h-0 flex-1 overflow-auto" tabindex="0" dir="ltr">
            {nothing.then(|| view! { <p class="m-auto p-12 text-center text-sm text-muted-foreground">{texts.same}</p> })}
            <table class="diff editor w-full border-collapse" data-diff="unified" aria-label=texts.diff>
                {shown_hunks.collect_view()}
            </table>
            {cut.then(|| view! { <p class="p-4 text-xs text-muted-foreground">{texts.diff_cut}</p> })}
        </div>
    }
    .into_any()
}

/// The sign stands in a column of its own: colour alone says nothing to some.
fn row(line: DiffLine) -> AnyView {
    let DiffLine { old, new, spans } = line;
    let (class, sign) = match (old, new) {
        (Some(_), None) => ("diff-out", "\u{2212}"),
        (None, Some(_)) => ("diff-in", "+"),
        _ => ("", " "),
    };
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let text = spans.into_iter().map(|DiffSpan { changed, text }| {
        if changed { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
    });
    view! {
        <tr class=class>
            <td class="num diff-number">{number(old)}</td>
            <td class="num diff-number">{number(new)}</td>
            <td class="diff-sign">{sign}</td>
            <td class="whitespace-pre-wrap break-words">{text.collect_view()}</td>
        </tr>
    }
    .into_any()
}
