//! MCP servers: what people do with them, and how they are stored.

use std::collections::BTreeMap;

use async_trait::async_trait;
use vertice_domain::{
    Actor, ConversationId, McpServer, McpServerId, McpTool, Result, ServerName, Timestamp, ToolPermission,
    UserId,
    mcp::{ArgumentRule, McpLogLine, McpOffers, McpServerPatch, NewMcpServer, Reference, ToolPatch},
    quote::Quoted,
};

/// Where authorization servers send a person back to, on this server's origin.
pub const CALLBACK_PATH: &str = "/mcp/callback";
/// What authorization servers may read about this client; its address is the client's id.
pub const CLIENT_METADATA_PATH: &str = "/mcp/client-metadata.json";
/// What this client is called there.
pub const CLIENT_NAME: &str = "Vertice Chat";

/// What an authorization server has sent a person back with (RFC 6749 §4.1.2, RFC 9207).
#[derive(Clone)]
pub struct SignInAnswer {
    pub state: String,
    /// The code, or the word of what went wrong.
    pub outcome: std::result::Result<String, String>,
    /// Who says so.
    pub issuer: Option<String>,
}

/// The servers that a person may use: their own, and those that an admin shares.
#[async_trait]
pub trait McpServers: Send + Sync {
    /// All of them, by name. Looking starts what is enabled and does not run yet; it is not waited for.
    async fn list(&self, actor: &Actor) -> Result<Vec<McpServer>>;
    /// Adds one and begins to connect to it. A name that is taken: a conflict. Programs by admins only.
    async fn add(&self, actor: &Actor, new: NewMcpServer) -> Result<McpServer>;
    /// Changes one of the actor's own and connects anew, if that is needed.
    async fn change(&self, actor: &Actor, name: &ServerName, patch: McpServerPatch) -> Result<McpServer>;
    /// Ends and forgets one of the actor's own, with its permissions and sign-ins.
    async fn remove(&self, actor: &Actor, name: &ServerName) -> Result<()>;
    /// Connects anew and waits for what comes of it. What fails is told in the server's status, not as an error.
    async fn reconnect(&self, actor: &Actor, name: &ServerName) -> Result<McpServer>;
    /// What the server wrote beside the protocol, and what was noted about it, oldest first. Its owner's alone.
    async fn log(&self, actor: &Actor, name: &ServerName) -> Result<Vec<McpLogLine>>;
    /// The tools of the servers that are connected, by server, in the order their servers list them.
    async fn tools(&self, actor: &Actor) -> Result<Vec<McpTool>>;
    /// The prompts and resources of the servers. Whoever asks waits for those that are not connected yet, a moment.
    async fn offers(&self, actor: &Actor) -> Result<McpOffers>;
    /// The text of a prompt with these arguments.
    async fn prompt(
        &self,
        actor: &Actor,
        server: &ServerName,
        name: String,
        arguments: BTreeMap<String, String>,
    ) -> Result<String>;
    /// What is in a resource. What is neither text nor picture is refused.
    async fn quote(&self, actor: &Actor, reference: &Reference) -> Result<Quoted>;
    /// Says whether the actor's turns may call a tool, in place of what was said about it as a whole before, and with which
    /// arguments, in place of all rules about these.
    async fn permit(
        &self,
        actor: &Actor,
        server: &ServerName,
        tool: &str,
        patch: ToolPatch,
    ) -> Result<McpTool>;
    /// Approves a tool that its server has changed. A hash that is not the one of now: a conflict.
    async fn approve(&self, actor: &Actor, server: &ServerName, tool: &str, hash: &str) -> Result<McpTool>;
    /// Begins to sign the actor in at a server: the address (http or https) that their browser is to go to. `origin` is this
    /// server's own ("https://chat.example.com"), which the browser comes back to.
    async fn sign_in(&self, actor: &Actor, name: &ServerName, origin: &str) -> Result<String>;
    /// Ends a sign-in with what the browser came back with, and connects anew.
    async fn signed_in(&self, actor: &Actor, answer: SignInAnswer) -> Result<McpServer>;
    /// Forgets what the actor is signed in with.
    async fn sign_out(&self, actor: &Actor, name: &ServerName) -> Result<()>;
}

