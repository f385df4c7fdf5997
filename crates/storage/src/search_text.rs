//! Texts as they are stored.

/// Takes NUL characters out: PostgreSQL cannot store them, and nobody can see them.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// Whether a line of the Markdown text opens a fenced code block.
pub(crate) fn has_code(content: &str) -> bool {
    content.lines().any(|line| {
        let text = line.trim_start_matches([' ', '>', '\t']);
        text.starts_with("```") || text.starts_with("~~~")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_a_fence_at_the_start_of_a_line() {
        assert!(has_code("Look:\n\n  ```rust\nfn main() {}\n```"));
        assert!(has_code("> ~~~\n> x"));
        assert!(!has_code("in a line ``` it is none"));
    }
}
