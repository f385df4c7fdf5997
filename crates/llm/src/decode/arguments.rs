//! The arguments of a tool call on their way through a stream. A call without any has `{}`: everybody who gets it parses
//! them.

use vertice_ports::model::ToolCallDelta;

use super::{Decoded, Queue};

/// What some imitations write for no arguments.
const NULL: &str = "null";

/// The arguments of one call.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// What may still turn out to be nothing: blanks, or the beginning of `null`.
    held: String,
    begun: bool,
}

impl Arguments {
    /// Takes the next piece of those of call `index`.
    pub(crate) fn push(&mut self, index: u32, piece: &str, out: &mut Queue) {
        self.held.push_str(piece);
        if self.begun || !NULL.starts_with(self.held.trim()) {
            self.tell(index, out);
        }
    }

    pub(crate) fn have_begun(&self) -> bool {
        self.begun || !self.held.is_empty()
    }

    /// The call has ended.
    pub(crate) fn end(&mut self, index: u32, out: &mut Queue) {
        if !self.begun && matches!(self.held.trim(), "" | NULL) {
            self.held = "{}".to_owned();
        }
        self.tell(index, out);
    }

    fn tell(&mut self, index: u32, out: &mut Queue) {
        let json = std::mem::take(&mut self.held);
        if !json.is_empty() {
            self.begun = true;
            out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Arguments { index, json })));
        }
    }
}

/// A call's arguments as an object's text; those of a call without any are `{}`.
pub fn or_empty_object(arguments: &str) -> &str {
    if matches!(arguments.trim(), "" | NULL) { "{}" } else { arguments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[&str]) -> Vec<String> {
        let (mut arguments, mut out) = (Arguments::default(), Queue::new());
        for piece in pieces {
            arguments.push(3, piece, &mut out);
        }
        arguments.end(3, &mut out);
        arguments.end(3, &mut out);
        let json = |item| match item {
            Ok(Decoded::ToolCall(ToolCallDelta::Arguments { index: 3, json })) => json,
            other => panic!("{other:?}"),
        };
        out.into_iter().map(json).collect()
    }

    #[test]
    fn none_are_an_empty_object_once() {
        for nothing in [&[][..], &[""], &[" ", "\n"], &["nu", "ll"], &["null\n"]] {
            assert_eq!(told(nothing), ["{}"], "{nothing:?}");
        }
    }

    #[test]
    fn what_there_is_is_told_piece_by_piece_as_it_was_written() {
        assert_eq!(told(&["{\"a\"", ": null", "}"]), ["{\"a\"", ": null", "}"]);
        assert_eq!(told(&[" ", "{}", " "]), [" {}", " "]);
        assert_eq!(told(&["nu"]), ["nu"], "a model may err");
    }
}
