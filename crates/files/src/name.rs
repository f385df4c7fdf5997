//! The name that a file is kept under. What it was sent under is only a wish: it may hold paths, and marks that turn text
//! around.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in bytes: what file systems take.
const MAX_NAME: usize = 255;
/// The longest ending that a name keeps when it is cut, in bytes.
const MAX_ENDING: usize = 16;
/// What a file is called of whose name nothing is left.
const NAMELESS: &str = "file";

/// The last part of the name, without what nobody sees in it.
pub(crate) fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let seen: String = last.nfc().filter(|c| !is_hidden(*c)).collect();
    let seen = seen.trim().trim_end_matches(['.', ' ']);
    if seen.is_empty() { NAMELESS.to_owned() } else { cut(seen) }
}

/// Control characters, marks that change the order in which text is read, and blanks without width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A long name loses its middle: its ending says what it is.
fn cut(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|dot| &name[dot..]).filter(|ending| ending.len() <= MAX_ENDING);
    let ending = ending.unwrap_or_default();
    let room = name.floor_char_boundary(MAX_NAME - ending.len());
    format!("{}{ending}", &name[..room])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_is_seen_of_them() {
        for (sent, kept) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\a b.txt", "a b.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nSet-Cookie: x=1\0.txt", "aSet-Cookie: x=1.txt"),
            ("  .hidden  ", ".hidden"),
            ("e\u{301}.md", "é.md"),
            ("a.txt. . .", "a.txt"),
            ("", NAMELESS),
            ("..", NAMELESS),
            ("/", NAMELESS),
            ("\u{200b}\u{feff}", NAMELESS),
            ("コード😀.rs", "コード😀.rs"),
        ] {
            assert_eq!(cleaned(sent), kept, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = cleaned(&format!("{}.markdown", "é".repeat(400)));
        assert!(long.len() <= MAX_NAME && long.ends_with("é.markdown"), "{long}");
        assert_eq!(cleaned(&"x".repeat(300)).len(), MAX_NAME);
    }
}
