//! Text without markup, for previews, titles and announcements. It must never return HTML.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::cjk::{self, Joined};
use crate::details;
use crate::elements::Element;
use crate::html::{
    self,
    items::{self, Item},
};
use crate::math::{self, Marked, Piece};

/// The text of a Markdown source without its markup: a line for each block, formulas as LaTeX.
pub fn plain_text(source: &str) -> String {
    let source = details::set_apart(source);
    let Marked { text, formulas } = math::mark(&source);
    let Joined { text, joined } = cjk::join(text);
    let mut out = String::new();
    for item in items::read(cjk::clean(html::parser(&text), joined)) {
        let event = match item {
            Item::Event(event) => event,
            Item::Open(Element::Summary | Element::Details(_)) => {
                new_line(&mut out);
                continue;
            }
            Item::Break => Event::SoftBreak,
            Item::Open(_) | Item::Close(_) | Item::Nothing => continue,
        };
        match event {
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => {
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
