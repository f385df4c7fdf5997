//! Addresses as rules read them: by their parts, and only where everybody would part them alike.

use super::{
    alike::alike,
    fit::Fit,
    path::{below, is_odd, pieces},
};

pub(super) fn is_address(value: &str) -> bool {
    value.contains("://")
}

/// An address taken apart.
struct Address<'a> {
    scheme: String,
    host: String,
    /// None: that of its scheme, which is not known here.
    port: Option<u16>,
    /// None: it cannot be told where its path leads.
    pieces: Option<Vec<&'a str>>,
    query: &'a str,
    fragment: &'a str,
}

/// None: not everybody would read it alike.
fn address(text: &str) -> Option<Address<'_>> {
    let odd = |c: char| !c.is_ascii_graphic() || "\\\"<>^`{|}".contains(c);
    let (scheme, rest) = text.split_once("://")?;
    if text.contains(odd) || !scheme.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host_text, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let scheme = scheme.to_ascii_lowercase();
    let port = match port {
        "" => usual_port(&scheme),
        digits if digits.chars().all(|c| c.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    let (before, fragment) = after.split_at(after.find('#').unwrap_or(after.len()));
    let (path, query) = before.split_at(before.find('?').unwrap_or(before.len()));
    if is_odd(path) {
        return None;
    }
    Some(Address { scheme, host: host(host_text)?, port, pieces: way(path), query, fragment })
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

fn host(text: &str) -> Option<String> {
    let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_number = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    // What ends in a hyphen here is plain ASCII in disguise.
    let is_label = |label: &str| !(label.is_empty() || label.starts_with("xn--") && label.ends_with('-'));
    let is_readable = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.is_some_and(|inner| inner.contains(':') && inner.chars().all(is_number)),
        None => host.chars().all(is_name) && host.split('.').all(is_label),
    };
    is_readable.then_some(host)
}

/// The pieces of a path. Not all servers make the same of empty ones, and of a `/` or `.` that is written as a number.
fn way(path: &str) -> Option<Vec<&str>> {
    let lower = path.to_ascii_lowercase();
    let doubtful = ["//", "%2e", "%2f", "%5c"].iter().any(|doubt| lower.contains(doubt));
    if doubtful { None } else { pieces(path.split('/')) }
}

impl Address<'_> {
    /// Whether it is a number, which can be written in many ways and stand for any name, or this machine.
    fn has_other_names(&self) -> bool {
        let last = self.host.rsplit('.').next().unwrap_or_default();
        let is_number = last.starts_with("0x") || last.chars().all(|c| c.is_ascii_digit());
        self.host.starts_with('[') || is_number || last == "localhost"
    }

    /// None: at the same place. Otherwise how near it comes.
    fn elsewhere(&self, found: &Self) -> Option<Fit> {
        let place = |address: &Self| (address.scheme.clone(), address.host.clone(), address.port);
        if place(self) == place(found) {
            return None;
        }
        let may_be_same = self.host == found.host || found.has_other_names();
        Some(if may_be_same { Fit::Unclear } else { Fit::Not })
    }
}

pub(super) fn is_folder_address(value: &str) -> bool {
    address(value).is_some_and(|address| {
        address.pieces.is_some() && address.query.is_empty() && address.fragment.is_empty()
    })
}

pub(super) fn below_address(folder: &str, text: &str) -> Fit {
    let (Some(folder), Some(found)) = (address(folder), address(text)) else { return Fit::Unclear };
    if let Some(fit) = folder.elsewhere(&found) {
        return fit;
    }
    let (Some(folder), Some(found)) = (folder.pieces, found.pieces) else { return Fit::Unclear };
    let is_encoded = |pieces: &[&str]| pieces.iter().take(folder.len()).any(|piece| piece.contains('%'));
    match below(&folder, &found) {
        Fit::Not if is_encoded(&folder) || is_encoded(&found) => Fit::Unclear,
        fit => fit,
    }
}

/// Of two texts that are not the same.
pub(super) fn same_address(one_text: &str, other_text: &str) -> Fit {
    let (Some(one), Some(other)) = (address(one_text), address(other_text)) else { return Fit::Unclear };
    if let Some(fit) = one.elsewhere(&other) {
        return fit;
    }
    let (Some(one_way), Some(other_way)) = (one.pieces, other.pieces) else { return Fit::Unclear };
    if (&one_way, one.query) == (&other_way, other.query) {
        return Fit::Loosely;
    }
    if one_text.contains('%') || other_text.contains('%') {
        return Fit::Unclear;
    }
    alike(&(one_way.join("/") + one.query), &(other_way.join("/") + other.query))
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
    let below = |domain: &str| found.host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
    match wanted.strip_prefix("*.") {
        None if found.host == wanted => Fit::Surely,
        _ if found.has_other_names() => Fit::Unclear,
        Some(domain) if below(domain) => Fit::Surely,
        _ => Fit::Not,
    }
}
