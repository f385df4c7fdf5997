//! The programs in which code is run: bubblewrap, and gVisor's runsc of 2024 or later. It must never take the older runsc of
//! Debian 12 for one that works.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::system;
use crate::command::{self, Project};

/// The first year whose runsc runs the programs of a current Debian.
const OLDEST_YEAR: u32 = 2024;

/// Finds both, and installs what is missing.
pub(crate) fn find_or_install(project: &Project) -> Result<()> {
    if project.which("bwrap").is_none() {
        let missing = "the tests of the sandbox need bubblewrap (bwrap)";
        system::apt_install(
            project,
            "bubblewrap",
            &["bubblewrap"],
            missing,
            "install it, e.g. `apt install bubblewrap`",
        )?;
    }
    if runsc(project).is_some() {
        return Ok(());
    }
    let missing = "the tests of the sandbox need gVisor (runsc) of 2024 or later";
    let advice = "install it, e.g. from Debian's backports: `apt install -t bookworm-backports runsc`";
    system::apt_install_newer(project, "gVisor", "runsc", missing, advice)?;
    runsc(project)
        .with_context(|| format!("{missing}, and none was found after the installation: {advice}"))?;
    Ok(())
}

fn runsc(project: &Project) -> Option<PathBuf> {
    let program = project.which("runsc")?;
    let mut command = project.command(&program);
    command.arg("--version");
    let told = command::output(command).ok()?;
    year(&told).is_some_and(|year| year >= OLDEST_YEAR).then_some(program)
}

/// The year in `runsc version 0.0~20240729.0`, or in `runsc version release-20250101.0`.
fn year(text: &str) -> Option<u32> {
    let digits = text.lines().next()?.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 8)?;
    digits[..4].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_read() {
        assert_eq!(year("runsc version 0.0~20240729.0\nspec: 1.0.2-dev"), Some(2024));
        assert_eq!(year("runsc version release-20250820.0"), Some(2025));
        assert_eq!(year("runsc version VERSION_MISSING"), None);
    }
}
