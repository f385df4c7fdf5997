//! What is different between texts, and what two changes of one text make together. Pure.

use std::time::{Duration, Instant};

use similar::{ChangeTag, InlineChange, TextDiff, TextMerge};
use vertice_ports::artifacts::{DiffLine, DiffSpan, LineDiff};

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

/// The most lines that are told of a comparison.
const MOST_LINES: usize = 4_000;

/// What is different, line by line, with the words marked that differ.
pub(crate) fn lines(old: &str, new: &str) -> LineDiff {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let deadline = Instant::now() + PATIENCE;
    let (mut told, mut left) = (LineDiff::default(), MOST_LINES);
    (told.added, told.removed) = counts(old, new);
    for group in diff.grouped_ops(CONTEXT) {
        let changes = group.iter().flat_map(|op| diff.iter_inline_changes_deadline(op, Some(deadline)));
        let lines: Vec<DiffLine> = changes.take(left).map(|change| line(&change)).collect();
        left -= lines.len();
        told.hunks.push(lines);
        if left == 0 {
            told.cut = true;
            break;
        }
    }
    told
}

fn line(change: &InlineChange<'_, str>) -> DiffLine {
    let number = |index: Option<usize>| index.and_then(|index| u32::try_from(index + 1).ok());
    let spans = change
        .iter_strings_lossy()
        .map(|(changed, text)| DiffSpan { changed, text: text.trim_end_matches(['\n', '\r']).to_owned() });
    DiffLine {
        old: number(change.old_index()),
        new: number(change.new_index()),
        spans: spans.filter(|span| !span.text.is_empty()).collect(),
    }
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
    fn words_that_differ_are_marked() {
        let told = lines("same\nthe old word\n", "same\nthe new word\n");
        assert_eq!((told.added, told.removed, told.cut), (1, 1, false));
        let marked = |line: &DiffLine| -> Vec<String> {
            line.spans.iter().filter(|span| span.changed).map(|span| span.text.clone()).collect()
        };
        let [same, out, into] = told.hunks[0].as_slice() else { panic!("{told:?}") };
        assert_eq!((same.old, same.new, marked(same)), (Some(1), Some(1), Vec::new()));
        assert_eq!((out.old, out.new, marked(out)), (Some(2), None, vec!["old".to_owned()]));
        assert_eq!((into.old, into.new, marked(into)), (None, Some(2), vec!["new".to_owned()]));
        assert_eq!(lines("a", "a").hunks, Vec::<Vec<DiffLine>>::new());
        let many = "x\n".repeat(MOST_LINES + 1);
        assert!(lines("", &many).cut);
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
