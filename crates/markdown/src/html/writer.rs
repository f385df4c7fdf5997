//! From parser events to HTML, one block at a time. It must keep the output balanced: a block is put into the page
//! on its own.

mod blocks;
mod inline;

use pulldown_cmark::{Alignment, Event, Tag, TagEnd};

use super::direction::Direction;
use super::items::Item;
use super::{Continuation, Definitions, Missing};
use crate::elements::Element;
use crate::links;
use crate::markup::{Html, Place};
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

/// What a line break is written as.
const BREAK: &str = "<br>\n";

/// A paragraph that is open.
#[derive(Clone, Copy)]
struct Paragraph {
    direction: Direction,
    /// Where it starts, and where its text does.
    start: Place,
    text: Place,
}

/// A table that is being written.
#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
    in_cell: bool,
}

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
    /// Elements that are open and stand in a line.
    inline: usize,
    /// Tags that are open.
    depth: usize,
    paragraph: Option<Paragraph>,
    /// The text of a summary, which needs no paragraph.
    bare: bool,
    table: Table,
    /// All that is to be written, and the item at hand.
    items: &'w [Item<'w>],
    at: usize,
}

impl<'w, 'a> Writer<'w, 'a> {
    pub(super) fn new(
        items: &'w [Item<'w>],
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
            paragraph: None,
            bare: false,
            table: Table::default(),
            items,
            at: 0,
        }
    }

    /// Writes all items.
    pub(super) fn write(mut self) -> Html {
        let items = self.items;
        for (at, item) in items.iter().enumerate() {
            self.at = at;
            self.item(item);
        }
        self.flush();
        self.out
    }

    fn item(&mut self, item: &'w Item<'w>) {
        match &mut self.mode {
            Mode::Flow => self.flow(item),
            Mode::Code { text, .. } => match item {
                Item::Event(Event::Text(piece)) => text.push_str(piece),
                Item::Event(Event::End(TagEnd::CodeBlock)) => {
                    self.depth -= 1;
                    self.end_code();
                }
                _ => {}
            },
            Mode::Image { alt, depth, .. } => match item {
                Item::Event(Event::Text(piece) | Event::Code(piece) | Event::InlineHtml(piece)) => {
                    alt.push_str(piece);
                }
                Item::Event(Event::SoftBreak | Event::HardBreak) | Item::Break => alt.push(' '),
                Item::Event(Event::Start(Tag::Image { .. })) => *depth += 1,
                Item::Event(Event::End(TagEnd::Image)) if *depth > 0 => *depth -= 1,
                Item::Event(Event::End(TagEnd::Image)) => {
                    self.depth -= 1;
                    self.end_image();
                }
                _ => {}
            },
            Mode::Skip => {
                if matches!(item, Item::Event(Event::End(TagEnd::TableHead))) {
                    self.mode = Mode::Flow;
                    self.depth -= 1;
                    self.out.tag("<tbody>");
                }
            }
            Mode::Flat(level) => match item {
                Item::Event(Event::Start(tag)) => {
                    *level += 1;
                    if !is_inline(tag) {
                        self.text.push(' ');
                    }
                }
                Item::Open(_) => *level += 1,
                Item::Event(Event::End(_)) | Item::Close(_) if *level > 1 => *level -= 1,
                Item::Event(Event::End(_)) | Item::Close(_) => self.mode = Mode::Flow,
                item => self.flat(item),
            },
        }
    }

    /// Text alone, with a space where something else was.
    fn flat(&mut self, item: &Item<'_>) {
        match item {
            Item::Event(Event::Text(text) | Event::Code(text) | Event::InlineHtml(text)) => {
                self.text.push_str(text);
            }
            Item::Event(Event::FootnoteReference(label)) => {
                self.text.push_str("[^");
                self.text.push_str(label);
                self.text.push(']');
            }
            _ => self.text.push(' '),
        }
    }

    fn flow(&mut self, item: &'w Item<'w>) {
        match item {
            Item::Event(event) => self.event(event),
            Item::Open(_) if self.depth >= DEEPEST => self.mode = Mode::Flat(1),
            Item::Open(element) => {
                self.depth += 1;
                self.open_element(*element);
            }
            Item::Close(element) => {
                self.depth -= 1;
                self.inline -= usize::from(!element.is_block());
                self.bare = false;
                self.tag(element.end());
            }
            Item::Break => self.tag("<br>"),
            Item::Nothing => {}
        }
    }

    fn event(&mut self, event: &'w Event<'w>) {
        match event {
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text.push_str(text);
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(),
            Event::Html(html) | Event::InlineHtml(html) => self.html(html),
            Event::Code(code) => self.code(code),
            Event::Rule => self.tag("<hr>"),
            Event::TaskListMarker(done) => self.task(*done),
            Event::FootnoteReference(label) => self.footnote(label),
            Event::Start(tag) if self.depth >= DEEPEST => {
                if !is_inline(tag) {
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
                self.end(*tag);
            }
        }
    }

    fn tag(&mut self, tag: &'static str) {
        self.flush();
        self.out.tag(tag);
    }

    /// Writes the start tag of a block, which has a direction of its own.
    fn open_block(&mut self, tag: &'static str) {
        self.out.tag(tag);
        self.out.tag(Direction::of(self.items, self.at).attribute());
        self.out.tag(">");
    }

    fn open_element(&mut self, element: Element) {
        self.flush();
        self.bare = element == Element::Summary;
        if element.is_block() {
            element.start(&mut self.out, Direction::of(self.items, self.at).attribute());
        } else {
            self.inline += 1;
            element.start(&mut self.out, "");
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
