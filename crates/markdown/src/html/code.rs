//! The HTML of a code block: a head with language, file and buttons, and the highlighted code. The text content
//! of the `<pre>` must always be exactly the code, because that is what Copy copies.

use crate::{highlight, markup::Html, words::Words};

/// Writes a code block; `info` is what stands behind the opening fence.
pub(crate) fn block(out: &mut Html, info: &str, code: &str, words: Words) {
    let (language, _) = split_info(info);
    open(out, info, words, true);
    highlight::write(out, language, code);
    close(out);
}

/// Writes a code block that is still growing, without colours; it cannot be run yet.
pub(crate) fn growing(out: &mut Html, info: &str, code: &str, words: Words) {
    open(out, info, words, false);
    out.text(code);
    close(out);
}

/// `whole`: nothing more comes.
fn open(out: &mut Html, info: &str, words: Words, whole: bool) {
    let (language, file) = split_info(info);
    out.tag("<figure class=\"codeblock\"><figcaption class=\"codeblock-head\"><span>");
    out.text(if language.is_empty() { "text" } else { language });
    if !file.is_empty() {
        out.tag(" / ");
        out.text(file);
    }
    out.tag("</span><span class=\"grow\"></span>");
    if let (Some(language), true) = (runnable(language), whole) {
        named_button(out, "data-run", language, file, (words.run_code, words.run));
    }
    if whole {
        named_button(out, "data-artifact-of", language, file, (words.open_code, words.open));
    }
    out.tag("<button type=\"button\" class=\"btn btn-ghost btn-sm\" data-copy aria-label=\"");
    out.tag(words.copy_code);
    out.tag("\">");
    out.tag(words.copy);
    out.tag("</button></figcaption><pre tabindex=\"0\"><code>");
}

/// A button that knows the block's language and file; `label` is what it is called, and what stands on it.
fn named_button(
    out: &mut Html,
    attribute: &'static str,
    language: &str,
    file: &str,
    label: (&'static str, &'static str),
) {
    out.tag("<button type=\"button\" class=\"btn btn-ghost btn-sm\" ");
    out.tag(attribute);
    out.tag("=\"");
    out.text(language);
    if !file.is_empty() {
        out.tag(" ");
        out.text(file);
    }
    out.tag("\" aria-label=\"");
    out.tag(label.0);
    out.tag("\">");
    out.tag(label.1);
    out.tag("</button>");
}

fn close(out: &mut Html) {
    out.tag("</code></pre></figure>");
}

/// What a server that runs code calls the language; none: no server runs it.
fn runnable(language: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 11] = [
        ("python", "python"),
        ("py", "python"),
        ("python3", "python"),
        ("javascript", "javascript"),
        ("js", "javascript"),
        ("node", "javascript"),
        ("mjs", "javascript"),
        ("cjs", "javascript"),
        ("bash", "bash"),
        ("sh", "bash"),
        ("shell", "bash"),
    ];
    KNOWN.iter().find(|(name, _)| language.eq_ignore_ascii_case(name)).map(|(_, known)| *known)
}

/// Language and file name of `rust src/db.rs`, `rust title=src/db.rs`, `rust title="src/db.rs"` or `rust:src/db.rs`.
fn split_info(info: &str) -> (&str, &str) {
    let info = info.trim();
    let (first, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
    let (language, file) = first.split_once(':').unwrap_or((first, ""));
    if !file.is_empty() {
        return (language, file);
    }
    let rest = rest.trim();
    for key in ["title=", "file=", "filename="] {
        if let Some(at) = rest.find(key) {
            let value = &rest[at + key.len()..];
            let quoted = value.strip_prefix('"').and_then(|v| v.split('"').next());
            let bare = value.split_whitespace().next().unwrap_or_default();
            return (language, quoted.unwrap_or(bare));
        }
    }
    let word = rest.split_whitespace().next().unwrap_or_default();
    let is_file = word.contains(['.', '/']) && !word.contains(['{', '=']);
    (language, if is_file { word } else { "" })
}
