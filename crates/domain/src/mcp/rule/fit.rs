//! Whether one text fits one value of a rule.

use std::cmp::Ordering;

use super::{
    ArgumentTest, LONGEST, address,
    alike::{alike, blurred, is_mark},
    path,
};

/// How well an argument fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// So that it may be allowed for it.
    Surely,
    /// To the letter, but what follows may be more than it seems.
    Loosely,
    /// It cannot be told, or it is only spelt in another way.
    Unclear,
    Not,
}

pub(super) fn of(test: ArgumentTest, value: &str, argument: &str) -> Fit {
    if argument.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Fit::Unclear;
    }
    match test {
        ArgumentTest::Is if argument == value => Fit::Surely,
        ArgumentTest::Is if address::is_address(value) => address::same_address(value, argument),
        ArgumentTest::Is if path::is_path(value) => path::same_path(value, argument),
        ArgumentTest::Is => same(value, argument),
        ArgumentTest::StartsWith if address::is_address(value) => address::below_address(value, argument),
        ArgumentTest::StartsWith if path::is_path(value) => path::below_path(value, argument),
        ArgumentTest::StartsWith => begins(value, argument),
        ArgumentTest::Host => address::at_host(value, argument),
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
        ArgumentTest::StartsWith if address::is_address(value) && !address::is_folder_address(value) => {
            Some("must be an address without user, query and fragment")
        }
        ArgumentTest::StartsWith if path::is_path(value) && !path::is_folder(value) => {
            Some("must be a folder, without signs that mean something to a shell; .. may not lead out of it")
        }
        ArgumentTest::Host if !address::is_host(value) => {
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
        Some(rest) if rest.contains(joins) || leads_away(rest) || rest.starts_with(is_mark) => Fit::Loosely,
        Some(_) => Fit::Surely,
        None => {
            let value_seen = blurred(value);
            if seems_to_begin(&value_seen, &blurred(argument))
                || may_be_path(value, argument, |path| path.starts_with(&value_seen))
            {
                Fit::Unclear
            } else {
                Fit::Not
            }
        }
    }
}

/// Of blurred texts. A command may be called by its path, and what a shell puts in place of the beginning is not known here.
fn seems_to_begin(value: &str, argument: &str) -> bool {
    // A command may also end where a blank would follow.
    let argument = format!("{} ", argument.trim_end());
    let command = argument.split(' ').next().unwrap_or_default();
    let name_at = command.rfind('/').map_or(0, |slash| slash + 1);
    let beginning: String = argument.chars().take(value.chars().count()).collect();
    argument.starts_with(value)
        || argument[name_at..].starts_with(value)
        || beginning.contains(['$', '`', '{', '*', '?', '['])
}

/// Whether a plain word names a file that the argument leads to: one that fits, or it cannot be told which.
fn may_be_path(value: &str, argument: &str, fits: impl Fn(&str) -> bool) -> bool {
    let both_are = path::is_path(argument) && !value.contains(char::is_whitespace);
    both_are && path::relative(argument).is_none_or(|path| fits(&blurred(&path)))
}

/// Of two texts that are not the same.
fn same(value: &str, argument: &str) -> Fit {
    let (value, argument) = (value.trim(), argument.trim());
    if same_number(value, argument) || may_be_path(value, argument, |path| path == blurred(value)) {
        return Fit::Unclear;
    }
    alike(value, argument)
}

/// Whether two texts are the same number, or it cannot be told because one is written as programmers do: `0x5`, `1_000`.
fn same_number(value: &str, argument: &str) -> bool {
    let Ok(wanted) = value.parse::<f64>() else { return false };
    match argument.parse::<f64>() {
        Ok(found) => wanted.partial_cmp(&found).is_some_and(Ordering::is_eq),
        Err(_) => argument.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')),
    }
}
