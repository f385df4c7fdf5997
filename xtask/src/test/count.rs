//! Reads how many tests passed and failed from what cargo, Playwright and pytest print. It must never guess: a line that is
//! not a summary counts nothing.

use std::fmt;

/// Numbers of tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads `test result: ok. 3 passed; 0 failed; …`, the summary of one test program.
pub(super) fn cargo(line: &str) -> Counts {
    let line = plain(line);
    let Some((_, numbers)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
        return Counts::default();
    };
    let number = |word: &str| {
        let mut parts = numbers.split("; ").filter_map(|part| part.split_once(' '));
        parts.find(|(_, name)| *name == word).and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
    };
    Counts { passed: number("passed"), failed: number("failed") }
}

/// Reads the lines of Playwright's summary: `  22 passed (59.5s)`, `  1 failed`, `  1 flaky`. A flaky test passed in
/// the end; an interrupted one did not.
pub(super) fn playwright(line: &str) -> Counts {
    let line = plain(line);
    let mut words = line.split_whitespace();
    let (Some(number), Some(word)) = (words.next().and_then(|word| word.parse().ok()), words.next()) else {
        return Counts::default();
    };
    let tail: Vec<&str> = words.collect();
    let is_summary = match tail.as_slice() {
        [] => true,
        [time] | [time, ..] => time.starts_with('(') && line.ends_with(')'),
    };
    match word {
        "passed" | "flaky" if is_summary => Counts { passed: number, failed: 0 },
        "failed" | "interrupted" if is_summary => Counts { passed: 0, failed: number },
        _ => Counts::default(),
    }
}

/// Reads pytest's closing line: `1 failed, 22 passed, 3 subtests passed in 5.94s`. Subtests are parts of their test and
/// not counted, failed ones excepted: pytest counts those as failed tests itself.
pub(super) fn pytest(line: &str) -> Counts {
    let line = plain(line);
    let line = line.trim_matches(|c| c == '=' || c == ' ');
    let Some((items, time)) = line.rsplit_once(" in ") else { return Counts::default() };
    if !time.starts_with(|c: char| c.is_ascii_digit()) || !time.contains('s') {
        return Counts::default();
    }
    let mut counts = Counts::default();
    for item in items.split(", ") {
        let mut words = item.split(' ');
        let (number, word) = (words.next().and_then(|number| number.parse::<u32>().ok()), words.next());
        match (number, word, words.next()) {
            (Some(number), Some("passed"), None) => counts.passed += number,
            (Some(number), Some("failed" | "error" | "errors"), None) => counts.failed += number,
            (Some(_), Some(_), _) => {}
            _ => return Counts::default(),
        }
    }
    counts
}

/// Reads the lines of the summary of Node's test runner: `ℹ pass 22`, `ℹ fail 1`.
pub(super) fn node(line: &str) -> Counts {
    let line = plain(line);
    let number = |word: &str| line.strip_prefix("ℹ ")?.strip_prefix(word)?.trim().parse().ok();
    Counts { passed: number("pass ").unwrap_or(0), failed: number("fail ").unwrap_or(0) }
}

/// The line without colour codes and surrounding blanks.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(c);
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32) -> Counts {
        Counts { passed, failed }
    }

    #[test]
    fn cargo_summaries_are_read() {
        let line =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(cargo(line), counts(12, 0));
        let line =
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s";
        assert_eq!(cargo(line), counts(3, 2));
        assert_eq!(cargo("test result: \u{1b}[32mok\u{1b}[m. 4 passed; 0 failed; 0 ignored"), counts(4, 0));
        assert_eq!(cargo("test sums::add ... ok"), counts(0, 0));
        assert_eq!(cargo("running 3 tests"), counts(0, 0));
    }

    #[test]
    fn playwright_summaries_are_read() {
        assert_eq!(playwright("  22 passed (59.5s)"), counts(22, 0));
        assert_eq!(playwright("  1 failed"), counts(0, 1));
        assert_eq!(playwright("\u{1b}[33m  2 flaky\u{1b}[39m"), counts(2, 0));
        assert_eq!(playwright("  3 passed (1.2m)"), counts(3, 0));
        assert_eq!(playwright("  1 interrupted"), counts(0, 1));
    }

    #[test]
    fn summaries_of_node_are_read() {
        assert_eq!(node("\u{1b}[34mℹ pass 22\u{1b}[39m"), counts(22, 0));
        assert_eq!(node("ℹ fail 3"), counts(0, 3));
        assert_eq!(node("  ✔ pass 3 (1.2ms)"), counts(0, 0));
    }

    #[test]
    fn pytest_summaries_are_read() {
        assert_eq!(pytest("74 passed in 3.43s"), counts(74, 0));
        assert_eq!(pytest("10 failed, 19 passed, 2 warnings in 6.11s"), counts(19, 10));
        assert_eq!(pytest("4 failed, 3 subtests passed in 3.24s"), counts(0, 4));
        assert_eq!(pytest("==== 1 passed, 2 errors in 63.20s (0:01:03) ===="), counts(1, 2));
        assert_eq!(pytest("\u{1b}[32m\u{1b}[1m5 passed\u{1b}[0m\u{1b}[32m in 1.00s\u{1b}[0m"), counts(5, 0));
    }

    #[test]
    fn other_lines_of_pytest_count_nothing() {
        for line in [
            "no tests ran in 0.01s",
            "3 deselected in 0.01s",
            "............ [100%]",
            "FAILED test_door.py::test_models - assert 1 passed in it",
            "E   2 failed, in 3 ways",
        ] {
            assert_eq!(pytest(line), counts(0, 0), "{line}");
        }
    }

    #[test]
    fn other_lines_of_playwright_count_nothing() {
        for line in [
            "  2 skipped",
            "  1 did not run",
            "Running 5 tests using 1 worker",
            "  5 failed attempts were made",
        ] {
            assert_eq!(playwright(line), counts(0, 0), "{line}");
        }
        assert_eq!(playwright("  ✓  1 [chromium] › chat.spec.ts:3:1 › sends (1.2s)"), counts(0, 0));
    }
}
