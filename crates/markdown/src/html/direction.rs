//! Which way a block of a text reads. A browser finds that out by itself (`dir="auto"`), from the text that stands in the
//! block directly: not from that of blocks inside which do the same, but from code and formulas, too. Where it would
//! be wrong it is told.

use pulldown_cmark::{Event, Tag};

use super::items::Item;
use crate::math;

/// The direction of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Nothing in it has one: that of what stands around it.
    #[default]
    Inherited,
    /// The browser finds it.
    Own,
    /// Right to left, where the browser would not see it.
    RightToLeft,
}

impl Direction {
    /// As an attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Inherited => "",
            Self::Own => " dir=\"auto\"",
            Self::RightToLeft => " dir=\"rtl\"",
        }
    }

    /// That of the block that begins with the item at `from`.
    pub(crate) fn of(items: &[Item<'_>], from: usize) -> Self {
        let mut reader = Reader { seen: true, depth: 0, unread: None };
        for item in items.iter().skip(from) {
            if let Some(direction) = reader.item(item) {
                return direction;
            }
            if reader.depth == 0 {
                break;
            }
        }
        Self::Inherited
    }

    /// That of a text of which the browser sees nothing.
    pub(crate) fn of_hidden(text: &str) -> Self {
        match text.chars().find_map(is_right_to_left) {
            Some(true) => Self::RightToLeft,
            _ => Self::Inherited,
        }
    }
}

struct Reader {
    /// The browser has seen all of what was read, and nothing else.
    seen: bool,
    depth: usize,
    /// Inside of what has no direction of its own: code, a picture. How deep that began.
    unread: Option<usize>,
}

impl Reader {
    fn item(&mut self, item: &Item<'_>) -> Option<Direction> {
        match item {
            Item::Event(Event::Start(tag)) => {
                let apart = matches!(tag, Tag::CodeBlock(_) | Tag::Image { .. });
                if apart && self.unread.is_none() {
                    self.unread = Some(self.depth);
                }
                if self.depth > 0 {
                    self.seen &=
                        matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. });
                }
                self.depth += 1;
            }
            Item::Open(element) => {
                self.seen &= self.depth == 0 || !element.is_block();
                self.depth += 1;
            }
            Item::Event(Event::End(_)) | Item::Close(_) => {
                self.depth = self.depth.saturating_sub(1);
                if self.unread == Some(self.depth) {
                    self.unread = None;
                }
            }
            Item::Event(Event::Text(text) | Event::InlineHtml(text)) if self.unread.is_none() => {
                self.seen &= !text.contains(math::OPEN);
                return text.chars().find_map(is_right_to_left).map(|right_to_left| match right_to_left {
                    true if !self.seen => Direction::RightToLeft,
                    _ => Direction::Own,
                });
            }
            Item::Event(Event::Code(_) | Event::FootnoteReference(_)) => self.seen = false,
            _ => {}
        }
        None
    }
}

/// Whether a character reads from right to left; none: it goes either way.
fn is_right_to_left(ch: char) -> Option<bool> {
    match ch {
        '\u{200E}' => Some(false),
        '\u{200F}' => Some(true),
        _ if !ch.is_alphabetic() => None,
        _ => Some(matches!(u32::from(ch),
            0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFF | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF)),
    }
}
