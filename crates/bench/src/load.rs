//! The load generator: many raw HTTP/1.1 connections that read streams of stamped tokens. A token's text is the time (ns
//! since 1970) at which the upstream wrote it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

/// What is asked of each connection.
#[derive(Clone)]
pub(crate) struct Request {
    /// `127.0.0.1:port`.
    pub(crate) host: String,
    /// Path to post to.
    pub(crate) path: String,
    /// Extra header lines, each with its line end.
    pub(crate) headers: String,
    pub(crate) body: String,
    /// What stands right before a token's text in the answer.
    pub(crate) before_token: &'static [u8],
    /// What ends the answer.
    pub(crate) last: &'static [u8],
}

/// Latencies in microseconds.
#[derive(Default)]
pub(crate) struct Outcome {
    /// From the request to the first token.
    pub(crate) first: Vec<u64>,
    /// From the upstream's writing of a token to its arrival.
    pub(crate) tokens: Vec<u64>,
    /// Streams that broke, stalled or lost tokens.
    pub(crate) failed: usize,
    /// From the first request to the last end.
    pub(crate) took: Duration,
}

/// Runs all requests at once, begun evenly over `ramp`; each must give `tokens` tokens within `limit`.
pub(crate) async fn run(requests: Vec<Request>, tokens: usize, ramp: Duration, limit: Duration) -> Outcome {
    let begin = Instant::now();
    let gap = ramp / u32::try_from(requests.len().max(1)).unwrap_or(u32::MAX);
    let mut streams = JoinSet::new();
    for (index, request) in (0_u32..).zip(requests) {
        streams.spawn(async move {
            tokio::time::sleep_until((begin + gap * index).into()).await;
            timeout(limit, read(request)).await.context("stalled")?
        });
    }
    let mut outcome = Outcome::default();
    while let Some(joined) = streams.join_next().await {
        match joined {
            Ok(Ok((first, latencies))) if latencies.len() == tokens => {
                outcome.first.push(first);
                outcome.tokens.extend(latencies);
            }
            _ => outcome.failed += 1,
        }
    }
    outcome.took = begin.elapsed();
    outcome
}

#[expect(clippy::disallowed_methods, reason = "the stamps are wall-clock times of this machine")]
fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

async fn read(request: Request) -> Result<(u64, Vec<u64>)> {
    let mut socket = TcpStream::connect(&request.host).await?;
    socket.set_nodelay(true)?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n",
        request.path,
        request.host,
        request.body.len(),
        request.headers
    );
    let sent = Instant::now();
    socket.write_all(format!("{head}{}", request.body).as_bytes()).await?;
    let (mut pending, mut latencies, mut first) = (Vec::with_capacity(4096), Vec::new(), None);
    loop {
        if socket.read_buf(&mut pending).await? == 0 {
            bail!("the stream was cut after {} tokens", latencies.len());
        }
        let now = now_ns();
        let used = scan(&pending, request.before_token, |stamp| {
            first.get_or_insert_with(|| micros(sent.elapsed()));
            latencies.push(u64::try_from(now.saturating_sub(stamp) / 1_000).unwrap_or(u64::MAX));
        });
        if find(&pending[used..], request.last).is_some() {
            return Ok((first.context("no token came")?, latencies));
        }
        pending.drain(..used);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Calls `found` for every whole stamp and gives how many bytes are done with.
fn scan(bytes: &[u8], before: &[u8], mut found: impl FnMut(u128)) -> usize {
    let mut used = 0;
    while let Some(at) = find(&bytes[used..], before) {
        let start = used + at + before.len();
        let Some(length) = bytes[start..].iter().position(|byte| !byte.is_ascii_digit()) else { break };
        if let Ok(stamp) = String::from_utf8_lossy(&bytes[start..start + length]).parse() {
            found(stamp);
        }
        used = start + length;
    }
    used
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
