//! Where an artifact is among the others of its conversation.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest name, and the longest path, in bytes: what file systems take, since artifacts leave as archives.
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 1_024;

/// Names that mean devices on some systems, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A path that every file system can hold and nobody can be deceived by. Unicode's composed form, if whoever gives it sees to that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// Reads a path; what is wrong with it, if it cannot be one.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > MAX_PATH {
            return Err("must be 1 to 1024 bytes");
        }
        if text.contains('\\') {
            return Err("must have / between its names, not \\");
        }
        if text.starts_with('/') {
            return Err("must be relative: without / at its beginning");
        }
        for name in text.split('/') {
            check_name(name)?;
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last of its names.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What two paths have in common that some file systems cannot tell apart. There and back, since some letters are the same
    /// in capitals only: ß and ss, σ and ς.
    pub fn key(&self) -> String {
        self.0.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().any(|device| {
        stem.strip_prefix(device).is_some_and(|rest| rest.chars().count() == 1 && rest != "0")
            && stem.chars().last().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c))
    });
    match name {
        "" => Err("must not hold an empty name"),
        "." | ".." => Err("must not hold . or .."),
        _ if name.len() > MAX_NAME => Err("must not hold a name of more than 255 bytes"),
        _ if name.chars().any(is_hidden) => {
            Err("must not hold control characters or marks that turn text around")
        }
        _ if name.chars().any(|c| "<>:\"|?*".contains(c)) => Err("must not hold any of < > : \" | ? *"),
        _ if name.ends_with(['.', ' ']) || name.starts_with(' ') => {
            Err("must not hold a name that begins with a blank, or ends with one or with a dot")
        }
        _ if numbered || DEVICES.contains(&stem.trim_end()) => {
            Err("must not hold a name that means a device on Windows, like con or nul")
        }
        _ => Ok(()),
    }
}

/// What nobody sees in a name: control characters, marks that change the order in which it is read, and blanks without width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl FromStr for ArtifactPath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        Self::parse(text)
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_safe_everywhere() {
        for good in
            ["a", "src/App.tsx", "a b/ç.txt", ".hidden", "a/..b", "com0.txt", "コード.rs", "console.log"]
        {
            assert_eq!(ArtifactPath::parse(good).map(|path| path.as_str().to_owned()), Ok(good.to_owned()));
        }
        let long = "x".repeat(256);
        for bad in [
            "",
            "/etc/passwd",
            "C:\\x",
            "C:x",
            "..",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a\nb",
            "a\0b",
            "a.",
            "a ",
            " a",
            "con",
            "NUL.txt",
            "lpt1",
            "COM¹.md",
            "a\u{202e}gpj.exe",
            "a\u{200b}",
            "a\u{61c}b",
            "a\u{e0041}",
            "a?b",
            long.as_str(),
        ] {
            assert!(ArtifactPath::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_some_systems_cannot_tell_apart_has_one_key() {
        let key = |text: &str| ArtifactPath::parse(text).unwrap().key();
        assert_eq!(key("A/README.md"), key("a/Readme.MD"));
        assert_eq!(key("Straße"), key("STRASSE"));
        assert_eq!(key("ΟΔΟΣ"), key("οδος"));
        assert_ne!(key("a/b"), key("a/c"));
    }
}
