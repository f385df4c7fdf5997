//! What is different between texts, and what two changes of one text make together. Pure.

use std::time::Duration;

use similar::{ChangeTag, TextDiff, TextMerge};

/// After so long a comparison is rougher than it could be.
const PATIENCE: Duration = Duration::from_millis(500);
/// Lines around a change in a unified diff.
const CONTEXT: usize = 3;

/// How many lines `new` has that `old` has not, and the other way round.
pub(crate) fn counts(old: &str, new: &str) -> (u32, u32) {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (small(count(ChangeTag::Insert)), small(count(ChangeTag::Delete)))
}

/// A unified diff; empty where both are the same.
pub(crate) fn unified(old: &str, new: &str, from: &str, to: &str) -> String {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT).header(from, to).to_string()
}

/// `ours` and `theirs`, which were both made from `base`, as one text, with marks where both changed the same lines; and how
/// many such places there are.
pub(crate) fn merged(base: &str, ours: &str, theirs: &str) -> (String, usize) {
    let mut merge = TextMerge::from_lines(base, ours, theirs);
    merge.labels("before", "yours", "newest");
    (merge.to_string(), merge.conflict_count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_counted_and_shown() {
        assert_eq!(counts("a\nb\n", "a\nc\nd\n"), (2, 1));
        assert_eq!(counts("", "a\nb"), (2, 0));
        let diff = unified("a\nb\n", "a\nc\n", "x (1)", "x (2)");
        assert_eq!(diff, "--- x (1)\n+++ x (2)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert_eq!(unified("a", "a", "x", "x"), "");
    }

    #[test]
    fn changes_in_different_places_go_together() {
        let base = "one\ntwo\nthree\nfour\nfive\n";
        let (text, conflicts) =
            merged(base, "ONE\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nFIVE\n");
        assert_eq!((text.as_str(), conflicts), ("ONE\ntwo\nthree\nfour\nFIVE\n", 0));
        let (text, conflicts) = merged("a\n", "b\n", "c\n");
        assert_eq!(conflicts, 1);
        assert!(text.contains("<<<<<<< yours\nb\n") && text.contains("c\n>>>>>>> newest"), "{text}");
    }
}
