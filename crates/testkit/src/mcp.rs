//! An MCP server for tests, without an SDK: it speaks both eras, and does what no decent server does when it is told to.
//! Over standard input and output as a program (`vertice-scripted-mcp`), over HTTP in the test's own process.

pub mod http;
pub mod oauth;
mod offers;
pub mod stdio;
mod tools;

use std::sync::atomic::{AtomicUsize, Ordering};

use clap::ValueEnum;
use serde_json::{Value, json};

pub use tools::PNG;

/// The revision without a handshake.
const STATELESS: &str = "2026-07-28";
const HANDSHAKE: &str = "2025-11-25";

/// Which revisions it speaks, and what it makes of a question that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Speaks {
    /// Both.
    Both,
    /// The one with a handshake; it refuses the other's questions.
    Legacy,
    /// The one without.
    Stateless,
    /// With a handshake; it says nothing to the other's questions.
    Silent,
    /// With a handshake; it leaves at the other's questions.
    Picky,
    /// With a handshake; it answers the other's questions with nothing.
    Sloppy,
    /// It answers nothing at all.
    Nothing,
}

/// What it does beside serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    Normal,
    /// It complains and leaves with status 3.
    DieAtStart,
    /// It says more on its standard error than anybody wants to know, without ending a line.
    FloodStderr,
    /// It has 10,000 tools.
    FloodList,
    /// Its list is full of escape sequences and invisible characters.
    Ansi,
    /// It leaves a process behind that has cut all ties.
    Daemon,
    /// It stays when its input ends, and when it is asked to leave.
    Stubborn,
}

/// Ends the process in the midst of whatever it does.
#[expect(clippy::disallowed_methods, reason = "to leave at once is what is asked for")]
fn leave(status: i32) -> ! {
    std::process::exit(status)
}

/// A refusal: code and message.
pub(crate) type Refusal = (i64, String);

/// The server behind its transport.
#[derive(Debug)]
pub struct Scripted {
    pub speaks: Speaks,
    pub mode: Mode,
    /// How often its tools have changed.
    pub changes: AtomicUsize,
    /// How often they were listed.
    pub listed: AtomicUsize,
}

impl Scripted {
    pub fn new(speaks: Speaks, mode: Mode) -> Self {
        Self { speaks, mode, changes: AtomicUsize::new(0), listed: AtomicUsize::new(0) }
    }

    /// What it answers to a question that is no call of a tool; none is silence.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Option<Result<Value, Refusal>> {
        let is_modern = params["_meta"]["io.modelcontextprotocol/protocolVersion"] == STATELESS;
        let unknown = || Some(Err((-32601, format!("Method not found: {method}"))));
        match (method, self.speaks) {
            (_, Speaks::Nothing) => None,
            ("server/discover", Speaks::Both | Speaks::Stateless) => Some(Ok(self.discovered())),
            ("server/discover", Speaks::Silent) => None,
            ("server/discover", Speaks::Picky) => leave(1),
            ("server/discover", Speaks::Sloppy) => Some(Ok(json!({}))),
            ("initialize", Speaks::Stateless) => unknown(),
            ("initialize", _) => Some(Ok(self.greeting())),
            ("ping", _) => Some(Ok(json!({}))),
            (_, Speaks::Stateless) if !is_modern => {
                Some(Err((-32602, "the request says no protocol version".into())))
            }
            ("tools/list", _) => {
                self.listed.fetch_add(1, Ordering::SeqCst);
                Some(Ok(self.list(is_modern)))
            }
            _ => offers::answer(method, params).or_else(unknown),
        }
    }

    fn capabilities() -> Value {
        json!({"tools": {"listChanged": true}, "prompts": {}, "resources": {}})
    }

    fn greeting(&self) -> Value {
        json!({
            "protocolVersion": HANDSHAKE,
            "capabilities": Self::capabilities(),
            "serverInfo": {"name": "scripted\u{1b}[31m", "version": "1.0"},
        })
    }

    fn discovered(&self) -> Value {
        json!({
            "resultType": "complete",
            "supportedVersions": [STATELESS],
            "capabilities": Self::capabilities(),
            "ttlMs": 0,
            "cacheScope": "private",
            "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "scripted", "version": "1.0"}},
        })
    }

    fn list(&self, is_modern: bool) -> Value {
        let tools = match self.mode {
            Mode::FloodList => tools::flood(),
            Mode::Ansi => tools::ansi(),
            _ => tools::list(self.changes.load(Ordering::SeqCst)),
        };
        let mut list = json!({ "tools": tools });
        if is_modern {
            list["resultType"] = "complete".into();
            list["ttlMs"] = 60_000.into();
            list["cacheScope"] = "public".into();
        }
        list
    }
}
