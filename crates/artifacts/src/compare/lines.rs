//! What is different line by line, for people to look at.

use std::time::Instant;

use similar::{InlineChange, TextDiff};
use vertice_ports::artifacts::{DiffLine, DiffSpan, LineDiff};

use super::{CONTEXT, Edges, PATIENCE, counts};

/// The most lines that are told of a comparison.
const MOST_TOLD: usize = 4_000;

/// What is different, line by line, with the words marked that differ.
pub(crate) fn lines(old: &str, new: &str) -> LineDiff {
    let (added, removed) = counts(old, new);
    let edges = Edges::of([old, new]);
    if let Some(middles) = edges.many_lines([old, new]) {
        let hunk = replaced(old[..edges.before].lines().count(), middles);
        return LineDiff { hunks: vec![hunk], added, removed, cut: true };
    }
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let deadline = Instant::now() + PATIENCE;
    let (mut told, mut left) = (LineDiff { added, removed, ..LineDiff::default() }, MOST_TOLD);
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

/// The first lines of both texts, where all of them are others.
fn replaced(before: usize, [old, new]: [&str; 2]) -> Vec<DiffLine> {
    let numbered = |text: &str| -> Vec<(Option<u32>, Vec<DiffSpan>)> {
        let span = |text: &str| vec![DiffSpan { changed: false, text: text.to_owned() }];
        let lines = text.lines().take(MOST_TOLD / 2).zip(before + 1..);
        lines.map(|(text, number)| (u32::try_from(number).ok(), span(text))).collect()
    };
    let gone = numbered(old).into_iter().map(|(old, spans)| DiffLine { old, new: None, spans });
    let come = numbered(new).into_iter().map(|(new, spans)| DiffLine { old: None, new, spans });
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let many = "x\n".repeat(MOST_TOLD + 1);
        assert!(lines("", &many).cut);
    }

    #[test]
    fn of_texts_with_nothing_in_common_the_beginnings_are_told() {
        let text = |what: &str| format!("same\n{}", format!("{what}\n").repeat(super::super::MOST_LINES));
        let told = lines(&text("old"), &text("new"));
        assert_eq!((told.added, told.removed, told.cut, told.hunks.len()), (100_000, 100_000, true, 1));
        let hunk = &told.hunks[0];
        let numbers = |line: &DiffLine| (line.old, line.new, line.spans[0].text.clone());
        assert_eq!(numbers(&hunk[0]), (Some(2), None, "old".to_owned()));
        assert_eq!(numbers(&hunk[MOST_TOLD / 2]), (None, Some(2), "new".to_owned()));
        assert_eq!(hunk.len(), MOST_TOLD);
    }
}
