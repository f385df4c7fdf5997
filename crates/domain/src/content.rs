//! What a message is made of: text, pictures and files.

mod image;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
};
use utoipa::{PartialSchema, ToSchema};

use crate::FileId;

pub use image::{Image, ImageType, InvalidImage, MAX_IMAGE_BYTES};

/// The most pictures of one message (the lowest limit among the providers, Groq's vision guide, 2026-11).
pub const MAX_IMAGES: usize = 5;

/// One piece of what a user sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentPart {
    Text(String),
    Image(Image),
    /// One of the user's files.
    File(FileId),
}

/// A message's content: texts, pictures and files, in the order sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// The pieces; no text among them is empty.
    parts: Vec<ContentPart>,
}

impl Content {
    /// Content of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new([ContentPart::Text(text.into())])
    }

    /// Content of these pieces; empty texts are left out.
    pub fn new(parts: impl IntoIterator<Item = ContentPart>) -> Self {
        let says = |part: &ContentPart| !matches!(part, ContentPart::Text(text) if text.is_empty());
        Self { parts: parts.into_iter().filter(says).collect() }
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[ContentPart] {
        &self.parts
    }

    /// The pieces, in order.
    pub fn into_parts(self) -> Vec<ContentPart> {
        self.parts
    }

    /// The text, its pieces joined by blank lines.
    pub fn plain(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            ContentPart::Text(text) => Some(text.as_str()),
            ContentPart::Image(_) | ContentPart::File(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// The pictures, in order.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.parts.iter().filter_map(|part| match part {
            ContentPart::Image(image) => Some(image),
            ContentPart::Text(_) | ContentPart::File(_) => None,
        })
    }

    /// The files, in order.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.parts.iter().filter_map(|part| match part {
            ContentPart::File(id) => Some(*id),
            ContentPart::Text(_) | ContentPart::Image(_) => None,
        })
    }
}

/// Text, or blocks of text, pictures and files.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
enum Shape {
    /// Plain text.
    Text(String),
    /// Blocks of text, pictures and files.
    Blocks(Vec<Block>),
}

impl PartialSchema for Content {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Shape::schema()
    }
}

impl ToSchema for Content {
    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        Shape::schemas(schemas);
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// Plain text without pictures is a string, as it was sent; else blocks.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.parts.as_slice() {
            [] => serializer.serialize_str(""),
            [ContentPart::Text(text)] => serializer.serialize_str(text),
            parts => serializer.collect_seq(parts.iter().map(|part| match part {
                ContentPart::Text(text) => Block::Text { text: text.clone() },
                ContentPart::Image(source) => Block::Image { source: source.clone().into() },
                ContentPart::File(id) => Block::File { file_id: *id },
            })),
        }
    }
}

/// One block of a message's content. Pictures come as Anthropic's clients or as OpenAI's clients write them; files as `file`, or
/// as Anthropic's clients write them.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ContentBlock)]
enum Block {
    Text { text: String },
    Image { source: Source },
    ImageUrl { image_url: ImageUrl },
    File { file_id: FileId },
    Document { source: Source },
}

/// Where the content of a block is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ContentSource)]
enum Source {
    /// A picture itself, in standard base64.
    Base64 { media_type: String, data: String },
    /// A picture elsewhere.
    Url { url: String },
    /// One of the user's files.
    File { file_id: FileId },
}

impl From<Image> for Source {
    fn from(image: Image) -> Self {
        match image {
            Image::Base64 { media_type, data } => {
                Self::Base64 { media_type: media_type.as_str().to_owned(), data }
            }
            Image::Url { url } => Self::Url { url },
        }
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ContentImageUrl)]
struct ImageUrl {
    url: String,
}

impl Block {
    fn into_part(self) -> Result<ContentPart, InvalidImage> {
        let image = match self {
            Self::Text { text } => return Ok(ContentPart::Text(text)),
            Self::File { file_id }
            | Self::Image { source: Source::File { file_id } }
            | Self::Document { source: Source::File { file_id } } => return Ok(ContentPart::File(file_id)),
            Self::Document { .. } => return Err(InvalidImage::Document),
            Self::Image { source: Source::Base64 { media_type, data } } => {
                if ImageType::parse(&media_type).is_none() {
                    return Err(InvalidImage::UnknownType);
                }
                Image::from_base64(&data)
            }
            Self::Image { source: Source::Url { url } } | Self::ImageUrl { image_url: ImageUrl { url } } => {
                Image::from_url(&url)
            }
        };
        image.map(ContentPart::Image)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContentVisitor;

        impl<'de> Visitor<'de> for ContentVisitor {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of content blocks")
            }

            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content::text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
                let mut parts = Vec::new();
                while let Some(block) = seq.next_element::<Block>()? {
                    parts.push(block.into_part().map_err(A::Error::custom)?);
                }
                Ok(Content::new(parts))
            }
        }

        deserializer.deserialize_any(ContentVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

    fn read(json: &str) -> Result<Content, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn text_blocks_and_pictures_are_content() {
        assert_eq!(read(r#""a""#).unwrap(), Content::text("a"));
        let json = format!(
            r#"[{{"type":"text","text":"a"}},{{"type":"text","text":"b"}},
            {{"type":"image_url","image_url":{{"url":"data:image/jpeg;base64,{PIXEL}"}}}},
            {{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{PIXEL}"}}}},
            {{"type":"image","source":{{"type":"url","url":"https://a.example/b.png"}}}}]"#
        );
        let content = read(&json).unwrap();
        assert_eq!((content.plain().as_str(), content.images().count()), ("a\n\nb", 3));
        assert!(
            matches!(content.images().next(), Some(Image::Base64 { media_type: ImageType::Png, .. })),
            "by its bytes"
        );
        let again = serde_json::to_string(&content).unwrap();
        assert_eq!(read(&again).unwrap(), content);
    }

    #[test]
    fn files_are_named_in_every_way() {
        let id = "0197a000-0000-7000-8000-000000000000";
        let blocks = [
            format!(r#"{{"type":"file","file_id":"{id}"}}"#),
            format!(r#"{{"type":"document","source":{{"type":"file","file_id":"{id}"}}}}"#),
            format!(r#"{{"type":"image","source":{{"type":"file","file_id":"{id}"}}}}"#),
        ];
        let content = read(&format!("[{}]", blocks.join(","))).unwrap();
        assert_eq!(content.files().map(|id| id.to_string()).collect::<Vec<_>>(), [id; 3]);
        assert_eq!(read(&serde_json::to_string(&content).unwrap()).unwrap(), content);
        let inline = r#"[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="}}]"#;
        assert!(read(inline).unwrap_err().contains("/api/v1/files"));
    }

    #[test]
    fn bad_pictures_say_what_is_wrong() {
        let url = |url: &str| read(&format!(r#"[{{"type":"image_url","image_url":{{"url":"{url}"}}}}]"#));
        assert!(url("http://a.example/b.png").unwrap_err().contains("https://"));
        assert!(url("data:image/png;base64,!!!").unwrap_err().contains("base64"));
        assert!(url("data:image/png;base64,aGVsbG8=").unwrap_err().contains("PNG"));
        assert_eq!(Image::from_base64(&"A".repeat(8 * 1024 * 1024)), Err(InvalidImage::TooLarge));
        assert!(read(r#"[{"type":"audio"}]"#).unwrap_err().contains("audio"));
    }
}
