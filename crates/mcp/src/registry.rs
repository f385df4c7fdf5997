//! [`Mcp`]: the servers that people have added, and what they may do with them.

mod changes;
mod item;
mod listening;
mod offers;
mod sign_in;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use vertice_domain::{
    Action, Actor, Error, ErrorKind, McpServer, McpTool, Result, ServerName, UserId,
    mcp::{
        McpLogLine, McpOffers, McpServerPatch, NewMcpServer, Reference, ToolPatch, Transport, TransportKind,
    },
    quote::Quoted,
};
use vertice_ports::{
    Blobs, Clock, Ids, McpServers, McpStore, Vault,
    mcp::{SignInAnswer, StoredArgumentRules, StoredRule, StoredServer, StoredTool},
};

use crate::{
    connection::{ConnectionKey, Connections, Era, Target},
    definition,
    oauth::StoredSignIns,
    view::{View, Views},
};

/// What the registry stands on.
pub struct McpDependencies {
    pub store: Arc<dyn McpStore>,
    pub vault: Arc<dyn Vault>,
    /// Where pictures that tools give are kept.
    pub blobs: Arc<dyn Blobs>,
    pub connections: Arc<dyn Connections>,
    pub sign_ins: Arc<StoredSignIns>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// MCP servers and their tools.
pub struct Mcp {
    pub(crate) store: Arc<dyn McpStore>,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) connections: Arc<dyn Connections>,
    sign_ins: Arc<StoredSignIns>,
    pub(crate) clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    views: Arc<Views>,
    lists: offers::Lists,
}

impl Mcp {
    pub fn new(dependencies: McpDependencies) -> Self {
        let McpDependencies { store, vault, blobs, connections, sign_ins, clock, ids } = dependencies;
        let views = Arc::new(Views::default());
        connections.listen(Arc::new(listening::Heard::new(Arc::clone(&store), Arc::clone(&views))));
        Self {
            store,
            vault,
            blobs,
            connections,
            sign_ins,
            clock,
            ids,
            views,
            lists: offers::Lists::default(),
        }
    }

    pub(crate) fn forget_views(&self) {
        self.views.forget();
        self.lists.forget();
    }

    pub(crate) async fn view(&self, user: UserId) -> Result<Arc<View>> {
        self.views.of(&*self.store, user, self.clock.now()).await
    }

    /// How the server is reached on behalf of `user`.
    pub(crate) async fn target(&self, user: UserId, server: &StoredServer) -> Result<Target> {
        let transport = self.transport(server).await?;
        let key = key(user, server, transport.kind());
        let era = server.era.as_deref().and_then(era);
        Ok(Target { key, transport, private_network: server.private_network, era })
    }

    async fn transport(&self, server: &StoredServer) -> Result<Transport> {
        let opened = self.vault.open(&purpose(server), &server.transport).await?;
        let transport = opened.and_then(|json| serde_json::from_str(&json).ok());
        transport.ok_or_else(|| {
            let message = "How this server is reached cannot be read: it was sealed with another secret. Restore secret.key in \
                           the data directory (or VERTICE_SECRET_KEY), or remove the server and add it again.";
            Error::new(ErrorKind::Unavailable, "mcp_server_sealed", message)
        })
    }

    async fn item(&self, user: UserId, view: &View, server: &StoredServer) -> Result<McpServer> {
        match self.transport(server).await {
            Ok(transport) => {
                let state = self.connections.state(key(user, server, transport.kind()));
                let mut item = item::of(user, view, server, &transport, state);
                item.signed_in = match self.holder(user, server, transport) {
                    Ok(holder) => self.sign_ins.has(&holder).await,
                    // There is nothing to sign in to.
                    Err(_) => false,
                };
                Ok(item)
            }
            Err(error) if error.code == "mcp_server_sealed" => {
                Ok(item::sealed(user, view, server, error.message))
            }
            Err(error) => Err(error),
        }
    }

