//! The runtime of previews and the editor of artifacts, as browsers run them: bundled and compressed while this crate is
//! compiled, held by the binary in every kind of build. It must never know who asks, nor what is shown.

mod alone;

pub use alone::{Kind, Source, stand_alone};

include!(concat!(env!("OUT_DIR"), "/bundles.rs"));

/// A path, its bytes, and the same compressed.
type Entry = (&'static str, &'static [u8], Option<&'static [u8]>);

/// The document of every preview's frame. It holds nobody's text: what is shown comes by message.
pub fn shell() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/bundles/shell.html"))
}

/// A file of a bundle.
#[derive(Debug, Clone, Copy)]
pub struct File {
    pub bytes: &'static [u8],
    /// The same, compressed with Brotli; none: it would gain nothing.
    pub brotli: Option<&'static [u8]>,
    /// Its media type.
    pub kind: &'static str,
}

/// A file by its path, which is served below `/rt/<HASH>/`.
pub fn file(path: &str) -> Option<File> {
    let found = FILES.binary_search_by_key(&path, |(path, ..)| path).ok()?;
    let (path, bytes, brotli) = FILES[found];
    Some(File { bytes, brotli, kind: media_type(path) })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("ttf") => "font/ttf",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
