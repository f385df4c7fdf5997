//! Blocks: paragraphs, lists, quotes, tables, code. Each has a direction of its own.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::{
    super::{code, direction::Direction, items::Item},
    Mode, Paragraph, Table, Writer,
};
use crate::math;

impl<'w> Writer<'w, '_> {
    pub(super) fn start(&mut self, tag: &'w Tag<'w>) {
        self.flush();
        let bare = std::mem::take(&mut self.bare);
        match tag {
            Tag::Paragraph if bare => {}
            Tag::Paragraph => self.start_paragraph(Direction::of(self.items, self.at)),
            Tag::Heading { level, .. } => self.open_block(heading(*level).0),
            Tag::BlockQuote(_) => self.open_block("<blockquote"),
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => math::restore(info, self.formulas).into_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.mode = Mode::Code { info, text: String::new() };
            }
            Tag::HtmlBlock => self.open_block("<p"),
            Tag::List(start) => self.list(*start),
            Tag::Item => {
                let task = matches!(self.items.get(self.at + 1), Some(Item::Event(Event::TaskListMarker(_))));
                self.open_block(if task { "<li class=\"task\"" } else { "<li" });
            }
            Tag::FootnoteDefinition(label) => {
                self.out.tag("<p>[^");
                self.out.text(label);
                self.out.tag("]:</p>");
            }
            Tag::Table(alignments) => {
                self.table = Table { alignments: alignments.clone(), ..Table::default() };
                self.out.tag("<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"");
                self.out.tag(self.definitions.words.table);
                self.out.tag("\"");
                self.open_block("");
                self.out.tag("<table>");
            }
            Tag::TableHead if self.continuation.headless => self.mode = Mode::Skip,
            Tag::TableHead => {
                self.table.in_head = true;
                self.table.cell = 0;
                self.out.tag("<thead><tr>");
            }
            Tag::TableRow => {
                self.table.cell = 0;
                self.out.tag("<tr>");
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.open_inline("<em>"),
            Tag::Strong => self.open_inline("<strong>"),
            Tag::Strikethrough => self.open_inline("<del>"),
            Tag::Link { link_type, dest_url, title, .. } => self.start_link(*link_type, dest_url, title),
            Tag::Image { dest_url, .. } => {
                let url = math::restore(dest_url, self.formulas).into_owned();
                self.mode = Mode::Image { url, alt: String::new(), depth: 0 };
            }
            _ => {}
        }
    }

    pub(super) fn end(&mut self, tag: TagEnd) {
        self.flush();
        match tag {
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::HtmlBlock => self.out.tag("</p>"),
            TagEnd::Heading(level) => self.out.tag(heading(level).1),
            TagEnd::BlockQuote(_) => self.out.tag("</blockquote>"),
            TagEnd::List(ordered) => self.out.tag(if ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => self.out.tag("</li>"),
            TagEnd::Table => self.out.tag("</tbody></table></div>"),
            TagEnd::TableHead => {
                self.table.in_head = false;
                self.out.tag("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.out.tag("</tr>"),
            TagEnd::TableCell => {
                self.table.in_cell = false;
                self.out.tag(if self.table.in_head { "</th>" } else { "</td>" });
            }
            TagEnd::Emphasis => self.close_inline("</em>"),
            TagEnd::Strong => self.close_inline("</strong>"),
            TagEnd::Strikethrough => self.close_inline("</del>"),
            TagEnd::Link => {
                let tag = self.links.pop().unwrap_or_default();
                self.close_inline(tag);
            }
            _ => {}
        }
    }

    pub(super) fn start_paragraph(&mut self, direction: Direction) {
        let start = self.out.place();
        self.out.tag("<p");
        self.out.tag(direction.attribute());
        self.out.tag(">");
        self.paragraph = Some(Paragraph { direction, start, text: self.out.place() });
    }

    /// Ends the paragraph that is open; one in which nothing stands is taken back.
    pub(super) fn end_paragraph(&mut self) {
        let Some(paragraph) = self.paragraph.take() else { return };
        if self.out.place() == paragraph.text {
            self.out.retract(paragraph.start);
        } else {
            self.out.tag("</p>");
        }
    }

    fn list(&mut self, start: Option<u64>) {
        let start = match self.continuation.start.take() {
            Some(number) if start.is_some() => Some(number),
            _ => start,
        };
        match start {
            None => self.open_block("<ul"),
            Some(1) => self.open_block("<ol"),
            Some(number) => {
                let before = i128::from(number) - 1;
                self.out.tag("<ol start=\"");
                self.out.number(number);
                self.out.tag("\" style=\"counter-reset:n ");
                self.out.number(before);
                self.out.tag("\"");
                self.open_block("");
            }
        }
    }

    pub(super) fn task(&mut self, done: bool) {
        self.flush();
        self.out.tag("<input type=\"checkbox\" disabled aria-label=\"");
        let words = self.definitions.words;
        self.out.tag(if done { words.done } else { words.to_do });
        self.out.tag(if done { "\" checked> " } else { "\"> " });
    }

    fn start_cell(&mut self) {
        let side = self.table.alignments.get(self.table.cell);
        self.open_block(match (self.table.in_head, side) {
            (true, Some(Alignment::Right)) => "<th class=\"r\"",
            (true, Some(Alignment::Center)) => "<th class=\"c\"",
            (true, _) => "<th",
            (false, Some(Alignment::Right)) => "<td class=\"r\"",
            (false, Some(Alignment::Center)) => "<td class=\"c\"",
            (false, _) => "<td",
        });
        self.table.cell += 1;
        self.table.in_cell = true;
    }

    pub(super) fn end_code(&mut self) {
        if let Mode::Code { info, text } = std::mem::replace(&mut self.mode, Mode::Flow) {
            code::block(&mut self.out, &info, &math::restore(&text, self.formulas), self.definitions.words);
        }
    }
}

fn heading(level: HeadingLevel) -> (&'static str, &'static str) {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => ("<h2", "</h2>"),
        HeadingLevel::H3 => ("<h3", "</h3>"),
        _ => ("<h4", "</h4>"),
    }
}
