//! What the scripted provider does with one request.

use std::time::Duration;

use tokio::sync::watch;

/// Token counts that the scripted provider reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Input that no cache served.
    pub input: u64,
    /// Output; none: as many as there were tokens.
    pub output: Option<u64>,
    /// Input read from the cache.
    pub cache_read: u64,
    /// Input written to the cache.
    pub cache_write: u64,
    /// Thinking.
    pub reasoning: u64,
}

impl Default for Figures {
    fn default() -> Self {
        Self { input: 12, output: None, cache_read: 0, cache_write: 0, reasoning: 0 }
    }
}

/// Holds an answer back until the test opens it.
#[derive(Debug, Clone)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets everybody through, for good.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn pass(self) {
        let mut state = self.0.subscribe();
        // Cannot fail: this gate itself holds the sender.
        let _ = state.wait_for(|open| *open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

/// The tokens of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Tokens {
    /// These.
    Pieces(Vec<String>),
    /// That many, each with its number: `word7 `.
    Counted(usize),
    /// That many, each with the nanosecond (Unix time) at which it was sent: `1795428000000000000 `.
    Stamped(usize),
}

impl Tokens {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.len(),
            Self::Counted(count) | Self::Stamped(count) => *count,
        }
    }
}

/// Where an answer goes wrong, after so many tokens.
#[derive(Debug, Clone)]
pub(crate) enum Mishap {
    /// The connection breaks.
    Cut,
    /// The body ends as if it were whole.
    End,
    /// Nothing more comes, and the connection stays.
    Stall,
    /// An error event of that type comes.
    Error { kind: String, message: String },
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// A body as it is, instead of a stream.
    pub(crate) raw: Option<String>,
    pub(crate) thinking: Vec<String>,
    pub(crate) tokens: Tokens,
    pub(crate) every: Duration,
    pub(crate) gate: Option<(usize, Gate)>,
    pub(crate) mishap: Option<(usize, Mishap)>,
    pub(crate) figures: Option<Figures>,
    pub(crate) stop: Option<String>,
}

impl Script {
    fn of(tokens: Tokens) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            raw: None,
            thinking: Vec::new(),
            tokens,
            every: Duration::ZERO,
            gate: None,
            mishap: None,
            figures: Some(Figures::default()),
            stop: None,
        }
    }

    /// Streams this text, word by word.
    pub fn text(text: &str) -> Self {
        Self::of(Tokens::Pieces(text.split_inclusive(' ').map(str::to_owned).collect()))
    }

    /// Streams `count` tokens: `word1 word2 …`.
    pub fn tokens(count: usize) -> Self {
        Self::of(Tokens::Counted(count))
    }

    /// Streams `count` tokens, each the Unix time in nanoseconds at which it was sent.
    pub fn stamped(count: usize) -> Self {
        Self::of(Tokens::Stamped(count))
    }

    /// Answers with a status and a body in the provider's error form, unless [`Script::body`] gives another.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::tokens(0) }
    }

    /// Answers 200 with a web page.
    pub fn html() -> Self {
        Self::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .body("<!doctype html><title>Sign in to the network</title><h1>Welcome</h1>")
    }

    /// Sends this body as it is, instead of a stream.
    #[must_use]
    pub fn body(self, body: &str) -> Self {
        Self { raw: Some(body.to_owned()), ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Thinks this first, word by word.
    #[must_use]
    pub fn thinking(self, text: &str) -> Self {
        Self { thinking: text.split_inclusive(' ').map(str::to_owned).collect(), ..self }
    }

    /// Waits this long before each token.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Holds the answer back after `count` tokens until the gate is opened. The headers are sent at once.
    #[must_use]
    pub fn gate_after(self, count: usize, gate: &Gate) -> Self {
        Self { gate: Some((count, gate.clone())), ..self }
    }

    /// Breaks the connection after `count` tokens.
    #[must_use]
    pub fn cut_after(self, count: usize) -> Self {
        Self { mishap: Some((count, Mishap::Cut)), ..self }
    }

    /// Ends the body after `count` tokens without the marks of an end.
    #[must_use]
    pub fn end_after(self, count: usize) -> Self {
        Self { mishap: Some((count, Mishap::End)), ..self }
    }

    /// Says nothing more after `count` tokens, with the connection open.
    #[must_use]
    pub fn stall_after(self, count: usize) -> Self {
        Self { mishap: Some((count, Mishap::Stall)), ..self }
    }

    /// Sends an error event after `count` tokens: `overloaded_error`.
    #[must_use]
    pub fn error_event_after(self, count: usize, kind: &str) -> Self {
        let message = format!("scripted {kind}");
        Self { mishap: Some((count, Mishap::Error { kind: kind.to_owned(), message })), ..self }
    }

    /// Reports these token counts.
    #[must_use]
    pub fn usage(self, figures: Figures) -> Self {
        Self { figures: Some(figures), ..self }
    }

    /// Reports no token counts.
    #[must_use]
    pub fn without_usage(self) -> Self {
        Self { figures: None, ..self }
    }

    /// Ends with this stop reason, in the provider's words: `max_tokens`, `length`.
    #[must_use]
    pub fn stop(self, reason: &str) -> Self {
        Self { stop: Some(reason.to_owned()), ..self }
    }
}
