//! Reads text with separators: quoted as RFC 4180 says, separated by whatever fits best, rows of any length. It takes what comes: a
//! preview of something odd is better than none. Pure.

use csv::{ReaderBuilder, StringRecord, StringRecordsIntoIter};

/// The most rows below the head, and the most columns, that are kept.
const MOST_ROWS: usize = 1_000;
const MOST_COLUMNS: usize = 100;
/// By how many rows the separator is found out.
const LOOKED_AT: usize = 50;
/// What may separate; of those that fit alike, the first one does.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What is in a text, as far as it is kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    /// Those below the head. They may be longer or shorter than it.
    pub(super) rows: Vec<Vec<String>>,
    pub(super) columns: usize,
    /// The columns that hold numbers and nothing else.
    pub(super) numbers: Vec<bool>,
    /// How many rows and columns there are in all.
    pub(super) all_rows: usize,
    pub(super) all_columns: usize,
}

/// Reads a text. `by_tabs`: its name says that tabs separate.
pub(super) fn read(text: &str, by_tabs: bool) -> Table {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = if by_tabs { b'\t' } else { separator(text) };
    let mut table = Table::default();
    let kept = |record: &StringRecord| record.iter().take(MOST_COLUMNS).map(str::to_owned).collect();
    for (at, record) in records(text, separator).enumerate() {
        table.all_columns = table.all_columns.max(record.len());
        if at == 0 {
            table.head = kept(&record);
            continue;
        }
        table.all_rows += 1;
        if table.rows.len() < MOST_ROWS {
            table.rows.push(kept(&record));
        }
    }
    table.columns = table.all_columns.min(MOST_COLUMNS);
    table.numbers = (0..table.columns).map(|column| holds_numbers(&table.rows, column)).collect();
    table
}

/// The rows of a text. What cannot be read, nothing in a text can be, ends them.
fn records(text: &str, separator: u8) -> impl Iterator<Item = StringRecord> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let records: StringRecordsIntoIter<&[u8]> = reader.into_records();
    records.map_while(Result::ok)
}

/// The separator by which most rows are of the same length; of those, the one that makes most columns.
fn separator(text: &str) -> u8 {
    let fit = |separator: u8| {
        let lengths: Vec<usize> =
            records(text, separator).take(LOOKED_AT).map(|record| record.len()).collect();
        let alike = |length: usize| lengths.iter().filter(|other| **other == length).count();
        lengths.iter().filter(|length| **length > 1).map(|length| (alike(*length), *length)).max()
    };
    // Of equals, the last one counts.
    SEPARATORS.into_iter().rev().max_by_key(|separator| fit(*separator)).unwrap_or(b',')
}

fn holds_numbers(rows: &[Vec<String>], column: usize) -> bool {
    let mut said =
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    said.next().is_some_and(is_number) && said.all(is_number)
}

/// Whether it is a number as people and programs write them: with a sign, a currency, groups, a fraction, an exponent or a percent sign.
fn is_number(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-', '\u{2212}']);
    let bare = bare.trim_start_matches("R$").trim_start_matches(['$', '€', '£', '¥']).trim_start();
    let bare = bare.trim_start_matches(['-', '\u{2212}']).trim_end_matches(['%', '€', '£', '¥']).trim_end();
    let (digits, exponent) =
        bare.split_once(['e', 'E']).map_or((bare, None), |(digits, exponent)| (digits, Some(exponent)));
    let is_exponent = |text: &str| {
        let digits = text.trim_start_matches(['+', '-']);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let groups = |ch: char| matches!(ch, '.' | ',' | '\'' | '\u{a0}' | '\u{202f}');
    digits.contains(|ch: char| ch.is_ascii_digit())
        && digits.chars().all(|ch| ch.is_ascii_digit() || groups(ch))
        && exponent.is_none_or(is_exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let table = read(text, false);
        [table.head].into_iter().chain(table.rows).collect()
    }

    #[test]
    fn quotes_hold_separators_lines_and_quotes() {
        let text = "a,b\r\n\"1,\n2\",\"say \"\"hi\"\"\"\r\n";
        assert_eq!(rows(text), [["a", "b"], ["1,\n2", "say \"hi\""]]);
        assert_eq!(
            rows("\u{feff}a,b\n\n1,2")[1],
            ["1", "2"],
            "marks of the beginning and empty lines are left out"
        );
        assert_eq!(rows("a,b\n\"open,2\n")[1], ["open,2\n"], "what is odd is shown");
    }

    #[test]
    fn what_separates_is_found_out() {
        for (text, row) in [
            ("a,b\n1,2", ["1", "2"]),
            ("a;b\n1,5;2,5", ["1,5", "2,5"]),
            ("a\tb\nx, y, z\t2", ["x, y, z", "2"]),
            ("name;note\nx;one, two\ny;three\n", ["x", "one, two"]),
        ] {
            assert_eq!(rows(text)[1], row, "{text:?}");
        }
        assert_eq!(read("a,b\n1,2", true).columns, 1, "the name knows it");
        assert_eq!(rows("alone\n1"), [["alone"], ["1"]]);
        assert_eq!(read("", false), Table::default());
    }

    #[test]
    fn rows_may_be_of_any_length() {
        let table = read("a,b,c\n1\n1,2,3,4\n", false);
        assert_eq!((table.columns, table.rows[0].len(), table.rows[1].len()), (4, 1, 4));
        assert_eq!(table.numbers, [true; 4]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_rest_is_counted() {
        let text = format!("n\n{}", "7\n".repeat(MOST_ROWS + 5));
        let table = read(&text, false);
        assert_eq!((table.rows.len(), table.all_rows), (MOST_ROWS, MOST_ROWS + 5));
        let table = read(&",".repeat(1_000_000), false);
        assert_eq!(
            (table.columns, table.all_columns, table.head.len()),
            (MOST_COLUMNS, 1_000_001, MOST_COLUMNS)
        );
    }

    #[test]
    fn numbers_are_known() {
        for text in [
            "7",
            "-1.5",
            "1,234.50",
            "1.234,5",
            "+3e-8",
            "12 %",
            "R$ 1.200,00",
            "-$5",
            "3 €",
            ".5",
            "1\u{a0}000",
        ] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", "2026-11-28", "12:30", "1e", "v1", "1 2", "e5", "NaN", "..", "7a"] {
            assert!(!is_number(text), "{text}");
        }
        assert!(!holds_numbers(&[vec!["1".into()], vec!["x".into()]], 0));
        assert!(
            holds_numbers(&[vec!["1".into()], vec![" ".into()]], 0)
                && !holds_numbers(&[vec![String::new()]], 0)
        );
    }
}
