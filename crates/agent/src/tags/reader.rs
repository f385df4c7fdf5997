//! What a model writes, cut into text and what stands between tags, as it comes. It never fails and loses nothing: what is no tag is
//! text, and what is open at the end ends there.

use vertice_domain::ArtifactKind;

use super::{
    EDIT_ENDS, FIND, FIND_ENDS, REPLACE, REPLACE_ENDS,
    content::Content,
    fence::Lines,
    opening::{self, Opening, Read},
};

/// Something that has been read; texts are never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// It is said in the chat.
    Text(String),
    /// A tag opens.
    Opens(Opening),
    /// More of an artifact's content, of the text that is to be found, or of the one that is to stand there.
    More(String),
    /// Of an edit: what is to stand there follows.
    Turns,
    /// It ends. `closed`: by its own tag.
    Ends { closed: bool },
}

/// Where the reader is.
#[derive(Debug, Clone)]
enum Place {
    Outside(Lines),
    /// Behind a closing tag, or before everything else: blank lines say nothing there.
    Blank,
    Artifact(Content),
    Find {
        path: String,
        content: Content,
    },
    /// Between what is to be found and what is to stand there.
    Between {
        path: String,
    },
    Replace {
        path: String,
        content: Content,
    },
    /// Behind a replacement: another one may follow.
    Edit {
        path: String,
    },
}

/// Reads text piece by piece.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// What has come and was not told yet.
    text: String,
    place: Place,
    ended: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self { text: String::new(), place: Place::Blank, ended: false }
    }
}

impl Reader {
    /// One that goes on after this text.
    pub(crate) fn after(text: &str) -> Self {
        Self { place: Place::Outside(Lines::after(text)), ..Self::default() }
    }

    /// More has come.
    pub(crate) fn push(&mut self, more: &str) {
        self.text.push_str(more);
    }

