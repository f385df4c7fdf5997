//! What the arguments of a call say while a model is still writing them: the texts of a JSON object's own fields, as they come.
//!
//! A reader of what is not whole yet, and so of what may be no JSON at all: it never fails, it only stops to tell. The truth is the
//! whole text, read by serde, once it is there.

mod text;

use self::text::Unescaped;

/// Objects and lists in each other, at the most, before nothing more is told.
const DEEPEST: u32 = 64;

/// Something that has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A text begins. One that was told before is told anew.
    Begins { field: &'a str },
    /// More of it; never empty.
    More { field: &'a str, text: &'a str },
    /// It is whole.
    Ends { field: &'a str },
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// Before the object.
    #[default]
    Before,
    /// Before a field's name, or the object's end.
    Field,
    /// In a field's name.
    Name,
    /// Before the colon.
    Colon,
    /// Before the value.
    Value,
    /// In the value, a text.
    Text,
    /// In a number or a word.
    Word,
    /// In an object or a list, so deep.
    Inside { depth: u32 },
    /// In a text there.
    TextInside { depth: u32, escaped: bool },
    /// Before the comma.
    Comma,
    /// The object has ended, or this is none.
    Done,
}

/// Reads arguments piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    place: Place,
    name: String,
    unescaped: Unescaped,
}

impl Arguments {
    /// Takes in more of the text, and tells what is new in it.
    pub fn feed(&mut self, more: &str, mut tell: impl FnMut(Piece<'_>)) {
        let mut told = String::new();
        for c in more.chars() {
            if self.place == Place::Text {
                self.text(c, &mut told, &mut tell);
            } else {
                self.step(c, &mut tell);
            }
        }
        self.flush(&mut told, &mut tell);
    }

    fn text(&mut self, c: char, told: &mut String, tell: &mut impl FnMut(Piece<'_>)) {
        if c == '"' && !self.unescaped.is_escaping() {
            self.unescaped.end(told);
            self.flush(told, tell);
            tell(Piece::Ends { field: &self.name });
            self.place = Place::Comma;
        } else {
            self.unescaped.push(c, told);
        }
    }

    fn flush(&self, told: &mut String, tell: &mut impl FnMut(Piece<'_>)) {
        if !told.is_empty() {
            tell(Piece::More { field: &self.name, text: told });
            told.clear();
        }
    }

    fn step(&mut self, c: char, tell: &mut impl FnMut(Piece<'_>)) {
        let blank = c.is_ascii_whitespace() || c == '\u{feff}';
        self.place = match self.place {
            place @ (Place::Before | Place::Field | Place::Colon | Place::Value | Place::Comma) if blank => {
                place
            }
            Place::Before if c == '{' => Place::Field,
            Place::Field if c == '"' => {
                self.name.clear();
                Place::Name
            }
            Place::Name => self.named(c),
            Place::Colon if c == ':' => Place::Value,
            Place::Value => self.value(c, tell),
            Place::Word if c == ',' => Place::Field,
            Place::Word if c != '}' => Place::Word,
            Place::Inside { depth } => inside(depth, c),
            Place::TextInside { depth, escaped: true } => Place::TextInside { depth, escaped: false },
            Place::TextInside { depth, .. } if c == '"' => Place::Inside { depth },
            Place::TextInside { depth, .. } => Place::TextInside { depth, escaped: c == '\\' },
            Place::Comma if c == ',' => Place::Field,
            _ => Place::Done,
        };
    }

    fn named(&mut self, c: char) -> Place {
        if c == '"' && !self.unescaped.is_escaping() {
            self.unescaped.end(&mut self.name);
            return Place::Colon;
        }
        self.unescaped.push(c, &mut self.name);
        Place::Name
    }

    fn value(&self, c: char, tell: &mut impl FnMut(Piece<'_>)) -> Place {
        match c {
            '"' => {
                tell(Piece::Begins { field: &self.name });
                Place::Text
            }
            '{' | '[' => Place::Inside { depth: 1 },
            '}' | ']' | ',' | ':' => Place::Done,
            _ => Place::Word,
        }
    }
}

const fn inside(depth: u32, c: char) -> Place {
    match c {
        '"' => Place::TextInside { depth, escaped: false },
        '{' | '[' if depth >= DEEPEST => Place::Done,
        '{' | '[' => Place::Inside { depth: depth + 1 },
        '}' | ']' if depth == 1 => Place::Comma,
        '}' | ']' => Place::Inside { depth: depth - 1 },
        _ => Place::Inside { depth },
    }
}

#[cfg(test)]
mod tests;
