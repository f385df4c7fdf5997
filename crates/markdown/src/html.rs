//! Writes HTML from the events of the Markdown parser. It must never copy markup from the source: every tag in the
//! output is written here, everything else is escaped.

pub(crate) mod code;
pub(crate) mod direction;
pub(crate) mod items;
mod writer;

use std::collections::BTreeMap;

use pulldown_cmark::{BrokenLink, BrokenLinkCallback, CowStr, Options, Parser};
use unicase::UniCase;

use crate::cjk::{self, Joined};
use crate::details;
use crate::markup::Html;
use crate::math::{self, Formula, Marked};
use crate::words::Words;
use writer::Writer;
pub(crate) use writer::note_id;

/// Extensions of CommonMark that are read.
pub(crate) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_OLD_FOOTNOTES);

/// Definitions of the whole text, which its blocks refer to. The first definition of a label wins.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    /// Normalised label to address and title.
    pub(crate) links: BTreeMap<String, (String, String)>,
    /// Normalised label of a footnote to its number, from 1.
    pub(crate) notes: BTreeMap<String, usize>,
    /// Keeps the ids of footnotes apart when several texts are on one page.
    pub(crate) prefix: u32,
    /// What the renderer says itself.
    pub(crate) words: Words,
}

/// Labels a block asked for: `^` before those of footnotes.
pub(crate) type Missing = Vec<String>;

/// How a piece of Markdown is to be rendered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Continuation {
    /// Continues a numbered list with this number.
    pub(crate) start: Option<u64>,
    /// Continues a table: its head is not shown again.
    pub(crate) headless: bool,
}

/// Renders one block of Markdown; adds the labels it could not resolve to `missing`.
pub(crate) fn markdown(
    source: &str,
    continuation: Continuation,
    definitions: &Definitions,
    missing: &mut Missing,
) -> Html {
    let source = details::set_apart(source);
    let Marked { text, formulas } = math::mark(&source);
    let Joined { text, joined } = cjk::join(text);
    let mut unknown = Vec::new();
    let resolver = Resolver { definitions: Some(definitions), formulas: &formulas, unknown: &mut unknown };
    let items = items::read(cjk::clean(
        Parser::new_with_broken_link_callback(&text, OPTIONS, Some(resolver)),
        joined,
    ));
    let html = Writer::new(&items, &formulas, continuation, definitions, missing).write();
    missing.append(&mut unknown);
    html
}

/// Looks up the labels a block does not define itself. A named type, and the only one: the parser is compiled again
/// for each type of callback.
pub(crate) struct Resolver<'r> {
    definitions: Option<&'r Definitions>,
    formulas: &'r [Formula<'r>],
    unknown: &'r mut Vec<String>,
}

impl<'i> BrokenLinkCallback<'i> for Resolver<'_> {
    fn handle_broken_link(&mut self, link: BrokenLink<'i>) -> Option<(CowStr<'i>, CowStr<'i>)> {
        let definitions = self.definitions?;
        let label = normalise(&math::restore(&cjk::without(&link.reference), self.formulas));
        let Some((url, title)) = definitions.links.get(&label) else {
            self.unknown.push(label);
            return None;
        };
        Some((CowStr::from(url.clone()), CowStr::from(title.clone())))
    }
}

/// A parser that knows no definitions but those of its text.
pub(crate) fn parser<'t>(text: &'t str) -> Parser<'t, Resolver<'t>> {
    Parser::new_with_broken_link_callback(text, OPTIONS, None)
}

/// The link definitions in a block of Markdown: label, address, title.
pub(crate) fn link_definitions(source: &str) -> Vec<(String, (String, String))> {
    let Marked { text, formulas } = math::mark(source);
    if !text.contains("]:") {
        return Vec::new();
    }
    let back = |text: &str| math::restore(text, &formulas).into_owned();
    parser(&text)
        .reference_definitions()
        .iter()
        .map(|(label, definition)| {
            let title = definition.title.as_deref().unwrap_or_default();
            (normalise(&back(label)), (back(&definition.dest), back(title)))
        })
        .collect()
}

/// A label as it is compared: case and white space do not count.
pub(crate) fn normalise(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    UniCase::unicode(words.join(" ")).to_folded_case()
}

/// Writes a formula as a block.
pub(crate) fn math_block(out: &mut Html, tex: &str, source: &str) {
    out.tag("<div class=\"math-block\" tabindex=\"0\">");
    math::write(out, tex, true, source);
    out.tag("</div>");
}
