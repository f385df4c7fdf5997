//! The tags with which artifacts and edits open. Pure.

use vertice_domain::ArtifactKind;

use super::FIND;

/// The longest opening tag, in bytes, and the most blanks between it and what has to follow.
const MAX_TAG: usize = 2_000;
const MAX_BLANKS: usize = 200;

const ARTIFACT: &str = "<artifact";
const EDIT: &str = "<artifact_edit";

/// What a tag opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    Artifact {
        path: String,
        title: Option<String>,
        kind: Option<ArtifactKind>,
        language: Option<String>,
    },
    /// The text to be found follows.
    Edit {
        path: String,
    },
}

/// What stands at the beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    /// This, in so many bytes.
    Opens(Opening, usize),
    /// It may become a tag.
    Maybe,
    /// Text.
    No,
}

/// Reads what begins with `text`. `ended`: nothing more comes.
pub(super) fn read(text: &str, ended: bool) -> Read {
    let unread = if ended { Read::No } else { Read::Maybe };
    if EDIT.starts_with(text) {
        return unread;
    }
    let name = if text.starts_with(EDIT) { EDIT } else { ARTIFACT };
    let Some(tail) = text.strip_prefix(name).filter(|tail| tail.starts_with([' ', '\t'])) else {
        return Read::No;
    };
    let (attributes, rest) = match attributes(tail) {
        Tag::Whole(attributes, rest) if text.len() - rest.len() <= MAX_TAG => (attributes, rest),
        Tag::Cut if text.len() <= MAX_TAG => return unread,
        _ => return Read::No,
    };
    let Some(path) = attributes.path.filter(|path| !path.is_empty()) else { return Read::No };
    if name == ARTIFACT {
        let kind = attributes.kind.map(ArtifactKind::from);
        let Attributes { title, language, .. } = attributes;
        let opening = Opening::Artifact { path, title, kind, language };
        return Read::Opens(opening, text.len() - rest.len());
    }
    let blanks = rest.len() - rest.trim_start().len();
    match rest.trim_start() {
        _ if blanks > MAX_BLANKS => Read::No,
        next if next.starts_with(FIND) => {
            Read::Opens(Opening::Edit { path }, text.len() - next.len() + FIND.len())
        }
        next if FIND.starts_with(next) => unread,
        _ => Read::No,
    }
}

/// The attributes that mean something; of one that is said twice, the first.
#[derive(Default)]
struct Attributes {
    path: Option<String>,
    title: Option<String>,
    kind: Option<String>,
    language: Option<String>,
}

impl Attributes {
    fn take(&mut self, name: &str, value: &str) {
        let field = match name {
            "path" => &mut self.path,
            "title" => &mut self.title,
            "type" => &mut self.kind,
            "language" => &mut self.language,
            _ => return,
        };
        field.get_or_insert_with(|| unescaped(value.trim()));
    }
}

/// How a tag goes on after its name.
enum Tag<'a> {
    /// To its end, and what follows.
    Whole(Attributes, &'a str),
    /// Its end has not come yet.
    Cut,
    /// It is none.
    Malformed,
}

fn attributes(mut rest: &str) -> Tag<'_> {
    let mut attributes = Attributes::default();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(after) = rest.strip_prefix('>') {
            return Tag::Whole(attributes, after);
        }
        let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start_matches([' ', '\t']);
        match after.chars().next() {
            None => return Tag::Cut,
            Some(_) if name.is_empty() => return Tag::Malformed,
            Some('=') => {}
            // One without a value says nothing.
            Some(_) => {
                rest = after;
                continue;
            }
        }
        let value = after[1..].trim_start_matches([' ', '\t']);
        let (value, after) = match value.chars().next() {
            None => return Tag::Cut,
            Some(quote @ ('"' | '\'')) => match value[1..].split_once(quote) {
                Some((value, _)) if value.contains('\n') => return Tag::Malformed,
                Some(split) => split,
                None if value.contains('\n') => return Tag::Malformed,
                None => return Tag::Cut,
            },
            Some(_) => match value.find(|c: char| c.is_whitespace() || "<>\"'".contains(c)) {
                Some(0) => return Tag::Malformed,
                Some(end) => value.split_at(end),
                None => return Tag::Cut,
            },
        };
        attributes.take(name, value);
        rest = after;
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.')
}

const ESCAPES: [(&str, &str); 6] =
    [("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];

fn unescaped(value: &str) -> String {
    ESCAPES.iter().fold(value.to_owned(), |value, (escape, meant)| value.replace(escape, meant))
}

/// A value as it stands between quotes.
pub(super) fn escaped(value: &str) -> String {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(path: &str) -> Opening {
        Opening::Artifact { path: path.into(), title: None, kind: None, language: None }
    }

    #[test]
    fn tags_are_read() {
        let whole =
            r#"<artifact  id=7 path = "a &amp;amp; b.tsx" title='Say "hi"' type="react" language=tsx new>x"#;
        let opening = Opening::Artifact {
            path: "a &amp; b.tsx".into(),
            title: Some("Say \"hi\"".into()),
            kind: Some(ArtifactKind::React),
            language: Some("tsx".into()),
        };
        assert_eq!(read(whole, false), Read::Opens(opening, whole.len() - 1));
        for cut in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..cut], false), Read::Maybe, "cut at {cut}");
            assert_eq!(read(&whole[..cut], true), Read::No, "cut at {cut}");
        }
        let twice = "<artifact path=a path=b>";
        assert_eq!(read(twice, true), Read::Opens(artifact("a"), twice.len()));
        let strange = "<artifact path=\"a\" type=\"hologram\">";
        let Read::Opens(Opening::Artifact { kind, .. }, _) = read(strange, true) else { panic!() };
        assert_eq!(kind, Some(ArtifactKind::Code));
        let edit = "<artifact_edit path=\"a.md\">\n  <find>x";
        assert_eq!(read(edit, false), Read::Opens(Opening::Edit { path: "a.md".into() }, edit.len() - 1));
        for cut in 0..edit.len() - 1 {
            assert_eq!(read(&edit[..cut], false), Read::Maybe, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_tag_is_text() {
        let long = format!("<artifact path=\"{}", "x".repeat(MAX_TAG));
        let far = format!("<artifact_edit path=a>{}", "\n".repeat(MAX_BLANKS + 1));
        for text in [
            "x",
            "<artifacts path=\"a\">",
            "<artifact>",
            "<artifact path=\"\">",
            "<artifact title=\"a\">",
            "<artifact path=\"a\"/>",
            "<artifact path=\"a\nb\">",
            "<artifact path=\"a\n",
            "<artifact\npath=\"a\">",
            "<artifact path=\"a\" <b>",
            "<artifact path=>",
            "<artifact_edit path=\"a\">text",
            "<artifact_edit path=\"a\"><replace>",
            &long,
            &far,
        ] {
            assert_eq!(read(text, false), Read::No, "{text}");
        }
    }

    #[test]
    fn values_read_back() {
        for value in ["a", "\"a\" & <b> &amp; 'c'", "é"] {
            let tag = format!("<artifact path=\"{}\">", escaped(value));
            assert_eq!(read(&tag, true), Read::Opens(artifact(value), tag.len()));
        }
    }
}
