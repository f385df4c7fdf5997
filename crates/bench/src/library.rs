//! Conversations that come in as one large file: how fast, and how much memory that takes; then the same file once more. And
//! searches in what has come in.

use std::{convert::Infallible, time::Instant};

use anyhow::{Result, ensure};
use futures::stream;
use serde_json::{Value, json};

use crate::{process::Process, report::percentile, targets::Folder};

const IMPORT: &str = "/api/v1/conversations/import";
/// Messages of one conversation.
const LENGTH: usize = 50;
/// How many words there are. The nth is written about 1/n as often as the first one, as in what people write.
const VOCABULARY: usize = 30_000;

/// Prints the figures. `bytes`: how long each message is.
#[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
pub(crate) async fn measure(folder: &Folder, messages: usize, bytes: usize) -> Result<()> {
    let server =
        folder.server_with(&[("STORAGE_LIMIT_MB_PER_USER", "100000"), ("IMPORT_LIMIT_MB", "100000")]).await?;
    let (token, client) = (folder.token().await?, reqwest::Client::new());
    let conversations = messages.div_ceil(LENGTH);
    let size: usize = (0..conversations).map(|at| piece(at, conversations, bytes).len()).sum();
    println!(
        "{messages} messages in {conversations} conversations, {:.1} MB of JSON\n",
        megabytes(size as u64)
    );
    println!(
        "| import | s | messages/s | MB/s | resident before MB | peak MB |\n|---|---:|---:|---:|---:|---:|"
    );
    for (name, taken) in [("all of it is new", conversations), ("all of it is here", 0)] {
        let before = server.memory()?.resident;
        let begun = Instant::now();
        let body = stream::iter(
            (0..conversations).map(move |at| Ok::<_, Infallible>(piece(at, conversations, bytes))),
        );
        let request = client.post(format!("{}{IMPORT}", server.url)).bearer_auth(&token);
        let request =
            request.header("content-type", "application/json").body(reqwest::Body::wrap_stream(body));
        let response = request.send().await?;
        let (status, told) = (response.status(), response.bytes().await?);
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&told));
        let told: Value = serde_json::from_slice(&told)?;
        ensure!(told["report"]["taken"] == taken, "another report than expected: {}", told["report"]);
        row(name, begun.elapsed().as_secs_f64(), (messages, size), (before, &server))?;
    }
    searches(&client, &server, &token).await
}

/// How often each search is asked for.
const ROUNDS: usize = 50;

async fn searches(client: &reqwest::Client, server: &Process, token: &str) -> Result<()> {
    println!("\n| search | found on the first page | p50 ms | p95 ms |\n|---|---:|---:|---:|");
    let (common, middling, rare) = (word(1), word(400), word(VOCABULARY - 7));
    for (name, query) in [
        ("a word of nearly every message", common.clone()),
        ("a word of one message in ten", middling.clone()),
        ("a rare word", rare.clone()),
        ("a common and a rare word", format!("{common} {rare}")),
        ("three common words", format!("{common} {} {}", word(2), word(3))),
        ("a phrase of common words", format!("\"{} {common}\"", word(2))),
        ("the first three letters of many words", rare[..3].to_owned()),
        ("a word that nobody wrote", "nobody".to_owned()),
        ("the title, and a word", format!("title:conversation {middling}")),
    ] {
        let (mut took, mut found) = (Vec::with_capacity(ROUNDS), 0);
        for _ in 0..ROUNDS {
            let url = format!("{}/api/v1/conversations", server.url);
            let asked = client.get(reqwest::Url::parse_with_params(&url, [("q", &query)])?);
            let begun = Instant::now();
            let response = asked.bearer_auth(token).send().await?;
            let (status, told) = (response.status(), response.bytes().await?);
            took.push(u64::try_from(begun.elapsed().as_micros())?);
            ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&told));
            found = serde_json::from_slice::<Value>(&told)?["items"].as_array().map_or(0, Vec::len);
        }
        println!("| {name} | {found} | {:.1} | {:.1} |", percentile(&took, 50), percentile(&took, 95));
    }
    Ok(())
}

fn row(
    name: &str,
    seconds: f64,
    (messages, size): (usize, usize),
    (before, server): (u64, &Process),
) -> Result<()> {
    println!(
        "| {name} | {seconds:.1} | {:.0} | {:.1} | {:.1} | {:.1} |",
        messages as f64 / seconds,
        megabytes(size as u64) / seconds,
        megabytes(before * 1024),
        megabytes(server.peak()? * 1024),
    );
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// One conversation, with what stands before and after it in the list.
fn piece(at: usize, of: usize, bytes: usize) -> String {
    let (before, after) = (if at == 0 { "[" } else { "," }, if at + 1 == of { "]" } else { "" });
    format!("{before}{}{after}", conversation(at, bytes))
}

fn conversation(at: usize, bytes: usize) -> Value {
    let messages: Vec<Value> = (0..LENGTH)
        .map(|n| {
            let text = text(at * LENGTH + n, bytes);
            json!({
                "uuid": format!("m{n}"), "sender": if n % 2 == 0 { "human" } else { "assistant" }, "text": text,
                "content": [{"type": "text", "text": text, "citations": []}], "created_at": "2025-02-01T10:00:00Z",
                "attachments": [], "files": [],
            })
        })
        .collect();
    json!({"uuid": format!("c{at}"), "name": format!("Conversation {at}"), "created_at": "2025-02-01T10:00:00Z",
        "updated_at": "2025-02-01T11:00:00Z", "chat_messages": messages})
}

fn text(seed: usize, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    let mut dice = seed as u64;
    while text.len() < bytes {
        // SplitMix64.
        dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut drawn = (dice ^ (dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let part = (drawn >> 11) as f64 / (1_u64 << 53) as f64;
        text.push_str(&word((VOCABULARY as f64).powf(part) as usize));
        text.push(if drawn.is_multiple_of(31) { '\n' } else { ' ' });
    }
    text
}

/// The nth word.
fn word(n: usize) -> String {
    let mut word = String::from("w");
    let mut left = n;
    while left > 0 {
        word.push(char::from(b"aeionrst"[left % 8]));
        left /= 8;
    }
    word
}
