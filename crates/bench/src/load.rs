//! The load generator: many raw HTTP/1.1 connections that read streams of stamped tokens. A token's text is the time (ns
//! since 1970) at which the upstream wrote it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

/// Digits of a stamp, from 2001 to 2286.
const STAMP_DIGITS: usize = 19;

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
    /// What ends the answer.
    pub(crate) last: &'static [u8],
}

/// How requests are sent, and how long an answer may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Tokens that each answer must have.
    pub(crate) tokens: usize,
    /// The requests begin evenly over this time.
    pub(crate) ramp: Duration,
    /// How long a stream may take.
    pub(crate) limit: Duration,
}

/// Latencies in microseconds.
#[derive(Default)]
pub(crate) struct Outcome {
    /// From the request to the answer's first bytes: the turn has begun.
    pub(crate) begun: Vec<u64>,
    /// From the request to the first token.
    pub(crate) first: Vec<u64>,
    /// From the upstream's writing of a token to its arrival.
    pub(crate) tokens: Vec<u64>,
    /// Streams that were refused, broke, stalled or lost tokens, by what happened.
    pub(crate) failures: BTreeMap<String, usize>,
    /// From the first request until the last turn had begun.
    pub(crate) all_begun: Duration,
    /// From the first request to the last end.
    pub(crate) took: Duration,
}

impl Outcome {
    /// Streams that failed.
    pub(crate) fn failed(&self) -> usize {
        self.failures.values().sum()
    }
}

/// One stream that was read.
struct Stream {
    begun_at: Instant,
    begun: u64,
    first: u64,
    tokens: Vec<u64>,
}

/// Runs all requests at once, as `pace` says.
pub(crate) async fn run(requests: Vec<Request>, pace: Pace) -> Outcome {
    let begin = Instant::now();
    let gap = pace.ramp / u32::try_from(requests.len().max(1)).unwrap_or(u32::MAX);
    let mut streams = JoinSet::new();
    for (index, request) in (0_u32..).zip(requests) {
        streams.spawn(async move {
            tokio::time::sleep_until((begin + gap * index).into()).await;
            let stream = timeout(pace.limit, read(request)).await.context("stalled")??;
            let got = stream.tokens.len();
            anyhow::ensure!(got == pace.tokens, "{got} tokens instead of {}", pace.tokens);
            Ok(stream)
        });
    }
    let mut outcome = Outcome::default();
    while let Some(joined) = streams.join_next().await {
        match joined.map_err(anyhow::Error::from).flatten() {
            Ok(stream) => {
                outcome.all_begun = outcome.all_begun.max(stream.begun_at - begin);
                outcome.begun.push(stream.begun);
                outcome.first.push(stream.first);
                outcome.tokens.extend(stream.tokens);
            }
            Err(error) => *outcome.failures.entry(error.to_string()).or_default() += 1,
        }
    }
    outcome.took = begin.elapsed();
    outcome
}

#[expect(clippy::disallowed_methods, reason = "the stamps are wall-clock times of this machine")]
fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

async fn read(request: Request) -> Result<Stream> {
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
    let (mut pending, mut tokens, mut first) = (Vec::with_capacity(4096), Vec::new(), None);
    let mut begun = None;
    loop {
        if socket.read_buf(&mut pending).await? == 0 {
            bail!("the stream was cut");
        }
        let now = now_ns();
        let begun_at = match begun {
            Some(at) => at,
            None => {
                refuse_all_but_ok(&pending)?;
                *begun.insert(Instant::now())
            }
        };
        let used = scan(&pending, |stamp| {
            first.get_or_insert_with(|| micros(sent.elapsed()));
            tokens.push(u64::try_from(now.saturating_sub(stamp) / 1_000).unwrap_or(u64::MAX));
        });
        if find(&pending[used..], request.last).is_some() {
            let first = first.context("no token came")?;
            return Ok(Stream { begun_at, begun: micros(begun_at - sent), first, tokens });
        }
        pending.drain(..used);
    }
}

fn refuse_all_but_ok(answer: &[u8]) -> Result<()> {
    let status = answer.get(9..12).map(String::from_utf8_lossy).unwrap_or_default();
    if status == "200" { Ok(()) } else { bail!("status {status}") }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Calls `found` for every whole stamp and gives how many bytes are done with. Several may stand in one event.
fn scan(bytes: &[u8], mut found: impl FnMut(u128)) -> usize {
    let (mut used, mut digits) = (0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits == STAMP_DIGITS {
            let stamp =
                bytes[at - digits..at].iter().fold(0, |sum, digit| sum * 10 + u128::from(digit - b'0'));
            found(stamp);
            used = at;
        }
        digits = 0;
    }
    used
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
