//! A toolbox as an MCP server of its own, on standard input and output, for any host that starts it. Both eras of the protocol.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::{StreamExt as _, channel::mpsc};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
        ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ServerCapabilities, ServerConfig,
        Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::stdio_pipes,
};
use serde_json::Value;
use vertice_ports::{
    Toolbox,
    toolbox::{OwnTool, Told},
    tools::Progress,
};

/// Steps of progress that may wait to be told.
const PROGRESS_BUFFER: usize = 8;

/// Why a host could not be served.
#[derive(Debug, thiserror::Error)]
#[error("the host could not be served: {0}")]
pub struct ServingFault(String);

/// Serves whoever started this program, until they close its input.
pub async fn serve(toolbox: Arc<dyn Toolbox>) -> Result<(), ServingFault> {
    let fault = |error: &dyn std::fmt::Display| ServingFault(error.to_string());
    let running = Served { toolbox }.serve(stdio_pipes()).await.map_err(|error| fault(&error))?;
    running.waiting().await.map_err(|error| fault(&error))?;
    Ok(())
}

struct Served {
    toolbox: Arc<dyn Toolbox>,
}

impl ServerHandler for Served {
    fn get_info(&self) -> ServerConfig {
        let name = format!("vertice-{}", self.toolbox.name());
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new(name, env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.toolbox.tools().into_iter().map(told_tool).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.toolbox.tools().iter().any(|tool| tool.name == request.name) {
            return Err(ErrorData::invalid_params(
                format!("There is no tool named {:?}.", request.name),
                None,
            ));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let (sender, heard) = mpsc::channel(PROGRESS_BUFFER);
        let cancel = context.ct.clone();
        let called = self.toolbox.call(&request.name, arguments, cancel, Some(sender));
        let told = tokio::select! {
            told = called => told,
            never = progress(heard, &context) => never,
        };
        Ok(result(told).into())
    }
}

/// Tells the host how far it has come, if it wants to know.
async fn progress(mut heard: mpsc::Receiver<Progress>, context: &RequestContext<RoleServer>) -> Told {
    if let Some(token) = context.meta.get_progress_token() {
        while let Some(Progress { done, of, message }) = heard.next().await {
            let mut step = ProgressNotificationParam::new(token.clone(), done);
            (step.total, step.message) = (of, message);
            if context.peer.notify_progress(step).await.is_err() {
                break;
            }
        }
    }
    std::future::pending().await
}

fn told_tool(tool: OwnTool) -> Tool {
    let schema = match tool.input_schema {
        Value::Object(schema) => schema,
        _ => serde_json::Map::new(),
    };
    let mut hints = ToolAnnotations::new();
    hints.read_only_hint = tool.hints.read_only_hint;
    hints.destructive_hint = tool.hints.destructive_hint;
    hints.idempotent_hint = tool.hints.idempotent_hint;
    hints.open_world_hint = tool.hints.open_world_hint;
    Tool::new(tool.name, tool.description, Arc::new(schema)).with_annotations(hints)
}

fn result(told: Told) -> CallToolResult {
    let mut content = vec![ContentBlock::text(told.content)];
    content.extend(
        told.images.into_iter().map(|(media_type, bytes)| {
            ContentBlock::image(BASE64_STANDARD.encode(bytes), media_type.as_str())
        }),
    );
    if told.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) }
}
