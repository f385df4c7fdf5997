//! Files that are made from the code and committed: the API's document. That they are up to date is a test of the server
//! (`the_file_is_the_document`). It must never change anything that is written by hand.

use anyhow::{Context, Result};

use crate::command::{self, Project};

const DOCUMENT: &str = "docs/openapi.json";

/// Writes them.
pub(crate) fn run(project: &Project) -> Result<()> {
    let text = command::output(project.cargo(["run", "--quiet", "-p", "vertice-server", "--", "openapi"]))?;
    std::fs::write(project.root.join(DOCUMENT), text).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT}");
    Ok(())
}
