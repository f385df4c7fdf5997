//! What a file is: pictures and PDFs by their first bytes, all else if it is text; of texts the name says which kind. Pure.

use vertice_domain::{Error, ErrorKind, ImageType};

use crate::text;

/// What is taken, for those whose file is not.
const TAKEN: &str = "Text of any kind (Markdown, HTML, JSON, CSV, source code …), pictures (PNG, JPEG, WebP, GIF, SVG) and PDF \
                     can be attached.";

/// Pictures of more than this many pixels on a side are not taken: what shows them takes four bytes for each pixel.
pub(crate) const MAX_SIDE: usize = 12_000;

/// Endings of names, and the media types of texts that have them.
const TEXTS: &[(&str, &[&str])] = &[
    ("text/markdown", &["md", "markdown"]),
    ("text/html", &["html", "htm"]),
    ("application/json", &["json"]),
    ("text/csv", &["csv"]),
    ("text/tab-separated-values", &["tsv"]),
    ("image/svg+xml", &["svg"]),
    ("application/xml", &["xml"]),
    ("application/yaml", &["yaml", "yml"]),
    ("text/css", &["css"]),
    ("text/javascript", &["js", "mjs", "cjs"]),
];

/// A file as its bytes show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// With its width and height.
    Picture(ImageType, (usize, usize)),
    Pdf,
    Text {
        media_type: &'static str,
        text: String,
    },
}

impl Known {
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(refused("is empty"));
        }
        if bytes.starts_with(b"%PDF-") {
            return Ok(Self::Pdf);
        }
        if let Some(form) = ImageType::of(bytes) {
            return picture(form, bytes);
        }
        match text::decoded(bytes) {
            Some(text) => Ok(Self::Text { media_type: media_type(name), text }),
            None => Err(unsupported(name, bytes)),
        }
    }
}

/// Something is wrong with the file, in words that follow "file".
pub(crate) fn refused(why: impl Into<String>) -> Error {
    Error::invalid_field("file", why)
}

fn picture(form: ImageType, bytes: &[u8]) -> Result<Known, Error> {
    let size = imagesize::blob_size(bytes).map_err(|_| refused("is a picture that cannot be read"))?;
    if size.width == 0 || size.height == 0 {
        return Err(refused("is a picture that cannot be read"));
    }
    if size.width > MAX_SIDE || size.height > MAX_SIDE {
        return Err(refused(format!(
            "is a picture of {} × {} pixels, and a side may have {MAX_SIDE}; make it smaller",
            size.width, size.height
        )));
    }
    Ok(Known::Picture(form, (size.width, size.height)))
}

fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let found = TEXTS.iter().find(|(_, endings)| endings.contains(&ending.as_str()));
    found.map_or("text/plain", |(media_type, _)| media_type)
}

fn unsupported(name: &str, bytes: &[u8]) -> Error {
    let what = match bytes {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a zip archive or an office document",
        [0x7F, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] => "a program",
        [0x1F, 0x8B, ..] => "a compressed file",
        _ => "none of the kinds of files that are taken",
    };
    let message = format!("{name:?} is {what}, as its content shows. {TAKEN}");
    Error::new(ErrorKind::UnsupportedMedia, "unsupported_media_type", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_names() {
        assert_eq!(Known::of("photo.png", b"%PDF-1.7\n").unwrap(), Known::Pdf);
        for (name, media_type) in [
            ("a.MD", "text/markdown"),
            ("a.svg", "image/svg+xml"),
            ("a.rs", "text/plain"),
            ("csv", "text/plain"),
        ] {
            let text = "x".to_owned();
            assert_eq!(Known::of(name, b"x").unwrap(), Known::Text { media_type, text }, "{name}");
        }
        for (bytes, what) in [
            (&b"PK\x03\x04\x14\0\x06\0"[..], "zip archive"),
            (b"\x7fELF\x02\x01\x01\0", "a program"),
            (b"MZ\x90\0", "a program"),
            (b"\x1f\x8b\x08\0", "compressed"),
            (b"\0\0\0\x20ftypheic", "none of the kinds"),
            (b"notes\0.pdf", "none of the kinds"),
        ] {
            let error = Known::of("notes.txt", bytes).unwrap_err();
            assert_eq!(error.code, "unsupported_media_type");
            assert!(error.message.contains(what), "{}", error.message);
        }
        for broken in [&b"\x89PNG\r\n\x1a\nnothing"[..], b"", b"GIF89a"] {
            assert_eq!(Known::of("a.png", broken).unwrap_err().code, "invalid_request", "{broken:?}");
        }
    }
}
