//! Plays a script as the body of a response, frame by frame. Frames are made when they are due, so that thousands of
//! streams cost little memory.

use std::{fmt::Write as _, io};

use bytes::Bytes;
use futures::Stream;
use tokio::time::Instant;

use crate::{
    connections::OpenAnswer,
    fault,
    script::{Mishap, Script, Tail, Tokens},
    wire::{Encoder, Frames, Reply, ReplyPart, Wire},
};

/// The seal of a thought whose script has none; it is valid Base64.
pub(crate) const SIGNATURE: &str = "c2NyaXB0ZWQtc2lnbmF0dXJl";

/// Called when an answer begins.
pub(crate) type Began = Box<dyn FnOnce() + Send>;

/// A part of the answer and the pieces in which it comes.
struct Section {
    part: ReplyPart,
    pieces: Tokens,
}

struct Player {
    script: Script,
    wire: Wire,
    model: String,
    encoder: Box<dyn Encoder>,
    sections: Vec<Section>,
    due: Frames,
    section: usize,
    /// Pieces of this section that were sent.
    piece: usize,
    thought: usize,
    sent: usize,
    started: bool,
    finished: bool,
    next_at: Option<Instant>,
    began: Option<Began>,
    open: OpenAnswer,
}

/// An answer that is to be played.
pub(crate) struct Play {
    pub(crate) script: Script,
    pub(crate) wire: Wire,
    pub(crate) reply: Reply,
    /// Called when the first frame is made.
    pub(crate) began: Option<Began>,
    pub(crate) open: OpenAnswer,
}

/// The body of a streamed answer.
pub(crate) fn stream(play: Play) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures::stream::unfold(Player::new(play), |mut player| async move {
        let item = player.next().await?;
        Some((item, player))
    })
}

/// The body of an answer that nobody wants streamed: JSON, in the time the script takes. A cut breaks the connection,
/// an early end sends half of it.
pub(crate) fn at_once(play: Play) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let json = whole(&play.script, play.wire, &play.reply).to_string();
    let mut player = Player::new(play);
    futures::stream::once(async move {
        while let Some(frame) = player.next().await {
            frame?;
        }
        let ends_early = player.script.mishap.is_some_and(|(after, _)| after <= player.sent);
        let length = if ends_early { json.floor_char_boundary(json.len() / 2) } else { json.len() };
        Ok(Bytes::from(json).slice(..length))
    })
}

/// The whole answer at once, as JSON.
fn whole(script: &Script, wire: Wire, reply: &Reply) -> serde_json::Value {
    let mut pieces = 0;
    let sections = sections(script, wire, reply).into_iter().map(|section| {
        let count = section.pieces.count();
        pieces += count;
        let text = (0..count).map(|index| piece(&section.pieces, index)).collect();
        (section.part, text)
    });
    let parts: Vec<(ReplyPart, String)> = sections.collect();
    let output = reply.figures.and_then(|figures| figures.output).unwrap_or(pieces as u64);
    wire.whole(reply, &parts, output)
}

/// What the script says, part by part.
fn sections(script: &Script, wire: Wire, reply: &Reply) -> Vec<Section> {
    let mut sections = Vec::new();
    if !script.thinking.is_empty() || script.signature.is_some() {
        let signature = script.signature.clone().unwrap_or_else(|| SIGNATURE.to_owned());
        sections.push(Section {
            part: ReplyPart::Thinking { signature },
            pieces: Tokens::Pieces(script.thinking.clone()),
        });
    }
    if let Some(data) = script.redacted.clone() {
        sections.push(Section { part: ReplyPart::Redacted { data }, pieces: Tokens::Counted(0) });
    }
    if script.tokens.count() > 0 || script.tools.is_empty() {
        let part = if script.refuses { ReplyPart::Refusal } else { ReplyPart::Text };
        sections.push(Section { part, pieces: script.tokens.clone() });
    }
    let prefix = if wire == Wire::Anthropic { "toolu" } else { "call" };
    let calls = script.tools.iter().enumerate().map(|(index, call)| Section {
        part: ReplyPart::Tool {
            id: format!("{prefix}_scripted{}_{}", reply.number, index + 1),
            name: call.name.clone(),
        },
        pieces: Tokens::Pieces(call.fragments.clone()),
    });
    sections.extend(calls);
    sections
}