    /// Nothing more comes.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next piece; none: more has to come, or all of it was told.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        loop {
            // What it moves to is put in its place.
            let place = std::mem::replace(&mut self.place, Place::Blank);
            let (place, told) = match place {
                Place::Blank => match self.blank() {
                    true => (Place::Outside(Lines::default()), Told::GoesOn),
                    false => (Place::Blank, Told::Waits),
                },
                Place::Outside(lines) => self.outside(lines),
                Place::Artifact(content) => self.artifact(content),
                Place::Find { path, content } => self.find(path, content),
                Place::Between { path } => self.between(path),
                Place::Replace { path, content } => self.replace(path, content),
                Place::Edit { path } => self.edit(path),
            };
            self.place = place;
            match told {
                Told::Piece(piece) => return Some(piece),
                Told::GoesOn => {}
                Told::Waits => return None,
            }
        }
    }

    /// Passes over blank lines; whether something follows them.
    fn blank(&mut self) -> bool {
        let length = self.text.len() - self.text.trim_start().len();
        if length == self.text.len() {
            if self.ended {
                self.text.clear();
            }
            return false;
        }
        let lines = self.text[..length].rfind('\n').map_or(0, |place| place + 1);
        self.text.drain(..lines);
        true
    }

    fn outside(&mut self, mut lines: Lines) -> (Place, Told) {
        let mut at = 0;
        while at < self.text.len() {
            let rest = &self.text[at..];
            if lines.may_begin() {
                match opening::read(rest, self.ended) {
                    Read::Opens(opening, length) if at == 0 => {
                        self.text.drain(..length);
                        return (opened(&opening), Told::Piece(Piece::Opens(opening)));
                    }
                    Read::Opens(..) | Read::Maybe => break,
                    Read::No => {}
                }
            }
            let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
            lines.push(&rest[..length]);
            at += length;
        }
        let text: String = self.text.drain(..at).collect();
        let told = if text.is_empty() { Told::Waits } else { Told::Piece(Piece::Text(text)) };
        (Place::Outside(lines), told)
    }

    fn artifact(&mut self, mut content: Content) -> (Place, Told) {
        match self.content(&mut content) {
            Inside::More(text) => (Place::Artifact(content), Told::Piece(Piece::More(text))),
            Inside::Waits => (Place::Artifact(content), Told::Waits),
            Inside::Ends { closed } => (Place::Blank, Told::Piece(Piece::Ends { closed })),
        }
    }

    fn find(&mut self, path: String, mut content: Content) -> (Place, Told) {
        match self.content(&mut content) {
            Inside::More(text) => (Place::Find { path, content }, Told::Piece(Piece::More(text))),
            Inside::Waits => (Place::Find { path, content }, Told::Waits),
            Inside::Ends { closed: true } => (Place::Between { path }, Told::GoesOn),
            Inside::Ends { closed: false } => (Place::Blank, Told::Piece(Piece::Ends { closed: false })),
        }
    }

    fn between(&mut self, path: String) -> (Place, Told) {
        match self.follows(&[REPLACE]) {
            Follows::This(_) => {
                let content = Content::of_edit(REPLACE_ENDS);
                (Place::Replace { path, content }, Told::Piece(Piece::Turns))
            }
            Follows::Maybe => (Place::Between { path }, Told::Waits),
            Follows::Other => (Place::Edit { path }, Told::Piece(Piece::Ends { closed: false })),
        }
    }

    fn replace(&mut self, path: String, mut content: Content) -> (Place, Told) {
        match self.content(&mut content) {
            Inside::More(text) => (Place::Replace { path, content }, Told::Piece(Piece::More(text))),
            Inside::Waits => (Place::Replace { path, content }, Told::Waits),
            Inside::Ends { closed } => (Place::Edit { path }, Told::Piece(Piece::Ends { closed })),
        }
    }

    fn edit(&mut self, path: String) -> (Place, Told) {
        match self.follows(&[FIND, EDIT_ENDS]) {
            Follows::This(FIND) => {
                let opening = Opening::Edit { path };
                (opened(&opening), Told::Piece(Piece::Opens(opening)))
            }
            Follows::Maybe => (Place::Edit { path }, Told::Waits),
            Follows::This(_) | Follows::Other => (Place::Blank, Told::GoesOn),
        }
    }

    fn content(&mut self, content: &mut Content) -> Inside {
        match content.read(&mut self.text, self.ended) {
            (_, true) => Inside::Ends { closed: true },
            (text, false) if !text.is_empty() => Inside::More(text),
            _ if self.ended => Inside::Ends { closed: false },
            _ => Inside::Waits,
        }
    }

    /// Which of these tags is the next thing that is no blank; it is passed over.
    fn follows(&mut self, tags: &[&'static str]) -> Follows {
        let next = self.text.trim_start();
        let blanks = self.text.len() - next.len();
        if let Some(tag) = tags.iter().find(|tag| next.starts_with(**tag)) {
            self.text.drain(..blanks + tag.len());
            return Follows::This(tag);
        }
        let may_come = !self.ended && tags.iter().any(|tag| tag.starts_with(next));
        if may_come { Follows::Maybe } else { Follows::Other }
    }
}

/// What becomes of a step of the reader's.
enum Told {
    Piece(Piece),
    GoesOn,
    Waits,
}

/// What is read between two tags.
enum Inside {
    More(String),
    Waits,
    Ends { closed: bool },
}

enum Follows {
    This(&'static str),
    Maybe,
    Other,
}

fn opened(opening: &Opening) -> Place {
    match opening {
        Opening::Artifact { path, kind, .. } => {
            let kind = kind.unwrap_or_else(|| ArtifactKind::of_path(path));
            Place::Artifact(Content::of_artifact(kind == ArtifactKind::Markdown))
        }
        Opening::Edit { path } => Place::Find { path: path.clone(), content: Content::of_edit(FIND_ENDS) },
    }
}

#[cfg(test)]
mod tests;
