//! What a run says while it runs, as far as somebody wants to hear it.

use std::time::Instant;

use futures::{StreamExt as _, channel::mpsc};
use vertice_ports::{sandbox::Said, tools::Progress};

/// Characters of a line that are told.
const WIDEST: usize = 200;
/// The most bytes of what was said last that are kept.
const TAIL: usize = 4 * 1024;

/// Tells its last line as the progress of the call, until it is over.
pub(super) async fn lines(mut heard: mpsc::Receiver<Said>, mut progress: Option<mpsc::Sender<Progress>>) {
    let begun = Instant::now();
    while let Some(said) = heard.next().await {
        let line = said.text.lines().rfind(|line| !line.trim().is_empty());
        if let (Some(line), Some(progress)) = (line, &mut progress) {
            let message = Some(line.trim().chars().take(WIDEST).collect());
            // Where nobody keeps up, the next one says more.
            let _full =
                progress.try_send(Progress { done: begun.elapsed().as_secs_f64(), of: None, message });
        }
    }
}

/// The end of what was said.
#[derive(Debug, Default)]
pub(super) struct Tail(String);

impl Tail {
    pub(super) fn push(&mut self, text: &str) {
        self.0.push_str(text);
        if self.0.len() > TAIL {
            let from = self.0.ceil_char_boundary(self.0.len() - TAIL);
            self.0.drain(..from);
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
