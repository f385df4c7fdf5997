//! What stands beside the chat.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use vertice_domain::{ArtifactId, ConversationId, FieldError};

use super::ApiError;

/// The panel beside a conversation, drawn. `address`: the parameters of the page's address.
#[server(name = DrawPanel, prefix = "/api/ui", endpoint = "panel-page", input = Json, output = Json)]
pub async fn panel_page(conversation: ConversationId, address: String) -> Result<String, ApiError> {
    crate::panel::drawing::draw(conversation, &address).await
}

/// Two changes of an artifact as one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedText {
    pub content: String,
    /// How many places both have changed, and are marked.
    pub conflicts: usize,
    /// The version that it was merged with.
    pub version: u32,
}

/// What somebody has written, made from the version `base`, merged with the newest one. Nothing is saved. The panel's script calls it.
#[server(name = MergeArtifact, prefix = "/api/ui", endpoint = "artifact-merge", input = Json, output = Json)]
pub async fn merge_artifact(id: ArtifactId, base: u32, content: String) -> Result<MergedText, ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    let merged = services.artifacts.merge(&actor, id, base, &content).await?;
    let vertice_ports::artifacts::Merged { content, conflicts, version } = merged;
    Ok(MergedText { content, conflicts, version })
}

/// What REST has refused, in words of the page's language. The panel's script calls it.
#[server(name = SayRefusal, prefix = "/api/ui", endpoint = "artifact-refusal", input = Json, output = Json)]
pub async fn refusal_said(message: String, fields: Vec<FieldError>) -> Result<String, ApiError> {
    crate::ssr::caller()?;
    Ok(crate::ssr::refusal(message, fields))
}

/// Takes a deletion back. The panel's script calls it.
#[server(name = UndeleteArtifact, prefix = "/api/ui", endpoint = "artifact-undelete", input = Json, output = Json)]
pub async fn undelete_artifact(id: ArtifactId) -> Result<(), ApiError> {
    let (services, actor) = crate::ssr::caller()?;
    services.artifacts.undelete(&actor, id).await?;
    Ok(())
}

/// Makes an artifact of a code block. `what`: its language, and after a blank what it is called.
#[server(name = OpenAsArtifact, prefix = "/api/ui", endpoint = "artifact-open", input = Json, output = Json)]
pub async fn open_as_artifact(
    conversation: ConversationId,
    what: String,
    code: String,
) -> Result<ArtifactId, ApiError> {
    crate::artifacts::drawing::open_block(conversation, &what, code).await
}
