//! The runs: which loads, on which targets, in which order.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::{process::Command, time::sleep};

use crate::{
    load::{self, Request},
    process::Process,
    report::{self, Row},
};

/// Streams, tokens a stream, and milliseconds a token.
const LOADS: [(usize, usize, u64); 5] =
    [(1, 200, 20), (100, 200, 20), (500, 200, 20), (1_000, 200, 20), (2_000, 200, 100)];

struct Targets {
    upstream: Process,
    relay: Process,
    server: Process,
    token: String,
}

/// Runs every load on every target and prints the table.
pub(crate) async fn run(bin: &Path, most: usize) -> Result<()> {
    let data = tempfile::tempdir()?;
    let data_dir = data.path().to_string_lossy().into_owned();
    start_up(bin, &data_dir).await?;
    let targets = start(bin, &data_dir).await?;
    report::head();
    for (streams, tokens, every) in LOADS.into_iter().filter(|(streams, ..)| *streams <= most) {
        for target in ["direct", "relay", "server"] {
            measure(&targets, target, streams, tokens, every).await?;
        }
    }
    Ok(())
}

fn server_env(data_dir: &str) -> Vec<(&str, &str)> {
    vec![
        ("VERTICE_ADDR", "127.0.0.1:0"),
        ("VERTICE_DATA_DIR", data_dir),
        ("RUST_LOG", "info"),
        ("RATE_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ("RATE_LIMIT_BURST", "100000"),
        // The load is one user's.
        ("DAILY_TOKEN_LIMIT_PER_USER", "0"),
        ("ANTHROPIC_API_KEY", "bench"),
    ]
}

/// Start-up with an existing database, idle memory and the binary's size.
async fn start_up(bin: &Path, data_dir: &str) -> Result<()> {
    let program = bin.join("vertice");
    drop(Process::start(&program, &[], &server_env(data_dir)).await?);
    let mut times = Vec::new();
    for _ in 0..7 {
        times.push(Process::start(&program, &[], &server_env(data_dir)).await?.started_in);
    }
    times.sort_unstable();
    let idle = Process::start(&program, &[], &server_env(data_dir)).await?;
    sleep(Duration::from_secs(2)).await;
    println!("start to listening, existing database, median of 7: {:.0} ms", times[3].as_secs_f64() * 1e3);
    println!("idle memory: {:.1} MB", idle.resident_kb()? as f64 / 1e3);
    println!("binary: {:.1} MB\n", std::fs::metadata(&program)?.len() as f64 / 1e6);
    Ok(())
}

async fn start(bin: &Path, data_dir: &str) -> Result<Targets> {
    let upstream = Process::start(&bin.join("vertice-upstream"), &["--addr", "127.0.0.1:0"], &[]).await?;
    let relay_args = ["relay", "--upstream", upstream.url.as_str()];
    let relay = Process::start(&bin.join("vertice-bench"), &relay_args, &[]).await?;
    let mut env = server_env(data_dir);
    env.push(("ANTHROPIC_BASE_URL", upstream.url.as_str()));
    let server = Process::start(&bin.join("vertice"), &[], &env).await?;
    let token = account(bin, data_dir).await?;
    Ok(Targets { upstream, relay, server, token })
}

async fn account(bin: &Path, data_dir: &str) -> Result<String> {
    let email = "bench@example.com";
    let create = format!(
        "printf 'correct horse battery staple' | '{0}' admin user create --email {email} --password-stdin >/dev/null && \
         '{0}' admin token create --email {email} --name bench",
        bin.join("vertice").display()
    );
    let output = Command::new("sh").args(["-c", &create]).env("VERTICE_DATA_DIR", data_dir).output().await?;
    anyhow::ensure!(output.status.success(), "no account: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

async fn measure(targets: &Targets, target: &str, streams: usize, tokens: usize, every: u64) -> Result<()> {
    let prompt = format!("[[stamp tokens={tokens} every={every}ms]]");
    let (process, measured) = match target {
        "direct" => (&targets.upstream, false),
        "relay" => (&targets.relay, true),
        _ => (&targets.server, true),
    };
    let requests = requests(targets, target, &prompt, streams).await?;
    let (cpu, memory) = (process.cpu_seconds()?, process.resident_kb()?);
    let ideal = Duration::from_millis(every * tokens as u64);
    let ramp = Duration::from_millis(streams as u64).max(Duration::from_millis(every));
    let running = load::run(requests, tokens, ramp, ideal * 4 + Duration::from_secs(30));
    let peak = async {
        sleep(ramp + ideal / 2).await;
        process.resident_kb()
    };
    let (outcome, height) = tokio::join!(running, peak);
    let growth = height?.saturating_sub(memory) as f64 / streams as f64;
    report::row(Row {
        load: &format!("{streams} × {tokens} at {every} ms"),
        target,
        outcome,
        cpu_seconds: if measured { Some(process.cpu_seconds()? - cpu) } else { None },
        kb_per_stream: measured.then_some(growth),
        ideal_seconds: (ideal + ramp).as_secs_f64(),
    });
    Ok(())
}

async fn requests(targets: &Targets, target: &str, prompt: &str, streams: usize) -> Result<Vec<Request>> {
    let messages = json!([{ "role": "user", "content": prompt }]);
    let host = |process: &Process| process.url.trim_start_matches("http://").to_owned();
    if target == "direct" {
        let body = json!({ "model": "m", "max_tokens": 4096, "stream": true, "messages": messages });
        let request = Request {
            host: host(&targets.upstream),
            path: "/v1/messages".into(),
            headers: "x-api-key: k\r\n".into(),
            body: body.to_string(),
            before_token: b"\"text\":\"",
            last: b"\"message_stop\"",
        };
        return Ok(vec![request; streams]);
    }
    let relay = target == "relay";
    let mut requests = Vec::with_capacity(streams);
    for _ in 0..streams {
        let mut body = json!({ "messages": messages });
        if !relay {
            body["conversation_id"] = conversation(targets).await?.into();
        }
        requests.push(Request {
            host: host(if relay { &targets.relay } else { &targets.server }),
            path: "/api/v1/chat/stream".into(),
            headers: if relay {
                String::new()
            } else {
                format!("Authorization: Bearer {}\r\n", targets.token)
            },
            body: body.to_string(),
            before_token: b"\"token\":\"",
            last: b"event: done",
        });
    }
    Ok(requests)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
async fn conversation(targets: &Targets) -> Result<String> {
    let made: serde_json::Value = reqwest::Client::new()
        .post(format!("{}/api/v1/conversations", targets.server.url))
        .bearer_auth(&targets.token)
        .json(&json!({ "model": "claude-sonnet-5-5" }))
        .send()
        .await?
        .json()
        .await?;
    Ok(made["id"].as_str().context("no conversation was made")?.to_owned())
}
