//! The wire formats of the providers: how one answer looks as a stream of frames and as a whole. What a format cannot
//! say it leaves out; nothing here decides what is said.

mod anthropic;
mod chat;
mod gemini;
mod responses;
mod stop;

use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::Value;

use crate::{fault::Complaint, figures::Figures};
use stop::Stop;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's Chat Completions, and everybody's who imitates them.
    Chat,
    /// The same as Groq speaks it.
    Groq,
    /// OpenAI's Responses.
    Responses,
    /// Google's generateContent.
    Gemini,
}

/// Frames on their way out.
pub(crate) type Frames = VecDeque<Bytes>;

/// One part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReplyPart {
    /// Thinking, with the seal under which it must be sent back.
    Thinking {
        signature: String,
    },
    /// Thinking that only the provider can read.
    Redacted {
        data: String,
    },
    Text,
    /// A text that declines.
    Refusal,
    /// A call of a tool; its text are the arguments.
    Tool {
        id: String,
        name: String,
    },
}

/// What all frames of one answer share.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) model: String,
    /// None: the provider reports no usage.
    pub(crate) figures: Option<Figures>,
    /// The stop reason that the script set.
    pub(crate) stop: Option<String>,
    /// Whether a tool is called.
    pub(crate) calls: bool,
    /// Whether the text declines.
    pub(crate) refuses: bool,
    /// The number of the request: ids of tool calls are never given twice.
    pub(crate) number: usize,
    pub(crate) request: Value,
}

impl Reply {
    fn stop(&self) -> Stop {
        Stop::read(self.stop.as_deref(), self.refuses, self.calls)
    }
}

/// Turns the steps of one answer into frames.
pub(crate) trait Encoder: Send {
    /// The answer begins.
    fn start(&mut self, out: &mut Frames);
    /// A part begins.
    fn open(&mut self, part: &ReplyPart, out: &mut Frames);
    /// The open part goes on.
    fn delta(&mut self, text: &str, out: &mut Frames);
    /// The open part ends.
    fn close(&mut self, out: &mut Frames);
    /// The answer ends, with `output` tokens.
    fn end(&mut self, output: u64, out: &mut Frames);
    /// The answer breaks off.
    fn fail(&mut self, complaint: &Complaint, out: &mut Frames);
}

impl Wire {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 5] =
        [Self::Anthropic, Self::Chat, Self::Groq, Self::Responses, Self::Gemini];

    /// Who speaks it.
    pub(crate) const fn provider(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Chat | Self::Responses => "openai",
            Self::Groq => "groq",
            Self::Gemini => "gemini",
        }
    }

    /// Its own name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "messages",
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Groq => "groq-chat",
            Self::Gemini => "generate",
        }
    }

    /// What makes the frames of a streamed answer.
    pub(crate) fn encoder(self, reply: Reply) -> Box<dyn Encoder> {
        match self {
            Self::Anthropic => Box::new(anthropic::Frames::new(reply)),
            Self::Chat => Box::new(chat::Frames::new(reply, false)),
            Self::Groq => Box::new(chat::Frames::new(reply, true)),
            Self::Responses => Box::new(responses::Frames::new(reply)),
            Self::Gemini => Box::new(gemini::Frames::new(reply)),
        }
    }

    /// The whole answer, for who did not ask for a stream.
    pub(crate) fn whole(self, reply: &Reply, parts: &[(ReplyPart, String)], output: u64) -> Value {
        match self {
            Self::Anthropic => anthropic::whole(reply, parts, output),
            Self::Chat => chat::whole(reply, false, parts, output),
            Self::Groq => chat::whole(reply, true, parts, output),
            Self::Responses => responses::whole(reply, parts, output),
            Self::Gemini => gemini::whole(reply, parts, output),
        }
    }
}

/// A text as JSON. Written by hand into the frames around it: the frame of a token is the hot path of benchmarks.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text cannot fail to serialise")
}

fn named(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

fn data(json: &str) -> Bytes {
    Bytes::from(format!("data: {json}\n\n"))
}

/// A scripted answer's time: the providers give whole seconds.
const CREATED: u64 = 1_795_428_000;
