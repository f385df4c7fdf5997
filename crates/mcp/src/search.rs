//! Which tools a text is about: by the words that it shares with their names and descriptions. Pure, and the same for the same
//! tools and text: what is on offer in a conversation must not change from one question to the next.

use std::collections::HashSet;

/// A word in a name says more than one in a description.
const NAME_WEIGHT: usize = 3;
/// Shorter words say nothing.
const SHORTEST: usize = 3;
/// Characters of a text that are looked at.
const MOST_CHARS: usize = 4_000;

/// A tool as it is searched: its server's name, its own, and its description.
pub(crate) struct Entry<'a> {
    pub(crate) server: &'a str,
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
}

/// The places of the tools that share a word with `text`, best first; among equals, as they stand.
pub(crate) fn matches(tools: &[Entry<'_>], text: &str) -> Vec<usize> {
    let wanted = words(text);
    let mut found: Vec<(usize, usize)> = tools
        .iter()
        .enumerate()
        .map(|(place, tool)| (score(tool, &wanted), place))
        .filter(|(score, _)| *score > 0)
        .collect();
    found.sort_by_key(|(score, place)| (std::cmp::Reverse(*score), *place));
    found.into_iter().map(|(_, place)| place).collect()
}

fn score(tool: &Entry<'_>, wanted: &HashSet<String>) -> usize {
    let (named, described) = (words(&format!("{} {}", tool.server, tool.name)), words(tool.description));
    wanted
        .iter()
        .map(|word| if named.contains(word) { NAME_WEIGHT } else { described.contains(word).into() })
        .sum()
}

/// The words of a text, lower-case; names are taken apart at their marks and at capitals (`listPullRequests`). The `s` of a plural
/// is left out.
fn words(text: &str) -> HashSet<String> {
    let mut apart = String::with_capacity(text.len());
    let mut after_small = false;
    for c in text.chars().take(MOST_CHARS) {
        if c.is_uppercase() && after_small {
            apart.push(' ');
        }
        after_small = c.is_lowercase();
        apart.extend(c.to_lowercase());
    }
    let words =
        apart.split(|c: char| !c.is_alphanumeric()).map(|word| word.strip_suffix('s').unwrap_or(word));
    words.filter(|word| word.chars().count() >= SHORTEST).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: [Entry<'static>; 3] = [
        Entry { server: "github", name: "listPullRequests", description: "Lists what is to be merged." },
        Entry { server: "github", name: "create_issue", description: "Opens an issue." },
        Entry { server: "files", name: "read", description: "Reads a file, a pull of bytes." },
    ];

    #[test]
    fn names_go_before_descriptions_and_what_shares_nothing_is_left_out() {
        assert_eq!(matches(&TOOLS, "Which pull request is it?"), [0, 2]);
        assert_eq!(matches(&TOOLS, "ISSUES"), [1]);
        assert!(matches(&TOOLS, "the weather in Lisbon").is_empty());
        assert!(matches(&TOOLS, "").is_empty());
    }
}
