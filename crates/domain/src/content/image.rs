//! Pictures: their forms, and what makes one of bytes, base64 or an address.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest picture, in bytes before base64 (Anthropic's limit for one image, vision guide, 2026-11).
pub const MAX_IMAGE_BYTES: usize = 5 * 1024 * 1024;

/// A form of picture that every provider with vision takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum ImageType {
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// GIF.
    #[serde(rename = "image/gif")]
    Gif,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
}

impl ImageType {
    /// The media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The type of that media type, if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg, Self::Gif, Self::Webp].into_iter().find(|form| form.as_str() == text)
    }

    /// The type that the first bytes show, whatever anybody calls it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }
}

/// A picture in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Image {
    /// The picture itself.
    Base64 {
        /// Its form, as its bytes show it.
        media_type: ImageType,
        /// Its bytes in standard base64 with padding.
        data: String,
    },
    /// An address that the provider fetches it from.
    Url {
        /// The https address.
        url: String,
    },
}

/// Why a picture cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImage {
    /// Its data is no base64.
    #[error("the image is not valid base64")]
    NotBase64,
    /// It is none of the forms that models see.
    #[error("the image is not a PNG, JPEG, GIF or WebP file")]
    UnknownType,
    /// It is over [`MAX_IMAGE_BYTES`].
    #[error("the image is over 5 MB; make it smaller")]
    TooLarge,
    /// It is a document that is no file of ours.
    #[error("a document must be a file: send it to /api/v1/files, and name its id")]
    Document,
    /// Its address is neither https nor a data URL.
    #[error("the address of an image must begin with https:// or data:image/…;base64,")]
    BadUrl,
}

impl Image {
    /// From the bytes of a file; they show its form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidImage> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        if bytes.len() > MAX_IMAGE_BYTES {
            return Err(InvalidImage::TooLarge);
        }
        let media_type = ImageType::of(bytes).ok_or(InvalidImage::UnknownType)?;
        Ok(Self::Base64 { media_type, data: STANDARD.encode(bytes) })
    }

    /// From base64; the form is read from the bytes.
    pub fn from_base64(data: &str) -> Result<Self, InvalidImage> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        if data.len() / 4 * 3 > MAX_IMAGE_BYTES + 3 {
            return Err(InvalidImage::TooLarge);
        }
        let bytes = STANDARD.decode(data.trim()).map_err(|_| InvalidImage::NotBase64)?;
        if bytes.len() > MAX_IMAGE_BYTES {
            return Err(InvalidImage::TooLarge);
        }
        let media_type = ImageType::of(&bytes).ok_or(InvalidImage::UnknownType)?;
        Ok(Self::Base64 { media_type, data: data.trim().to_owned() })
    }

    /// As an address: a data URL, or the one it has.
    pub fn to_url(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Base64 { media_type, data } => format!("data:{};base64,{data}", media_type.as_str()).into(),
            Self::Url { url } => url.into(),
        }
    }

    /// From an address as OpenAI's clients send it: https, or a data URL.
    pub fn from_url(url: &str) -> Result<Self, InvalidImage> {
        if let Some(data) = url.strip_prefix("data:") {
            let (_, data) = data.split_once(";base64,").ok_or(InvalidImage::BadUrl)?;
            return Self::from_base64(data);
        }
        let is_https = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let plausible =
            is_https && url.len() > 8 && !url.chars().any(|c| c.is_whitespace() || c.is_control());
        if plausible { Ok(Self::Url { url: url.to_owned() }) } else { Err(InvalidImage::BadUrl) }
    }
}
