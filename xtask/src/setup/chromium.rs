//! The Chromium that Playwright drives: one that the machine has, else the system's package. It must never download
//! a browser of its own.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::system;
use crate::command::{self, Project};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The path of a Chromium, installed first when there is none.
pub(crate) fn find_or_install(project: &Project) -> Result<PathBuf> {
    if let Some(found) = find(project)? {
        return Ok(found);
    }
    let missing = "the browser tests need Chromium or Chrome";
    let advice = "install it, or name its program in CHROME_PATH, or run `cargo xtask test --no-e2e`";
    system::apt_install(project, "Chromium", &["chromium"], missing, advice)?;
    find(project)?.with_context(|| format!("{missing}, and none was found after the installation: {advice}"))
}

fn find(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(path) = command::variable("CHROME_PATH").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!(
                "CHROME_PATH names {}, which is not a file: give the path of a Chromium program",
                path.display()
            );
        }
        return Ok(Some(path));
    }
    Ok(NAMES.iter().find_map(|name| project.which(name)))
}
