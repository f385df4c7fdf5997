//! Code that is run, in each runtime: how long a person waits for Python to say hello, alone and in a crowd.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::{process::Process, report::percentile, targets::Folder};

const RUNTIMES: [&str; 2] = ["bubblewrap", "gvisor"];
/// Runs one after the other.
const RUNS: usize = 50;
/// Runs at the same time, and how often.
const AT_ONCE: usize = 20;
const ROUNDS: usize = 3;
/// How long a runtime may take to be tried.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints the figures of both.
pub(crate) async fn measure(folder: &Folder) -> Result<()> {
    println!("| Python says hello | p50 ms | p99 ms | of it in the sandbox, p50 ms |\n|---|---:|---:|---:|");
    let mut notes = Vec::new();
    for runtime in RUNTIMES {
        let server =
            folder.server_with(&[("ENABLE_SANDBOXING", "true"), ("SANDBOX_RUNTIME", runtime)]).await?;
        let asking = Asking::start(server, folder.token().await?).await?;
        asking.series(runtime, "in a fresh folder", None).await?;
        let conversation = asking.conversation().await?;
        asking.series(runtime, "in the workspace of a conversation", Some(&conversation)).await?;
        let (mut took, begun) = (Vec::new(), Instant::now());
        for _ in 0..ROUNDS {
            took.extend(try_join_all((0..AT_ONCE).map(|_| asking.hello(None))).await?);
        }
        row(runtime, &format!("{AT_ONCE} at once"), &took);
        let each = begun.elapsed().as_millis() / u128::try_from(took.len())?;
        notes.push(format!(
            "{runtime}: {} runs, {AT_ONCE} at once, none failed; {each} ms for each",
            took.len()
        ));
        let memory = asking.run("import time; time.sleep(0.2)", None).await?["memory_bytes"].as_u64();
        let memory = memory.map_or("unknown".to_owned(), |bytes| format!("{} MB", bytes / (1024 * 1024)));
        notes.push(format!("{runtime}: memory of a sandbox in which Python waits: {memory}"));
    }
    println!("\n{}", notes.join("\n"));
    Ok(())
}

/// How long one run took, in microseconds: for whoever asked, and in the sandbox.
type Took = (u64, u64);

fn row(runtime: &str, how: &str, took: &[Took]) {
    let all: Vec<u64> = took.iter().map(|(all, _)| *all).collect();
    let within: Vec<u64> = took.iter().map(|(_, within)| *within).collect();
    let (p50, p99) = (percentile(&all, 50), percentile(&all, 99));
    println!("| {runtime}, {how} | {p50:.0} | {p99:.0} | {:.0} |", percentile(&within, 50));
}

struct Asking {
    server: Process,
    token: String,
    client: reqwest::Client,
}

impl Asking {
    /// Waits until the runtime has been tried.
    #[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
    async fn start(server: Process, token: String) -> Result<Self> {
        let asking = Self { server, token, client: reqwest::Client::new() };
        let begun = Instant::now();
        while let Err(error) = asking.run("print('hello')", None).await {
            ensure!(begun.elapsed() < PATIENCE, "no code runs: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(asking)
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let request = self.client.post(format!("{}{path}", self.server.url)).bearer_auth(&self.token);
        let response = request.json(&body).send().await?;
        let status = response.status();
        let told: Value = response.json().await?;
        ensure!(status.is_success(), "{status}: {told}");
        Ok(told)
    }

    async fn conversation(&self) -> Result<String> {
        let made = self.post("/api/v1/conversations", json!({"mode": "code"})).await?;
        Ok(made["id"].as_str().context("no conversation was made")?.to_owned())
    }

    async fn run(&self, code: &str, conversation: Option<&str>) -> Result<Value> {
        let body = json!({"language": "python", "code": code, "conversation_id": conversation});
        self.post("/api/v1/sandbox/execute", body).await
    }

    async fn hello(&self, conversation: Option<&str>) -> Result<Took> {
        let begun = Instant::now();
        let told = self.run("print('hello')", conversation).await?;
        let took = u64::try_from(begun.elapsed().as_micros())?;
        ensure!(told["stdout"] == "hello\n" && told["error"].is_null(), "a run failed: {told}");
        let within = told["execution_time"].as_f64().context("no time was told")?;
        Ok((took, (within * 1e6) as u64))
    }

    async fn series(&self, runtime: &str, how: &str, conversation: Option<&str>) -> Result<()> {
        let mut took = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            took.push(self.hello(conversation).await?);
        }
        row(runtime, how, &took);
        Ok(())
    }
}
