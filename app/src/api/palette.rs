//! What the command palette finds, beside what it can do.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::ApiError;

/// Everything of the user's that the palette finds, in as few bytes as ten thousand conversations need. Its script reads it
/// (`frontend/palette/index.ts`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteIndex {
    /// The hash of the rest.
    pub hash: String,
    /// None: it is what the caller knows already.
    pub found: Option<Found>,
}

/// What is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Found {
    pub admin: bool,
    pub conversations: Conversations,
    /// Id, name, provider, whether it can be asked now.
    pub models: Vec<(String, String, String, bool)>,
    /// Id, title, path and conversation.
    pub artifacts: Vec<(String, String, String, String)>,
    /// Name and server.
    pub tools: Vec<(String, String)>,
}

/// Conversations by change, newest first: one string of ids (22 digits of base 64 each), one of titles (each ends with DEL, which
/// JSON does not escape and no title holds).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Conversations {
    pub ids: String,
    pub titles: String,
    /// Days since 1970 (UTC), and how many in a row are of that day.
    pub days: Vec<(i64, u32)>,
    /// Their places among the others.
    pub pinned: Vec<u32>,
    pub archived: Vec<u32>,
}

/// What the palette finds. `known`: the hash of what the caller has.
#[server(name = ReadPaletteIndex, prefix = "/api/ui", endpoint = "palette-index", input = Json, output = Json)]
pub async fn palette_index(known: String) -> Result<PaletteIndex, ApiError> {
    crate::ssr::palette(&known).await
}