    async fn tool_item(&self, user: UserId, server: &ServerName, tool: &str) -> Result<McpTool> {
        let view = self.view(user).await?;
        let server = seen(&view, user, server)?;
        let tool = view.tool(server.id, tool).ok_or_else(no_tool)?;
        Ok(item::tool(&view, server, tool))
    }
}

#[async_trait]
impl McpServers for Mcp {
    async fn list(&self, actor: &Actor) -> Result<Vec<McpServer>> {
        actor.may(Action::ReadTools)?;
        let view = self.view(actor.user).await?;
        let mut items = Vec::with_capacity(view.servers.len());
        for server in &view.servers {
            if server.enabled {
                self.wake(actor.user, server).await;
            }
            items.push(self.item(actor.user, &view, server).await?);
        }
        Ok(items)
    }

    async fn add(&self, actor: &Actor, new: NewMcpServer) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        self.add_server(actor, new).await
    }

    async fn change(&self, actor: &Actor, name: &ServerName, patch: McpServerPatch) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        self.change_server(actor, name, patch).await
    }

    async fn remove(&self, actor: &Actor, name: &ServerName) -> Result<()> {
        actor.may(Action::WriteTools)?;
        let view = self.view(actor.user).await?;
        let server = owned(&view, actor, name)?;
        let removed = self.store.remove_server(actor.user, server.id).await?;
        self.forget_views();
        self.connections.close_server(server.id).await;
        if removed { Ok(()) } else { Err(no_server()) }
    }

    async fn reconnect(&self, actor: &Actor, name: &ServerName) -> Result<McpServer> {
        actor.may(Action::WriteTools)?;
        let view = self.view(actor.user).await?;
        let server = seen(&view, actor.user, name)?;
        if !server.enabled {
            let message = "This server is switched off. Switch it on, then connect to it.";
            return Err(Error::new(ErrorKind::Conflict, "mcp_server_disabled", message));
        }
        let target = self.target(actor.user, server).await?;
        // A shared program serves others too: only its owner starts it anew while it works.
        if server.owner == actor.user || target.key.user.is_some() {
            self.connections.close(target.key).await;
        }
        // What is wrong stands in its state.
        let _fault = self.connections.connect(target).await;
        let view = self.view(actor.user).await?;
        self.item(actor.user, &view, seen(&view, actor.user, name)?).await
    }

    async fn log(&self, actor: &Actor, name: &ServerName) -> Result<Vec<McpLogLine>> {
        actor.may(Action::ReadTools)?;
        let view = self.view(actor.user).await?;
        let server = owned(&view, actor, name)?;
        // It is reached in one of the two ways, and how is sealed.
        let of = |user| self.connections.log(ConnectionKey { server: server.id, user });
        let lines = of(None);
        Ok(if lines.is_empty() { of(Some(actor.user)) } else { lines })
    }

    async fn tools(&self, actor: &Actor) -> Result<Vec<McpTool>> {
        actor.may(Action::ReadTools)?;
        let view = self.view(actor.user).await?;
        let mut items = Vec::new();
        for server in view.servers.iter().filter(|server| server.enabled) {
            items.extend(view.tools_of(server.id).map(|tool| item::tool(&view, server, tool)));
        }
        Ok(items)
    }

    async fn offers(&self, actor: &Actor) -> Result<McpOffers> {
        actor.may(Action::ReadTools)?;
        self.offers_of(actor.user).await
    }

    async fn prompt(
        &self,
        actor: &Actor,
        server: &ServerName,
        name: String,
        arguments: BTreeMap<String, String>,
    ) -> Result<String> {
        actor.may(Action::ReadTools)?;
        self.prompt_text(actor.user, server, name, arguments).await
    }

    async fn quote(&self, actor: &Actor, reference: &Reference) -> Result<Quoted> {
        actor.may(Action::ReadTools)?;
        let Reference { server, uri, title } = reference;
        self.quoted(actor.user, server, uri, title).await
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
        let view = self.view(actor.user).await?;
        let found = seen(&view, actor.user, server)?;
        view.tool(found.id, tool).ok_or_else(no_tool)?;
        let (server_id, name) = (found.id, tool.to_owned());
        let mut kept = true;
        if let Some(rules) = patch.rules {
            let rules = StoredArgumentRules { server: server_id, tool: name.clone(), rules };
            kept &= self.store.put_argument_rules(actor.user, &rules).await?;
        }
        if let Some(permission) = patch.permission {
            self.store.drop_rules(actor.user, server_id, tool).await?;
            let rule =
                StoredRule { server: server_id, tool: name, conversation: None, arguments: None, permission };
            kept &= self.store.put_rule(actor.user, &rule).await?;
        }
        self.forget_views();
        if !kept {
            return Err(no_server());
        }
        self.tool_item(actor.user, server, tool).await
    }

    async fn approve(&self, actor: &Actor, server: &ServerName, tool: &str, hash: &str) -> Result<McpTool> {
        actor.may(Action::WriteTools)?;
        let view = self.view(actor.user).await?;
        let found = seen(&view, actor.user, server)?;
        let stored = self.store.server_tools(actor.user).await?;
        let stored = stored.iter().find(|stored| stored.server == found.id && stored.name == tool);
        let stored = stored.ok_or_else(no_tool)?;
        let is_seen = definition::hash(&stored.definition) == hash;
        if is_seen && !self.store.approve_tool(actor.user, found.id, tool, &stored.definition).await? {
            // What everybody is told is its owner's to approve; what is told to one person is theirs.
            owned(&view, actor, server)?;
        }
        let now = self.store.server_tools(actor.user).await?;
        let is_approved = |now: &StoredTool| {
            now.server == found.id && now.name == tool && now.approved == stored.definition
        };
        if !is_seen || !now.iter().any(is_approved) {
            let message = "The server has changed this tool once more since you saw it. Look at it again, then approve it.";
            return Err(Error::new(ErrorKind::Conflict, "tool_changed", message));
        }
        self.forget_views();
        self.tool_item(actor.user, server, tool).await
    }

    async fn sign_in(&self, actor: &Actor, name: &ServerName, origin: &str) -> Result<String> {
        self.begin_sign_in(actor, name, origin).await
    }

    async fn signed_in(&self, actor: &Actor, answer: SignInAnswer) -> Result<McpServer> {
        self.end_sign_in(actor, answer).await
    }

    async fn sign_out(&self, actor: &Actor, name: &ServerName) -> Result<()> {
        self.end_of_sign_in(actor, name).await
    }
}

