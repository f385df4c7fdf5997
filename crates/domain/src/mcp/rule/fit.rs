//! Whether one text fits one value of a rule.

use super::{ArgumentTest, LONGEST, text};

/// How well an argument fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// So that it may be allowed for it.
    Surely,
    /// To the letter, but what follows may be more than it seems.
    Loosely,
    /// It cannot be told, or only upper and lower case stand between them.
    Unclear,
    Not,
}

pub(super) fn of(test: ArgumentTest, value: &str, argument: &str) -> Fit {
    if argument.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Fit::Unclear;
    }
    match test {
        ArgumentTest::Is if argument == value => Fit::Surely,
        ArgumentTest::Is if text::is_path(value) => text::same_path(value, argument),
        ArgumentTest::Is => alike(argument.trim(), value.trim()),
        ArgumentTest::StartsWith if text::is_address(value) => text::below_address(value, argument),
        ArgumentTest::StartsWith if text::is_path(value) => text::below_path(value, argument),
        ArgumentTest::StartsWith => begins(value, argument),
        ArgumentTest::Host => text::at_host(value, argument),
        ArgumentTest::Unknown => Fit::Unclear,
    }
}

/// What is wrong with a value of a rule.
pub(super) fn flaw(test: ArgumentTest, value: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        return Some("must not be empty");
    }
    if value.chars().count() > LONGEST || value.chars().any(char::is_control) {
        return Some("must be one line of at most 1000 characters");
    }
    match test {
        ArgumentTest::StartsWith if text::is_address(value) && !text::is_folder_address(value) => {
            Some("must be an address without user, query and fragment")
        }
        ArgumentTest::StartsWith if text::is_path(value) && !text::is_folder(value) => {
            Some("must be a folder; .. may not lead out of it")
        }
        ArgumentTest::Host if !text::is_host(value) => {
            Some("must be a host such as example.com or *.example.com")
        }
        _ => None,
    }
}

/// A plain beginning. What may join another command to the one that is meant, or lead elsewhere, is no part of what is allowed.
fn begins(value: &str, argument: &str) -> Fit {
    let leads_away = |rest: &str| {
        let rest = rest.to_ascii_lowercase();
        ["..", "%2e", "%2f", "%5c"].iter().any(|way| rest.contains(way))
    };
    let joins = |c: char| {
        matches!(c, ';' | '|' | '&' | '$' | '`' | '<' | '>' | '(' | ')' | '{' | '}' | '\\' | '\n' | '\r')
    };
    match argument.strip_prefix(value) {
        Some(rest) if rest.contains(joins) || leads_away(rest) => Fit::Loosely,
        Some(_) => Fit::Surely,
        None => {
            let (argument, value) = (argument.trim_start().to_lowercase(), value.trim_start().to_lowercase());
            if argument.starts_with(&value) { Fit::Unclear } else { Fit::Not }
        }
    }
}

/// Of two texts that are not the same.
pub(super) fn alike(one: &str, other: &str) -> Fit {
    if one.to_lowercase() == other.to_lowercase() { Fit::Unclear } else { Fit::Not }
}
