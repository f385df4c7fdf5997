//! The events of the parser, with the tags of HTML that a text may use found among them. A tag counts only if its
//! counterpart stands in the same block and the same markup, with nothing half open between them: whatever is written
//! of what is read here is balanced.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::elements::{self, Element};

/// An event, or a tag of HTML that counts.
#[derive(Debug)]
pub(crate) enum Item<'t> {
    Event(Event<'t>),
    Open(Element),
    Close(Element),
    Break,
    /// Taken into another one.
    Nothing,
}

/// Reads all events of a text.
pub(crate) fn read<'t>(events: impl Iterator<Item = Event<'t>>) -> Vec<Item<'t>> {
    let mut reader = Reader { items: Vec::new(), open: Vec::new(), depth: 0, html: None };
    for event in events {
        reader.event(event);
    }
    reader.items
}

/// A tag that waits for its counterpart.
struct Open {
    element: Element,
    /// Where it stands among the items. Until its counterpart comes it is a text there.
    at: usize,
    depth: usize,
}

struct Reader<'t> {
    items: Vec<Item<'t>>,
    open: Vec<Open>,
    /// Tags of the parser that are open.
    depth: usize,
    /// The HTML block that is being read.
    html: Option<String>,
}

impl<'t> Reader<'t> {
    fn event(&mut self, event: Event<'t>) {
        match (event, &mut self.html) {
            (Event::Start(Tag::HtmlBlock), _) => self.html = Some(String::new()),
            (Event::Html(text), Some(html)) => html.push_str(&text),
            (Event::End(TagEnd::HtmlBlock), _) => {
                let html = self.html.take().unwrap_or_default();
                self.block(html.trim_end());
            }
            (Event::InlineHtml(text), _) => self.inline(&text),
            (event, _) => {
                match event {
                    Event::Start(_) => self.depth += 1,
                    Event::End(_) => self.leave(),
                    _ => {}
                }
                self.items.push(Item::Event(event));
            }
        }
    }

    /// Leaves a tag of the parser: what was opened in it and is not closed stays text.
    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        while self.open.last().is_some_and(|open| open.depth > self.depth) {
            self.open.pop();
        }
    }

    /// A block of HTML: tags between paragraphs alone, or a text.
    fn block(&mut self, html: &str) {
        let mut rest = html.trim_start();
        let mut tags = Vec::new();
        while let Some((tag @ (elements::Tag::Open(element) | elements::Tag::Close(element)), len)) =
            elements::tag(rest)
            && element.is_block()
        {
            tags.push((tag, &rest[..len]));
            rest = rest[len..].trim_start();
        }
        if rest.is_empty() && !tags.is_empty() {
            for (tag, text) in tags {
                self.tag(tag, text);
            }
            return;
        }
        self.items.push(Item::Event(Event::Start(Tag::HtmlBlock)));
        self.depth += 1;
        self.inline(html);
        self.leave();
        self.items.push(Item::Event(Event::End(TagEnd::HtmlBlock)));
    }

    /// HTML in a line: tags in it, and what stands between them.
    fn inline(&mut self, html: &str) {
        let (mut from, mut at) = (0, 0);
        while let Some(next) = html[at..].find('<') {
            at += next;
            let Some((tag, len)) = elements::tag(&html[at..]) else {
                at += 1;
                continue;
            };
            if matches!(tag, elements::Tag::Open(element) | elements::Tag::Close(element) if element.is_block())
            {
                at += len;
                continue;
            }
            self.text(&html[from..at]);
            self.tag(tag, &html[at..at + len]);
            at += len;
            from = at;
        }
        self.text(&html[from..]);
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.items.push(Item::Event(Event::InlineHtml(text.to_owned().into())));
        }
    }

    fn tag(&mut self, tag: elements::Tag, text: &str) {
        match tag {
            elements::Tag::Break => self.items.push(Item::Break),
            elements::Tag::Open(element) => {
                let belongs =
                    element != Element::Summary || self.innermost(Element::Details(false)).is_some();
                let at = self.items.len();
                self.unmatched(element, text);
                if belongs {
                    self.open.push(Open { element, at, depth: self.depth });
                }
            }
            elements::Tag::Close(element) => match self.innermost(element) {
                Some(open) => {
                    let (at, element) = (open.at, open.element);
                    self.items[at] = Item::Open(element);
                    if element.is_block() {
                        self.items[at + 1] = Item::Nothing;
                        self.items[at + 2] = Item::Nothing;
                    }
                    self.open.pop();
                    self.items.push(Item::Close(element));
                }
                None => self.unmatched(element, text),
            },
        }
    }

    /// What was opened last, if it is such an element and nothing of the parser's stands between.
    fn innermost(&self, element: Element) -> Option<&Open> {
        self.open.last().filter(|open| open.depth == self.depth && open.element.is_like(element))
    }

    /// A tag as the text it is written with: three items if it stands between paragraphs.
    fn unmatched(&mut self, element: Element, text: &str) {
        if element.is_block() {
            self.items.push(Item::Event(Event::Start(Tag::HtmlBlock)));
        }
        self.text(text);
        if element.is_block() {
            self.items.push(Item::Event(Event::End(TagEnd::HtmlBlock)));
        }
    }
}
