//! The type of all HTML this crate makes. Markup enters it only as a literal of this program, text only escaped, so
//! that nothing of the source, and nothing that a library made of it, can reach the page as markup.

use std::{borrow::Borrow, fmt, ops::Deref};

/// HTML that may be put into the page: balanced, and of our own elements only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Html(String);

/// A place between two things that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Html {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Appends markup. It is `'static` because it has to stand in this program.
    pub(crate) fn tag(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Appends text, escaped for use in elements and in quoted attributes.
    pub(crate) fn text(&mut self, text: &str) {
        escape_into(&mut self.0, text);
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, number: impl Into<i128>) {
        self.0.push_str(&number.into().to_string());
    }

    /// Appends ` name="value"`.
    pub(crate) fn attribute(&mut self, name: &'static str, value: &str) {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        escape_into(&mut self.0, value);
        self.0.push('"');
    }

    /// Where the next thing is going to stand.
    pub(crate) fn place(&self) -> Place {
        Place(self.0.len())
    }

    /// Takes back everything from a place on.
    pub(crate) fn retract(&mut self, from: Place) {
        self.0.truncate(from.0);
    }

    /// Takes `markup` off the end, if it stands there.
    pub(crate) fn retract_text(&mut self, markup: &'static str) {
        if self.0.ends_with(markup) {
            self.0.truncate(self.0.len() - markup.len());
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Html {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Html {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl PartialEq<&str> for Html {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

/// Appends text, escaped for use in elements and in quoted attributes.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(entity);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}
