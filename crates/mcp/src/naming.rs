//! The names that models call tools by. Providers take letters, digits, `_` and `-`, at most 64 of them, the first one a letter or
//! `_` (what Anthropic, OpenAI, Groq and Gemini take alike, 2026-11); servers take more, and two of them may have a tool of the
//! same name. A name is made here and looked up as a whole; it is never taken apart.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// The longest name.
const MOST: usize = 64;
/// How much of a hash tells two names apart that would be the same.
const HASH: usize = 8;

/// A name for each of these tools (server, tool), in their order. The same tools get the same names, whatever else is on offer:
/// a name that had to be changed says so by the hash at its end.
pub(crate) fn model_names(tools: &[(&str, &str)]) -> Vec<String> {
    let plain: Vec<String> =
        tools.iter().map(|(server, tool)| format!("{}__{}", slug(server), slug(tool))).collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for name in &plain {
        *uses.entry(name).or_default() += 1;
    }
    let named = tools.iter().zip(&plain).map(|((server, tool), name)| {
        let is_as_is = *name == format!("{server}__{tool}") && name.len() <= MOST && uses[name.as_str()] == 1;
        if is_as_is { name.clone() } else { marked(name, server, tool) }
    });
    named.collect()
}

/// `name`, shortened, with a hash of what it stands for.
fn marked(name: &str, server: &str, tool: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(server);
    hash.update([0]);
    hash.update(tool);
    let hash: String = hash.finalize().iter().take(HASH / 2).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = name.chars().take(MOST - HASH - 1).collect();
    format!("{kept}_{hash}")
}

/// ASCII letters, digits, `_` and `-` as they are, everything else as `_`; the first one is no digit and no `-`.
fn slug(text: &str) -> String {
    let taken = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let slug: String = text.chars().map(taken).collect();
    if slug.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { slug } else { format!("_{slug}") }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(
            model_names(&[("github", "list_pulls"), ("fs", "read")]),
            ["github__list_pulls", "fs__read"]
        );
    }

    #[test]
    fn what_would_be_ambiguous_is_told_apart() {
        let names = model_names(&[("a", "b__c"), ("a__b", "c"), ("a b", "c"), ("a.b", "c"), ("a", "b.c")]);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), 5, "{names:?}");
        let alone = model_names(&[("a b", "c")]);
        assert_eq!(alone[0], names[2], "a changed name does not depend on what else is on offer");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_all_providers_take(
            tools in prop::collection::hash_set((".{1,70}", ".{1,130}"), 1..20)
        ) {
            let tools: Vec<(&str, &str)> = tools.iter().map(|(server, tool)| (server.as_str(), tool.as_str())).collect();
            let names = model_names(&tools);
            for name in &names {
                prop_assert!(name.len() <= MOST && !name.is_empty(), "{name}");
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{name}");
                prop_assert!(name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{name}");
            }
            prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), tools.len());
        }
    }
}
