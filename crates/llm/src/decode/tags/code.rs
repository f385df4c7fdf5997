//! Where Markdown's code is, as far as tags need to know: fenced blocks, and spans within a line.

/// What stands before the place that is being read.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// The open block's mark and how long its fence is.
    fence: Option<(u8, usize)>,
    /// How many backticks opened the span. Spans over several lines are too rare to mistake a stray backtick for.
    span: Option<usize>,
    /// Whether anything but blanks stands on the line already.
    in_line: bool,
    indent: usize,
}

/// Deeper than that a line is code, or the continuation of something.
const MAX_INDENT: usize = 3;
const MIN_FENCE: usize = 3;

impl Code {
    /// Whether a line of text begins here.
    pub(super) fn begins_line(&self) -> bool {
        self.fence.is_none() && !self.in_line && self.indent <= MAX_INDENT
    }

    /// Whether it is inside any code.
    pub(super) fn is_code(&self) -> bool {
        self.is_block() || self.is_span() || self.indent > MAX_INDENT
    }

    /// Whether it is inside a fenced block of code.
    pub(super) fn is_block(&self) -> bool {
        self.fence.is_some()
    }

    /// Whether it is inside a span of code.
    pub(super) fn is_span(&self) -> bool {
        self.span.is_some()
    }

    /// Passes by what means the same up to the next place of interest, and gives its length in bytes. None: what follows
    /// would change its meaning, and `last` does not say that nothing does.
    pub(super) fn pass(&mut self, rest: &str, last: bool) -> Option<usize> {
        let bytes = rest.as_bytes();
        match bytes[0] {
            b'\n' => {
                *self = Self { fence: self.fence, ..Self::default() };
                Some(1)
            }
            b' ' if !self.in_line => {
                self.indent += 1;
                Some(1)
            }
            mark @ (b'`' | b'~') => {
                let run = bytes.iter().take_while(|byte| **byte == mark).count();
                if run == bytes.len() && !last {
                    return None;
                }
                self.mark(mark, run);
                Some(run)
            }
            _ => {
                self.in_line = true;
                let next = bytes[1..]
                    .iter()
                    .position(|byte| matches!(byte, b'\n' | b'`' | b'~' | b'<' | b'[' | 0xE2));
                Some(next.map_or(bytes.len(), |next| next + 1))
            }
        }
    }

    fn mark(&mut self, mark: u8, run: usize) {
        let at_start = !self.in_line && self.indent <= MAX_INDENT;
        self.in_line = true;
        match (self.fence, self.span) {
            (Some((open, length)), _) if at_start && open == mark && run >= length => self.fence = None,
            (Some(_), _) => {}
            (None, _) if at_start && run >= MIN_FENCE => self.fence = Some((mark, run)),
            (None, None) if mark == b'`' => self.span = Some(run),
            (None, Some(open)) if mark == b'`' && open == run => self.span = None,
            _ => {}
        }
    }
}
