//! Where a file is in a workspace.

/// The longest name of a file or a folder, in bytes: what file systems take.
const MAX_NAME: usize = 255;
/// The longest path, in bytes.
const MAX_PATH: usize = 1_024;

/// A path below a workspace: names between slashes, none of which leads out of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// Reads a path; what is wrong with it, if it cannot be one.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > MAX_PATH {
            return Err(format!("must be 1 to {MAX_PATH} bytes"));
        }
        if text.starts_with('/') {
            return Err("must be relative to the workspace".to_owned());
        }
        for name in text.split('/') {
            match name {
                "" => return Err("must not hold an empty name".to_owned()),
                "." | ".." => return Err("must not hold . or ..".to_owned()),
                _ if name.len() > MAX_NAME => {
                    return Err(format!("must not hold a name of more than {MAX_NAME} bytes"));
                }
                _ if name.chars().any(char::is_control) => {
                    return Err("must not hold control characters".to_owned());
                }
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the folders above it, and its own.
    pub fn names(&self) -> (Vec<&str>, &str) {
        let mut names: Vec<&str> = self.0.split('/').collect();
        let last = names.pop().unwrap_or_default();
        (names, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below() {
        for good in ["a", "data/a.csv", "a b/ç.txt", ".hidden", "a/..b"] {
            assert_eq!(FilePath::parse(good).unwrap().as_str(), good);
        }
        let long = "x".repeat(256);
        for bad in ["", "/etc/passwd", "..", "a/../b", "a//b", "a/", "./a", "a\nb", "a\0b", long.as_str()] {
            assert!(FilePath::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(FilePath::parse("a/b/c").unwrap().names(), (vec!["a", "b"], "c"));
    }
}
