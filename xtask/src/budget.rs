//! What the page may weigh: the files that a first visit fetches, as they travel; its texts are the binary's own. `cargo xtask test` holds it; who needs more
//! says so here, in the change that needs it.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::Project;

/// The kinds of files below the site's `pkg/` by the beginning and the end of their names, and the most bytes of each kind,
/// compressed with brotli.
const MOST: [(&str, &str, u64); 3] =
    [("vertice.", ".wasm", 902_500), ("vertice.", ".js", 12_000), ("vertice.", ".css", 13_000)];

/// Prints what each kind weighs and fails where one is too heavy.
pub(crate) fn check(project: &Project) -> Result<()> {
    let files = compressed(&project.root.join("target/site/pkg"))?;
    let mut heavy = Vec::new();
    println!("{:<34}{:>12}{:>12}", "brotli", "bytes", "at most");
    for (begins, ends, most) in MOST {
        let heaviest = heaviest(&files, begins, ends);
        let bytes = heaviest.with_context(|| format!("there is no {begins}*{ends}.br in the site"))?;
        println!("{:<34}{bytes:>12}{most:>12}", format!("{begins}*{ends}"));
        if bytes > most {
            heavy.push(format!("{begins}*{ends} is {bytes} bytes, {} too many", bytes - most));
        }
    }
    ensure!(heavy.is_empty(), "{}; see `cargo xtask bench page`", heavy.join(", "));
    Ok(())
}

/// The heaviest file of a kind; none: there is no such file.
fn heaviest(files: &[(String, u64)], begins: &str, ends: &str) -> Option<u64> {
    let is_kind = |name: &str| {
        name.starts_with(begins) && name.strip_suffix(".br").is_some_and(|name| name.ends_with(ends))
    };
    files.iter().filter(|(name, _)| is_kind(name)).map(|(_, bytes)| *bytes).max()
}

fn compressed(folder: &Path) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(compressed(&entry.path())?);
        } else {
            files.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_compressed_file_of_a_kind_counts() {
        let files =
            [("vertice.1.js.br", 7), ("vertice.2.js.br", 9), ("vertice.1.js", 90), ("other.js.br", 30)];
        let files: Vec<_> = files.map(|(name, bytes)| (name.to_owned(), bytes)).into();
        assert_eq!(heaviest(&files, "vertice.", ".js"), Some(9));
        assert_eq!(heaviest(&files, "vertice.", ".wasm"), None);
    }
}