impl Player {
    fn new(play: Play) -> Self {
        let Play { script, wire, reply, began, open } = play;
        Self {
            sections: sections(&script, wire, &reply),
            script,
            wire,
            model: reply.model.clone(),
            encoder: wire.encoder(reply),
            due: Frames::new(),
            section: 0,
            piece: 0,
            thought: 0,
            sent: 0,
            started: false,
            finished: false,
            next_at: None,
            began,
            open,
        }
    }

    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(frame) = self.due.pop_front() {
                if self.finished && self.due.is_empty() {
                    self.open.whole();
                }
                return Some(Ok(frame));
            }
            if self.finished && std::mem::replace(&mut self.script.tail, Tail::Whole) == Tail::Broken {
                return Some(Err(self.cut().await));
            }
            if self.finished {
                self.open.whole();
                return None;
            }
            if let Some(gate) = self.script.gate.take_if(|(after, _)| self.started && *after <= self.sent) {
                gate.1.pass().await;
            }
            match self.mishap() {
                Some(Mishap::Cut) => {
                    self.finished = true;
                    return Some(Err(self.cut().await));
                }
                Some(Mishap::End) => self.finished = true,
                Some(Mishap::Stall) => std::future::pending::<()>().await,
                Some(Mishap::Pings(every)) => {
                    tokio::time::sleep(every).await;
                    return Some(Ok(Bytes::from_static(b": ping\n\n")));
                }
                Some(Mishap::Error { kind, message }) => {
                    self.fail(&fault::of_kind(self.wire, &kind, &message));
                }
                Some(Mishap::Fault(fault)) => self.fail(&fault.told(self.wire, &self.model)),
                None => self.advance().await,
            }
        }
    }

    async fn cut(&mut self) -> io::Error {
        self.open.whole();
        // Being pending once lets the server flush what was sent before.
        tokio::task::yield_now().await;
        io::Error::new(io::ErrorKind::ConnectionReset, "scripted cut")
    }

    /// Takes away what stands after the last event's data.
    fn bare_the_end(&mut self) {
        self.due.retain(|frame| !frame.starts_with(b"data: [DONE]"));
        if let Some(last) = self.due.back_mut() {
            last.truncate(last.trim_ascii_end().len());
        }
    }

    fn mishap(&self) -> Option<Mishap> {
        let (after, mishap) = self.script.mishap.as_ref()?;
        (self.started && self.thought == self.script.thinking.len() && *after <= self.sent)
            .then(|| mishap.clone())
    }

    fn fail(&mut self, complaint: &fault::Complaint) {
        self.encoder.fail(complaint, &mut self.due);
        self.finished = true;
    }

    async fn advance(&mut self) {
        if !std::mem::replace(&mut self.started, true) {
            if let Some(began) = self.began.take() {
                began();
            }
            self.encoder.start(&mut self.due);
            self.open_next();
            return;
        }
        let Some(section) = self.sections.get(self.section) else {
            let output = self.script.figures.and_then(|figures| figures.output);
            self.encoder.end(output.unwrap_or((self.sent + self.thought) as u64), &mut self.due);
            if self.script.tail != Tail::Whole {
                self.bare_the_end();
            }
            self.finished = true;
            return;
        };
        if self.piece == section.pieces.count() {
            self.encoder.close(&mut self.due);
            self.section += 1;
            self.open_next();
            return;
        }
        if matches!(section.part, ReplyPart::Thinking { .. }) {
            self.thought += 1;
        } else {
            self.wait().await;
            self.sent += 1;
        }
        let text = piece(&self.sections[self.section].pieces, self.piece);
        self.encoder.delta(&text, &mut self.due);
        self.piece += 1;
    }

    fn open_next(&mut self) {
        self.piece = 0;
        if let Some(section) = self.sections.get(self.section) {
            self.encoder.open(&section.part, &mut self.due);
        }
    }

    /// Keeps the pace by the clock, not by adding up waits.
    async fn wait(&mut self) {
        if self.script.every.is_zero() {
            return;
        }
        let at = self.next_at.unwrap_or_else(Instant::now) + self.script.every;
        self.next_at = Some(at);
        tokio::time::sleep_until(at).await;
    }
}

fn piece(pieces: &Tokens, index: usize) -> String {
    match pieces {
        Tokens::Pieces(pieces) => pieces[index].clone(),
        Tokens::Counted(_) => {
            let mut text = String::with_capacity(10);
            let _ = write!(text, "word{} ", index + 1);
            text
        }
        Tokens::Stamped(_) => format!("{} ", unix_nanos()),
    }
}

/// Now, for measuring how long a token travels.
#[expect(clippy::disallowed_methods, reason = "a benchmark's stamp must be the machine's own time")]
fn unix_nanos() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map(|since| since.as_nanos()).unwrap_or_default()
}
