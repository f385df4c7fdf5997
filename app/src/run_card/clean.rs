//! What a program writes, as text for people: what would steer a terminal is left out, and what the eye would not see, or would see in
//! another order, is written out. Never markup: whoever shows it escapes it.

use crate::chat::legible;

/// How much of each output is told while it is written, in bytes.
const TOLD_LIVE: usize = 64 * 1024;

/// Where in a sequence for terminals the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// After the escape that begins one.
    Begun,
    /// Among the parameters of a control sequence.
    Parameters,
    /// In a string, such as a title of the window.
    Words,
    /// After an escape in a string, which may end it.
    WordsEnd,
    /// After a carriage return.
    Return,
}

/// Cleans a text that comes in pieces, cut between characters.
#[derive(Debug)]
pub(crate) struct Cleaner {
    place: Place,
    left: usize,
}

impl Cleaner {
    /// For a text that is told while it is written: its beginning.
    pub(crate) const fn live() -> Self {
        Self { place: Place::Outside, left: TOLD_LIVE }
    }

    /// The next piece; empty: nothing of it is for people, or enough was told.
    pub(crate) fn clean(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len().min(self.left));
        for ch in text.chars() {
            self.take(ch, &mut out);
        }
        let shown = legible(&out);
        let told = &shown[..shown.floor_char_boundary(self.left)];
        self.left = if told.len() < shown.len() { 0 } else { self.left - told.len() };
        told.to_owned()
    }

    fn take(&mut self, ch: char, out: &mut String) {
        self.place = match (self.place, ch) {
            // Both ends of a line, and what a progress bar begins its line anew with.
            (Place::Outside, '\r') => Place::Return,
            (Place::Return, '\n') => plain(ch, out),
            (Place::Return, _) => {
                out.push('\n');
                self.place = Place::Outside;
                return self.take(ch, out);
            }
            (Place::Begun, '[') | (_, '\u{9b}') => Place::Parameters,
            (Place::Begun, ']' | 'P' | 'X' | '^' | '_') => Place::Words,
            (Place::Begun | Place::Outside, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') => Place::Words,
            (Place::Begun, ' '..='/') => Place::Begun,
            (Place::Words, '\u{1b}') => Place::WordsEnd,
            (Place::Words, '\u{7}' | '\u{9c}') | (Place::WordsEnd, '\\') => Place::Outside,
            // What never ends must not take the rest with it.
            (_, '\n' | '\t') => plain(ch, out),
            (Place::Words, _) => Place::Words,
            (Place::Parameters, ' '..='?') => Place::Parameters,
            (_, '\u{1b}') => Place::Begun,
            (Place::Begun | Place::Parameters | Place::WordsEnd, _) => Place::Outside,
            (Place::Outside, ch) if ch.is_control() => Place::Outside,
            (Place::Outside, ch) => plain(ch, out),
        };
    }
}

fn plain(ch: char, out: &mut String) -> Place {
    out.push(ch);
    Place::Outside
}

/// A whole text.
pub(crate) fn clean(text: &str) -> String {
    Cleaner { place: Place::Outside, left: usize::MAX }.clean(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_left_out_wherever_it_is_cut() {
        let written = "\u{1b}[1;31mred\u{1b}[0m \u{1b}]0;title\u{7}a\u{1b}]8;;https://x\u{1b}\\b\u{1b}(Bc\u{9b}2Jd\u{1b}Pq\u{1b}\\e\
            \u{8}\u{0}f\r\n10%\r20%\rdone\tok\u{1b}7.";
        let read = "red abcdef\n10%\n20%\ndone\tok.";
        assert_eq!(clean(written), read);
        for cut in written.char_indices().map(|(at, _)| at) {
            let mut cleaner = Cleaner::live();
            let (one, two) = written.split_at(cut);
            assert_eq!(cleaner.clean(one) + &cleaner.clean(two), read, "{cut}");
        }
    }

    #[test]
    fn nothing_hides_the_rest() {
        assert_eq!(clean("a\u{1b}]0;never ended\nb"), "a\nb");
        assert_eq!(clean("a\u{1b}[12\nb"), "a\nb");
        assert_eq!(clean("a\u{202e}b<b>"), "a\\u{202e}b<b>");
    }

    #[test]
    fn enough_is_told_while_it_is_written() {
        let mut cleaner = Cleaner::live();
        let told = cleaner.clean(&"é".repeat(TOLD_LIVE));
        assert_eq!((told.len(), cleaner.clean("more")), (TOLD_LIVE, String::new()));
    }
}
