//! Markdown to HTML, for server and browser alike: the whole text at once, or block by block while it grows. Pure:
//! no IO, no clock. It must never let markup or an unsafe address of the source through to the page.

mod blocks;
mod escape;
mod highlight;
mod html;
mod links;
mod math;
mod plain;
mod stream;
mod tail;

pub use plain::plain_text;
pub use stream::{Stream, Update};

/// Renders a whole text.
pub fn render(source: &str) -> String {
    render_blocks(source).concat()
}

/// Renders a whole text as the blocks a [`Stream`] ends with: `render_blocks(s).concat() == render(s)`.
pub fn render_blocks(source: &str) -> Vec<String> {
    stream::whole(source)
}

/// Escapes text for use in elements and in quoted attributes.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    escape::escape_into(&mut out, text);
    out
}
