//! Connections to servers: what the registry asks of them, and how they are made.

mod asking;
mod bearer;
mod call;
pub(crate) mod clean;
mod fault;
mod handler;
mod http;
mod limits;
mod lines;
mod live;
mod log;
pub(crate) mod offers;
mod open;
mod program;
mod result;
mod slot;
mod tools;
mod watch;
mod watchers;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    McpServerId, UserId,
    mcp::{McpLogLine, Transport},
};

pub use self::{
    asking::Person,
    bearer::{Holder, NoSignIns, SignIns},
    http::{HttpClient, HttpClients},
    limits::Limits,
    live::{Dependencies, LiveConnections},
    offers::{Granted, Inside, Offered, OfferedArgument, OfferedPrompt, OfferedResource, Wish},
    program::Programs,
};

/// Which connection: servers at an address are asked by each user for themselves, programs run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionKey {
    pub server: McpServerId,
    pub user: Option<UserId>,
}

/// How a connection is made.
#[derive(Debug, Clone)]
pub struct Target {
    pub key: ConnectionKey,
    /// The way, secrets included.
    pub transport: Transport,
    /// Whether it may lead to a private network.
    pub private_network: bool,
    /// The era that the server was found to speak, if it was.
    pub era: Option<Era>,
}

/// The two eras of MCP: before 2026-07-28 a connection begins with a handshake, from then on there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    Handshake,
    Stateless,
}

/// How a connection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// It is not needed now, or was not yet.
    Idle,
    Starting,
    Connected(Greeting),
    /// The server wants the user to sign in.
    NeedsAuth,
    Failed(String),
}

/// What a server said of itself when it answered first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    pub era: Era,
    pub protocol_version: String,
    /// Name and version, as it says; cleaned.
    pub calls_itself: Option<String>,
    pub took: Duration,
}

/// Why a server could not be asked. Fit to be shown to people and to models.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionFault {
    #[error("{0}")]
    Unreachable(String),
    #[error("The server wants you to sign in. Open Settings, MCP servers, and sign in.")]
    NeedsAuth,
    #[error("The server took longer than {0} seconds.")]
    TooSlow(u64),
    #[error("The call was cancelled.")]
    Cancelled,
    /// The server refused the request, in its words.
    #[error("{0}")]
    Refused(String),
}

/// A tool as a server lists it, bounded and cleaned.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedTool {
    pub name: String,
    pub title: Option<String>,
    pub description: String,
    pub input_schema: Value,
    pub output_schema: Option<Value>,
    pub annotations: vertice_domain::mcp::ToolHints,
}

/// What came of a call, bounded and cleaned.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    pub is_error: bool,
    /// Its texts, and what stands for what is no text.
    pub content: String,
    /// Its pictures: media type and bytes.
    pub images: Vec<(String, bytes::Bytes)>,
}

/// How far a call has come, as the server says.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub done: f64,
    pub of: Option<f64>,
    pub message: Option<String>,
}

/// Who hears of what happens on connections.
#[async_trait]
pub trait Listener: Send + Sync {
    /// The server's list of tools is another one now (its first one, too, before anybody hears that it is connected: this must
    /// not wait for the connection).
    async fn tools_changed(&self, key: ConnectionKey, tools: Vec<ListedTool>);
    /// Its era was found out, or what was known is wrong.
    async fn era_found(&self, key: ConnectionKey, era: Option<Era>);
}

/// A call to be made.
#[derive(Debug, Clone)]
pub struct Call {
    pub tool: String,
    pub arguments: Map<String, Value>,
    pub progress: Option<tokio::sync::mpsc::Sender<Progress>>,
    /// Whom the server may ask something meanwhile; none: nobody.
    pub person: Option<Person>,
    pub cancel: CancellationToken,
}

/// The connections of this process.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Begins to connect, unless it is connected or at it; returns at once.
    fn start(&self, target: Target);
    /// Connects, if need be, and waits for what comes of it.
    async fn connect(&self, target: Target) -> Result<Greeting, ConnectionFault>;
    /// Calls a tool; connects first, if need be.
    async fn call(&self, target: Target, call: Call) -> Result<CallResult, ConnectionFault>;
    /// Asks for what a server offers beside tools; connects first, if need be.
    async fn ask(&self, target: Target, wish: Wish) -> Result<Granted, ConnectionFault>;
    fn state(&self, key: ConnectionKey) -> ConnectionState;
    fn log(&self, key: ConnectionKey) -> Vec<McpLogLine>;
    /// Ends a connection, and the program behind it with everything it started.
    async fn close(&self, key: ConnectionKey);
    /// Ends all connections to a server.
    async fn close_server(&self, server: McpServerId);
    fn listen(&self, listener: Arc<dyn Listener>);
}
