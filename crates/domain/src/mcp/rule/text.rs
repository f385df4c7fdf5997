//! Paths and addresses as rules read them: by their pieces, never by their letters.

use super::fit::{Fit, alike};

/// Whether a value is meant as a folder of a file system.
pub(super) fn is_path(value: &str) -> bool {
    let is_one_word = !is_address(value) && !value.contains(char::is_whitespace);
    value.starts_with(['/', '\\', '~', '.']) || (is_one_word && value.contains(['/', '\\']))
}

pub(super) fn is_address(value: &str) -> bool {
    value.contains("://")
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
    let lower = text.to_ascii_lowercase();
    let is_odd = text.is_empty() || text.trim() != text || text.contains(['$', '*', '?', '\n', '\t']);
    if is_odd || ["%2e", "%2f", "%5c"].iter().any(|odd| lower.contains(odd)) {
        return None;
    }
    let mut parts = text.split(['/', '\\']).peekable();
    let first = *parts.peek()?;
    let root = match first {
        "" => "/".to_owned(),
        drive if drive.ends_with(':') => drive.to_lowercase(),
        home if home.starts_with('~') => home.to_owned(),
        _ => String::new(),
    };
    // Two at the beginning name a machine.
    if root == "/" && (text.starts_with("//") || text.starts_with("\\\\")) {
        return None;
    }
    if !root.is_empty() {
        parts.next();
    }
    let mut pieces = Vec::new();
    for part in parts {
        match part {
            "" | "." => {}
            ".." => drop(pieces.pop()?),
            part => pieces.push(part),
        }
    }
    Some(Walk { root, pieces })
}

pub(super) fn is_folder(value: &str) -> bool {
    walk(value).is_some_and(|folder| !folder.root.is_empty() || !folder.pieces.is_empty())
}

pub(super) fn below_path(folder: &str, path: &str) -> Fit {
    let (Some(folder), Some(path)) = (walk(folder), walk(path)) else { return Fit::Unclear };
    if folder.root != path.root {
        // The same place may have several names.
        return Fit::Unclear;
    }
    below(&folder.pieces, &path.pieces)
}

/// Of two texts that are not the same.
pub(super) fn same_path(one: &str, other: &str) -> Fit {
    let (Some(one), Some(other)) = (walk(one), walk(other)) else { return Fit::Unclear };
    match one == other {
        true => Fit::Loosely,
        false if one.root != other.root => Fit::Unclear,
        false => alike(&one.pieces.join("/"), &other.pieces.join("/")),
    }
}

fn below(folder: &[&str], path: &[&str]) -> Fit {
    let Some(begins) = path.get(..folder.len()) else { return Fit::Not };
    if begins == folder { Fit::Surely } else { alike(&begins.join("/"), &folder.join("/")) }
}

/// An address taken apart.
struct Address<'a> {
    scheme: String,
    host: String,
    port: &'a str,
    pieces: Vec<&'a str>,
    /// Whether something follows its path.
    goes_on: bool,
}

/// None: not everybody would read it alike.
fn address(text: &str) -> Option<Address<'_>> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\' || !c.is_ascii();
    let (scheme, rest) = text.split_once("://")?;
    if text.contains(odd) || !scheme.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let digits = port.chars().all(|c| c.is_ascii_digit());
    if host.is_empty() || !digits || authority.contains(['@', '%']) {
        return None;
    }
    let path = &after[..after.find(['?', '#']).unwrap_or(after.len())];
    let Walk { pieces, .. } = walk(if path.is_empty() { "/" } else { path })?;
    let scheme = scheme.to_ascii_lowercase();
    let port = match (scheme.as_str(), port) {
        ("http", "80") | ("https", "443") => "",
        (_, port) => port,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    Some(Address { scheme, host, port, pieces, goes_on: path.len() < after.len() })
}

pub(super) fn is_folder_address(value: &str) -> bool {
    address(value).is_some_and(|address| !address.goes_on)
}

pub(super) fn below_address(folder: &str, text: &str) -> Fit {
    let (Some(folder), Some(found)) = (address(folder), address(text)) else { return Fit::Unclear };
    if (&folder.scheme, &folder.host, folder.port) != (&found.scheme, &found.host, found.port) {
        return Fit::Not;
    }
    below(&folder.pieces, &found.pieces)
}

pub(super) fn is_host(value: &str) -> bool {
    let host = value.strip_prefix("*.").unwrap_or(value);
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    !host.is_empty() && host.chars().all(taken) && !host.starts_with('.') && !host.ends_with('.')
}

pub(super) fn at_host(wanted: &str, text: &str) -> Fit {
    let Some(found) = address(text).filter(|found| matches!(found.scheme.as_str(), "http" | "https")) else {
        return Fit::Unclear;
    };
    let wanted = wanted.to_ascii_lowercase();
    let fits = match wanted.strip_prefix("*.") {
        Some(domain) => found.host.strip_suffix(domain).is_some_and(|before| before.ends_with('.')),
        None => found.host == wanted,
    };
    if fits { Fit::Surely } else { Fit::Not }
}
