//! Where display mathematics begins and ends: `$$`, `\[` and the environments of LaTeX that stand without either. It must
//! stay linear, whatever is open and never closed.

/// Environments that are display mathematics by themselves.
const NAMES: &[&str] = &[
    "align",
    "align*",
    "aligned",
    "array",
    "bmatrix",
    "Bmatrix",
    "cases",
    "dcases",
    "eqnarray",
    "eqnarray*",
    "equation",
    "equation*",
    "gather",
    "gather*",
    "gathered",
    "matrix",
    "multline",
    "multline*",
    "pmatrix",
    "rcases",
    "smallmatrix",
    "split",
    "vmatrix",
    "Vmatrix",
];

/// What the converter calls those that it knows by another name.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("split", "aligned"),
    ("smallmatrix", "matrix"),
    ("multline*", "multline"),
    ("eqnarray", "align"),
    ("eqnarray*", "align*"),
];

const BEGIN: &str = "\\begin{";
const END: &str = "\\end{";

/// What closes a formula that stands on lines of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closer {
    Mark(&'static str),
    /// The end of the environment of this name; so many of them are open.
    Environment(&'static str, usize),
}

impl Closer {
    /// What closes the formula that `text` begins with, and how much stands before that formula.
    pub(crate) fn of(text: &str) -> Option<(Self, usize)> {
        if text.starts_with("$$") {
            Some((Self::Mark("$$"), 2))
        } else if text.starts_with("\\[") {
            Some((Self::Mark("\\]"), 2))
        } else {
            // The environment is a part of its formula.
            Some((Self::Environment(begun(text)?.0, 0), 0))
        }
    }

    /// Where the formula ends in `text`, and where what closes it does. What of an environment is still open is kept.
    pub(crate) fn find(&mut self, text: &str) -> Option<(usize, usize)> {
        match self {
            Self::Mark(mark) => text.find(*mark).map(|at| (at, at + mark.len())),
            Self::Environment(name, open) => {
                let mut at = 0;
                while let Some(found) = text[at..].find('\\') {
                    at += found;
                    if begun(&text[at..]).is_some_and(|(begun, _)| begun == *name) {
                        *open += 1;
                    } else if let Some(len) = ended(&text[at..], name) {
                        *open = open.saturating_sub(1);
                        if *open == 0 {
                            return Some((at + len, at + len));
                        }
                    }
                    at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
                }
                None
            }
        }
    }
}

/// The environment that `text` begins with, and the length of its `\begin{…}`.
fn begun(text: &str) -> Option<(&'static str, usize)> {
    let rest = text.strip_prefix(BEGIN)?;
    let name =
        NAMES.iter().find(|name| rest.strip_prefix(**name).is_some_and(|rest| rest.starts_with('}')))?;
    Some((name, BEGIN.len() + name.len() + 1))
}

fn ended(text: &str, name: &str) -> Option<usize> {
    let rest = text.strip_prefix(END)?.strip_prefix(name)?;
    rest.starts_with('}').then_some(END.len() + name.len() + 1)
}

/// True for an environment that has begun at the start of `text`, or may turn out to: `\beg`, `\begin{ali`.
pub(crate) fn may_begin(text: &str) -> bool {
    begun(text).is_some()
        || BEGIN.starts_with(text)
        || text.strip_prefix(BEGIN).is_some_and(|rest| NAMES.iter().any(|name| name.starts_with(rest)))
}

/// Where each environment of a text begins, in order, and ends: found in one go, however many are never closed.
pub(super) struct Environments(Vec<(usize, Option<usize>)>);

impl Environments {
    pub(super) fn of(text: &str) -> Self {
        let mut found: Vec<(usize, Option<usize>)> = Vec::new();
        let mut open: Vec<(&str, usize)> = Vec::new();
        let mut at = 0;
        while let Some(next) = text[at..].find('\\') {
            at += next;
            if let Some((name, len)) = begun(&text[at..]) {
                open.push((name, found.len()));
                found.push((at, None));
                at += len;
            } else if let Some(&(name, index)) = open.last()
                && let Some(len) = ended(&text[at..], name)
            {
                open.pop();
                at += len;
                found[index].1 = Some(at);
            } else {
                at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
            }
        }
        Self(found)
    }

    /// Where the environment that begins at `from` ends.
    pub(super) fn end(&self, from: usize) -> Option<usize> {
        let at = self.0.binary_search_by_key(&from, |&(from, _)| from).ok()?;
        self.0.get(at)?.1
    }
}

/// A formula with the names that the converter knows.
pub(super) fn rename(tex: &str) -> String {
    let mut tex = tex.to_owned();
    for (from, to) in OTHER_NAMES {
        for mark in [BEGIN, END] {
            tex = tex.replace(&format!("{mark}{from}}}"), &format!("{mark}{to}}}"));
        }
    }
    tex
}
