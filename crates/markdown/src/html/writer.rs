//! From parser events to HTML, one block at a time. It must keep the output balanced: a block is put into the page
//! on its own.

mod inline;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::{Continuation, Definitions, Missing, code};
use crate::links;
use crate::markup::Html;
use crate::math::{self, Formula, Piece};
pub(crate) use inline::note_id;

/// What the text of the events at hand is for.
enum Mode {
    Flow,
    Code {
        info: String,
        text: String,
    },
    /// The description of an image, and its address; depth counts images inside.
    Image {
        url: String,
        alt: String,
        depth: usize,
    },
    /// The head of a table that is shown already.
    Skip,
    /// Too deep for elements: text alone, until this many more tags have ended.
    Flat(usize),
}

/// Most elements around a text. Layout recurses over them.
const DEEPEST: usize = 40;

pub(super) struct Writer<'w, 'a> {
    out: Html,
    /// Text not written yet: the parser cuts text at every special character.
    text: String,
    formulas: &'w [Formula<'a>],
    continuation: Continuation,
    definitions: &'w Definitions,
    missing: &'w mut Missing,
    mode: Mode,
    /// Closing tags of the links that are open; empty for addresses that were dropped.
    links: Vec<&'static str>,
    /// Open `<strong>`, `<em>`, `<del>` and `<a>`.
    inline: usize,
    /// Tags of the parser that are open.
    depth: usize,
    paragraph: bool,
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
}

