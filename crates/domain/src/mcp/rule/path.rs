//! Paths as rules read them: by their pieces, never by their letters.

use super::{address::is_address, alike::alike, fit::Fit};

/// Whether a value is meant as a folder of a file system.
pub(super) fn is_path(value: &str) -> bool {
    let is_one_word = !is_address(value) && !value.contains(char::is_whitespace);
    value.starts_with(['/', '\\', '~', '.']) || (is_one_word && value.contains(['/', '\\']))
}

/// Whether a shell would make something else of it, or run what follows.
pub(super) fn is_odd(text: &str) -> bool {
    let odd = |c: char| c.is_control() || "$*?;|&`<>{}[]".contains(c);
    text.contains(odd)
}

/// The way through folders that these parts go; none: it leads out of where it begins.
pub(super) fn pieces<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Vec<&'a str>> {
    let mut pieces = Vec::new();
    for part in parts {
        match part {
            "" | "." => {}
            ".." => drop(pieces.pop()?),
            part => pieces.push(part),
        }
    }
    Some(pieces)
}

/// A path taken apart.
#[derive(PartialEq, Eq)]
struct Walk<'a> {
    /// Where it begins: `/`, a drive, a home; empty: wherever the tool happens to be.
    root: String,
    pieces: Vec<&'a str>,
}

/// None: it leads out of where it begins, or it cannot be told where it leads.
fn walk(text: &str) -> Option<Walk<'_>> {
    if text.is_empty() || text.trim() != text || is_odd(text) || text.contains(['\'', '"', '(', ')', '%']) {
        return None;
    }
    let first = text.split(['/', '\\']).next()?;
    let root = match first {
        "" => "/".to_owned(),
        drive if drive.ends_with(':') => drive.to_lowercase(),
        home if home.starts_with('~') => home.to_owned(),
        _ => String::new(),
    };
    // A backslash parts folders only where there are drives, elsewhere a shell drops it. Names there have a short form with `~`.
    let is_drive = root.ends_with(':');
    let is_doubtful = match is_drive {
        true => text.contains('~') || text.contains('\\') && text.contains('/'),
        false => text.contains('\\'),
    };
    // A colon elsewhere parts several paths, or names a part of a file.
    let has_colon = text.matches(':').count() > usize::from(is_drive);
    // Two at the beginning name a machine.
    if is_doubtful || has_colon || text.starts_with("//") {
        return None;
    }
    let pieces = pieces(text.split(['/', '\\']).skip(usize::from(!root.is_empty())))?;
    Some(Walk { root, pieces })
}

pub(super) fn is_folder(value: &str) -> bool {
    walk(value).is_some_and(|folder| !folder.root.is_empty() || !folder.pieces.is_empty())
}

/// A path without detours; none: it cannot be told from where it goes.
pub(super) fn relative(path: &str) -> Option<String> {
    let walk = walk(path)?;
    walk.root.is_empty().then(|| joined(&walk.pieces))
}

/// A text of several words may be one name, several names, or a command.
pub(super) fn below_path(folder_text: &str, path: &str) -> Fit {
    let Some(folder) = walk(folder_text) else { return Fit::Unclear };
    let whole = folder.holds(path);
    let blanks = |text: &str| text.chars().filter(|c| c.is_whitespace()).count();
    if blanks(path) <= blanks(folder_text) {
        return whole;
    }
    let mut words = path.split_whitespace();
    let first = words.next().map_or(Fit::Unclear, |word| folder.holds(word));
    let others = words.filter(|word| word.starts_with(['/', '\\', '~', '.']));
    let others = others.map(|word| folder.holds(word).max(Fit::Unclear));
    others.fold(whole.min(first).max(Fit::Loosely), Fit::min)
}

impl Walk<'_> {
    fn holds(&self, path: &str) -> Fit {
        match walk(path) {
            Some(path) if self.root == path.root => below(&self.pieces, &path.pieces),
            // The same place may have several names.
            _ => Fit::Unclear,
        }
    }
}

/// Of two texts that are not the same.
pub(super) fn same_path(one: &str, other: &str) -> Fit {
    let (Some(one), Some(other)) = (walk(one), walk(other)) else { return Fit::Unclear };
    match one == other {
        true => Fit::Loosely,
        false if one.root != other.root => Fit::Unclear,
        false => alike(&joined(&one.pieces), &joined(&other.pieces)),
    }
}

pub(super) fn below(folder: &[&str], path: &[&str]) -> Fit {
    let Some(begins) = path.get(..folder.len()) else { return Fit::Not };
    if begins == folder { Fit::Surely } else { alike(&joined(begins), &joined(folder)) }
}

/// Where there are drives, dots and blanks at the end of a name do not count.
fn joined(pieces: &[&str]) -> String {
    let pieces: Vec<&str> = pieces.iter().map(|piece| piece.trim_end_matches(['.', ' '])).collect();
    pieces.join("/")
}
