//! Text with separators (CSV and its kin) as a table. It is bounded: of what is long, wide or lengthy the beginning is drawn, and how
//! much more there is is said.

mod read;

use std::fmt::Write as _;

use leptos::prelude::*;
use vertice_markdown::escape_html;

use self::read::{Table, read};
use super::Shown;
use crate::strings::{drawn, fill};

/// The most characters of a cell.
const MOST_OF_CELL: usize = 1_000;

pub(super) fn draw(shown: &Shown) -> AnyView {
    let texts = &drawn().artifacts;
    let path = shown.artifact.path.as_str();
    let table = read(&shown.content, path.to_ascii_lowercase().ends_with(".tsv"));
    if table.columns == 0 {
        return view! { <p class="m-auto p-12 text-center text-sm text-muted-foreground">{texts.no_rows}</p> }
            .into_any();
    }
    let more = table.all_rows.saturating_sub(table.rows.len());
    let size = fill(
        texts.size,
        &[
            ("rows", &texts.rows.count(table.all_rows as u64)),
            ("columns", &texts.columns.count(table.all_columns as u64)),
        ],
    );
    let narrow = (table.all_columns > table.columns)
        .then(|| fill(texts.columns_cut, &[("count", &table.columns.to_string())]));
    view! {
        <div class="relative min-h-0 flex-1 overflow-auto" dir="ltr" tabindex="0" role="region" aria-label=texts.table>
            <table class="cells text-xs" aria-label=shown.artifact.title.clone() inner_html=cells(&table)></table>
            {(more > 0).then(|| view! { <p class="px-4 py-2 text-xs text-muted-foreground">{texts.rows_more.count(more as u64)}</p> })}
            {narrow.map(|said| view! { <p class="px-4 py-2 text-xs text-muted-foreground">{said}</p> })}
        </div>
        <footer class="flex h-6 shrink-0 items-center border-t px-4 text-2xs text-muted-foreground">
            <span class="num">{size}</span>
        </footer>
    }
    .into_any()
}

/// The head and the body of the table. They may be many thousand cells, so that they are written as they are.
fn cells(table: &Table) -> String {
    let mut out = String::from("<thead><tr>");
    for column in 0..table.columns {
        let text = table.head.get(column).map_or("", String::as_str);
        cell(&mut out, "th scope=\"col\"", "th", text, table.numbers[column]);
    }
    out.push_str("</tr></thead><tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for column in 0..table.columns {
            let text = row.get(column).map_or("", String::as_str);
            cell(&mut out, "td", "td", text, table.numbers[column]);
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody>");
    out
}

fn cell(out: &mut String, begin: &str, end: &str, text: &str, is_number: bool) {
    let class = if is_number { " class=\"num\"" } else { "" };
    let (shown, rest) = match text.char_indices().nth(MOST_OF_CELL) {
        Some((at, _)) => (&text[..at], "…"),
        None => (text, ""),
    };
    write!(out, "<{begin}{class}>{}{rest}</{end}>", escape_html(shown)).expect("a string takes it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text_and_never_markup() {
        let drawn = cells(&read("name,n\n<b>&amp;,7\n", false));
        assert_eq!(
            drawn,
            "<thead><tr><th scope=\"col\">name</th><th scope=\"col\" class=\"num\">n</th></tr></thead>\
             <tbody><tr><td>&lt;b&gt;&amp;amp;</td><td class=\"num\">7</td></tr></tbody>"
        );
        let long = cells(&read(&format!("a\n{}\n", "é".repeat(MOST_OF_CELL + 1)), false));
        assert!(long.contains("é…</td>") && !long.contains(&"é".repeat(MOST_OF_CELL + 1)));
    }
}
