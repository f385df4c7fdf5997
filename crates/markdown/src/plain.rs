//! Text without markup, for previews, titles and announcements. It must never return HTML.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::html;
use crate::math::{self, Marked, Piece};

/// The text of a Markdown source without its markup: a line for each block, formulas as LaTeX.
pub fn plain_text(source: &str) -> String {
    let Marked { text, formulas } = math::mark(source);
    let mut out = String::new();
    for event in html::parser(&text) {
        match event {
            Event::InlineHtml(html) if html.starts_with("<br") => out.push(' '),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                math::pieces(&text, &formulas, |piece| match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::Formula(formula) => out.push_str(formula.tex.trim()),
                });
            }
            Event::SoftBreak => out.push(' '),
            Event::HardBreak => new_line(&mut out),
            Event::End(TagEnd::TableCell) => out.push(' '),
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Item
                | Tag::CodeBlock(_)
                | Tag::HtmlBlock
                | Tag::Table(_),
            ) => new_line(&mut out),
            Event::End(TagEnd::TableRow | TagEnd::TableHead | TagEnd::Heading(_) | TagEnd::Paragraph) => {
                new_line(&mut out);
            }
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn new_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}
