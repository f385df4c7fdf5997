//! How much of an artifact a model is told at once. Pure.

/// The most bytes of an artifact that are told at once.
const MOST_BYTES: usize = 100 * 1024;

/// As much of a text as a model can use, from that line on, and how to read on.
pub(super) fn from_line(content: &str, first: usize) -> String {
    let all = content.lines().count();
    let first = first.max(1);
    if first > all.max(1) {
        return format!("It has {all} lines.");
    }
    let (mut out, mut next) = (String::new(), first);
    for line in content.split_inclusive('\n').skip(first - 1) {
        if !out.is_empty() && out.len() + line.len() > MOST_BYTES {
            break;
        }
        out.extend(line.char_indices().take_while(|(place, _)| *place < MOST_BYTES).map(|(_, c)| c));
        next += 1;
    }
    if next <= all {
        out.push_str(&format!("[{all} lines; read on from {next}]"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_read_in_pieces() {
        assert_eq!(from_line("a\nb\n", 1), "a\nb\n");
        assert_eq!(from_line("a\nb", 2), "b");
        assert_eq!(from_line("", 1), "");
        assert_eq!(from_line("a\n", 9), "It has 1 lines.");
        let long = "0123456789\n".repeat(20_000);
        let (mut whole, mut first) = (String::new(), 1);
        loop {
            let piece = from_line(&long, first);
            assert!(piece.len() <= MOST_BYTES + 50);
            let Some((text, rest)) = piece.split_once("[20000 lines; read on from ") else {
                whole.push_str(&piece);
                break;
            };
            whole.push_str(text);
            first = rest.trim_end_matches(']').parse().unwrap();
        }
        assert_eq!(whole, long);
        let wide = from_line(&"é".repeat(MOST_BYTES), 1);
        assert!(wide.len() <= MOST_BYTES && wide.chars().all(|c| c == 'é'));
    }
}
