//! Paths for what has a title only. Pure.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;
use vertice_domain::{
    ArtifactKind, Error, Result,
    artifact::{ending_of, language_of},
};

use crate::path;

/// The most characters of a title that go into a name.
const MAX_CHARS: usize = 60;

/// A path of that title that is none of `taken`, which are keys of paths.
pub(crate) fn free(
    title: &str,
    kind: Option<ArtifactKind>,
    language: Option<&str>,
    taken: &HashSet<String>,
) -> Result<String> {
    // Composed, a letter with its accent is one.
    let title: String = title.trim().nfc().collect();
    let title = title.as_str();
    let (stem, ending) = match title.rsplit_once('.').filter(|_| is_path(title, kind, language)) {
        Some((stem, ending)) => (stem.to_owned(), ending),
        None => (stem(title), ending(kind, language)),
    };
    let named = |number: usize| match number {
        1 => format!("{stem}.{ending}"),
        number => format!("{stem}-{number}.{ending}"),
    };
    for number in 1..=taken.len() + 1 {
        let found = path("title", &named(number))?;
        if !taken.contains(&found.key()) {
            return Ok(found.as_str().to_owned());
        }
    }
    tracing::error!("more paths are taken than there are");
    Err(Error::internal())
}

/// Whether a title is a path already, of a file of that kind and language: `src/App.tsx`.
fn is_path(title: &str, kind: Option<ArtifactKind>, language: Option<&str>) -> bool {
    let is_named = if kind.is_none() && language.is_none() {
        title.contains('.') && language_of(title).is_some()
    } else {
        title.to_ascii_lowercase().ends_with(&format!(".{}", ending(kind, language)))
    };
    is_named && path("title", title).is_ok()
}

fn stem(title: &str) -> String {
    let mut stem = String::new();
    for c in title.chars().take(MAX_CHARS) {
        match c {
            _ if c.is_alphanumeric() => stem.extend(c.to_lowercase()),
            _ if !stem.ends_with('-') && !stem.is_empty() => stem.push('-'),
            _ => {}
        }
    }
    match stem.trim_end_matches('-') {
        "" => "artifact".to_owned(),
        // A device on some systems.
        stem if path("title", stem).is_err() => format!("{stem}-file"),
        stem => stem.to_owned(),
    }
}

const fn ending_of_kind(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Markdown => "md",
        ArtifactKind::Html => "html",
        ArtifactKind::React => "tsx",
        ArtifactKind::Svg => "svg",
        ArtifactKind::Mermaid => "mmd",
        ArtifactKind::Json => "json",
        ArtifactKind::Code => "txt",
    }
}

fn ending(kind: Option<ArtifactKind>, language: Option<&str>) -> &'static str {
    match (kind, language) {
        (Some(kind), _) if kind != ArtifactKind::Code => ending_of_kind(kind),
        (_, Some(language)) => ending_of(language),
        _ => "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_paths() {
        let taken = ["my-page.html", "my-page-2.html", "src/app.tsx", "café.txt"].map(str::to_owned);
        let taken = HashSet::from(taken);
        let free = |title, kind, language| free(title, kind, language, &taken).unwrap();
        assert_eq!(free("My page!", Some(ArtifactKind::Html), None), "my-page-3.html");
        assert_eq!(free("Ação №5", None, Some("python")), "ação-5.py");
        assert_eq!(free("src/Main.tsx", None, None), "src/Main.tsx");
        assert_eq!(free("src/App.tsx", None, None), "src/App-2.tsx");
        assert_eq!(free("App.tsx", Some(ArtifactKind::React), None), "App.tsx");
        assert_eq!(free("con", Some(ArtifactKind::Json), None), "con-file.json");
        assert_eq!(free("My notes", None, None), "my-notes.txt");
        assert_eq!(free("../up.md", None, None), "up-md.txt");
        // Composed otherwise, it is the same name.
        assert_eq!(free("Cafe\u{301}", None, None), "café-2.txt");
        assert_eq!(free("???", None, None), "artifact.txt");
    }
}
