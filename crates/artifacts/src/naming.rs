//! Paths for what has a title only. Pure.

use std::collections::HashSet;

use vertice_domain::{ArtifactKind, Error, Result, artifact::ending_of};

use crate::path;

/// The most characters of a title that go into a name.
const MAX_CHARS: usize = 60;

/// A path of that title that is none of `taken`.
pub(crate) fn free(
    title: &str,
    kind: Option<ArtifactKind>,
    language: Option<&str>,
    taken: &HashSet<String>,
) -> Result<String> {
    let (stem, ending) = (stem(title), ending(kind, language));
    // A title may be a name already: `App.tsx`.
    let whole = title.trim().ends_with(&format!(".{ending}")) || (kind.is_none() && language.is_none());
    let named = |number: usize| match (number, whole.then(|| path("title", title.trim()).ok()).flatten()) {
        (1, Some(path)) => path.as_str().to_owned(),
        (1, None) => format!("{stem}.{ending}"),
        (number, _) => format!("{stem}-{number}.{ending}"),
    };
    let free = (1..=taken.len() + 1).map(named).find(|name| !taken.contains(&name.to_lowercase()));
    free.ok_or_else(Error::internal)
}

fn stem(title: &str) -> String {
    let mut stem = String::new();
    for c in title.trim().chars().take(MAX_CHARS) {
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
        let taken = HashSet::from(["my-page.html".to_owned(), "my-page-2.html".to_owned()]);
        let free = |title, kind, language| free(title, kind, language, &taken).unwrap();
        assert_eq!(free("My page!", Some(ArtifactKind::Html), None), "my-page-3.html");
        assert_eq!(free("Ação №5", None, Some("python")), "ação-5.py");
        assert_eq!(free("src/App.tsx", None, None), "src/App.tsx");
        assert_eq!(free("con", Some(ArtifactKind::Json), None), "con-file.json");
        assert_eq!(free("???", None, None), "artifact.txt");
    }
}
