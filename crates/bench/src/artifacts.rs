//! Artifacts over REST: one with a thousand versions, one of a megabyte, and a conversation with as many as it may have.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{process::Process, report::percentile, targets::Folder};

const ARTIFACTS: &str = "/api/v1/artifacts";
const VERSIONS: usize = 1_000;
const FILES: usize = 500;
/// How often each reading is done.
const READINGS: usize = 50;

struct Bench {
    server: Process,
    token: String,
    client: reqwest::Client,
}

/// Prints the figures.
#[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
pub(crate) async fn measure(folder: &Folder) -> Result<()> {
    let server = folder.server(None).await?;
    let token = folder.token().await?;
    let bench = Bench { server, token, client: reqwest::Client::new() };
    println!("| artifacts | p50 ms | p99 ms |\n|---|---:|---:|");
    let conversation = bench.conversation().await?;
    let made = bench.create(&conversation, "small.md", "version 0\n").await?;
    let written = bench.versions(&made).await?;
    row("a version more, of 1,000", &written);
    bench.read("the newest 100 of 1,000 versions", &format!("{ARTIFACTS}/{made}/versions?limit=100")).await?;
    let large: String = (0..17_000)
        .map(|line| format!("line {line} of a text that is long, and says {}\n", line * 7))
        .collect();
    let large = large[..1_000_000].to_owned();
    let id = bench.create(&conversation, "large.txt", &large).await?;
    bench.read("an artifact of 1 MB", &format!("{ARTIFACTS}/{id}")).await?;
    let edited = large.replace("line 9", "LINE 9");
    bench
        .send("PUT", &format!("{ARTIFACTS}/{id}"), Some(json!({"content": edited, "expected_version": 1})))
        .await?;
    bench.read("a diff of 1 MB", &format!("{ARTIFACTS}/{id}/diff?from=1&to=2")).await?;
    let full = bench.conversation().await?;
    for file in 0..FILES {
        bench.create(&full, &format!("src/{}/{file}.ts", file % 20), "export const a = 1;\n").await?;
    }
    bench
        .read(
            "100 of 500 artifacts, with their contents",
            &format!("{ARTIFACTS}?conversation_id={full}&limit=100"),
        )
        .await?;
    bench.read("500 artifacts as a zip archive", &format!("{ARTIFACTS}/export?conversation_id={full}")).await
}

fn row(name: &str, took: &[u64]) {
    println!("| {name} | {:.2} | {:.2} |", percentile(took, 50), percentile(took, 99));
}

impl Bench {
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Vec<u8>> {
        let url = format!("{}{path}", self.server.url);
        let mut request = self.client.request(method.parse()?, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status();
        let told = response.bytes().await?;
        ensure!(status.is_success(), "{method} {path}: {status}: {}", String::from_utf8_lossy(&told));
        Ok(told.into())
    }

    async fn made(&self, path: &str, body: Value) -> Result<String> {
        let told: Value = serde_json::from_slice(&self.send("POST", path, Some(body)).await?)?;
        Ok(told["id"].as_str().context("nothing was made")?.to_owned())
    }

    async fn conversation(&self) -> Result<String> {
        self.made("/api/v1/conversations", json!({})).await
    }

    async fn create(&self, conversation: &str, path: &str, content: &str) -> Result<String> {
        self.made(ARTIFACTS, json!({"conversation_id": conversation, "path": path, "content": content})).await
    }

    async fn versions(&self, id: &str) -> Result<Vec<u64>> {
        let mut took = Vec::with_capacity(VERSIONS);
        for version in 1..VERSIONS {
            let body = json!({"content": format!("version {version}\n"), "expected_version": version});
            let begun = Instant::now();
            self.send("PUT", &format!("{ARTIFACTS}/{id}"), Some(body)).await?;
            took.push(u64::try_from(begun.elapsed().as_micros())?);
        }
        Ok(took)
    }

    async fn read(&self, name: &str, path: &str) -> Result<()> {
        let mut took = Vec::with_capacity(READINGS);
        for _ in 0..READINGS {
            let begun = Instant::now();
            self.send("GET", path, None).await?;
            took.push(u64::try_from(begun.elapsed().as_micros())?);
        }
        row(name, &took);
        Ok(())
    }
}
