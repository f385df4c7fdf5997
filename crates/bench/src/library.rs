//! Conversations that come in as one large file: how fast, and how much memory that takes; then the same file once more.

use std::{convert::Infallible, time::Instant};

use anyhow::{Result, ensure};
use futures::stream;
use serde_json::{Value, json};

use crate::{process::Process, targets::Folder};

const IMPORT: &str = "/api/v1/conversations/import";
/// Messages of one conversation.
const LENGTH: usize = 50;
/// Words as people write them, for texts of any length.
const WORDS: [&str; 12] =
    ["the", "answer", "depends", "on", "what", "you", "want", "to", "measure", "and", "how", "often"];

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
    let mut at = seed;
    while text.len() < bytes {
        text.push_str(WORDS[at % WORDS.len()]);
        text.push(if at.is_multiple_of(31) { '\n' } else { ' ' });
        at = at.wrapping_mul(31).wrapping_add(7);
    }
    text
}
