//! The built binary in a directory of its own, and a small HTTP client for it.

use std::{process::Stdio, time::Duration};

use http::{Request, StatusCode};
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

use crate::harness::{Event, PASSWORD, parse};

/// How long anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

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
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new() };
        write_site(&place.path().join("target/site"));
        place
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vertice"));
        command.args(arguments).current_dir(self.path()).env_clear().kill_on_drop(true);
        command.env("VERTICE_ADDR", "127.0.0.1:0").envs(self.variables.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
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
        let made =
            self.run(&["admin", "user", "create", "--email", email, "--password-stdin"], PASSWORD).await;
        assert_eq!(made.code, Some(0), "{made:?}");
        let token = self.run(&["admin", "token", "create", "--email", email, "--name", "test"], "").await;
        assert_eq!(token.code, Some(0), "{token:?}");
        token.stdout.trim_end().to_owned()
    }

    /// Starts the server and waits until it listens.
    pub(crate) async fn serve(&self) -> Running {
        let mut child = self.command(&["serve"]).spawn().unwrap();
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
        Running { child, address, _log: log }
    }
}

pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    _log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// As `kill -9` does it.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn open(&self, method: &str, token: &str, path: &str, body: Option<Value>) -> Answer {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { drop(connection.await) });
        let mut builder = Request::builder().method(method).uri(path).header("host", &self.address);
        builder = builder.header("authorization", format!("Bearer {token}"));
        if body.is_some() {
            builder = builder.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = builder.body(Full::new(Bytes::from(body))).unwrap();
        let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
        Answer {
            status: response.status(),
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

    /// Waits until it has gone, of its own accord.
    pub(crate) async fn gone(mut self) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

/// An answer whose body is read as it comes. Dropping it closes the connection.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
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

    /// The next event of a stream; none: it has ended.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        loop {
            let event = parse(&self.block().await?);
            if event.is_some() {
                return event;
            }
        }
    }

    /// The next block of a stream, as it stands; none: the body has ended as a whole one does.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.pending.split_once("\n\n") {
                let block = block.to_owned();
                self.pending = rest.to_owned();
                return Some(block);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.unwrap()?.unwrap();
            self.pending.push_str(std::str::from_utf8(frame.data_ref()?).unwrap());
        }
    }
}
