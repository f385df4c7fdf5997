//! What came of a call, bounded and cleaned: one text, and pictures. What can be neither is named in a line.

use base64::{Engine as _, alphabet, engine::general_purpose};
use bytes::Bytes;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;
use vertice_domain::content::{ImageType, MAX_IMAGE_BYTES};

use super::{
    CallResult,
    clean::{clean, clean_to},
    limits::{PICTURES, RESULT},
};

/// The longest name or address in a line that stands for something.
const NAME: usize = 300;
/// Standard base64, with padding or without.
pub(super) const BASE64: general_purpose::GeneralPurpose = general_purpose::GeneralPurpose::new(
    &alphabet::STANDARD,
    general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// A result as it is kept.
pub(super) fn bounded(result: CallToolResult) -> CallResult {
    let mut kept = Kept::default();
    let structured = result.structured_content.filter(|value| !value.is_null());
    let is_told =
        structured.as_ref().is_none_or(|value| result.content.iter().any(|block| tells(block, value)));
    for block in result.content {
        kept.block(block);
    }
    if let Some(value) = structured.filter(|_| !is_told) {
        kept.text(&value.to_string());
    }
    if kept.too_many > 0 {
        let text = format!("[{} more pictures are left out; {PICTURES} are kept.]", kept.too_many);
        kept.line(&text);
    }
    CallResult { is_error: result.is_error == Some(true), content: cut(kept.text), images: kept.images }
}

/// Whether a block says what the structured content says, as servers do for hosts that know no structured content: the value
/// itself as JSON, or what stands in its only field.
fn tells(block: &ContentBlock, structured: &Value) -> bool {
    let Some(text) = block.as_text().map(|block| block.text.trim()) else { return false };
    let only =
        structured.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.values().next());
    if only.and_then(Value::as_str).is_some_and(|only| only.trim() == text) {
        return true;
    }
    serde_json::from_str::<Value>(text).is_ok_and(|value| &value == structured || Some(&value) == only)
}

#[derive(Default)]
struct Kept {
    text: String,
    images: Vec<(String, Bytes)>,
    too_many: usize,
}

impl Kept {
    fn block(&mut self, block: ContentBlock) {
        match block {
            ContentBlock::Text(block) => self.text(&block.text),
            ContentBlock::Image(image) => self.image(&image.data),
            ContentBlock::Audio(audio) => {
                let text = format!("[Sound, {}: not shown.]", of(&audio.mime_type, &audio.data));
                self.line(&text);
            }
            ContentBlock::Resource(embedded) => match embedded.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => {
                    self.line(&format!("[Content of {}:]", clean_to(&uri, NAME)));
                    self.text(&text);
                }
                ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                    let what = of(&mime_type.unwrap_or_default(), &blob);
                    self.line(&format!("[A file, {}, {what}: not shown.]", clean_to(&uri, NAME)));
                }
                _ => self.line("[Something that this server does not know: not shown.]"),
            },
            ContentBlock::ResourceLink(link) => {
                let (name, uri) = (clean_to(&link.name, NAME), clean_to(&link.uri, NAME));
                self.line(&format!("[A resource: {name}, {uri}]"));
            }
            _ => self.line("[Something that this server does not know: not shown.]"),
        }
    }

    fn text(&mut self, text: &str) {
        self.line(&clean(text));
    }

    fn line(&mut self, text: &str) {
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    /// What it is shows in its bytes alone, whatever the server calls it.
    fn image(&mut self, data: &str) {
        let data = data.trim();
        if self.images.len() == PICTURES {
            self.too_many += 1;
            return;
        }
        if data.len() / 4 * 3 > MAX_IMAGE_BYTES + 3 {
            return self.line(&format!("[A picture over {} MB: left out.]", MAX_IMAGE_BYTES / 1024 / 1024));
        }
        let bytes = BASE64.decode(data).unwrap_or_default();
        match ImageType::of(&bytes) {
            Some(form) if bytes.len() <= MAX_IMAGE_BYTES => {
                self.images.push((form.as_str().to_owned(), bytes.into()));
            }
            _ => self.line("[A picture that is not PNG, JPEG, GIF or WebP: left out.]"),
        }
    }
}