/// A server at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredServer {
    pub id: McpServerId,
    pub owner: UserId,
    pub name: ServerName,
    pub enabled: bool,
    pub shared: bool,
    pub trusted: bool,
    /// Whether it may be on a private network: an admin added it.
    pub private_network: bool,
    /// The way to it, secrets included: JSON, sealed.
    pub transport: Vec<u8>,
    /// The era of MCP it was found to speak, in a word of the connector's; none: it is to be found out.
    pub era: Option<String>,
    pub created_at: Timestamp,
}

/// A tool as its server described it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTool {
    pub server: McpServerId,
    pub name: String,
    /// Its definition as JSON, in one form whatever the server's own is.
    pub definition: String,
    /// The definition that was approved: the first one, until its owner approves another.
    pub approved: String,
}

/// A rule of a person's about a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRule {
    pub server: McpServerId,
    pub tool: String,
    /// In this conversation only; none: everywhere.
    pub conversation: Option<ConversationId>,
    /// For calls with exactly these arguments (JSON with sorted keys) only; none: for all.
    pub arguments: Option<String>,
    pub permission: ToolPermission,
}

/// A person's rules about the arguments of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArgumentRules {
    pub server: McpServerId,
    pub tool: String,
    pub rules: Vec<ArgumentRule>,
}

/// Servers, their tools and what people allow them. Whoever reads sees their own servers and the shared ones; whoever
/// changes changes their own.
#[async_trait]
pub trait McpStore: Send + Sync {
    /// The servers that `user` sees, by name. One's own hides one that somebody shares under the same name.
    async fn servers(&self, user: UserId) -> Result<Vec<StoredServer>>;
    /// `false`: its owner has one of that name, or somebody shares one.
    async fn add_server(&self, server: &StoredServer) -> Result<bool>;
    /// Everything but owner and name. `false`: there is none of that owner's, or it is to be shared and somebody shares one of
    /// that name.
    async fn change_server(&self, server: &StoredServer) -> Result<bool>;
    /// With its tools, rules and sign-ins. `false`: there is none of that owner's.
    async fn remove_server(&self, owner: UserId, server: McpServerId) -> Result<bool>;
    /// Remembers which era a server speaks.
    async fn set_era(&self, server: McpServerId, era: Option<&str>) -> Result<()>;
    /// The tools of all servers that `user` sees, in the order they were listed: for `user`, where the server has told them so,
    /// else for the server's owner.
    async fn server_tools(&self, user: UserId) -> Result<Vec<StoredTool>>;
    /// Stores what a server lists now, in this order, to `user` or (none) to everybody. What was approved of a tool that is there already stays; a new tool's
    /// definition counts as approved, unless the server's owner has approved another one; a tool that is gone keeps its approval, for when it comes back. Of two tools of one name
    /// the first one counts. A server that is not there (any more): nothing.
    async fn put_server_tools(
        &self,
        server: McpServerId,
        user: Option<UserId>,
        tools: &[(String, String)],
    ) -> Result<()>;
    /// Approves the definition, as `user` is told it. `false`: the server has told them no such tool, nor everybody where it is
    /// theirs, or it has another definition now.
    async fn approve_tool(
        &self,
        user: UserId,
        server: McpServerId,
        tool: &str,
        definition: &str,
    ) -> Result<bool>;
    /// The rules of `user` about servers that they see.
    async fn rules(&self, user: UserId) -> Result<Vec<StoredRule>>;
    /// Stores a rule in place of one about the same tool, conversation and arguments. `false`: `user` does not see the server,
    /// or the conversation is not theirs.
    async fn put_rule(&self, user: UserId, rule: &StoredRule) -> Result<bool>;
    /// Forgets the rules of `user` about a tool, but for those about its arguments.
    async fn drop_rules(&self, user: UserId, server: McpServerId, tool: &str) -> Result<()>;
    /// The rules of `user` about arguments of tools of servers that they see.
    async fn argument_rules(&self, user: UserId) -> Result<Vec<StoredArgumentRules>>;
    /// Stores the rules about a tool's arguments in place of those before. `false`: `user` does not see the server.
    async fn put_argument_rules(&self, user: UserId, rules: &StoredArgumentRules) -> Result<bool>;
    /// What `user` is signed in with, sealed.
    async fn sign_in(&self, user: UserId, server: McpServerId) -> Result<Option<Vec<u8>>>;
    /// Stores it in place of the one before. `false`: `user` does not see the server.
    async fn put_sign_in(&self, user: UserId, server: McpServerId, sealed: &[u8]) -> Result<bool>;
    /// Signs `user` out.
    async fn drop_sign_in(&self, user: UserId, server: McpServerId) -> Result<()>;
}
