//! The text behind JSON's escapes, character by character.

/// What stands in for half a character whose other half does not come.
const REPLACEMENT: char = '\u{fffd}';

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Escape {
    #[default]
    None,
    /// After the backslash.
    Begun,
    /// After `\u`: so many digits, and their value.
    Unicode { digits: u8, value: u32 },
}

/// A text that is being unescaped.
#[derive(Debug, Clone, Default)]
pub(super) struct Unescaped {
    escape: Escape,
    /// The first half of a character that takes two escapes.
    half: Option<u32>,
}

impl Unescaped {
    /// Whether the next character belongs to an escape.
    pub(super) fn is_escaping(&self) -> bool {
        self.escape != Escape::None
    }

    /// Takes the next character; what can be told by it goes to `out`. Raw control characters are taken as they are: models write
    /// them.
    pub(super) fn push(&mut self, c: char, out: &mut String) {
        match self.escape {
            Escape::None if c == '\\' => self.escape = Escape::Begun,
            Escape::None => self.plain(c, out),
            Escape::Begun if c == 'u' => self.escape = Escape::Unicode { digits: 0, value: 0 },
            Escape::Begun => {
                self.escape = Escape::None;
                let meant = match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    other => other,
                };
                self.plain(meant, out);
            }
            Escape::Unicode { digits, value } => self.digit(digits, value, c, out),
        }
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, out: &mut String) {
        if self.half.take().is_some() {
            out.push(REPLACEMENT);
        }
        self.escape = Escape::None;
    }

    fn plain(&mut self, c: char, out: &mut String) {
        if self.half.take().is_some() {
            out.push(REPLACEMENT);
        }
        out.push(c);
    }

    fn digit(&mut self, digits: u8, value: u32, c: char, out: &mut String) {
        let Some(digit) = c.to_digit(16) else {
            self.escape = Escape::None;
            self.plain(REPLACEMENT, out);
            return self.push(c, out);
        };
        let value = value * 16 + digit;
        if digits < 3 {
            self.escape = Escape::Unicode { digits: digits + 1, value };
            return;
        }
        self.escape = Escape::None;
        match (self.half.take(), value) {
            (Some(first), 0xdc00..=0xdfff) => {
                let whole = 0x1_0000 + ((first - 0xd800) << 10) + (value - 0xdc00);
                out.push(char::from_u32(whole).unwrap_or(REPLACEMENT));
            }
            (first, 0xd800..=0xdbff) => {
                out.extend(first.map(|_| REPLACEMENT));
                self.half = Some(value);
            }
            (first, value) => {
                out.extend(first.map(|_| REPLACEMENT));
                out.push(char::from_u32(value).unwrap_or(REPLACEMENT));
            }
        }
    }
}
