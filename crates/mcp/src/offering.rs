//! The tools as the agent calls them: what is offered, what may run, and what came of it.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, Error, ErrorKind, ImageSource, ImageType, Outcome, Result, ServerName, ToolPermission, UserId,
    mcp::ToolHints,
};
use vertice_ports::{
    Tools,
    mcp::{StoredRule, StoredServer},
    prompt::ToolSpec,
    tools::{Keep, Need, Permission, Running, Tool, ToolOutput, ToolRequest},
};

use crate::{
    connection::{Call, CallResult, ConnectionFault},
    definition,
    registry::Mcp,
    schema,
    view::{SeenTool, View},
};

#[async_trait]
impl Tools for Mcp {
    async fn offered(&self, actor: &Actor, _: Need<'_>) -> Result<Vec<Tool>> {
        let view = self.view(actor.user).await?;
        let mut offered = Vec::new();
        for server in view.servers.iter().filter(|server| server.enabled) {
            let tools = view.tools_of(server.id).filter(|tool| is_offered(&view, server, tool));
            offered.extend(tools.map(|tool| Tool {
                server: server.name.to_string(),
                name: tool.name.clone(),
                spec: spec(server, tool),
            }));
        }
        Ok(offered)
    }

    async fn permission(&self, actor: &Actor, request: &ToolRequest) -> Result<Permission> {
        let view = self.view(actor.user).await?;
        let (server, tool) = match found(&view, actor.user, request) {
            Ok(found) => found,
            Err(why) => return Ok(Permission::Deny(why)),
        };
        if let Err(flaws) = schema::check(&tool.definition.input_schema, &request.arguments) {
            return Ok(Permission::Invalid(flaws));
        }
        let arguments = canonical(&request.arguments);
        Ok(match view.permission_for(server, tool, request.conversation, &arguments) {
            ToolPermission::Allow => Permission::Allow,
            ToolPermission::Ask => Permission::Ask(reason(tool.definition.annotations).to_owned()),
            ToolPermission::Deny => Permission::Deny("The person does not allow this tool.".to_owned()),
        })
    }

    async fn keep(&self, actor: &Actor, request: &ToolRequest, keep: Keep) -> Result<()> {
        let view = self.view(actor.user).await?;
        let (server, tool) = found(&view, actor.user, request)
            .map_err(|why| Error::new(ErrorKind::NotFound, "not_found", why))?;
        let rule = StoredRule {
            server: server.id,
            tool: tool.name.clone(),
            conversation: (keep == Keep::Conversation).then_some(request.conversation),
            arguments: (keep == Keep::These).then(|| canonical(&request.arguments)),
            permission: ToolPermission::Allow,
        };
        self.store.put_rule(actor.user, &rule).await?;
        self.forget_views();
        Ok(())
    }

    async fn call(&self, actor: &Actor, request: ToolRequest, running: Running) -> ToolOutput {
        match self.called(actor.user, request, running.cancel).await {
            Ok(result) => self.output(actor.user, result).await,
            Err(ConnectionFault::Cancelled) => {
                told(Outcome::Cancelled, ConnectionFault::Cancelled.to_string())
            }
            Err(fault) => told(Outcome::Failed, fault.to_string()),
        }
    }
}

impl Mcp {
    async fn called(
        &self,
        user: UserId,
        request: ToolRequest,
        cancel: CancellationToken,
    ) -> Result<CallResult, ConnectionFault> {
        let refused = |error: Error| ConnectionFault::Refused(error.message);
        let view = self.view(user).await.map_err(refused)?;
        let (server, tool) = found(&view, user, &request).map_err(ConnectionFault::Refused)?;
        let target = self.target(user, server).await.map_err(refused)?;
        let Value::Object(arguments) = request.arguments else {
            return Err(ConnectionFault::Refused("The arguments must be a JSON object.".to_owned()));
        };
        let call = Call { tool: tool.name.clone(), arguments, progress: None, cancel };
        self.connections.call(target, call).await
    }

    async fn output(&self, user: UserId, result: CallResult) -> ToolOutput {
        let outcome = if result.is_error { Outcome::Failed } else { Outcome::Success };
        let mut output = told(outcome, result.content);
        for (media_type, bytes) in result.images {
            match self.kept(user, &media_type, bytes).await {
                Ok(image) => output.images.push(image),
                Err(error) => {
                    output.content.push_str("\n\n[A picture of this result could not be kept: ");
                    output.content.push_str(&error.message);
                    output.content.push(']');
                }
            }
        }
        output
    }

    async fn kept(&self, user: UserId, media_type: &str, bytes: Bytes) -> Result<ImageSource> {
        let media_type = ImageType::parse(media_type).ok_or_else(Error::internal)?;
        let size = bytes.len() as u64;
        let hash = self.blobs.put(user, media_type.as_str(), bytes).await?;
        Ok(ImageSource::Blob { hash, media_type, size })
    }
}

/// What is denied, and what its server has changed since it was approved, no model hears of.
fn is_offered(view: &View, server: &StoredServer, tool: &SeenTool) -> bool {
    tool.change.is_none() && view.permission(server, tool) != ToolPermission::Deny
}

fn spec(server: &StoredServer, tool: &SeenTool) -> ToolSpec {
    let description = match &tool.definition.title {
        Some(title) => format!("{title} ({}): {}", server.name, tool.definition.description),
        None => format!("{}: {}", server.name, tool.definition.description),
    };
    ToolSpec {
        name: tool.model_name.clone(),
        description,
        input_schema: schema::of_object(&tool.definition.input_schema),
    }
}

/// The tool of a request, if it may be called at all; else why not.
fn found<'a>(
    view: &'a View,
    user: UserId,
    request: &ToolRequest,
) -> Result<(&'a StoredServer, &'a SeenTool), String> {
    let server = ServerName::try_from(request.server.clone()).ok().and_then(|name| view.named(user, &name));
    let server = server.ok_or_else(|| format!("There is no server named {:?} any more.", request.server))?;
    if !server.enabled {
        return Err(format!("The server {:?} is switched off.", request.server));
    }
    let tool = view.tool(server.id, &request.name);
    let tool =
        tool.ok_or_else(|| format!("{:?} has no tool named {:?} any more.", request.server, request.name))?;
    if tool.change.is_some() {
        return Err(format!(
            "{:?} has changed its tool {:?} since it was approved. It stays switched off until its owner approves it anew, in \
             Settings, MCP servers.",
            request.server, request.name
        ));
    }
    Ok((server, tool))
}

/// Why a person is asked: what the server says of the tool, as no more than that.
fn reason(hints: ToolHints) -> &'static str {
    if hints.is_read_only() {
        "Its server says that it only reads."
    } else if hints.destructive_hint == Some(false) {
        "Its server says that it changes something, and destroys nothing."
    } else {
        "It may change or destroy something."
    }
}

/// Arguments in one form, for rules about exactly these.
fn canonical(arguments: &Value) -> String {
    definition::sorted(arguments).to_string()
}

fn told(outcome: Outcome, content: String) -> ToolOutput {
    ToolOutput { outcome, content, images: Vec::new() }
}
