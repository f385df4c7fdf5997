//! What the scripted provider does with one request.

use std::time::Duration;

use tokio::sync::watch;

use crate::{fault::Fault, figures::Figures};

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
    /// Nothing more comes but a comment each time.
    Pings(Duration),
    /// An error event of that type comes.
    Error { kind: String, message: String },
    /// This fault comes in the provider's own words.
    Fault(Fault),
}

/// How the body of a whole answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// As the standard wants it.
    Whole,
    /// Right after the last event's data, which is not `[DONE]`.
    Bare,
    /// There too, with a broken connection.
    Broken,
}

#[derive(Debug, Clone)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    /// The arguments, in the pieces in which they are sent.
    pub(crate) fragments: Vec<String>,
}

/// How many characters of a tool's arguments come at once.
const FRAGMENT_CHARS: usize = 7;

/// One answer.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// A body as it is, instead of a stream.
    pub(crate) raw: Option<String>,
    pub(crate) fault: Option<Fault>,
    pub(crate) thinking: Vec<String>,
    pub(crate) signature: Option<String>,
    pub(crate) redacted: Option<String>,
    pub(crate) tokens: Tokens,
    pub(crate) refuses: bool,
    pub(crate) tools: Vec<ToolCall>,
    pub(crate) every: Duration,
    pub(crate) gate: Option<(usize, Gate)>,
    pub(crate) mishap: Option<(usize, Mishap)>,
    pub(crate) tail: Tail,
    pub(crate) figures: Option<Figures>,
    pub(crate) stop: Option<String>,
}

impl Script {
    fn of(tokens: Tokens) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            raw: None,
            fault: None,
            thinking: Vec::new(),
            signature: None,
            redacted: None,
            tokens,
            refuses: false,
            tools: Vec::new(),
            every: Duration::ZERO,
            gate: None,
            mishap: None,
            tail: Tail::Whole,
            figures: Some(Figures::default()),
            stop: None,
        }
    }

    /// Streams this text, word by word.
    pub fn text(text: &str) -> Self {
        Self::of(Tokens::Pieces(text.split_inclusive(' ').map(str::to_owned).collect()))
    }

    /// Streams these pieces as they are.
    pub fn pieces(pieces: &[&str]) -> Self {
        Self::of(Tokens::Pieces(pieces.iter().map(|piece| (*piece).to_owned()).collect()))
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

    /// Answers with this fault, in the status and words of the provider that was asked.
    pub fn fault(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::tokens(0) }
    }

    /// Declines with this text: OpenAI's refusal, Anthropic's stop reason `refusal`, Gemini's `SAFETY` without a text.
    pub fn refuse(text: &str) -> Self {
        Self { refuses: true, ..Self::text(text) }
    }

    /// Calls a tool and says nothing. The arguments are sent as they stand, valid JSON or not, in small pieces.
    pub fn tool(name: &str, arguments: &str) -> Self {
        Self::tokens(0).tool_call(name, arguments)
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

    /// Calls a tool after the text; several make parallel calls. The arguments are sent as they stand, valid JSON or
    /// not, in small pieces.
    #[must_use]
    pub fn tool_call(mut self, name: &str, arguments: &str) -> Self {
        let characters: Vec<char> = arguments.chars().collect();
        let fragments = characters.chunks(FRAGMENT_CHARS).map(|piece| piece.iter().collect()).collect();
        self.tools.push(ToolCall { name: name.to_owned(), fragments });
        self
    }

    /// Signs the thinking with this: Anthropic's `signature`, the encrypted reasoning of Responses, Gemini's
    /// `thoughtSignature` (there it must be Base64). Without [`Script::thinking`] the thought itself stays unsaid.
    #[must_use]
    pub fn signature(self, signature: &str) -> Self {
        Self { signature: Some(signature.to_owned()), ..self }
    }

    /// Thinks something that only the provider may read: Anthropic's `redacted_thinking`; elsewhere nothing.
    #[must_use]
    pub fn redacted_thinking(self, data: &str) -> Self {
        Self { redacted: Some(data.to_owned()), ..self }
    }

    /// Waits this long before each token.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        Self { every, ..self }
    }

    /// Holds the answer back after `count` tokens (pieces of a tool's arguments count too) until the gate is opened. The headers are sent at once.
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

    /// Sends nothing but comments after `count` tokens, one each time, for ever.
    #[must_use]
    pub fn pings_after(self, count: usize, every: Duration) -> Self {
        Self { mishap: Some((count, Mishap::Pings(every))), ..self }
    }

    /// Ends the body right after the data of the last event, without the end of its line and its blank line, and without
    /// `[DONE]`.
    #[must_use]
    pub fn unterminated(self) -> Self {
        Self { tail: Tail::Bare, ..self }
    }

    /// Breaks the connection right after the data of the last event.
    #[must_use]
    pub fn broken_at_the_end(self) -> Self {
        Self { tail: Tail::Broken, ..self }
    }

    /// Sends an error event after `count` tokens: `overloaded_error`.
    #[must_use]
    pub fn error_event_after(self, count: usize, kind: &str) -> Self {
        let message = format!("scripted {kind}");
        Self { mishap: Some((count, Mishap::Error { kind: kind.to_owned(), message })), ..self }
    }

    /// Breaks off after `count` tokens with this fault, as the provider words it inside a stream.
    #[must_use]
    pub fn fault_after(self, count: usize, fault: Fault) -> Self {
        Self { mishap: Some((count, Mishap::Fault(fault))), ..self }
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

    /// Ends with this stop reason. The words of Anthropic and of Chat Completions for the limit, the refusal and the
    /// end (`max_tokens`, `length`, `refusal`, `content_filter`, `end_turn`, `stop`) become the asked provider's; any other word is
    /// sent as it is. `prompt_blocked`: Gemini's `promptFeedback`, elsewhere a refusal.
    #[must_use]
    pub fn stop(self, reason: &str) -> Self {
        Self { stop: Some(reason.to_owned()), ..self }
    }
}
