//! What the tests have in common: a world with one server in it, and eyes for what happens there.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;
use vertice_domain::{McpServerId, mcp::Transport};
use vertice_mcp::connection::{
    Call, CallResult, ConnectionFault, ConnectionKey, ConnectionState, Connections as _, Dependencies, Era,
    HttpClients, Limits, ListedTool, Listener, LiveConnections, NoSignIns, Programs, Target,
};
use vertice_ports::Ids as _;
use vertice_runtime::{SystemClock, SystemIds, Tasks};

/// Where cargo puts what it builds.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("its own path");
    test.ancestors().nth(2).expect("target/debug").to_owned()
}

pub(crate) fn keeper() -> PathBuf {
    built().join("examples/keeper")
}

pub(crate) fn host() -> PathBuf {
    built().join("examples/host")
}

pub(crate) fn scripted() -> String {
    built().join("vertice-scripted-mcp").to_str().expect("a readable path").to_owned()
}

/// Quick, but not hurried: a program starts in tens of milliseconds on a quiet machine.
pub(crate) fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(20),
        probe: Duration::from_secs(20),
        grace: Duration::from_millis(300),
        listing: Duration::from_millis(50),
        ..Limits::default()
    }
}

pub(crate) struct World {
    pub(crate) connections: Option<LiveConnections>,
    pub(crate) heard: Arc<Heard>,
    pub(crate) tasks: Tasks,
    pub(crate) folder: TempDir,
    pub(crate) target: Target,
    /// In the command line of every process of this world's server.
    pub(crate) mark: String,
}

impl World {
    /// With the scripted server as a program.
    pub(crate) fn with(arguments: &[&str], limits: Limits) -> Self {
        let mark = SystemIds.uuid().simple().to_string();
        let mut args: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        args.extend(["--mark".to_owned(), mark.clone()]);
        let transport = Transport::Stdio { command: scripted(), args, env: [].into() };
        Self { mark, ..Self::at(transport, limits) }
    }

    pub(crate) fn at(transport: Transport, limits: Limits) -> Self {
        let folder = TempDir::new().expect("a folder");
        let tasks = Tasks::default();
        let connections = LiveConnections::new(Dependencies {
            programs: Programs { keeper: keeper(), folder: folder.path().join("mcp") },
            http: Arc::new(Clients),
            sign_ins: Arc::new(NoSignIns),
            clock: Arc::new(SystemClock),
            tasks: tasks.clone(),
            limits,
        });
        let heard = Arc::new(Heard::default());
        connections.listen(Arc::clone(&heard) as Arc<dyn Listener>);
        let key = ConnectionKey { server: McpServerId::new(SystemIds.uuid()), user: None };
        let target = Target { key, transport, private_network: true, era: None };
        Self { connections: Some(connections), heard, tasks, folder, target, mark: String::new() }
    }

    pub(crate) fn it(&self) -> &LiveConnections {
        self.connections.as_ref().expect("it was not dropped")
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<CallResult, ConnectionFault> {
        self.it().call(self.target.clone(), call(tool, arguments)).await
    }

    /// The text of a call that must succeed.
    pub(crate) async fn text(&self, tool: &str, arguments: Value) -> String {
        self.call(tool, arguments).await.expect("an answer").content
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.it().state(self.target.key)
    }

    pub(crate) fn log(&self) -> String {
        let lines = self.it().log(self.target.key);
        lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    pub(crate) async fn logged(&self, text: &str) {
        until(&format!("the log holds {text:?}"), async || self.log().contains(text)).await;
    }

    pub(crate) async fn nothing_is_left(&self) {
        nothing_is_left(&self.mark).await;
    }
}

pub(crate) fn call(tool: &str, arguments: Value) -> Call {
    let arguments = match arguments {
        Value::Object(arguments) => arguments,
        _ => Map::new(),
    };
    Call { tool: tool.to_owned(), arguments, progress: None, person: None, cancel: CancellationToken::new() }
}

/// What the listener was told.
#[derive(Default)]
pub(crate) struct Heard {
    tools: Mutex<Vec<Vec<ListedTool>>>,
    eras: Mutex<Vec<Option<Era>>>,
}

impl Heard {
    pub(crate) fn listings(&self) -> usize {
        self.tools.lock().expect("no panic").len()
    }

    /// The list that was told last.
    pub(crate) fn tools(&self) -> Vec<ListedTool> {
        self.tools.lock().expect("no panic").last().cloned().unwrap_or_default()
    }

    pub(crate) fn eras(&self) -> Vec<Option<Era>> {
        self.eras.lock().expect("no panic").clone()
    }
}

#[async_trait]
impl Listener for Heard {
    async fn tools_changed(&self, _: ConnectionKey, tools: Vec<ListedTool>) {
        self.tools.lock().expect("no panic").push(tools);
    }

    async fn era_found(&self, _: ConnectionKey, era: Option<Era>) {
        self.eras.lock().expect("no panic").push(era);
    }
}

/// Clients that go anywhere but to one host.
struct Clients;

#[async_trait]
impl HttpClients for Clients {
    async fn client(&self, url: &Url, _: bool) -> Result<reqwest::Client, String> {
        if url.host_str() == Some("169.254.169.254") {
            return Err("the address is not on the public internet".into());
        }
        let _installed = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the guarded one has tests of its own")]
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        client.build().map_err(|error| error.to_string())
    }
}

/// Waits for what must come.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(tokio::time::Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The command lines of all processes that hold the mark.
pub(crate) async fn processes(mark: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir("/proc").await.expect("Linux");
    while let Ok(Some(entry)) = entries.next_entry().await {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = tokio::fs::read(Path::new("/proc").join(entry.file_name()).join("cmdline"))
            .await
            .unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(mark) {
            found.push((pid, line));
        }
    }
    found
}

pub(crate) async fn nothing_is_left(mark: &str) {
    assert!(!mark.is_empty());
    until(&format!("no process with {mark} is left"), async || processes(mark).await.is_empty()).await;
}
