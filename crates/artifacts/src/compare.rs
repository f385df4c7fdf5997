//! What is different between texts, and what two changes of one text make together. Pure. However little two texts have in
//! common, it takes about a second at most.

mod lines;

use std::{fmt::Write as _, time::Duration};

use similar::{ChangeTag, TextDiff, TextMerge};

pub(crate) use self::lines::lines;

/// After so long a comparison is rougher than it could be.
const PATIENCE: Duration = Duration::from_millis(500);
/// Lines around a change in a unified diff.
const CONTEXT: usize = 3;
/// Where more lines than these differ, all of them are taken for changed: patience is looked at between steps only, and steps
/// become long.
const MOST_LINES: usize = 100_000;

/// How many lines `new` has that `old` has not, and the other way round.
pub(crate) fn counts(old: &str, new: &str) -> (u32, u32) {
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    if let Some([old, new]) = Edges::of([old, new]).many_lines([old, new]) {
        return (small(new.lines().count()), small(old.lines().count()));
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (small(count(ChangeTag::Insert)), small(count(ChangeTag::Delete)))
}

/// A unified diff; empty where both are the same.
pub(crate) fn unified(old: &str, new: &str, from: &str, to: &str) -> String {
    let edges = Edges::of([old, new]);
    if let Some(middles) = edges.many_lines([old, new]) {
        return replaced(&old[..edges.before], middles, from, to);
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    diff.unified_diff().context_radius(CONTEXT).header(from, to).to_string()
}

/// A unified diff with one place, where all lines are others.
fn replaced(before: &str, [old, new]: [&str; 2], from: &str, to: &str) -> String {
    let (first, removed, added) = (before.lines().count() + 1, old.lines().count(), new.lines().count());
    let mut diff = format!("--- {from}\n+++ {to}\n@@ -{first},{removed} +{first},{added} @@\n");
    for (mark, text) in [('-', old), ('+', new)] {
        for line in text.lines() {
            let _ = writeln!(diff, "{mark}{line}");
        }
    }
    diff
}

/// `ours` and `theirs`, which were both made from `base`, as one text, with marks where both changed the same lines; and how
/// many such places there are.
pub(crate) fn merged(base: &str, ours: &str, theirs: &str) -> (String, usize) {
    // One of them changed nothing, or both the same.
    if base == ours || ours == theirs {
        return (theirs.to_owned(), 0);
    }
    if base == theirs {
        return (ours.to_owned(), 0);
    }
    if [ours, theirs].iter().any(|text| Edges::of([base, text]).many_lines([base, text]).is_some()) {
        let edges = Edges::of([base, ours, theirs]);
        let [mine, newest] = [ours, theirs].map(|text| edges.between(text));
        let (before, after) = (&ours[..edges.before], &ours[ours.len() - edges.after..]);
        let text = format!(
            "{before}<<<<<<< yours\n{}=======\n{}>>>>>>> newest\n{after}",
            ended(mine),
            ended(newest)
        );
        return (text, 1);
    }
    let mut merge = TextMerge::from_lines(base, ours, theirs);
    merge.labels("before", "yours", "newest");
    (merge.to_string(), merge.conflict_count())
}

/// With an end of its last line.
fn ended(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}")
}

/// How many bytes texts have in common at their beginnings and at their ends, in whole lines.
struct Edges {
    before: usize,
    after: usize,
}

impl Edges {
    fn of<const N: usize>(texts: [&str; N]) -> Self {
        let before = common(texts.map(|text| text.split_inclusive('\n')));
        let after = common(texts.map(|text| text[before..].split_inclusive('\n').rev()));
        Self { before, after }
    }

    fn between<'a>(&self, text: &'a str) -> &'a str {
        &text[self.before..text.len() - self.after]
    }

    /// What lies between the edges, if that is too much to be compared line by line.
    fn many_lines<'a, const N: usize>(&self, texts: [&'a str; N]) -> Option<[&'a str; N]> {
        let middles = texts.map(|text| self.between(text));
        let lines: usize = middles.iter().map(|text| text.lines().count()).sum();
        (lines > MOST_LINES).then_some(middles)
    }
}

/// How many bytes the lines hold that all of them begin with.
fn common<'a, const N: usize>(mut texts: [impl Iterator<Item = &'a str>; N]) -> usize {
    let mut bytes = 0;
    loop {
        let mut lines = texts.each_mut().map(Iterator::next).into_iter();
        let Some(line) = lines.next().flatten() else { return bytes };
        if lines.any(|other| other != Some(line)) {
            return bytes;
        }
        bytes += line.len();
    }
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

    /// Texts of the largest size that have nothing in common but short lines, in another order.
    fn jumbled(seed: u32) -> String {
        let mut state = seed;
        let mut text = String::new();
        while text.len() + 3 < vertice_domain::artifact::MAX_CONTENT {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(char::from(b'a' + u8::try_from((state >> 24) % 26).unwrap()));
            text.push('\n');
        }
        text
    }

    #[test]
    fn what_has_nothing_in_common_is_taken_for_changed_as_a_whole() {
        let text = |who: &str, seed| format!("first\n{who} begins\n{}{who} ends\nlast\n", jumbled(seed));
        let (old, new) = (text("old", 1), text("new", 2));
        let lines = u32::try_from(old.lines().count() - 2).unwrap();
        assert_eq!(counts(&old, &new), (lines, lines));
        let diff = unified(&old, &new, "x", "y");
        assert!(diff.starts_with(&format!("--- x\n+++ y\n@@ -2,{lines} +2,{lines} @@\n-old begins\n")));
        assert!(diff.ends_with("\n+new ends\n") && diff.lines().count() == 3 + 2 * lines as usize);
        let (merge, conflicts) = merged(&old, &new, &text("third", 3));
        assert_eq!(conflicts, 1);
        assert!(merge.starts_with("first\n<<<<<<< yours\nnew begins\n"));
        assert!(merge.ends_with("\nthird ends\n>>>>>>> newest\nlast\n"));
        assert_eq!(merged(&old, &new, &old), (new.clone(), 0));
        assert_eq!(merged(&old, &old, &new), (new, 0));
    }

    #[test]
    fn one_line_of_a_long_text_is_told_as_one() {
        let line = |n: usize| format!("{n}\n");
        let old: String = (0..MOST_LINES).map(line).collect();
        let new = old.replacen("\n500\n", "\nfive hundred\n", 1);
        assert_eq!(counts(&old, &new), (1, 1));
        assert!(unified(&old, &new, "x", "y").contains("\n-500\n+five hundred\n"));
        let theirs = format!("{old}end\n");
        let whole = format!("{new}end\n");
        assert!(merged(&old, &new, &theirs) == (whole, 0), "not merged");
    }
}