impl<'w, 'a> Writer<'w, 'a> {
    pub(super) fn new(
        formulas: &'w [Formula<'a>],
        continuation: Continuation,
        definitions: &'w Definitions,
        missing: &'w mut Missing,
    ) -> Self {
        Self {
            out: Html::new(),
            text: String::new(),
            formulas,
            continuation,
            definitions,
            missing,
            mode: Mode::Flow,
            links: Vec::new(),
            inline: 0,
            depth: 0,
            paragraph: false,
            alignments: Vec::new(),
            cell: 0,
            in_head: false,
        }
    }

    pub(super) fn finish(mut self) -> Html {
        self.flush();
        self.out
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match &mut self.mode {
            Mode::Flow => self.flow(event),
            Mode::Code { text, .. } => match event {
                Event::Text(piece) => text.push_str(&piece),
                Event::End(TagEnd::CodeBlock) => {
                    self.depth -= 1;
                    self.end_code();
                }
                _ => {}
            },
            Mode::Image { alt, depth, .. } => match event {
                Event::Text(piece) | Event::Code(piece) | Event::InlineHtml(piece) => alt.push_str(&piece),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::Start(Tag::Image { .. }) => *depth += 1,
                Event::End(TagEnd::Image) if *depth > 0 => *depth -= 1,
                Event::End(TagEnd::Image) => {
                    self.depth -= 1;
                    self.end_image();
                }
                _ => {}
            },
            Mode::Skip => {
                if matches!(event, Event::End(TagEnd::TableHead)) {
                    self.mode = Mode::Flow;
                    self.depth -= 1;
                    self.out.tag("<tbody>");
                }
            }
            Mode::Flat(level) => match event {
                Event::Start(tag) => {
                    *level += 1;
                    if !is_inline(&tag) {
                        self.text.push(' ');
                    }
                }
                Event::End(_) if *level > 1 => *level -= 1,
                Event::End(_) => self.mode = Mode::Flow,
                event => self.flat(event),
            },
        }
    }

    /// Text alone, with a space where something else was.
    fn flat(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.text.push_str(&text);
            }
            Event::FootnoteReference(label) => {
                self.text.push_str("[^");
                self.text.push_str(&label);
                self.text.push(']');
            }
            _ => self.text.push(' '),
        }
    }

    fn flow(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.text.push_str(&text),
            Event::SoftBreak => self.text.push('\n'),
            Event::InlineHtml(html) if is_break(&html) => self.tag("<br>"),
            Event::Html(html) | Event::InlineHtml(html) => {
                self.flush();
                let html = math::restore(&html, self.formulas);
                self.out.text(&html);
            }
            Event::Code(code) => {
                self.tag("<code>");
                let code = math::restore(&code, self.formulas);
                self.out.text(&code);
                self.out.tag("</code>");
            }
            Event::HardBreak => self.tag("<br>\n"),
            Event::Rule => self.tag("<hr>"),
            Event::TaskListMarker(done) => self.task(done),
            Event::FootnoteReference(label) => self.footnote(&label),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
            Event::Start(tag) if self.depth >= DEEPEST => {
                if !is_inline(&tag) {
                    self.text.push(' ');
                }
                self.mode = Mode::Flat(1);
            }
            Event::Start(tag) => {
                self.depth += 1;
                self.start(tag);
            }
            Event::End(tag) => {
                self.depth -= 1;
                self.end(tag);
            }
        }
    }

    fn tag(&mut self, tag: &'static str) {
        self.flush();
        self.out.tag(tag);
    }

    fn start(&mut self, tag: Tag<'_>) {
        self.flush();
        match tag {
            Tag::Paragraph => {
                self.out.tag("<p>");
                self.paragraph = true;
            }
            Tag::Heading { level, .. } => {
                self.out.tag(heading(level).0);
            }
            Tag::BlockQuote(_) => self.out.tag("<blockquote>"),
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => math::restore(info, self.formulas).into_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.mode = Mode::Code { info, text: String::new() };
            }
            Tag::HtmlBlock => self.out.tag("<p>"),
            Tag::List(start) => self.list(start),
            Tag::Item => self.out.tag("<li>"),
            Tag::FootnoteDefinition(label) => {
                self.out.tag("<p>[^");
                self.out.text(&label);
                self.out.tag("]:</p>");
            }
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.out.tag("<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"");
                self.out.tag(self.definitions.words.table);
                self.out.tag("\"><table>");
            }
            Tag::TableHead if self.continuation.headless => self.mode = Mode::Skip,
            Tag::TableHead => {
                self.in_head = true;
                self.cell = 0;
                self.out.tag("<thead><tr>");
            }
            Tag::TableRow => {
                self.cell = 0;
                self.out.tag("<tr>");
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.open_inline("<em>"),
            Tag::Strong => self.open_inline("<strong>"),
            Tag::Strikethrough => self.open_inline("<del>"),
            Tag::Link { link_type, dest_url, title, .. } => self.start_link(link_type, &dest_url, &title),
            Tag::Image { dest_url, .. } => {
                let url = math::restore(&dest_url, self.formulas).into_owned();
                self.mode = Mode::Image { url, alt: String::new(), depth: 0 };
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.flush();
        match tag {
            TagEnd::Paragraph => {
                self.paragraph = false;
                if !self.out.retract("<p>") {
                    self.out.tag("</p>");
                }
            }
            TagEnd::HtmlBlock => self.out.tag("</p>"),
            TagEnd::Heading(level) => {
                self.out.tag(heading(level).1);
            }
            TagEnd::BlockQuote(_) => self.out.tag("</blockquote>"),
            TagEnd::List(ordered) => self.out.tag(if ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => self.out.tag("</li>"),
            TagEnd::Table => self.out.tag("</tbody></table></div>"),
            TagEnd::TableHead => {
                self.in_head = false;
                self.out.tag("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.out.tag("</tr>"),
            TagEnd::TableCell => self.out.tag(if self.in_head { "</th>" } else { "</td>" }),
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

    fn open_inline(&mut self, tag: &'static str) {
        self.inline += 1;
        self.out.tag(tag);
    }

    fn close_inline(&mut self, tag: &'static str) {
        self.inline = self.inline.saturating_sub(1);
        self.out.tag(tag);
    }

    fn list(&mut self, start: Option<u64>) {
        let start = match self.continuation.start.take() {
            Some(number) if start.is_some() => Some(number),
            _ => start,
        };
        match start {
            None => self.out.tag("<ul>"),
            Some(1) => self.out.tag("<ol>"),
            Some(number) => {
                let before = i128::from(number) - 1;
                self.out.tag("<ol start=\"");
                self.out.number(number);
                self.out.tag("\" style=\"counter-reset:n ");
                self.out.number(before);
                self.out.tag("\">");
            }
        }
    }

    fn task(&mut self, done: bool) {
        self.flush();
        if self.out.retract("<li>") {
            self.out.tag("<li class=\"task\">");
        }
        self.out.tag("<input type=\"checkbox\" disabled aria-label=\"");
        let words = self.definitions.words;
        self.out.tag(if done { words.done } else { words.to_do });
        self.out.tag(if done { "\" checked> " } else { "\"> " });
    }

    fn start_cell(&mut self) {
        self.out.tag(if self.in_head { "<th" } else { "<td" });
        self.out.tag(match self.alignments.get(self.cell) {
            Some(Alignment::Right) => " class=\"r\">",
            Some(Alignment::Center) => " class=\"c\">",
            _ => ">",
        });
        self.cell += 1;
    }

    fn end_code(&mut self) {
        if let Mode::Code { info, text } = std::mem::replace(&mut self.mode, Mode::Flow) {
            code::block(&mut self.out, &info, &math::restore(&text, self.formulas), self.definitions.words);
        }
    }

    /// Whether this is the text of a link.
    fn linked(&self) -> bool {
        self.links.iter().any(|tag| !tag.is_empty())
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let linked = self.linked();
        let formulas = self.formulas;
        math::pieces(&text, formulas, |piece| match piece {
            Piece::Text(text) if linked => self.out.text(text),
            Piece::Text(text) => links::text(&mut self.out, text),
            Piece::Formula(formula) => self.formula(formula),
        });
        self.text = text;
        self.text.clear();
    }
}

fn is_inline(tag: &Tag<'_>) -> bool {
    matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
}

fn heading(level: HeadingLevel) -> (&'static str, &'static str) {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => ("<h2>", "</h2>"),
        HeadingLevel::H3 => ("<h3>", "</h3>"),
        _ => ("<h4>", "</h4>"),
    }
}

/// `<br>` is the one tag taken from the source: models need it for lines in table cells.
fn is_break(html: &str) -> bool {
    html.strip_prefix("<br").is_some_and(|rest| rest.trim_matches([' ', '/']) == ">")
}
