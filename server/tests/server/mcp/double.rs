//! MCP servers in memory: what the doors say of them, without a program or an address behind it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, Error, ErrorKind, McpServer, McpTool, Result, ServerName, Timestamp, ToolPermission,
    UserId,
    mcp::{
        ArgumentRule, HIDDEN, McpLogLine, McpOffers, McpServerPatch, NewMcpServer, Reference, ServerStatus,
        ToolChange, ToolHints, ToolPatch, Transport, TransportKind,
    },
    quote::Quoted,
};
use vertice_ports::{
    McpServers,
    mcp::{CALLBACK_PATH, SignInAnswer},
};

/// What each server lists. Of the second one its server has changed the definition.
pub(crate) const TOOLS: [&str; 2] = ["read", "files/write"];
/// What would be approved of it.
pub(crate) const HASH: &str = "abc";

#[derive(Default)]
pub(crate) struct MemoryServers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    servers: Vec<(UserId, NewMcpServer)>,
    permissions: HashMap<(UserId, ServerName, String), ToolPermission>,
    rules: HashMap<(UserId, ServerName, String), Vec<ArgumentRule>>,
    approved: HashSet<ServerName>,
}

impl Kept {
    fn seen(&self, actor: &Actor, name: &ServerName) -> Result<&(UserId, NewMcpServer)> {
        let seen = self.seen_by(actor).into_iter().find(|(_, server)| server.name == *name);
        seen.ok_or_else(|| Error::not_found("MCP server"))
    }

    fn seen_by(&self, actor: &Actor) -> Vec<&(UserId, NewMcpServer)> {
        let mut seen: Vec<_> =
            self.servers.iter().filter(|(owner, server)| *owner == actor.user || server.shared).collect();
        seen.sort_by_key(|(_, server)| server.name.clone());
        seen
    }

    fn owned(&mut self, actor: &Actor, name: &ServerName) -> Result<&mut NewMcpServer> {
        let owned =
            |(owner, server): &&mut (UserId, NewMcpServer)| *owner == actor.user && server.name == *name;
        let found = self.servers.iter_mut().find(owned).map(|(_, server)| server);
        found.ok_or_else(|| Error::not_found("MCP server"))
    }

    fn tool(&self, actor: &Actor, server: &ServerName, tool: &str) -> Result<McpTool> {
        self.seen(actor, server)?;
        if !TOOLS.contains(&tool) {
            return Err(Error::not_found("tool"));
        }
        let key = (actor.user, server.clone(), tool.to_owned());
        let changed = tool == TOOLS[1] && !self.approved.contains(server);
        Ok(McpTool {
            name: tool.to_owned(),
            server: server.clone(),
            title: None,
            description: format!("{tool}s"),
            input_schema: serde_json::json!({"type": "object"}),
            annotations: ToolHints { read_only_hint: Some(tool == TOOLS[0]), ..ToolHints::default() },
            permission: self.permissions.get(&key).copied().unwrap_or(ToolPermission::Ask),
            rules: self.rules.get(&key).cloned().unwrap_or_default(),
            change: changed.then(|| ToolChange { hash: HASH.into(), diff: "-a\n+b\n".into() }),
        })
    }
}

fn item(actor: &Actor, (owner, server): &(UserId, NewMcpServer)) -> McpServer {
    let hidden = |values: &BTreeMap<String, String>| {
        Some(values.keys().map(|name| (name.clone(), HIDDEN.to_owned())).collect())
    };
    let (command, args, env, url, headers) = match &server.transport {
        Transport::Stdio { command, args, env } => {
            (Some(command.clone()), Some(args.clone()), hidden(env), None, None)
        }
        Transport::Http { url, headers } => (None, None, None, Some(url.clone()), hidden(headers)),
    };
    McpServer {
        name: server.name.clone(),
        transport: server.transport.kind(),
        command,
        args,
        env,
        url,
        headers,
        enabled: server.enabled,
        shared: server.shared,
        trusted: server.trusted,
        own: *owner == actor.user,
        status: if server.enabled { ServerStatus::Connected } else { ServerStatus::Disabled },
        error: None,
        protocol_version: Some("2025-11-25".into()),
        calls_itself: None,
        tools: TOOLS.map(str::to_owned).to_vec(),
        tool_tokens: 20,
        connected_ms: Some(1),
        signed_in: false,
        created_at: Timestamp::from_millis(0),
    }
}

impl MemoryServers {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl McpServers for MemoryServers {
    async fn offers(&self, actor: &Actor) -> Result<McpOffers> {
        actor.may(Action::ReadTools)?;
        Ok(McpOffers::default())
    }

