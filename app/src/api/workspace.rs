//! The files that a conversation works on.

use leptos::{prelude::*, server_fn::codec::Json};
use vertice_domain::ConversationId;

use super::ApiError;

/// The panel of a conversation's files, drawn. `address`: the parameters of the page's address.
#[server(name = DrawWorkspace, prefix = "/api/ui", endpoint = "workspace-page", input = Json, output = Json)]
pub async fn workspace_page(conversation: ConversationId, address: String) -> Result<String, ApiError> {
    crate::workspace::drawing::draw(conversation, &address).await
}
