//! Artifacts beside the chat: where they are on the page, and how the server draws them.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;

use vertice_domain::{ArtifactId, ConversationId};

/// The parameter of the address that opens one; without a value, the one that was changed last.
pub(crate) const ARTIFACT: &str = "artifact";
/// The parameter that says that it may not be there yet: a model writes it.
pub(crate) const LIVE: &str = "live";
/// The parameter of an older version.
pub(crate) const VERSION: &str = "version";

/// Where those of a conversation are shown.
pub(crate) fn all_href(conversation: ConversationId) -> String {
    format!("/c/{conversation}?{ARTIFACT}")
}

/// Where a version of an artifact is shown.
pub(crate) fn href(conversation: ConversationId, id: ArtifactId, version: u32) -> String {
    format!("/c/{conversation}?{ARTIFACT}={id}&{VERSION}={version}")
}

/// Where one is shown that a model is writing.
pub(crate) fn live_href(conversation: ConversationId, id: ArtifactId) -> String {
    format!("/c/{conversation}?{ARTIFACT}={id}&{LIVE}=1")
}
