//! Rust source with comments, strings and character literals blanked out, so that what remains can be searched for
//! words and braces. It must keep every line break: line numbers have to stay true.

/// The text with the inside of comments and literals replaced by spaces, byte for line and line for line.
pub(super) fn mask(text: &str) -> String {
    let mut masked = Masked { out: String::with_capacity(text.len()) };
    let mut rest = text;
    let mut previous = ' ';
    while let Some(c) = rest.chars().next() {
        let length = if is_word(previous) { 0 } else { raw_string(rest) };
        let length = if length > 0 { length } else { opaque(rest) };
        if length > 0 {
            masked.blank(&rest[..length]);
            previous = ' ';
            rest = &rest[length..];
        } else {
            masked.out.push(c);
            previous = c;
            rest = &rest[c.len_utf8()..];
        }
    }
    masked.out
}

/// The numbers of the lines, from 1, on which `word` stands as a word of its own.
pub(super) fn lines_with_word(masked: &str, word: &str) -> Vec<usize> {
    let stands_alone = |line: &str| {
        line.match_indices(word).any(|(at, _)| !line[..at].chars().next_back().is_some_and(is_word))
    };
    masked.lines().enumerate().filter(|(_, line)| stands_alone(line)).map(|(index, _)| index + 1).collect()
}

/// True for characters that names are made of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Masked {
    out: String,
}

impl Masked {
    fn blank(&mut self, text: &str) {
        self.out.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    }
}

/// The length of the comment, string or character literal that `rest` begins with, else 0.
fn opaque(rest: &str) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    match rest.as_bytes()[0] {
        b'"' => quoted(rest),
        b'\'' => character(rest),
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn quoted(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#` and the same after `b` or `c`; 0 for anything else.
fn raw_string(rest: &str) -> usize {
    let after = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let Some(after) = after.strip_prefix('r') else { return 0 };
    let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
    if after.as_bytes().get(hashes) != Some(&b'"') {
        return 0;
    }
    let begin = rest.len() - after.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
}

/// `'a'` and `'\n'`, but not the lifetime `'a`.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            // The escaped character itself may be a quote.
            let after = rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at);
            rest[after..].find('\'').map_or(rest.len(), |at| after + at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        mask(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_vanish() {
        assert_eq!(squeezed("a // }\nb"), "a b");
        assert_eq!(squeezed("a /* { /* } */ { */ b"), "a b");
        assert_eq!(squeezed(r#"a("}\"{", b"{", c)"#), "a( , b , c)");
        assert_eq!(squeezed(r##"a(r#"{"}"#, br"{", b)"##), "a( , , b)");
        assert_eq!(squeezed(r"a('{', '\'', '\u{1F600}', b'}')"), "a( , , , b )");
        assert_eq!(squeezed("fn f<'a>(x: &'a str) { 'l: loop {} }"), "fn f<'a>(x: &'a str) { 'l: loop {} }");
        assert_eq!(squeezed("var\"{\""), "var");
        assert_eq!(squeezed("\"not closed {"), "");
    }

    #[test]
    fn lines_are_kept() {
        let text = "a\n/* b\nc */ \"d\ne\"\nr#\"f\n\"#\ng";
        assert_eq!(mask(text).lines().count(), text.lines().count());
        assert_eq!(lines_with_word(&mask(text), "g"), [7]);
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(lines_with_word("my_todo!()\ntodo!()\nstd::todo!()", "todo!"), [2, 3]);
    }
}
