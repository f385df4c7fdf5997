//! What is kept of what a server says beside the protocol. Bounded: a server may say as much as it likes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use vertice_domain::mcp::McpLogLine;
use vertice_ports::Clock;

use super::clean::clean_to;

const LINES: usize = 500;
const BYTES: usize = 64 * 1024;
/// The longest line, in bytes.
pub(super) const LINE: usize = 2_000;

/// The newest lines of one server.
pub(super) struct Log {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<McpLogLine>,
    bytes: usize,
}

impl Log {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    /// Keeps a line, cleaned. Empty ones are not.
    pub(super) fn note(&self, text: &str) {
        let text = clean_to(text, LINE);
        if text.is_empty() {
            return;
        }
        let line = McpLogLine { at: self.clock.now(), text };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += line.text.len();
        kept.lines.push_back(line);
        while kept.lines.len() > LINES || kept.bytes > BYTES {
            let Some(oldest) = kept.lines.pop_front() else { break };
            kept.bytes -= oldest.text.len();
        }
    }

    pub(super) fn lines(&self) -> Vec<McpLogLine> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).lines.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use vertice_runtime::SystemClock;

    use super::*;

    #[test]
    fn the_newest_lines_are_kept() {
        let log = Log::new(Arc::new(SystemClock));
        for number in 0..2_000 {
            log.note(&format!("line {number}"));
        }
        let lines = log.lines();
        assert_eq!((lines.len(), &*lines[0].text, &*lines[499].text), (500, "line 1500", "line 1999"));
    }

    #[test]
    fn long_lines_are_cut_and_push_out_more() {
        let log = Log::new(Arc::new(SystemClock));
        for _ in 0..500 {
            log.note(&"x".repeat(1_000_000));
            log.note(" \u{1b}[0m ");
        }
        let lines = log.lines();
        assert!(lines.iter().all(|line| line.text.len() <= LINE && !line.text.is_empty()));
        assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= BYTES);
    }
}
