//! Markdown to HTML, for server and browser alike: the whole text at once, or block by block while it grows. Pure:
//! no IO, no clock. It must never let markup or an unsafe address of the source through to the page.

mod blocks;
mod cjk;
mod cluster;
mod details;
mod elements;
mod highlight;
mod html;
mod links;
mod markup;
mod math;
mod plain;
mod stream;
mod tail;
mod words;

pub use cluster::held;
pub use markup::Html;
pub use plain::plain_text;
pub use stream::{Stream, Update};
pub use words::Words;

/// Renders a whole text.
pub fn render(source: &str) -> Html {
    render_in(source, Words::ENGLISH)
}

/// Renders a whole text for a page whose own words are these.
pub fn render_in(source: &str, words: Words) -> Html {
    stream::whole(source, words).into_iter().collect()
}

/// Renders a whole text as the blocks a [`Stream`] ends with: their concatenation is `render(s)`.
pub fn render_blocks(source: &str) -> Vec<Html> {
    stream::whole(source, Words::ENGLISH)
}

/// Escapes text for use in elements and in quoted attributes.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    markup::escape_into(&mut out, text);
    out
}
