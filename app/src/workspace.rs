//! The files that a conversation works on: where they are on the page, and how the server draws them.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;

use vertice_domain::ConversationId;

/// The parameter of the address that opens them.
pub(crate) const FILES: &str = "files";

/// Where the files of a conversation are.
pub(crate) fn href(conversation: ConversationId) -> String {
    format!("/c/{conversation}?{FILES}")
}