/// Programs run once for everybody; an address is asked by each user for themselves.
pub(crate) const fn key(user: UserId, server: &StoredServer, kind: TransportKind) -> ConnectionKey {
    let user = match kind {
        TransportKind::Stdio => None,
        TransportKind::Http => Some(user),
    };
    ConnectionKey { server: server.id, user }
}

fn purpose(server: &StoredServer) -> String {
    format!("mcp {}", server.id)
}

fn era(word: &str) -> Option<Era> {
    [Era::Handshake, Era::Stateless].into_iter().find(|era| era_word(*era) == word)
}

const fn era_word(era: Era) -> &'static str {
    match era {
        Era::Handshake => "handshake",
        Era::Stateless => "stateless",
    }
}

fn seen<'a>(view: &'a View, user: UserId, name: &ServerName) -> Result<&'a StoredServer> {
    view.named(user, name).ok_or_else(no_server)
}

/// A server of the actor's own. One that somebody else shares can be seen, and not be changed.
fn owned<'a>(view: &'a View, actor: &Actor, name: &ServerName) -> Result<&'a StoredServer> {
    let server = seen(view, actor.user, name)?;
    if server.owner == actor.user {
        return Ok(server);
    }
    let message = "This server is shared by an admin, who alone can change it. You can choose what its tools may do for you.";
    Err(Error::forbidden("not_your_server", message))
}

fn no_server() -> Error {
    Error::not_found("MCP server")
}

fn no_tool() -> Error {
    Error::not_found("tool")
}
