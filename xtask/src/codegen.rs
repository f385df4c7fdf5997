//! Files that are made from the code and committed: the API's document. That they are up to date is a test of the server
//! (`the_file_is_the_document`). It must never change anything that is written by hand.

use anyhow::{Context, Result};

use crate::command::{self, Project};

const DOCUMENT: &str = "docs/openapi.json";

/// Writes them.
pub(crate) fn run(project: &Project) -> Result<()> {
    // The whole workspace, as the tests build it: a part of it alone has other features, and is compiled anew.
    let whole = ["build", "--quiet", "--workspace", "--exclude", "vertice-frontend", "--bins"];
    command::run(project.cargo(whole))?;
    let mut server = project.command(project.target.join("debug/vertice"));
    server.arg("openapi");
    let text = command::output(server)?;
    std::fs::write(project.root.join(DOCUMENT), text).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT}");
    Ok(())
}
