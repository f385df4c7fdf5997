//! Artifacts beside the chat: where they are on the page, and how the server draws them.

#[cfg(feature = "ssr")]
pub(crate) mod drawing;

use leptos_router::location::Url;
use vertice_domain::{ArtifactId, ConversationId};

/// The parameter of the address that opens one; without a value, the one that was changed last.
pub(crate) const ARTIFACT: &str = "artifact";
/// The parameter that says that it may not be there yet: a model writes it.
pub(crate) const LIVE: &str = "live";
/// The parameter that names one by its path.
pub(crate) const AT: &str = "at";
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

/// Where the text of the one at that path is shown.
pub(crate) fn text_href(conversation: ConversationId, path: &str) -> String {
    format!("/c/{conversation}?{ARTIFACT}&{AT}={}&view=code", Url::escape(path))
}

/// Where one is shown that a model is writing.
pub(crate) fn live_href(conversation: ConversationId, id: ArtifactId) -> String {
    format!("/c/{conversation}?{ARTIFACT}={id}&{LIVE}=1")
}
