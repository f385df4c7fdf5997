//! MCP servers and their tools, as people set them up and see them. What is secret of them (values of variables and
//! headers) goes in and never comes out.

mod check;
mod form;
mod offered;
pub mod pasted;
pub mod rule;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    form::McpServerForm,
    offered::{McpOffers, McpPrompt, McpPromptArgument, McpResource, Reference},
    rule::{ArgumentRule, ArgumentTest, ToolPatch},
};
use crate::{Error, Timestamp};

/// The longest name of a server, in characters.
const MAX_NAME_CHARS: usize = 64;
/// What stands for a value that is not told. Given back in a change, it keeps the value.
pub const HIDDEN: &str = "********";

/// What its owner calls a server: it is named so in addresses, in permissions and to people. Unique among the servers that
/// one person sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "github")]
pub struct ServerName(String);

impl ServerName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServerName {
    type Error = Error;

    /// Letters of any language, digits, blanks and `-_.,()` are taken, which read the same in an address and in a sentence.
    fn try_from(name: String) -> Result<Self, Error> {
        let fits = |c: char| c.is_alphanumeric() || " -_.,()".contains(c);
        let fault = match name.trim() {
            "" => "must not be empty",
            trimmed if trimmed != name => "must not begin or end with a blank",
            "." | ".." => "must hold a letter or a digit",
            _ if name.chars().count() > MAX_NAME_CHARS => "must not be longer than 64 characters",
            _ if !name.chars().all(fits) => "may hold letters, digits, blanks and -_.,() only",
            _ => return Ok(Self(name)),
        };
        Err(Error::invalid_field("name", fault))
    }
}

impl FromStr for ServerName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::try_from(name.to_owned())
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> Self {
        name.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// It is a program on the machine of this server.
    Stdio,
    /// It answers at an address.
    Http,
}

/// A way to a server, with what is secret of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "transport", rename_all = "snake_case")]
pub enum Transport {
    /// A program, started without a shell.
    Stdio {
        /// The program: a path, or a name that is looked for in `PATH`.
        command: String,
        #[serde(default)]
        args: Vec<String>,
        /// Its environment, beside `PATH`, `HOME` and the language.
        #[serde(default)]
        env: BTreeMap<String, String>,
    },
    /// An address that speaks Streamable HTTP.
    Http {
        url: String,
        /// Sent along with every request.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
}

impl Transport {
    pub const fn kind(&self) -> TransportKind {
        match self {
            Self::Stdio { .. } => TransportKind::Stdio,
            Self::Http { .. } => TransportKind::Http,
        }
    }
}

impl fmt::Debug for Transport {
    /// Without the values of variables and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio { command, .. } => {
                f.debug_struct("Stdio").field("command", command).finish_non_exhaustive()
            }
            Self::Http { url, .. } => f.debug_struct("Http").field("url", url).finish_non_exhaustive(),
        }
    }
}

/// A server to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMcpServer {
    pub name: ServerName,
    #[serde(flatten)]
    pub transport: Transport,
    pub enabled: bool,
    /// Whether everybody on this server may use it. Admins only.
    pub shared: bool,
    /// Whether its hints are believed: what it calls read-only runs without asking. Admins only.
    pub trusted: bool,
}

/// What is to change of a server; what is none stays.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct McpServerPatch {
    pub enabled: Option<bool>,
    pub shared: Option<bool>,
    pub trusted: Option<bool>,
    pub command: Option<String>,
    pub args: Option<Vec<String>>,
    /// All of them. One whose value is `********` keeps its value.
    pub env: Option<BTreeMap<String, String>>,
    pub url: Option<String>,
    /// All of them. One whose value is `********` keeps its value.
    pub headers: Option<BTreeMap<String, String>>,
}

