//! What is measured: the scripted upstream, the relay and the server, and what they are asked.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{load::Request, process::Process};

/// The account with which the server is asked.
pub(crate) const EMAIL: &str = "bench@example.com";
/// Its password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Conversations that are made at the same time, before anything is measured.
const MADE_AT_ONCE: usize = 16;

/// Where the programs are, and where the server keeps its data.
pub(crate) struct Folder {
    /// Release binaries.
    pub(crate) bin: PathBuf,
    /// The server's data directory.
    pub(crate) data: String,
}

impl Folder {
    /// Starts the server with accounts, log, ledger, limits and quota as people have them, but no limit in reach.
    pub(crate) async fn server(&self, upstream: Option<&str>) -> Result<Process> {
        let more: Vec<_> = upstream.into_iter().map(|url| ("ANTHROPIC_BASE_URL", url)).collect();
        self.server_with(&more).await
    }

    /// The same with these settings.
    pub(crate) async fn server_with(&self, more: &[(&str, &str)]) -> Result<Process> {
        let mut env = vec![
            ("VERTICE_ADDR", "127.0.0.1:0"),
            ("VERTICE_DATA_DIR", self.data.as_str()),
            ("RUST_LOG", "info"),
            ("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
            ("RATE_LIMIT_BURST", "100000"),
            // The load is one user's.
            ("DAILY_TOKEN_LIMIT_PER_USER", "4000000000"),
            ("AUTO_TITLES", "false"),
            ("ENABLE_SANDBOXING", "false"),
            ("ANTHROPIC_API_KEY", "bench"),
        ];
        env.extend_from_slice(more);
        Process::start(&self.bin.join("vertice"), &[], &env).await
    }

    pub(crate) async fn upstream(&self) -> Result<Process> {
        Process::start(&self.bin.join("vertice-upstream"), &["--addr", "127.0.0.1:0"], &[]).await
    }

    /// The account, if there is none yet, and a new token of it.
    pub(crate) async fn token(&self) -> Result<String> {
        let script = format!(
            "printf '{PASSWORD}' | \"$0\" admin user create --email {EMAIL} --role admin --password-stdin >/dev/null 2>&1; \
             \"$0\" admin token create --email {EMAIL} --name bench"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(self.bin.join("vertice")).env("VERTICE_DATA_DIR", &self.data);
        let output = command.output().await?;
        anyhow::ensure!(output.status.success(), "no account: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// One way to the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The upstream itself.
    Direct,
    /// Through the relay.
    Relay,
    /// Through the server, as a call of which nothing but its bill is stored.
    Stateless,
    /// Through the server, each in a conversation of its own.
    Stored,
}

impl Target {
    /// In the order in which they are measured.
    pub(crate) const ALL: [Self; 4] = [Self::Direct, Self::Relay, Self::Stateless, Self::Stored];

    /// As it stands in a table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relay => "relay",
            Self::Stateless => "server, stateless",
            Self::Stored => "server, stored",
        }
    }
}

/// All that is measured, running.
pub(crate) struct Targets {
    upstream: Process,
    relay: Process,
    server: Process,
    token: String,
    client: reqwest::Client,
}

impl Targets {
    /// Starts them, with an account for the server.
    #[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
    pub(crate) async fn start(folder: &Folder) -> Result<Self> {
        let upstream = folder.upstream().await?;
        let relay_args = ["relay", "--upstream", upstream.url.as_str()];
        let relay = Process::start(&folder.bin.join("vertice-bench"), &relay_args, &[]).await?;
        let server = folder.server(Some(&upstream.url)).await?;
        let token = folder.token().await?;
        Ok(Self { upstream, relay, server, token, client: reqwest::Client::new() })
    }

    /// The process behind a target; whether what it uses is its own.
    pub(crate) const fn process(&self, target: Target) -> (&Process, bool) {
        match target {
            Target::Direct => (&self.upstream, false),
            Target::Relay => (&self.relay, true),
            Target::Stateless | Target::Stored => (&self.server, true),
        }
    }

    /// As many requests with this prompt. Conversations are made before.
    pub(crate) async fn requests(&self, target: Target, prompt: &str, count: usize) -> Result<Vec<Request>> {
        let messages = json!([{ "role": "user", "content": prompt }]);
        let host = self.process(target).0.url.trim_start_matches("http://").to_owned();
        let request = Request {
            host,
            path: "/api/v1/chat/stream".into(),
            headers: String::new(),
            body: json!({ "messages": messages }).to_string(),
            last: b"event: done",
        };
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        Ok(match target {
            Target::Relay => vec![request; count],
            Target::Direct => {
                let body = json!({ "model": "m", "max_tokens": 4096, "stream": true, "messages": messages });
                let request = Request {
                    path: "/v1/messages".into(),
                    headers: "x-api-key: k\r\n".into(),
                    body: body.to_string(),
                    last: b"\"message_stop\"",
                    ..request
                };
                vec![request; count]
            }
            Target::Stateless => {
                let body = json!({ "model": "claude-sonnet-5-5", "messages": messages }).to_string();
                vec![Request { headers, body, ..request }; count]
            }
            Target::Stored => {
                let made = stream::iter(0..count).map(|_| self.conversation()).buffer_unordered(MADE_AT_ONCE);
                let in_one = |conversation| {
                    let body = json!({ "messages": messages, "conversation_id": conversation }).to_string();
                    Request { headers: headers.clone(), body, ..request.clone() }
                };
                made.map_ok(in_one).try_collect().await?
            }
        })
    }

    async fn conversation(&self) -> Result<String> {
        let url = format!("{}/api/v1/conversations", self.server.url);
        let request = self.client.post(url).bearer_auth(&self.token);
        let made: Value = request.json(&json!({ "model": "claude-sonnet-5-5" })).send().await?.json().await?;
        Ok(made["id"].as_str().with_context(|| format!("no conversation was made: {made}"))?.to_owned())
    }
}
