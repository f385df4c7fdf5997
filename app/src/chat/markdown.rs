//! Rendered Markdown as the inside of an element: the server renders it, the browser keeps what the server rendered, and
//! renders only what it builds itself. The renderer sanitises; nothing else may be put through here.

use std::sync::Arc;

use leptos::{
    prelude::IntoAttributeValue,
    tachys::{html::element::InnerHtmlValue, renderer::types::Element},
};
use vertice_markdown::Words;

use crate::strings::{Strings, t};

/// What the renderer says itself, in the page's language.
pub(super) const fn words(t: &'static Strings) -> Words {
    Words {
        copy: t.common.copy,
        copy_code: t.markdown.copy_code,
        run: t.markdown.run,
        run_code: t.markdown.run_code,
        open: t.markdown.open,
        open_code: t.markdown.open_code,
        show_image_from: t.markdown.show_image_from,
        footnote: t.markdown.footnote,
        footnotes: t.markdown.footnotes,
        table: t.markdown.table,
        done: t.markdown.done,
        to_do: t.markdown.to_do,
    }
}

/// A whole text, drawn by the server.
#[cfg(feature = "ssr")]
pub(crate) fn rendered(text: &str) -> String {
    vertice_markdown::render_in(text, words(t())).into_string()
}

/// The inside of an element, made only where it is needed.
#[derive(Clone)]
pub(crate) struct Inside(Source);

#[derive(Clone)]
enum Source {
    /// With the texts of the page it stands in.
    Markdown(Arc<str>, &'static Strings),
    ServerOnly(Arc<str>),
}

impl Inside {
    pub(crate) fn markdown(text: &str) -> Self {
        Self(Source::Markdown(text.into(), t()))
    }

    /// HTML that only the server writes, for the time before the page is awake. It must not come from users.
    pub(crate) fn server_only(html: &str) -> Self {
        Self(Source::ServerOnly(html.into()))
    }

    fn html(&self) -> String {
        match &self.0 {
            Source::Markdown(text, strings) => {
                vertice_markdown::render_in(text, words(strings)).into_string()
            }
            Source::ServerOnly(html) => html.to_string(),
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::Markdown(one, _), Source::Markdown(two, _)) => one == two,
            (Source::ServerOnly(_), Source::ServerOnly(_)) => true,
            _ => false,
        }
    }

    fn put(&self, element: &Element) {
        if let Source::Markdown(text, strings) = &self.0 {
            element.set_inner_html(&vertice_markdown::render_in(text, words(strings)));
        }
    }
}

impl IntoAttributeValue for Inside {
    type Output = Self;

    fn into_attribute_value(self) -> Self::Output {
        self
    }
}

impl InnerHtmlValue for Inside {
    type AsyncOutput = Self;
    type State = (Element, Self);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn html_len(&self) -> usize {
        match &self.0 {
            Source::Markdown(text, _) | Source::ServerOnly(text) => text.len() * 3 / 2,
        }
    }

    fn to_html(self, buf: &mut String) {
        buf.push_str(&self.html());
    }

    fn to_template(_buf: &mut String) {}

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element) -> Self::State {
        if !FROM_SERVER {
            self.put(element);
        }
        (element.clone(), self)
    }

    fn build(self, element: &Element) -> Self::State {
        self.put(element);
        (element.clone(), self)
    }

    fn rebuild(self, state: &mut Self::State) {
        if !self.same(&state.1) {
            self.put(&state.0);
            state.1 = self;
        }
    }

    fn into_cloneable(self) -> Self::Cloneable {
        self
    }

    fn into_cloneable_owned(self) -> Self::CloneableOwned {
        self
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self
    }
}
