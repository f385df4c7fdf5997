//! What artifacts are shown as.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an artifact is shown as. What is not known is code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", from = "String")]
pub enum ArtifactKind {
    Markdown,
    Html,
    React,
    Svg,
    Mermaid,
    Json,
    /// Text in some language, with nothing to be shown but the text.
    #[default]
    Code,
}

impl From<String> for ArtifactKind {
    fn from(word: String) -> Self {
        Self::parse(&word).unwrap_or_default()
    }
}

impl ArtifactKind {
    pub const ALL: [Self; 7] =
        [Self::Code, Self::Markdown, Self::Html, Self::React, Self::Svg, Self::Mermaid, Self::Json];

    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::React => "react",
            Self::Svg => "svg",
            Self::Mermaid => "mermaid",
            Self::Json => "json",
        }
    }

    /// The kind of that word, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What a file of that name is shown as.
    pub fn of_path(path: &str) -> Self {
        match ending(path).as_str() {
            "md" | "markdown" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "jsx" | "tsx" => Self::React,
            "svg" => Self::Svg,
            "mmd" | "mermaid" => Self::Mermaid,
            "json" => Self::Json,
            _ => Self::Code,
        }
    }

    /// What a code block in that language becomes.
    pub fn of_language(language: &str) -> Self {
        Self::of_path(&format!("a.{}", ending_of(language)))
    }

    /// Whether it is drawn in a frame of its own, by scripts.
    pub const fn is_framed(self) -> bool {
        matches!(self, Self::Html | Self::React | Self::Svg | Self::Mermaid)
    }

    /// Whether there is something to be seen beside its text.
    pub const fn has_preview(self) -> bool {
        !matches!(self, Self::Code)
    }
}

/// Languages, as code blocks name them, by the endings of their files; the first of each is the one that new files get.
const LANGUAGES: [(&str, &[&str]); 36] = [
    ("bash", &["sh", "bash", "zsh", "shell", "console"]),
    ("c", &["c", "h"]),
    ("cpp", &["cpp", "cc", "cxx", "hpp", "c++"]),
    ("csharp", &["cs", "c#"]),
    ("css", &["css"]),
    ("csv", &["csv", "tsv"]),
    ("dart", &["dart"]),
    ("diff", &["diff", "patch"]),
    ("dockerfile", &["dockerfile"]),
    ("elixir", &["ex", "exs"]),
    ("go", &["go", "golang"]),
    ("graphql", &["graphql", "gql"]),
    ("haskell", &["hs"]),
    ("html", &["html", "htm"]),
    ("ini", &["ini", "cfg", "conf"]),
    ("java", &["java"]),
    ("javascript", &["js", "mjs", "cjs", "node"]),
    ("json", &["json", "jsonc"]),
    ("jsx", &["jsx", "react"]),
    ("kotlin", &["kt", "kts"]),
    ("lua", &["lua"]),
    ("markdown", &["md", "markdown"]),
    ("mermaid", &["mmd", "mermaid"]),
    ("php", &["php"]),
    ("powershell", &["ps1"]),
    ("python", &["py", "pyi", "python3"]),
    ("r", &["r"]),
    ("ruby", &["rb"]),
    ("rust", &["rs"]),
    ("sql", &["sql"]),
    ("svg", &["svg"]),
    ("swift", &["swift"]),
    ("toml", &["toml"]),
    ("tsx", &["tsx"]),
    ("typescript", &["ts", "mts"]),
    ("yaml", &["yaml", "yml"]),
];

/// The language that a file of that name is written in, as code blocks name it.
pub fn language_of(path: &str) -> Option<&'static str> {
    let ending = ending(path);
    LANGUAGES.iter().find(|(_, endings)| endings.contains(&ending.as_str())).map(|(language, _)| *language)
}

/// The ending that a file in that language has; `txt` for those that are not known.
pub fn ending_of(language: &str) -> &'static str {
    let language = language.trim().to_ascii_lowercase();
    let is_it =
        |(name, endings): &&(&str, &[&str])| *name == language || endings.contains(&language.as_str());
    LANGUAGES.iter().find(is_it).and_then(|(_, endings)| endings.first()).copied().unwrap_or("txt")
}

/// The ending of a file's name; of one without a dot, the name.
fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds_and_languages() {
        for (path, kind, language) in [
            ("a/App.TSX", ArtifactKind::React, Some("tsx")),
            ("notes.md", ArtifactKind::Markdown, Some("markdown")),
            ("Dockerfile", ArtifactKind::Code, Some("dockerfile")),
            ("x.tar.unknown", ArtifactKind::Code, None),
            ("chart.svg", ArtifactKind::Svg, Some("svg")),
        ] {
            assert_eq!((ArtifactKind::of_path(path), language_of(path)), (kind, language), "{path}");
        }
        assert_eq!(ArtifactKind::of_language("mermaid"), ArtifactKind::Mermaid);
        assert_eq!((ending_of("Python"), ending_of("klingon")), ("py", "txt"));
    }

    #[test]
    fn words_read_back_and_unknown_ones_are_code() {
        for kind in ArtifactKind::ALL {
            assert_eq!(ArtifactKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(serde_json::from_str::<ArtifactKind>("\"hologram\"").unwrap(), ArtifactKind::Code);
        assert!(serde_json::from_str::<ArtifactKind>("1").unwrap_err().is_data());
    }
}
