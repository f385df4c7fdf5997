//! The panel, as the server draws it.

use vertice_domain::ConversationId;

use super::Side;
use crate::{api::ApiError, artifacts, workspace};

/// Draws what this address asks for.
pub(crate) async fn draw(conversation: ConversationId, address: &str) -> Result<String, ApiError> {
    match Side::of(address) {
        Some(Side::Artifacts) => artifacts::drawing::draw(conversation, address).await,
        Some(Side::Files) | None => workspace::drawing::draw(conversation, address).await,
    }
}
