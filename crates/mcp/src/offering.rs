//! The tools as the agent calls them: what is offered, what may run, and what came of it.

mod finding;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;
use vertice_domain::{
    Actor, Error, ErrorKind, ImageSource, ImageType, Outcome, Result, ServerName, ToolPermission, UserId,
    mcp::ToolHints, part::Trouble,
};
use vertice_ports::{
    Tools,
    mcp::{StoredRule, StoredServer},
    prompt::ToolSpec,
    tools::{Keep, Need, Permission, Progress, Running, Tool, ToolOutput, ToolRequest},
};

use crate::{
    connection::{self, Call, CallResult, ConnectionFault, Person},
    definition,
    registry::Mcp,
    schema,
    view::{SeenTool, View},
};

use self::finding::Offer;

/// Steps of progress that may wait to be told.
const PROGRESS_BUFFER: usize = 8;

#[async_trait]
impl Tools for Mcp {
    async fn offered(&self, actor: &Actor, need: Need<'_>) -> Result<Vec<Tool>> {
        let view = self.view(actor.user).await?;
        let (chosen, has_more) = finding::chosen(offers(&view), need);
        let mut offered: Vec<Tool> = if has_more { finding::own_tools().into() } else { Vec::new() };
        offered.extend(chosen.into_iter().map(|(server, tool)| Tool {
            server: server.name.to_string(),
            name: tool.name.clone(),
            spec: spec(server, tool),
        }));
        Ok(offered)
    }

    async fn permission(&self, actor: &Actor, request: &ToolRequest) -> Result<Permission> {
        let view = self.view(actor.user).await?;
        if request.server.is_empty() && request.name == finding::FIND {
            return Ok(Permission::Allow);
        }
        let request = match resolved(&view, request) {
            Ok(request) => request,
            Err(flaw) => return Ok(Permission::Invalid(flaw)),
        };
        let (server, tool) = match found(&view, actor.user, &request) {
            Ok(found) => found,
            Err(why) => return Ok(Permission::Deny(why)),
        };
        if let Err(flaws) = schema::check(&tool.definition.input_schema, &request.arguments) {
            return Ok(Permission::Invalid(flaws));
        }
        Ok(match view.permission_for(server, tool, request.conversation, &request.arguments) {
            (ToolPermission::Allow, _) => Permission::Allow,
            (ToolPermission::Ask, true) => {
                Permission::Ask("A rule of yours asks about these arguments.".to_owned())
            }
            (ToolPermission::Ask, false) => Permission::Ask(reason(tool.definition.annotations).to_owned()),
            (ToolPermission::Deny, true) => {
                Permission::Deny("The person does not allow this tool with these arguments.".to_owned())
            }
            (ToolPermission::Deny, false) => {
                Permission::Deny("The person does not allow this tool.".to_owned())
            }
        })
    }

    async fn keep(&self, actor: &Actor, request: &ToolRequest, keep: Keep) -> Result<()> {
        let view = self.view(actor.user).await?;
        let (server, tool) = found(&view, actor.user, request)
            .map_err(|why| Error::new(ErrorKind::NotFound, "not_found", why))?;
        let rule = StoredRule {
            server: server.id,
            tool: tool.name.clone(),
            conversation: request.conversation.filter(|_| keep == Keep::Conversation),
            arguments: (keep == Keep::These).then(|| definition::canonical(&request.arguments)),
            permission: ToolPermission::Allow,
        };
        self.store.put_rule(actor.user, &rule).await?;
        self.forget_views();
        Ok(())
    }

    async fn call(&self, actor: &Actor, request: ToolRequest, running: Running) -> ToolOutput {
        match self.called(actor.user, request, running).await {
            Ok(result) => self.output(actor.user, result).await,
            Err(ConnectionFault::Cancelled) => {
                ToolOutput::told(Outcome::Cancelled, ConnectionFault::Cancelled.to_string())
            }
            Err(fault) => ToolOutput {
                trouble: trouble(&fault),
                ..ToolOutput::told(Outcome::Failed, fault.to_string())
            },
        }
    }
}

impl Mcp {
    async fn called(
        &self,
        user: UserId,
        request: ToolRequest,
        running: Running,
    ) -> Result<CallResult, ConnectionFault> {
        let refused = |error: Error| ConnectionFault::Refused(error.message);
        let view = self.view(user).await.map_err(refused)?;
        if request.server.is_empty() && request.name == finding::FIND {
            let content =
                finding::found(&offers(&view), &request.arguments).map_err(ConnectionFault::Refused)?;
            return Ok(CallResult { is_error: false, content, images: Vec::new() });
        }
        let request = resolved(&view, &request).map_err(ConnectionFault::Refused)?;
        let (server, tool) = found(&view, user, &request).map_err(ConnectionFault::Refused)?;
        let target = self.target(user, server).await.map_err(refused)?;
        let Value::Object(arguments) = request.arguments else {
            return Err(ConnectionFault::Refused("The arguments must be a JSON object.".to_owned()));
        };
        let (sender, mut heard) = mpsc::channel(PROGRESS_BUFFER);
        let Running { turn, cancel, mut progress, questions, .. } = running;
        let person = questions.map(|questions| Person {
            user,
            conversation: request.conversation,
            turn,
            server: server.name.to_string(),
            questions,
        });
        let call = Call { tool: tool.name.clone(), arguments, progress: Some(sender), person, cancel };
        let told = async {
            while let Some(step) = heard.recv().await {
                let connection::Progress { done, of, message } = step;
                // Where nobody keeps up, the next one says more.
                let _full = progress.try_send(Progress { done, of, message });
            }
            std::future::pending().await
        };
        tokio::select! {
            result = self.connections.call(target, call) => result,
            never = told => never,
        }
    }

    async fn output(&self, user: UserId, result: CallResult) -> ToolOutput {
        let outcome = if result.is_error { Outcome::Failed } else { Outcome::Success };
        let mut output = ToolOutput::told(outcome, result.content);
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

/// What may be offered of what the person sees.
fn offers(view: &View) -> Vec<Offer<'_>> {
    let servers = view.servers.iter().filter(|server| server.enabled);
    servers
        .flat_map(|server| view.tools_of(server.id).map(move |tool| (server, tool)))
        .filter(|(server, tool)| is_offered(view, server, tool))
        .collect()
}

/// The request itself, or the one that it makes of a tool that was found.
fn resolved(view: &View, request: &ToolRequest) -> Result<ToolRequest, String> {
    if !request.server.is_empty() || request.name != finding::USE {
        return Ok(request.clone());
    }
    let (tool, arguments) = finding::used(view, &request.arguments)?;
    let server = view.servers.iter().find(|server| server.id == tool.server);
    let server = server.ok_or_else(|| "The server of this tool is gone.".to_owned())?.name.to_string();
    Ok(ToolRequest { conversation: request.conversation, server, name: tool.name.clone(), arguments })
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

const fn trouble(fault: &ConnectionFault) -> Option<Trouble> {
    match fault {
        ConnectionFault::Unreachable(_) => Some(Trouble::Unreachable),
        ConnectionFault::NeedsAuth => Some(Trouble::NeedsSignIn),
        ConnectionFault::TooSlow(_) | ConnectionFault::Cancelled | ConnectionFault::Refused(_) => None,
    }
}
