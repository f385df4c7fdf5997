//! From parser events to HTML, one block at a time. It must keep the output balanced: a block is put into the page
//! on its own.

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{Definitions, Missing, Part, code, math_block, normalise};
use crate::escape::escape_into;
use crate::links;
use crate::math::{self, Formula, Piece};

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
}

pub(super) struct Writer<'w, 'a> {
    out: String,
    /// Text not written yet: the parser cuts text at every special character.
    text: String,
    formulas: &'w [Formula<'a>],
    part: Part,
    definitions: &'w Definitions,
    missing: &'w mut Missing,
    mode: Mode,
    /// Closing tags of the links that are open; empty for addresses that were dropped.
    links: Vec<&'static str>,
    /// Open `<strong>`, `<em>`, `<del>` and `<a>`.
    inline: usize,
    paragraph: bool,
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
}

impl<'w, 'a> Writer<'w, 'a> {
    pub(super) fn new(
        formulas: &'w [Formula<'a>],
        part: Part,
        definitions: &'w Definitions,
        missing: &'w mut Missing,
    ) -> Self {
        Self {
            out: String::new(),
            text: String::new(),
            formulas,
            part,
            definitions,
            missing,
            mode: Mode::Flow,
            links: Vec::new(),
            inline: 0,
            paragraph: false,
            alignments: Vec::new(),
            cell: 0,
            in_head: false,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.flush();
        self.out
    }

    pub(super) fn event(&mut self, event: Event<'_>) {
        match &mut self.mode {
            Mode::Flow => self.flow(event),
            Mode::Code { text, .. } => match event {
                Event::Text(piece) => text.push_str(&piece),
                Event::End(TagEnd::CodeBlock) => self.end_code(),
                _ => {}
            },
            Mode::Image { alt, depth, .. } => match event {
                Event::Text(piece) | Event::Code(piece) | Event::InlineHtml(piece) => alt.push_str(&piece),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::Start(Tag::Image { .. }) => *depth += 1,
                Event::End(TagEnd::Image) if *depth > 0 => *depth -= 1,
                Event::End(TagEnd::Image) => self.end_image(),
                _ => {}
            },
            Mode::Skip => {
                if matches!(event, Event::End(TagEnd::TableHead)) {
                    self.mode = Mode::Flow;
                    self.out.push_str("<tbody>");
                }
            }
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
                escape_into(&mut self.out, &html);
            }
            Event::Code(code) => {
                self.tag("<code>");
                let code = math::restore(&code, self.formulas);
                escape_into(&mut self.out, &code);
                self.out.push_str("</code>");
            }
            Event::HardBreak => self.tag("<br>\n"),
            Event::Rule => self.tag("<hr>"),
            Event::TaskListMarker(done) => self.task(done),
            Event::FootnoteReference(label) => self.footnote(&label),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.text.push_str(&text),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
        }
    }

    fn tag(&mut self, tag: &str) {
        self.flush();
        self.out.push_str(tag);
    }

    fn start(&mut self, tag: Tag<'_>) {
        self.flush();
        match tag {
            Tag::Paragraph => {
                self.out.push_str("<p>");
                self.paragraph = true;
            }
            Tag::Heading { level, .. } => {
                self.out.push('<');
                self.out.push_str(heading(level));
                self.out.push('>');
            }
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => math::restore(info, self.formulas).into_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.mode = Mode::Code { info, text: String::new() };
            }
            Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::List(start) => self.list(start),
            Tag::Item => self.out.push_str("<li>"),
            Tag::FootnoteDefinition(label) => {
                self.out.push_str("<p>[^");
                escape_into(&mut self.out, &label);
                self.out.push_str("]:</p>");
            }
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.out.push_str(
                    "<div class=\"table-wrap\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table>",
                );
            }
            Tag::TableHead if self.part.headless => self.mode = Mode::Skip,
            Tag::TableHead => {
                self.in_head = true;
                self.cell = 0;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.cell = 0;
                self.out.push_str("<tr>");
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
                if self.out.ends_with("<p>") {
                    self.out.truncate(self.out.len() - 3);
                } else {
                    self.out.push_str("</p>");
                }
            }
            TagEnd::HtmlBlock => self.out.push_str("</p>"),
            TagEnd::Heading(level) => {
                self.out.push_str("</");
                self.out.push_str(heading(level));
                self.out.push('>');
            }
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>"),
            TagEnd::List(ordered) => self.out.push_str(if ordered { "</ol>" } else { "</ul>" }),
            TagEnd::Item => self.out.push_str("</li>"),
            TagEnd::Table => self.out.push_str("</tbody></table></div>"),
            TagEnd::TableHead => {
                self.in_head = false;
                self.out.push_str("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.out.push_str("</tr>"),
            TagEnd::TableCell => self.out.push_str(if self.in_head { "</th>" } else { "</td>" }),
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

    fn open_inline(&mut self, tag: &str) {
        self.inline += 1;
        self.out.push_str(tag);
    }

    fn close_inline(&mut self, tag: &str) {
        self.inline = self.inline.saturating_sub(1);
        self.out.push_str(tag);
    }

    fn list(&mut self, start: Option<u64>) {
        let start = match self.part.start.take() {
            Some(number) if start.is_some() => Some(number),
            _ => start,
        };
        match start {
            None => self.out.push_str("<ul>"),
            Some(1) => self.out.push_str("<ol>"),
            Some(number) => {
                let before = i128::from(number) - 1;
                self.out.push_str(&format!("<ol start=\"{number}\" style=\"counter-reset:n {before}\">"));
            }
        }
    }

    fn task(&mut self, done: bool) {
        self.flush();
        if self.out.ends_with("<li>") {
            self.out.truncate(self.out.len() - 1);
            self.out.push_str(" class=\"task\">");
        }
        self.out.push_str("<input type=\"checkbox\" disabled aria-label=\"");
        self.out.push_str(if done { "Done\" checked> " } else { "To do\"> " });
    }

    fn start_cell(&mut self) {
        self.out.push_str(if self.in_head { "<th" } else { "<td" });
        self.out.push_str(match self.alignments.get(self.cell) {
            Some(Alignment::Right) => " class=\"r\">",
            Some(Alignment::Center) => " class=\"c\">",
            _ => ">",
        });
        self.cell += 1;
    }

    fn start_link(&mut self, kind: LinkType, url: &CowStr<'_>, title: &CowStr<'_>) {
        let url = math::restore(url, self.formulas);
        let url = if kind == LinkType::Email { format!("mailto:{url}").into() } else { url };
        self.inline += 1;
        if links::is_safe(&url) {
            links::open(&mut self.out, &url, &math::restore(title, self.formulas));
            self.links.push("</a>");
        } else {
            self.links.push("");
        }
    }

    fn end_code(&mut self) {
        if let Mode::Code { info, text } = std::mem::replace(&mut self.mode, Mode::Flow) {
            code::block(&mut self.out, &info, &math::restore(&text, self.formulas));
        }
    }

    /// Remote images are buttons: loading one tells its host that the text was read.
    fn end_image(&mut self) {
        let Mode::Image { url, alt, .. } = std::mem::replace(&mut self.mode, Mode::Flow) else { return };
        let alt = math::restore(&alt, self.formulas);
        if !links::is_remote(&url) || self.links.iter().any(|tag| !tag.is_empty()) {
            escape_into(&mut self.out, &alt);
            return;
        }
        self.out.push_str("<button type=\"button\" class=\"md-image\" data-src=\"");
        escape_into(&mut self.out, &url);
        self.out.push_str("\" data-alt=\"");
        escape_into(&mut self.out, &alt);
        self.out.push_str("\">Show image from <b>");
        escape_into(&mut self.out, links::host(&url));
        self.out.push_str("</b></button>");
    }

    fn footnote(&mut self, label: &str) {
        let restored = math::restore(label, self.formulas);
        let key = normalise(&restored);
        if let Some(number) = self.definitions.notes.get(&key) {
            self.flush();
            let id = note_id(self.definitions.prefix, *number);
            self.out.push_str(&format!(
                "<sup><a href=\"#{id}\" aria-label=\"Footnote {number}\">{number}</a></sup>"
            ));
        } else {
            self.missing.push(format!("^{key}"));
            self.text.push_str("[^");
            self.text.push_str(label);
            self.text.push(']');
        }
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let linked = self.links.iter().any(|tag| !tag.is_empty());
        let formulas = self.formulas;
        math::pieces(&text, formulas, |piece| match piece {
            Piece::Text(text) if linked => escape_into(&mut self.out, text),
            Piece::Text(text) => links::text(&mut self.out, text),
            Piece::Formula(formula) => self.formula(formula),
        });
        self.text = text;
        self.text.clear();
    }

    /// A formula on its own line cannot stand in a `<p>`: the paragraph is closed around it.
    fn formula(&mut self, formula: Formula<'_>) {
        if !formula.display || self.inline > 0 {
            math::write(&mut self.out, formula.tex, formula.display, formula.source);
        } else if self.paragraph {
            if self.out.ends_with("<p>") {
                self.out.truncate(self.out.len() - 3);
            } else {
                self.out.push_str("</p>");
            }
            math_block(&mut self.out, formula.tex, formula.source);
            self.out.push_str("<p>");
        } else {
            math_block(&mut self.out, formula.tex, formula.source);
        }
    }
}

/// The id of a footnote on the page.
pub(crate) fn note_id(prefix: u32, number: usize) -> String {
    format!("fn-{prefix:x}-{number}")
}

fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        _ => "h4",
    }
}

/// `<br>` is the one tag taken from the source: models need it for lines in table cells.
fn is_break(html: &str) -> bool {
    html.strip_prefix("<br").is_some_and(|rest| rest.trim_matches([' ', '/']) == ">")
}
