//! The file that holds the code of a run.

use vertice_domain::sandbox::Language;

use crate::plan;

/// Where the code is within.
pub(crate) enum Script {
    /// Beside the workspace, where nobody sees it who looks at what is in there.
    Beside(&'static str),
    /// In the workspace: JavaScript looks for what it imports where it lies itself.
    Inside(String),
}

impl Script {
    pub(crate) fn of(language: Language, code: &str, name: &str) -> Self {
        match language {
            Language::Python => Self::Beside("/code.py"),
            Language::Bash => Self::Beside("/code.sh"),
            Language::Javascript => {
                let ending = if is_module(code) { "mjs" } else { "cjs" };
                Self::Inside(format!(".{name}.{ending}"))
            }
        }
    }

    /// Its path within.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Beside(path) => (*path).to_owned(),
            Self::Inside(name) => format!("{}/{name}", plan::WORKSPACE),
        }
    }

    /// Its name in the workspace, if it is there.
    pub(crate) fn inside(&self) -> Option<&str> {
        match self {
            Self::Beside(_) => None,
            Self::Inside(name) => Some(name),
        }
    }
}

/// Whether it is written as a module: nothing but a module may import or export at the beginning of a line.
fn is_module(code: &str) -> bool {
    let begins = |line: &str| {
        let line = line.trim_start();
        ["import ", "import{", "export ", "await "].iter().any(|word| line.starts_with(word))
    };
    code.lines().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_from_scripts() {
        assert!(is_module("// x\nimport fs from 'fs';"));
        assert!(is_module("await fetch('x')"));
        assert!(!is_module("const fs = require('fs'); console.log('import x')"));
    }
}