/// Type and size of what is told in base64.
fn of(media_type: &str, data: &str) -> String {
    let media_type = clean_to(media_type, 100);
    let kind = if media_type.is_empty() { "of an unknown type" } else { &media_type };
    format!("{kind}, {} bytes", data.len() / 4 * 3)
}

fn cut(mut text: String) -> String {
    if text.len() > RESULT {
        let kept = text.floor_char_boundary(RESULT);
        let rest = text.len() - kept;
        text.truncate(kept);
        text.push_str(&format!("\n[… {rest} more bytes of this result were cut.]"));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0000";

    fn result(value: Value) -> CallResult {
        bounded(serde_json::from_value(value).unwrap())
    }

    fn picture(bytes: &[u8], called: &str) -> Value {
        json!({"type": "image", "mimeType": called, "data": BASE64.encode(bytes)})
    }

    #[test]
    fn texts_are_one_and_clean() {
        let kept = result(json!({"content": [
            {"type": "text", "text": "one\u{1b}[31m red"}, {"type": "text", "text": ""}, {"type": "text", "text": "two\u{e0041}"},
        ], "isError": true}));
        assert_eq!(kept, CallResult { is_error: true, content: "one red\ntwo".into(), images: Vec::new() });
    }

    #[test]
    fn long_texts_are_cut_and_it_is_said_how_much() {
        let kept = result(json!({"content": [{"type": "text", "text": "é".repeat(100_000)}]}));
        assert!(kept.content.len() < 100_100);
        assert!(
            kept.content.ends_with("é\n[… 100000 more bytes of this result were cut.]"),
            "{}",
            kept.content.len()
        );
    }

    #[test]
    fn pictures_are_known_by_their_bytes() {
        let kept = result(json!({"content": [
            picture(PNG, "text/html"), picture(b"<svg onload=alert(1)>", "image/png"), {"type": "image", "mimeType": "image/png", "data": "%%"},
        ]}));
        assert_eq!(kept.images, [("image/png".to_owned(), Bytes::from_static(PNG))]);
        assert_eq!(kept.content.matches("[A picture that is not PNG").count(), 2);
    }

    #[test]
    fn pictures_are_bounded_in_number_and_size() {
        let mut large = PNG.to_vec();
        large.resize(MAX_IMAGE_BYTES + 1, 0);
        let mut content = vec![picture(&large, "image/png")];
        content.extend(std::iter::repeat_n(picture(PNG, "image/png"), 11));
        let kept = result(json!({ "content": content }));
        assert_eq!(kept.images.len(), 8);
        assert!(
            kept.content.contains("left out") && kept.content.contains("[3 more pictures"),
            "{}",
            kept.content
        );
    }

    #[test]
    fn what_is_neither_text_nor_picture_is_named() {
        let kept = result(json!({"content": [
            {"type": "audio", "mimeType": "audio/wav", "data": "AAAA"},
            {"type": "resource", "resource": {"uri": "file:///a.bin", "blob": "AAAA"}},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
            {"type": "resource_link", "uri": "file:///b", "name": "b"},
        ]}));
        assert_eq!(
            kept.content,
            "[Sound, audio/wav, 3 bytes: not shown.]\n[A file, file:///a.bin, of an unknown type, 3 bytes: not shown.]\n\
             [Content of file:///a.txt:]\ninside\n[A resource: b, file:///b]"
        );
    }

    #[test]
    fn structured_content_is_told_once() {
        let sum = json!({"sum": [3, "\u{200b}"]});
        let told =
            result(json!({"content": [{"type": "text", "text": sum.to_string()}], "structuredContent": sum}));
        assert_eq!(told.content.matches("sum").count(), 1);
        for (text, structured) in [
            ("hello\n", json!({"content": "hello"})),
            ("[1, 2]", json!({"items": [1, 2]})),
            ("{\"a\": null}", json!({"a": null})),
        ] {
            let told =
                result(json!({"content": [{"type": "text", "text": text}], "structuredContent": structured}));
            assert_eq!(told.content, text, "{structured}");
        }
        let untold = result(json!({"content": [{"type": "text", "text": "3"}], "structuredContent": sum}));
        assert_eq!(untold.content, "3\n{\"sum\":[3,\"\"]}");
    }
}
