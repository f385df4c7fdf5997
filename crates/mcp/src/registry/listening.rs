//! What is heard of connections goes into the store.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_ports::McpStore;

use super::era_word;
use crate::{
    connection::{ConnectionKey, Era, ListedTool, Listener},
    definition::Definition,
    view::Views,
};

pub(super) struct Heard {
    store: Arc<dyn McpStore>,
    views: Arc<Views>,
}

impl Heard {
    pub(super) const fn new(store: Arc<dyn McpStore>, views: Arc<Views>) -> Self {
        Self { store, views }
    }
}

#[async_trait]
impl Listener for Heard {
    async fn tools_changed(&self, key: ConnectionKey, tools: Vec<ListedTool>) {
        let tools: Vec<_> = tools.iter().map(|tool| (tool.name.clone(), Definition::text(tool))).collect();
        if let Err(error) = self.store.put_server_tools(key.server, key.user, &tools).await {
            tracing::error!(code = %error.code, "the tools of an MCP server could not be stored");
        }
        self.views.forget();
    }

    async fn era_found(&self, key: ConnectionKey, era: Option<Era>) {
        if let Err(error) = self.store.set_era(key.server, era.map(era_word)).await {
            tracing::warn!(code = %error.code, "the era of an MCP server could not be stored");
        }
        self.views.forget();
    }
}
