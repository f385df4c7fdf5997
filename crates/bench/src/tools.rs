//! Tool calls through the whole loop, against a program that answers at once: what the loop adds to each call, what turns that
//! wait for a person cost, and that a server of tools adds nothing to an answer that uses none.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::{process::Process, report::percentile, targets::Folder};

/// Calls in one conversation: a longer one would measure its own history.
const CALLS_A_CONVERSATION: usize = 25;
/// Turns that wait.
const WAITING: usize = 200;
/// How long it is watched what they cost.
const WATCHED: Duration = Duration::from_secs(10);
/// Answers without a tool, with a server of tools and without one.
const ANSWERS: usize = 100;

struct Bench {
    server: Process,
    token: String,
    client: reqwest::Client,
}

/// Prints the figures of so many calls.
#[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
pub(crate) async fn measure(folder: &Folder, calls: usize) -> Result<()> {
    let upstream = folder.upstream().await?;
    let server = folder.server(Some(&upstream.url)).await?;
    let token = folder.token().await?;
    let bench = Bench { server, token, client: reqwest::Client::new() };
    let without = bench.first_tokens().await?;
    let program = folder.bin.canonicalize()?.join("vertice-scripted-mcp");
    let added = json!({"name": "scripted", "transport": "stdio", "command": program});
    bench.send("POST", "/api/v1/mcp/servers", Some(added)).await?;
    bench.until_connected().await?;
    for (tool, permission) in [("echo", "allow"), ("add", "ask")] {
        let path = format!("/api/v1/tools/scripted/{tool}");
        bench.send("PATCH", &path, Some(json!({ "permission": permission }))).await?;
    }
    let with = bench.first_tokens().await?;
    println!("| {calls} tool calls, one after the other | p50 ms | p99 ms |\n|---|---:|---:|");
    let took = bench.calls(calls).await?;
    println!("| from the call to its result | {:.2} | {:.2} |", percentile(&took, 50), percentile(&took, 99));
    println!("\n| first token of {ANSWERS} answers without a tool | p50 ms | p99 ms |\n|---|---:|---:|");
    for (name, took) in [("no server of tools", &without), ("one, with its tools on offer", &with)] {
        println!("| {name} | {:.2} | {:.2} |", percentile(took, 50), percentile(took, 99));
    }
    bench.waiting().await
}

impl Bench {
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let url = format!("{}{path}", self.server.url);
        let mut request = self.client.request(method.parse()?, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{method} {path}: {status}: {text}");
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    async fn until_connected(&self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let item = self.send("GET", "/api/v1/mcp/servers/scripted", None).await?;
            let has_tools = item["tools"].as_array().is_some_and(|tools| !tools.is_empty());
            if item["status"] == "connected" && has_tools {
                return Ok(());
            }
            ensure!(begun.elapsed() < Duration::from_secs(20), "the scripted server did not connect: {item}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn conversation(&self) -> Result<String> {
        let made =
            self.send("POST", "/api/v1/conversations", Some(json!({"model": "claude-sonnet-5-5"}))).await?;
        Ok(made["id"].as_str().context("no conversation was made")?.to_owned())
    }

    /// Asks, and tells when each of the named events came (microseconds after the request), up to the last of them.
    async fn ask(&self, conversation: &str, text: &str, events: &[&str]) -> Result<Vec<u64>> {
        let body = json!({"conversation_id": conversation, "messages": [{"role": "user", "content": text}]});
        let url = format!("{}/api/v1/chat/stream", self.server.url);
        let begun = Instant::now();
        let response = self.client.post(url).bearer_auth(&self.token).json(&body).send().await?;
        ensure!(response.status().is_success(), "status {}", response.status());
        let (mut stream, mut heard) = (response.bytes_stream(), String::new());
        let mut seen = Vec::with_capacity(events.len());
        while let Some(chunk) = stream.next().await {
            heard.push_str(&String::from_utf8_lossy(&chunk?));
            while let Some(event) = events.get(seen.len()) {
                let Some(at) = heard.find(&format!("event: {event}\n")) else { break };
                seen.push(u64::try_from(begun.elapsed().as_micros())?);
                heard.drain(..at + 1);
            }
        }
        ensure!(seen.len() == events.len(), "of {events:?} came {}: {heard}", seen.len());
        Ok(seen)
    }

    /// From each call to its result.
    async fn calls(&self, count: usize) -> Result<Vec<u64>> {
        let mut took = Vec::with_capacity(count);
        let mut conversation = String::new();
        for call in 0..count {
            if call % CALLS_A_CONVERSATION == 0 {
                conversation = self.conversation().await?;
            }
            let text = format!("[[tool=scripted__echo args={{\"text\":\"{call}\"}}]] [[echo Done.]]");
            let seen = self.ask(&conversation, &text, &["tool_use", "tool_result", "done"]).await?;
            took.push(seen[1] - seen[0]);
        }
        Ok(took)
    }

    async fn first_tokens(&self) -> Result<Vec<u64>> {
        let mut took = Vec::with_capacity(ANSWERS);
        for _ in 0..ANSWERS {
            let conversation = self.conversation().await?;
            took.push(self.ask(&conversation, "[[echo Hello.]]", &["token", "done"]).await?[0]);
        }
        Ok(took)
    }

    /// What turns cost that wait for a person.
    async fn waiting(&self) -> Result<()> {
        let before = self.server.memory()?;
        for _ in 0..WAITING {
            let conversation = self.conversation().await?;
            let body = json!({"conversation_id": conversation,
                "messages": [{"role": "user", "content": "[[tool=scripted__add args={\"a\":1,\"b\":2}]] [[echo Done.]]"}]});
            let url = format!("{}/api/v1/chat/stream", self.server.url);
            let response = self.client.post(url).bearer_auth(&self.token).json(&body).send().await?;
            let mut stream = response.bytes_stream();
            while let Some(chunk) = stream.next().await {
                if String::from_utf8_lossy(&chunk?).contains("event: tool_approval") {
                    break;
                }
            }
        }
        // Until the last one sleeps.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let (after, idle) = (self.server.memory()?, self.server.cpu_seconds()?);
        tokio::time::sleep(WATCHED).await;
        let used = self.server.cpu_seconds()? - idle;
        println!("\n| {WAITING} turns that wait for a person | |\n|---|---:|");
        println!("| memory that they add, of the server's own | {:.2} MB |", mb(after.own) - mb(before.own));
        println!("| CPU in {} s | {used:.2} s |\n", WATCHED.as_secs());
        Ok(())
    }
}

fn mb(kb: u64) -> f64 {
    kb as f64 / 1024.0
}
