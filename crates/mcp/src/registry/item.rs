//! Servers and tools as their users see them. Pure.

use std::collections::BTreeMap;

use vertice_domain::{
    McpServer, McpTool, UserId,
    mcp::{HIDDEN, ServerStatus, Transport, TransportKind},
};
use vertice_ports::mcp::StoredServer;

use crate::{
    connection::ConnectionState,
    view::{SeenTool, View},
};

pub(super) fn of(
    user: UserId,
    view: &View,
    server: &StoredServer,
    transport: &Transport,
    state: ConnectionState,
) -> McpServer {
    let mut item = bare(user, view, server, transport.kind());
    // What an admin shares may tell more than its users should read; where it is, they may know.
    match transport.clone() {
        Transport::Stdio { command, args, env } if item.own => {
            (item.command, item.args, item.env) = (Some(command), Some(args), Some(hidden(env)));
        }
        Transport::Stdio { .. } => {}
        Transport::Http { url, headers } => {
            item.url = Some(url);
            item.headers = item.own.then(|| hidden(headers));
        }
    }
    if server.enabled {
        match state {
            ConnectionState::Idle | ConnectionState::Starting => item.status = ServerStatus::Starting,
            ConnectionState::NeedsAuth => item.status = ServerStatus::NeedsAuth,
            ConnectionState::Failed(why) => (item.status, item.error) = (ServerStatus::Error, Some(why)),
            ConnectionState::Connected(greeting) => {
                item.status = ServerStatus::Connected;
                item.protocol_version = Some(greeting.protocol_version);
                item.calls_itself = greeting.calls_itself;
                item.connected_ms = u64::try_from(greeting.took.as_millis()).ok();
            }
        }
    }
    item
}

/// A server of which nobody knows any more how it is reached.
pub(super) fn sealed(user: UserId, view: &View, server: &StoredServer, why: String) -> McpServer {
    let item = bare(user, view, server, TransportKind::Http);
    McpServer { status: ServerStatus::Error, error: Some(why), ..item }
}

fn bare(user: UserId, view: &View, server: &StoredServer, transport: TransportKind) -> McpServer {
    let offered = view.tools_of(server.id).filter(|tool| tool.change.is_none());
    McpServer {
        name: server.name.clone(),
        transport,
        command: None,
        args: None,
        env: None,
        url: None,
        headers: None,
        enabled: server.enabled,
        shared: server.shared,
        trusted: server.trusted,
        own: server.owner == user,
        status: ServerStatus::Disabled,
        error: None,
        protocol_version: None,
        calls_itself: None,
        tools: view.tools_of(server.id).map(|tool| tool.name.clone()).collect(),
        tool_tokens: offered.map(|tool| tool.definition.tokens()).sum(),
        connected_ms: None,
        signed_in: false,
        created_at: server.created_at,
    }
}

pub(super) fn tool(view: &View, server: &StoredServer, tool: &SeenTool) -> McpTool {
    McpTool {
        name: tool.name.clone(),
        server: server.name.clone(),
        title: tool.definition.title.clone(),
        description: tool.definition.description.clone(),
        input_schema: tool.definition.input_schema.clone(),
        annotations: tool.definition.annotations,
        permission: view.permission(server, tool),
        rules: view.argument_rules(server.id, &tool.name).to_vec(),
        change: tool.change.clone(),
    }
}

fn hidden(values: BTreeMap<String, String>) -> BTreeMap<String, String> {
    values.into_keys().map(|name| (name, HIDDEN.to_owned())).collect()
}
