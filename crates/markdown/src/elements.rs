//! The few elements of HTML that a text may use. A tag is read here and written anew from what it was read as: nothing of
//! the source ever becomes markup. Whatever is not on this list is text.

use crate::markup::Html;

/// An element that a text may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Sub,
    Sup,
    Kbd,
    Summary,
    /// Whether it is open from the start.
    Details(bool),
}

/// A tag that a text may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Open(Element),
    Close(Element),
    Break,
}

/// No tag of the list is longer (bytes), with its spaces.
const LONGEST: usize = 24;

impl Element {
    fn named(name: &str) -> Option<Self> {
        const NAMES: [(&str, Element); 5] = [
            ("sub", Element::Sub),
            ("sup", Element::Sup),
            ("kbd", Element::Kbd),
            ("summary", Element::Summary),
            ("details", Element::Details(false)),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, element)| element)
    }

    /// Whether it stands between paragraphs, not in one.
    pub(crate) fn is_block(self) -> bool {
        matches!(self, Self::Summary | Self::Details(_))
    }

    /// Whether a tag of the one closes the other.
    pub(crate) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// The tag that ends it.
    pub(crate) fn end(self) -> &'static str {
        match self {
            Self::Sub => "</sub>",
            Self::Sup => "</sup>",
            Self::Kbd => "</kbd>",
            Self::Summary => "</summary>",
            Self::Details(_) => "</details>",
        }
    }

    /// Writes the tag that starts it, with an attribute if it stands between paragraphs.
    pub(crate) fn start(self, out: &mut Html, attribute: &'static str) {
        out.tag(match self {
            Self::Sub => "<sub>",
            Self::Sup => "<sup>",
            Self::Kbd => "<kbd>",
            Self::Summary => "<summary",
            Self::Details(false) => "<details",
            Self::Details(true) => "<details open",
        });
        if self.is_block() {
            out.tag(attribute);
            out.tag(">");
        }
    }
}

/// The tag that `text` begins with, and its length.
pub(crate) fn tag(text: &str) -> Option<(Tag, usize)> {
    let inner = text.strip_prefix('<')?;
    let end = inner.bytes().take(LONGEST).position(|b| b == b'>')?;
    let inner = inner[..end].trim_ascii_end();
    let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let name = inner.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, rest) = inner.split_at(name);
    let rest = rest.trim_ascii();
    let tag = match (Element::named(name), closes, rest) {
        (Some(element), true, "") => Tag::Close(element),
        (Some(element), false, "") => Tag::Open(element),
        (Some(Element::Details(_)), false, "open" | "open=\"\"") => Tag::Open(Element::Details(true)),
        (None, false, "" | "/") if name.eq_ignore_ascii_case("br") => Tag::Break,
        _ => return None,
    };
    Some((tag, end + 2))
}

/// True for the start of a tag of the list that is not complete: `<`, `</su`.
pub(crate) fn may_become_tag(text: &str) -> bool {
    const TAGS: [&str; 11] = [
        "<sub>",
        "</sub>",
        "<sup>",
        "</sup>",
        "<kbd>",
        "</kbd>",
        "<summary>",
        "</summary>",
        "<details>",
        "</details>",
        "<br>",
    ];
    TAGS.iter().any(|tag| tag.len() > text.len() && tag.starts_with(text))
}
