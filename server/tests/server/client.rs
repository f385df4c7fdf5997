//! The built binary in a directory of its own, and a small HTTP client for it.

use std::{process::Stdio, time::Duration};

use http::{HeaderMap, Request, StatusCode, request::Builder};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, Command},
};

use vertice_domain::Timestamp;
use vertice_ports::TurnStore as _;
use vertice_server::{
    settings::{Settings, Variables},
    wiring::Console,
};

use crate::harness::{Event, PASSWORD, parse};

/// How long anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How soon it is looked again for what only another process can say.
pub(crate) const PAUSE: Duration = Duration::from_millis(10);

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A site as cargo-leptos leaves it, without what makes a page of it.
pub(crate) fn write_site(root: &std::path::Path) {
    std::fs::create_dir_all(root.join("pkg")).unwrap();
    for file in ["vertice.js", "vertice.wasm", "vertice.css", "vertice.css.br"] {
        std::fs::write(root.join("pkg").join(file), format!("this is {file}")).unwrap();
    }
    std::fs::write(root.join("icon.svg"), "<svg/>").unwrap();
    std::fs::write(root.join("../secret.txt"), "not for you").unwrap();
}

/// A directory with nothing but a site and what the binary makes in it.
pub(crate) struct Place {
    dir: TempDir,
    pub(crate) variables: Vec<(String, String)>,
    /// Whether its servers offer scripted tools.
    tools: bool,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new(), tools: false };
        write_site(&place.path().join("target/site"));
        place
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, with servers that offer the tools of [`crate::scripted`].
    pub(crate) fn with_tools(self) -> Self {
        Self { tools: true, ..self }
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match arguments {
            ["serve"] if self.tools => crate::scripted::command(&self.notes()),
            arguments => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_vertice"));
                command.args(arguments).env_clear();
                command
            }
        };
        command.current_dir(self.path()).kill_on_drop(true);
        command
            .env("VERTICE_ADDR", "127.0.0.1:0")
            .env("AUTO_TITLES", "false")
            .env("ENABLE_SANDBOXING", "false")
            .envs(self.variables.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn notes(&self) -> std::path::PathBuf {
        self.path().join("tools.txt")
    }

    /// Lets time pass, as far as logs are concerned: what has ended is a day old. No server may run.
    pub(crate) async fn drop_logs(&self) {
        let data_dir = self.path().join("data");
        let variables = Variables::of([("VERTICE_DATA_DIR", data_dir.to_str().unwrap())]);
        let console = Console::open(&Settings::read(&variables).unwrap()).await.unwrap();
        assert!(console.database.drop_logs(Timestamp::from_millis(i64::MAX)).await.unwrap() > 0);
        console.close().await;
    }

    /// Waits until a tool has begun.
    pub(crate) async fn until_noted(&self) {
        while self.noted().is_empty() {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What the tools were called for, a line each time.
    pub(crate) fn noted(&self) -> Vec<String> {
        let notes = std::fs::read_to_string(self.notes()).unwrap_or_default();
        notes.lines().map(str::to_owned).collect()
    }

    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that fails at once does not read its input.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await.unwrap().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A user and a token, made on the command line.
    pub(crate) async fn token(&self, email: &str) -> String {
        self.token_of(email, "user").await
    }

    pub(crate) async fn admin_token(&self, email: &str) -> String {
        self.token_of(email, "admin").await
    }

    async fn token_of(&self, email: &str, role: &str) -> String {
        let create = ["admin", "user", "create", "--email", email, "--role", role, "--password-stdin"];
        let made = self.run(&create, PASSWORD).await;
        assert_eq!(made.code, Some(0), "{made:?}");
        let token = self.run(&["admin", "token", "create", "--email", email, "--name", "test"], "").await;
        assert_eq!(token.code, Some(0), "{token:?}");
        token.stdout.trim_end().to_owned()
    }

    /// Starts the server and waits until it listens.
    pub(crate) async fn serve(&self) -> Running {
        Self::listening(self.command(&["serve"])).await
    }

    /// The same with a clock that is wrong by so much; only one with tools can be given such a clock.
    pub(crate) async fn serve_at(&self, wrong_ms: i64) -> Running {
        let mut command = self.command(&["serve"]);
        command.env(crate::scripted::CLOCK, wrong_ms.to_string());
        Self::listening(command).await
    }

    async fn listening(mut command: Command) -> Running {
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let listening = async {
            while let Some(line) = log.next_line().await.unwrap() {
                if let Some((_, address)) = line.split_once("listening on http://") {
                    return address.trim().to_owned();
                }
                seen.push_str(&line);
                seen.push('\n');
            }
            panic!("the server ended: {seen}");
        };
        let address = tokio::time::timeout(PATIENCE, listening).await.unwrap();
        Running { child, address, log }
    }
}

pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// As `kill -9` does it.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn open(&self, method: &str, token: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        self.send(request.header("authorization", format!("Bearer {token}")), body).await
    }

    /// A server function, called as a page of the browser with this cookie does.
    pub(crate) async fn function(&self, name: &str, cookie: &str, body: Value) -> Answer {
        let request = Request::builder().method("POST").uri(format!("/api/ui/{name}"));
        let request = request.header("sec-fetch-site", "same-origin").header("cookie", cookie);
        self.send(request, Some(body)).await
    }

    /// A signed-in browser's cookie for a user that exists.
    pub(crate) async fn cookie(&self, email: &str) -> String {
        let form = format!("email={}&password={}", email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let request = Request::builder().method("POST").uri("/sign-in");
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = self.sent(request, form).await;
        let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let session = cookies.into_iter().find(|cookie| cookie.starts_with("vertice_session=")).unwrap();
        session.split(';').next().unwrap().to_owned()
    }

    /// What a browser with this cookie is shown.
    pub(crate) async fn page(&self, path: &str, cookie: &str) -> Answer {
        self.send(Request::builder().method("GET").uri(path).header("cookie", cookie), None).await
    }

    async fn send(&self, request: Builder, body: Option<Value>) -> Answer {
        match body {
            Some(body) => {
                self.sent(request.header("content-type", "application/json"), body.to_string()).await
            }
            None => self.sent(request, String::new()).await,
        }
    }

    /// A body of any kind.
    pub(crate) async fn post_bytes(&self, token: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder().method("POST").uri(path).header("content-type", kind);
        self.sent(request.header("authorization", format!("Bearer {token}")), body).await
    }

    async fn sent(&self, request: Builder, body: impl Into<Bytes>) -> Answer {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { drop(connection.await) });
        let request = request.header("host", &self.address).body(Full::new(body.into())).unwrap();
        let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.into_body(),
            pending: String::new(),
            _connection: tasks,
        }
    }

    pub(crate) async fn json(&self, method: &str, token: &str, path: &str, body: Option<Value>) -> Value {
        self.open(method, token, path, body).await.json().await
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Stops it, and tells what it wrote to its log since it listens.
    pub(crate) async fn end(mut self) -> String {
        self.terminate();
        let mut seen = String::new();
        while let Some(line) = tokio::time::timeout(PATIENCE, self.log.next_line()).await.unwrap().unwrap() {
            seen.push_str(&line);
            seen.push('\n');
        }
        self.gone().await;
        seen
    }

    /// Waits until it has gone, of its own accord.
    pub(crate) async fn gone(mut self) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

/// An answer whose body is read as it comes. Dropping it closes the connection.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    pending: String,
    _connection: tokio::task::JoinSet<()>,
}