impl fmt::Debug for McpServerPatch {
    /// Without anything that may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServerPatch").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// How a server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerStatus {
    /// It is being started, or asked for the first time.
    Starting,
    /// It answers.
    Connected,
    /// It wants its user to sign in.
    NeedsAuth,
    /// It could not be reached; `error` says why.
    Error,
    /// It is switched off.
    Disabled,
    /// A state that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A server as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpServer {
    pub name: ServerName,
    pub transport: TransportKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// The names of its variables; the values are not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The names of its headers; the values are not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    pub enabled: bool,
    pub shared: bool,
    pub trusted: bool,
    /// Whether it is the caller's own, to change and to remove.
    pub own: bool,
    pub status: ServerStatus,
    /// What is wrong, and what to do about it.
    pub error: Option<String>,
    /// The revision of MCP that it speaks, once it has answered.
    #[schema(example = "2025-11-25")]
    pub protocol_version: Option<String>,
    /// How it calls itself: name and version. Not to be trusted.
    pub calls_itself: Option<String>,
    /// The names of its tools.
    pub tools: Vec<String>,
    /// About how many tokens its tools cost in every question they are offered with.
    pub tool_tokens: u64,
    /// How long it took to answer for the first time, in milliseconds.
    pub connected_ms: Option<u64>,
    /// Whether the caller has signed in at it.
    pub signed_in: bool,
    pub created_at: Timestamp,
}

/// Whether a tool may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolPermission {
    /// It runs without asking.
    Allow,
    /// A person is asked each time.
    Ask,
    /// It is offered to no model.
    Deny,
}

impl ToolPermission {
    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Ask, Self::Deny].into_iter().find(|permission| permission.as_str() == text)
    }
}

/// For how long a permission is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// In this conversation, for all calls of the tool.
    Conversation,
    /// Everywhere, for all calls of the tool.
    Always,
    /// Everywhere, for calls with exactly these arguments.
    These,
}

/// What a server says of a tool of its own. Not to be trusted, unless an admin trusts the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ToolHints {
    /// It changes nothing. Unsaid: it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// It may destroy something. Unsaid: it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Once more does no more. Unsaid: it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// It reaches beyond its own data. Unsaid: it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

impl ToolHints {
    pub fn is_read_only(self) -> bool {
        self.read_only_hint == Some(true)
    }

    pub fn is_destructive(self) -> bool {
        !self.is_read_only() && self.destructive_hint != Some(false)
    }
}

/// A tool of a connected server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpTool {
    /// As the server calls it.
    pub name: String,
    pub server: ServerName,
    /// A name for people, as the server gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub description: String,
    /// The JSON Schema of its arguments.
    #[schema(value_type = Object)]
    pub input_schema: serde_json::Value,
    pub annotations: ToolHints,
    pub permission: ToolPermission,
    /// What the caller has said about calls with certain arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ArgumentRule>,
    /// The server has changed it since it was approved: it is not offered until its owner approves it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ToolChange>,
}

/// How a tool differs from what was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolChange {
    /// What would be approved: to be named when it is.
    pub hash: String,
    /// A unified diff of the definitions.
    pub diff: String,
}

/// A line that a server wrote beside the protocol, or that was noted about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct McpLogLine {
    pub at: Timestamp,
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_addresses_and_sentences_hold() {
        for good in ["github", "Postgres, read replica", "ação 2", "a", "my_server.v2 (old)", &"x".repeat(64)]
        {
            assert_eq!(ServerName::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        let long = "x".repeat(65);
        for bad in ["", " ", " a", "a ", ".", "..", "a/b", "a\nb", "a\u{202e}b", "<b>", "a%2fb", &long] {
            assert!(ServerName::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let env = BTreeMap::from([("KEY".to_owned(), "hunter2".to_owned())]);
        let stdio =
            Transport::Stdio { command: "run".into(), args: vec!["hunter2".into()], env: env.clone() };
        let http = Transport::Http { url: "https://example.com".into(), headers: env.clone() };
        let patch = McpServerPatch { env: Some(env), ..McpServerPatch::default() };
        assert!(!format!("{stdio:?} {http:?} {patch:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_unsaid_is_the_worst() {
        assert!(ToolHints::default().is_destructive() && !ToolHints::default().is_read_only());
        let reads = ToolHints { read_only_hint: Some(true), ..ToolHints::default() };
        assert!(reads.is_read_only() && !reads.is_destructive());
    }
}