    async fn prompt(
        &self,
        actor: &Actor,
        server: &ServerName,
        _: String,
        _: BTreeMap<String, String>,
    ) -> Result<String> {
        actor.may(Action::ReadTools)?;
        self.kept().seen(actor, server).map(|_| String::new())
    }

    async fn quote(&self, actor: &Actor, reference: &Reference) -> Result<Quoted> {
        actor.may(Action::ReadTools)?;
        self.kept().seen(actor, &reference.server).map(|_| Quoted::default())
    }

    async fn list(&self, actor: &Actor) -> Result<Vec<McpServer>> {
        actor.may(Action::ReadTools)?;
        Ok(self.kept().seen_by(actor).into_iter().map(|server| item(actor, server)).collect())
    }

    async fn add(&self, actor: &Actor, new: NewMcpServer) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        if new.transport.kind() == TransportKind::Stdio || new.shared || new.trusted {
            actor.may(Action::Administer)?;
        }
        let mut kept = self.kept();
        if kept.seen(actor, &new.name).is_ok() {
            return Err(Error::new(ErrorKind::Conflict, "name_taken", "There is one of that name already."));
        }
        kept.servers.push((actor.user, new.clone()));
        Ok(item(actor, &(actor.user, new)))
    }

    async fn change(&self, actor: &Actor, name: &ServerName, patch: McpServerPatch) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        let mut kept = self.kept();
        let server = kept.owned(actor, name)?;
        server.enabled = patch.enabled.unwrap_or(server.enabled);
        Ok(item(actor, &(actor.user, server.clone())))
    }

    async fn remove(&self, actor: &Actor, name: &ServerName) -> Result<()> {
        actor.may(Action::WriteTools)?;
        let mut kept = self.kept();
        kept.owned(actor, name)?;
        kept.servers.retain(|(owner, server)| *owner != actor.user || server.name != *name);
        Ok(())
    }

    async fn reconnect(&self, actor: &Actor, name: &ServerName) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        Ok(item(actor, self.kept().seen(actor, name)?))
    }

    async fn log(&self, actor: &Actor, name: &ServerName) -> Result<Vec<McpLogLine>> {
        actor.may(Action::ReadTools)?;
        self.kept().owned(actor, name)?;
        let line = |n: i64| McpLogLine { at: Timestamp::from_millis(n), text: format!("line {n}") };
        Ok((1..=3).map(line).collect())
    }

    async fn tools(&self, actor: &Actor) -> Result<Vec<McpTool>> {
        actor.may(Action::ReadTools)?;
        let kept = self.kept();
        let seen = kept.seen_by(actor);
        let all = seen.iter().flat_map(|(_, server)| TOOLS.map(|tool| kept.tool(actor, &server.name, tool)));
        all.collect()
    }

    async fn permit(
        &self,
        actor: &Actor,
        server: &ServerName,
        tool: &str,
        patch: ToolPatch,
    ) -> Result<McpTool> {
        actor.may(Action::WriteTools)?;
        patch.check()?;
        let mut kept = self.kept();
        kept.tool(actor, server, tool)?;
        let key = (actor.user, server.clone(), tool.to_owned());
        if let Some(rules) = patch.rules {
            kept.rules.insert(key.clone(), rules);
        }
        if let Some(permission) = patch.permission {
            kept.permissions.insert(key, permission);
        }
        kept.tool(actor, server, tool)
    }

    async fn approve(&self, actor: &Actor, server: &ServerName, tool: &str, hash: &str) -> Result<McpTool> {
        actor.may(Action::WriteTools)?;
        let mut kept = self.kept();
        kept.owned(actor, server)?;
        kept.tool(actor, server, tool)?;
        if hash != HASH {
            return Err(Error::new(ErrorKind::Conflict, "tool_changed", "It has changed once more."));
        }
        kept.approved.insert(server.clone());
        kept.tool(actor, server, tool)
    }

    async fn sign_in(&self, actor: &Actor, name: &ServerName, origin: &str) -> Result<String> {
        actor.may(Action::WriteTools)?;
        self.kept().seen(actor, name)?;
        Ok(format!("https://as.example.com/authorize?redirect_uri={origin}{CALLBACK_PATH}"))
    }

    async fn signed_in(&self, actor: &Actor, answer: SignInAnswer) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        let kept = self.kept();
        let server = kept.seen_by(actor).into_iter().find(|_| answer.outcome.is_ok());
        Ok(item(actor, server.ok_or_else(|| Error::not_found("MCP server"))?))
    }

    async fn sign_out(&self, actor: &Actor, name: &ServerName) -> Result<()> {
        actor.may(Action::WriteTools)?;
        self.kept().seen(actor, name).map(drop)
    }
}
