//! Plays a script as the body of a response, frame by frame. Frames are made when they are due, so that thousands of
//! streams cost little memory.

use std::{collections::VecDeque, fmt::Write as _, io};

use bytes::Bytes;
use futures::Stream;
use tokio::time::Instant;

use crate::{
    connections::OpenAnswer,
    script::{Mishap, Script, Tokens},
    wire::Wire,
};

struct Player {
    script: Script,
    wire: Wire,
    model: String,
    due: VecDeque<Bytes>,
    thought: usize,
    sent: usize,
    started: bool,
    finished: bool,
    next_at: Option<Instant>,
    open: OpenAnswer,
}

/// The body of an answer.
pub(crate) fn play(
    script: Script,
    wire: Wire,
    model: String,
    open: OpenAnswer,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let player = Player {
        script,
        wire,
        model,
        due: VecDeque::new(),
        thought: 0,
        sent: 0,
        started: false,
        finished: false,
        next_at: None,
        open,
    };
    futures::stream::unfold(player, |mut player| async move {
        let item = player.next().await?;
        Some((item, player))
    })
}

impl Player {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            if let Some(frame) = self.due.pop_front() {
                if self.finished && self.due.is_empty() {
                    self.open.whole();
                }
                return Some(Ok(frame));
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
                    self.open.whole();
                    // Being pending once lets the server flush what was sent before.
                    tokio::task::yield_now().await;
                    return Some(Err(io::Error::new(io::ErrorKind::ConnectionReset, "scripted cut")));
                }
                Some(Mishap::End) => self.finished = true,
                Some(Mishap::Stall) => std::future::pending::<()>().await,
                Some(Mishap::Error { kind, message }) => {
                    self.due.push_back(self.wire.error(&kind, &message));
                    self.finished = true;
                }
                None => self.advance().await,
            }
        }
    }

    fn mishap(&self) -> Option<Mishap> {
        let (after, mishap) = self.script.mishap.as_ref()?;
        (self.started && self.thought == self.script.thinking.len() && *after <= self.sent)
            .then(|| mishap.clone())
    }

    async fn advance(&mut self) {
        let thoughts = self.script.thinking.len();
        let text_block = usize::from(thoughts > 0);
        if !std::mem::replace(&mut self.started, true) {
            self.due.push_back(self.wire.start(&self.model, self.script.figures));
            self.due.extend(self.wire.block_start(0, thoughts > 0));
        } else if self.thought < thoughts {
            let text = &self.script.thinking[self.thought];
            self.due.push_back(self.wire.token(&self.model, 0, text, true));
            self.thought += 1;
            if self.thought == thoughts {
                self.due.extend(self.wire.block_stop(0));
                self.due.extend(self.wire.block_start(1, false));
            }
        } else if self.sent < self.script.tokens.count() {
            self.wait().await;
            let text = self.token();
            self.due.push_back(self.wire.token(&self.model, text_block, &text, false));
            self.sent += 1;
        } else {
            let output = self.script.figures.and_then(|figures| figures.output);
            let output = output.unwrap_or((self.sent + self.thought) as u64);
            self.due.extend(self.wire.block_stop(text_block));
            let stop = self.script.stop.as_deref();
            self.due.extend(self.wire.end(&self.model, stop, output, self.script.figures));
            self.finished = true;
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

    fn token(&self) -> String {
        match &self.script.tokens {
            Tokens::Pieces(pieces) => pieces[self.sent].clone(),
            Tokens::Counted(_) => {
                let mut text = String::with_capacity(10);
                let _ = write!(text, "word{} ", self.sent + 1);
                text
            }
            Tokens::Stamped(_) => format!("{} ", unix_nanos()),
        }
    }
}

/// Now, for measuring how long a token travels.
#[expect(clippy::disallowed_methods, reason = "a benchmark's stamp must be the machine's own time")]
fn unix_nanos() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map(|since| since.as_nanos()).unwrap_or_default()
}
