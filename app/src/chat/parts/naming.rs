//! What tools are called on the page. Pure.

use super::plain::Clip;
use crate::strings::t;

/// How much of a tool's name (characters) is shown.
const MOST: usize = 120;

/// What a tool of this server's own is called, in words. They are one text, since each text weighs on every page.
pub(super) fn own(server: &str, name: &str) -> Option<&'static str> {
    if !server.is_empty() {
        return None;
    }
    t().calls.own.split(';').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(':'))
}

/// What a tool is called: in words where it is ours, else by its name.
pub(super) fn called(server: &str, name: &str) -> String {
    own(server, name).map_or_else(|| Clip::up_to(name, MOST).shown, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_tools_have_words_and_others_keep_their_names() {
        assert_eq!(called("", "rewrite_artifact"), "Rewrite artifact");
        assert_eq!(called("files", "rewrite_artifact"), "rewrite_artifact");
        assert_eq!(called("", "rewrite"), "rewrite");
        assert_eq!(called("", "a\u{202e}b"), "a\\u{202e}b");
    }
}