impl Answer {
    /// The whole body.
    pub(crate) async fn json(self) -> Value {
        let bytes = self.body.collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{bytes:?}"))
    }

    /// The same as bytes.
    pub(crate) async fn bytes(self) -> Bytes {
        self.body.collect().await.unwrap().to_bytes()
    }

    /// The next event of a stream; none: it has ended.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        loop {
            let event = parse(&self.block().await?);
            if event.is_some() {
                return event;
            }
        }
    }

    /// Reads until an event of that name has come.
    pub(crate) async fn until(&mut self, name: &str) -> Vec<Event> {
        let mut events = Vec::new();
        while events.last().is_none_or(|event: &Event| event.name != name) {
            events.push(self.event().await.unwrap_or_else(|| panic!("no {name}: {events:?}")));
        }
        events
    }

    /// The next frame of what a server function streams; none: it has ended.
    pub(crate) async fn frame(&mut self) -> Option<Value> {
        loop {
            let line = self.piece("\n").await?;
            if !line.trim().is_empty() {
                return Some(serde_json::from_str::<Value>(&line).unwrap()["Ok"].take());
            }
        }
    }

    /// The next block of a stream, as it stands; none: the body has ended as a whole one does.
    pub(crate) async fn block(&mut self) -> Option<String> {
        self.piece("\n\n").await
    }

    async fn piece(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.pending.split_once(end) {
                let block = block.to_owned();
                self.pending = rest.to_owned();
                return Some(block);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.unwrap()?.unwrap();
            self.pending.push_str(std::str::from_utf8(frame.data_ref()?).unwrap());
        }
    }
}
