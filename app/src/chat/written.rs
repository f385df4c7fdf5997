//! A message before the server has it: what was written, and the pictures beside it.

use std::sync::Arc;

use leptos::prelude::*;
use vertice_domain::{Content, ContentPart, Image, mcp::Reference};

use super::state::Chat;

/// A picture that goes with a message. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// What its file is called.
    pub(crate) name: Arc<str>,
    image: Arc<Image>,
}

impl Picture {
    /// A picture from a file of that name.
    pub(crate) fn new(name: &str, image: Image) -> Self {
        Self { name: name.into(), image: Arc::new(image) }
    }

    /// Its address, for the page to show it.
    pub(crate) fn url(&self) -> String {
        self.image.to_url().into_owned()
    }
}

/// A message as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// The pictures, in order.
    pub(crate) pictures: Vec<Picture>,
    /// The resources of MCP servers that it quotes.
    pub(crate) references: Vec<Reference>,
}

impl Written {
    /// A text without pictures.
    pub(crate) fn text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// With what was written after it.
    pub(crate) fn and(mut self, later: Self) -> Self {
        let texts = [self.text, later.text];
        self.text =
            texts.iter().filter(|text| !text.trim().is_empty()).cloned().collect::<Vec<_>>().join("\n\n");
        self.pictures.extend(later.pictures);
        for reference in later.references {
            if !self.references.contains(&reference) {
                self.references.push(reference);
            }
        }
        self
    }

    /// As the server takes it, in the order shown: the pictures above the text.
    pub(crate) fn content(&self) -> Content {
        let pictures = self.pictures.iter().map(|picture| ContentPart::Image((*picture.image).clone()));
        Content::new(pictures.chain([ContentPart::Text(self.text.clone())]))
    }
}

/// Puts the beginning of a message into the composer, before what is there.
pub(crate) fn start_with(chat: Chat, text: &str) {
    chat.composer.handed_back.set(Some(Written::text(text.to_owned())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_later_comes_after_it() {
        let picture =
            |name: &str| Picture::new(name, Image::Url { url: format!("https://a.example/{name}") });
        let first = Written { text: "one".into(), pictures: vec![picture("a")], ..Written::default() };
        let both =
            first.and(Written { text: "two".into(), pictures: vec![picture("b")], ..Written::default() });
        assert_eq!(both.text, "one\n\ntwo");
        assert_eq!(both.content().images().count(), 2);
        let joined = Written { text: " ".into(), pictures: vec![picture("a")], ..Written::default() }
            .and(Written::text("two".into()));
        assert_eq!((joined.text.as_str(), joined.pictures.len()), ("two", 1));
    }
}
