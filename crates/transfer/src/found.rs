//! A conversation as it was found, in the words that all apps have in common. Pure.

use std::collections::BTreeMap;

use vertice_domain::{
    Author, ImportSource, Quote, Timestamp,
    import::{Loss, SkipCode},
};

/// What a piece costs beside what it says, in bytes: a row, and what is kept to find it.
const PER_PIECE: usize = 200;
/// The most characters of a reason that are told.
const MOST_QUOTED: usize = 500;

/// A conversation of another app.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) source: ImportSource,
    /// What it is called there: the same one never comes in twice.
    pub(crate) id: String,
    pub(crate) title: Option<String>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) pinned: bool,
    pub(crate) archived: bool,
    /// The message that its owner looks at.
    pub(crate) head: Option<String>,
    /// In the order in which they are to be read; a parent may stand after its children.
    pub(crate) nodes: Vec<Node>,
    pub(crate) losses: Losses,
}

/// A message as its app has it. There, an answer is often several of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) author: Author,
    /// None: it is only what others hang on.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) model: Option<String>,
    /// Whether it broke off.
    pub(crate) is_cut: bool,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Thinking(String),
    Quote(Quote),
    Call {
        /// What the app calls it; empty: nothing.
        id: String,
        name: String,
        arguments: String,
    },
    Result {
        /// Of which call; empty: of the last one.
        id: String,
        name: String,
        content: String,
        is_error: bool,
    },
}

impl Piece {
    /// What a copy of it costs, in bytes.
    pub(crate) fn size(&self) -> usize {
        let says = match self {
            Self::Text(text) | Self::Thinking(text) => text.len(),
            Self::Quote(quote) => quote.text.len() + quote.title.len(),
            Self::Call { name, arguments, .. } => name.len() + arguments.len(),
            Self::Result { name, content, .. } => name.len() + content.len(),
        };
        says + PER_PIECE
    }
}

/// Why a conversation is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    pub(crate) code: SkipCode,
}

impl Refusal {
    /// `why` may quote what it found, however long that is.
    pub(crate) fn unreadable(why: &str) -> Self {
        Self { why: why.chars().take(MOST_QUOTED).collect(), code: SkipCode::Unreadable }
    }
}

/// What has no place here, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Losses(pub(crate) BTreeMap<Loss, u64>);

impl Losses {
    pub(crate) fn note(&mut self, kind: Loss) {
        *self.0.entry(kind).or_default() += 1;
    }
}

/// What stands for a picture, a file or a recording that is not in the file.
pub(crate) fn stand_in(what: &str, name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.is_empty() {
        true => format!("[{what}, not part of the export]"),
        false => format!("[{what}, not part of the export: {name}]"),
    }
}
