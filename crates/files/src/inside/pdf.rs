//! The text of a PDF, page by page, as far as it goes. Pure.

use lopdf::{Document, Error, LoadOptions};

use super::{Found, nothing};

/// The pages that are read.
const MAX_PAGES: usize = 200;
/// The characters that are read.
const MAX_CHARACTERS: usize = 2_000_000;
/// What one stream may unpack to, in bytes.
const MAX_STREAM: usize = 32 * 1024 * 1024;

const ENCRYPTED: &str = "is a PDF that is protected by a password; attach it without one";
const BROKEN: &str = "is a PDF that cannot be read: it is damaged or incomplete";
const LARGE: &str = "is a PDF that unpacks to more than is read of one";

/// The text with a mark before each page, and sentences where there is less of it than there is of the PDF.
pub(super) fn text_of(file: &[u8]) -> (Found, Vec<u8>) {
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let document = match Document::load_mem_with_options(file, options) {
        Ok(document) => document,
        Err(Error::Decompress(_)) => return nothing(LARGE),
        Err(_) => return nothing(unread(file)),
    };
    let pages = document.get_pages().len();
    if pages == 0 {
        return nothing(unread(file));
    }
    let text = pages_of(&document, pages);
    (Found::Text { pages: u32::try_from(pages).unwrap_or(u32::MAX) }, text.into_bytes())
}

/// Why there is nothing to read: what is encrypted says so in plain words, and shows no page without its password.
fn unread(file: &[u8]) -> &'static str {
    let mark = b"/Encrypt";
    if file.windows(mark.len()).any(|bytes| bytes == mark) { ENCRYPTED } else { BROKEN }
}

fn pages_of(document: &Document, pages: usize) -> String {
    let (mut text, mut characters) = (String::new(), 0);
    for number in 1..=pages.min(MAX_PAGES) {
        text.push_str(&format!("[Page {number}]\n"));
        let page =
            u32::try_from(number).ok().map(|number| document.extract_text_with_limit(&[number], MAX_STREAM));
        match page {
            Some(Ok(page)) if !page.trim().is_empty() => {
                let left = MAX_CHARACTERS - characters;
                let said: String = page.trim().chars().filter(|c| !is_noise(*c)).take(left).collect();
                let length = said.chars().count();
                characters += length;
                text.push_str(&said);
                text.push_str("\n\n");
                if length == left {
                    text.push_str(&format!("[The text was cut here, after {MAX_CHARACTERS} characters.]\n"));
                    return text;
                }
            }
            Some(Ok(_)) => text.push_str("[No text: this page may be a picture.]\n\n"),
            Some(Err(_)) | None => text.push_str("[This page could not be read.]\n\n"),
        }
    }
    if pages > MAX_PAGES {
        text.push_str(&format!("[Only the first {MAX_PAGES} of {pages} pages were read.]\n"));
    }
    text
}

/// What fonts without a table leave behind.
fn is_noise(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}
