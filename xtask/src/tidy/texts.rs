//! Whether a view says something by itself: every text of the interface stands in `app/src/strings`, once in every language.
//! It reads lines, not Rust: what it looks for are literals with words where people would see them.

use std::path::Path;

/// Where views are, and where the texts are.
const VIEWS: &str = "app/src";
const TEXTS: &str = "app/src/strings";

/// Attributes and properties that people read or hear.
const READ: [&str; 9] =
    ["aria-label", "title", "placeholder", "alt", "label", "hint", "purpose", "data-tip", "text"];

/// Lines that are for programmers.
const FOR_US: [&str; 4] = ["reason = ", ".expect(", "logging::", "panic!("];

/// What is wrong with a file, line by line.
pub(super) fn faults(path: &Path, text: &str) -> Vec<String> {
    let is_test = path.ends_with("tests.rs");
    if !path.starts_with(VIEWS)
        || path.starts_with(TEXTS)
        || path == Path::new("app/src/strings.rs")
        || is_test
    {
        return Vec::new();
    }
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut faults = Vec::new();
    let mut before = "";
    for (number, line) in (1..).zip(code.lines()) {
        let trimmed = line.trim();
        if !trimmed.starts_with("//") && !FOR_US.iter().any(|ours| trimmed.contains(ours)) {
            faults.extend(said(before, trimmed).map(|literal| {
                format!(
                    "{}:{number}: {literal:?} belongs into {TEXTS}, once for every language",
                    path.display()
                )
            }));
        }
        if !trimmed.is_empty() {
            before = trimmed;
        }
    }
    faults
}

/// The first literal of a line that people would read.
fn said<'a>(line_before: &str, line: &'a str) -> Option<&'a str> {
    let mut at = 0;
    while let Some((start, literal)) = next_literal(line, at) {
        let before = line[..start - 1].trim_end();
        // Views have no commas: a line that is a literal and nothing else is a child, or what a branch comes to.
        let inside_code = line_before.ends_with(['(', ',', '=', '{']) && !is_sentence(literal);
        let alone = line.len() == literal.len() + 2 && !inside_code;
        let child = before.ends_with('>') && !["=>", "->"].iter().any(|arrow| before.ends_with(arrow));
        let words = spoken(literal);
        if (words >= 1 && (alone || child || is_read(before))) || (words >= 2 && is_sentence(literal)) {
            return Some(literal);
        }
        at = start + literal.len() + 1;
    }
    None
}

/// Where the next literal's inside begins, and the inside. Raw literals hold drawings, and are passed over.
fn next_literal(line: &str, from: usize) -> Option<(usize, &str)> {
    let open = from + line.get(from..)?.find('"')?;
    let inside = &line[open + 1..];
    let mut escaped = false;
    let end = inside.find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let literal = &inside[..end?];
    if line[..open].ends_with('#') {
        next_literal(line, open + literal.len() + 2)
    } else {
        Some((open + 1, literal))
    }
}

/// Whether what stands before a literal makes it one of the attributes that are read.
fn is_read(before: &str) -> bool {
    let before = before.strip_suffix("format!(").unwrap_or(before).trim_end();
    let before = before.strip_suffix("move ||").unwrap_or(before).trim_end();
    before.strip_suffix('=').is_some_and(|before| {
        READ.iter().any(|name| {
            before.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', ':']))
        })
    })
}

fn is_sentence(literal: &str) -> bool {
    literal.starts_with(|first: char| first.is_uppercase())
}

/// How many words of people it holds: letters, and not all of them capitals; what is filled in is none of them.
fn spoken(literal: &str) -> usize {
    let mut fixed = String::new();
    let mut depth = 0_u32;
    for c in literal.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => fixed.push(c),
            _ => {}
        }
    }
    let words = fixed.split(|c: char| !c.is_alphabetic() && c != '_');
    words.filter(|word| word.chars().any(char::is_lowercase)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> usize {
        faults(Path::new("app/src/pages/new.rs"), &format!("//! A view.\n{code}\n")).len()
    }

    #[test]
    fn what_a_view_says_by_itself_is_found() {
        for code in [
            "<p class=\"mt-2\">\"Hello\"</p>",
            "<p>\n    \"Hello\"\n</p>",
            "<button aria-label=\"Close\" />",
            "<Section title=\"Theme\">",
            "aria-label=move || format!(\"{} seconds left\", left.get())",
            "alt=\"A map\"",
            "let text = format!(\"You have used {used} tokens\");",
            "Toast::error(\"That did not work\", error.to_string())",
            "{Icon::Plus.svg(\"size-4\")} <b>\"New token\"</b>",
        ] {
            assert_eq!(found(code), 1, "{code}");
        }
    }

    #[test]
    fn what_nobody_reads_is_left_alone() {
        for code in [
            "<p class=\"mt-2 text-sm\">{t().chat.send}</p>",
            "<a href=\"/usage\" rel=\"external\" title=t().usage.title>",
            "match key { \"Escape\" => close(), \"ArrowUp\" => up() }",
            "<code>\"ANTHROPIC_API_KEY\"</code>",
            "aria-label=format!(\"{place}/{count}\")",
            "// <p>\"Hello\"</p>",
            "let day = text.parse().expect(\"A day of the calendar\");",
            "#[expect(dead_code, reason = \"The other half reads it\")]",
            "const PLUS: &str = r#\"<path d=\"M5 12h14\"/>\"#;",
            "format!(\n    \"mt-1 flex\"\n)",
            "if many {\n    \"mt-1 flex\"\n}",
            "#[cfg(test)]\nmod tests {\n    const A: &str = \"Hello there\";\n}",
        ] {
            assert_eq!(found(code), 0, "{code}");
        }
        assert!(faults(Path::new("app/src/strings/en.rs"), "send: \"Send it now\",").is_empty());
        assert!(faults(Path::new("server/src/cli.rs"), "\"Hello there\"").is_empty());
    }
}
