//! Finds functions and their lengths by counting braces in masked source. It is no parser: it must only be given text
//! that has been through `source::mask`.

use super::source::is_word;

/// One function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// The line of its `fn`, from 1.
    pub(super) line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub(super) lines: usize,
    /// More than half of the lines are inside `view!`.
    pub(super) is_mostly_view: bool,
}

/// Every function in the text, nested ones too.
pub(super) fn find(masked: &str) -> Vec<Function> {
    words(masked, "fn").filter_map(|at| function(masked, at)).collect()
}

fn function(masked: &str, at: usize) -> Option<Function> {
    let signature = masked[at + 2..].trim_start();
    let name: String = signature.chars().take_while(|c| is_word(*c)).collect();
    if name.is_empty() {
        return None; // The type of a function pointer: `fn(u8) -> u8`.
    }
    let open = body(masked, masked.len() - signature.len())?;
    let close = closing(masked, open)?;
    let lines = line_of(masked, close) - line_of(masked, at) + 1;
    let in_view = view_lines(&masked[open..=close]);
    Some(Function { name, line: line_of(masked, at), lines, is_mostly_view: in_view * 2 > lines })
}

/// Where the body's brace is; `None` for a declaration that ends with a semicolon.
fn body(masked: &str, from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, c) in masked[from..].char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(from + offset),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where the bracket opened at `open` is closed.
fn closing(masked: &str, open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, c) in masked[open..].char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + offset);
        }
    }
    None
}

/// How many lines of a body are inside `view!`, counting a view in a view once.
fn view_lines(body: &str) -> usize {
    let (mut lines, mut end) = (0, 0);
    for at in words(body, "view!") {
        let open = at
            + "view!".len()
            + (body[at + "view!".len()..].len() - body[at + "view!".len()..].trim_start().len());
        if at < end || !body[open..].starts_with(['{', '(', '[']) {
            continue;
        }
        if let Some(close) = closing(body, open) {
            lines += line_of(body, close) - line_of(body, at) + 1;
            end = close;
        }
    }
    lines
}

/// Where `word` stands as a word of its own.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !(before.is_some_and(is_word) || word.ends_with(is_word) && after.is_some_and(is_word))
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::super::source::mask;
    use super::*;

    fn found(text: &str) -> Vec<(String, usize, usize, bool)> {
        find(&mask(text)).into_iter().map(|one| (one.name, one.line, one.lines, one.is_mostly_view)).collect()
    }

    #[test]
    fn functions_are_measured_from_fn_to_brace() {
        let text = "//! Doc.\npub(crate) async fn one(\n    a: [u8; 2],\n) -> u8\nwhere\n    A: B,\n{\n    2\n}\nfn two() {}\n";
        assert_eq!(found(text), [("one".into(), 2, 8, false), ("two".into(), 10, 1, false)]);
    }

    #[test]
    fn braces_in_strings_and_comments_do_not_count() {
        let text = "fn one() {\n    let a = \"}\"; // }\n    let b = '}';\n}\n";
        assert_eq!(found(text), [("one".into(), 1, 4, false)]);
    }

    #[test]
    fn declarations_and_pointers_are_no_functions() {
        let text =
            "trait T {\n    fn declared(&self) -> [u8; 2];\n}\ntype P = fn(u8) -> u8;\nlet my_fn = 1;\n";
        assert_eq!(found(text), []);
    }

    #[test]
    fn nested_functions_are_found_too() {
        let text = "fn outer() {\n    fn inner() {\n    }\n}\n";
        assert_eq!(found(text), [("outer".into(), 1, 4, false), ("inner".into(), 2, 2, false)]);
    }

    #[test]
    fn a_body_of_markup_is_recognised() {
        let text = "fn page() {\n    view! {\n        <p>{view! { <b/> }}</p>\n    }\n}\n";
        assert_eq!(found(text), [("page".into(), 1, 5, true)]);
        let text = "fn page() {\n    let a = 1;\n    let b = 2;\n    let c = 3;\n    view! { <p/> }\n}\n";
        assert_eq!(found(text), [("page".into(), 1, 6, false)]);
    }
}
