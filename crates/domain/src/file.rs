//! Files that people attach: what they are, and what is told of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{FileId, Timestamp};

/// The largest file, in bytes.
pub const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

/// What a file is to a model, as its bytes show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture, which models see.
    Image,
    /// A PDF, of which models read the text.
    Pdf,
    /// Text of any kind.
    Text,
}

impl FileKind {
    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Pdf => "pdf",
            Self::Text => "text",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Image, Self::Pdf, Self::Text].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A file that somebody keeps here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct File {
    pub id: FileId,
    /// The last part of the name it was sent under, without what nobody sees in it.
    pub name: String,
    /// What its bytes are; of text, what its name says.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    pub kind: FileKind,
    /// How many pages a PDF has.
    pub pages: Option<u32>,
    /// How many characters its text has, where it is no picture.
    pub characters: Option<u64>,
    pub created_at: Timestamp,
}
