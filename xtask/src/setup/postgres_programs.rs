//! PostgreSQL's programs, for the private server of the tests. It must never touch a cluster that the machine runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::system;
use crate::command::{self, Project};

const OLDEST: u32 = 13;
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];
const DEBIAN: &str = "/usr/lib/postgresql";

pub(crate) use system::is_root;

/// The directory that holds initdb, postgres and pg_ctl, installed first when there is none.
pub(crate) fn find_or_install(project: &Project) -> Result<PathBuf> {
    if let Some(found) = find(project) {
        return Ok(found);
    }
    let missing = "the storage tests need PostgreSQL 13 or newer (initdb, postgres, pg_ctl)";
    let advice = "install it, e.g. `apt install postgresql`, and put its programs on PATH";
    system::apt_install(project, "PostgreSQL", &["postgresql"], missing, advice)?;
    find(project).with_context(|| format!("{missing}, and none was found after the installation: {advice}"))
}

fn find(project: &Project) -> Option<PathBuf> {
    let on_path = project.which_all("initdb");
    let on_path = on_path.iter().filter_map(|initdb| initdb.parent().map(Path::to_path_buf));
    on_path
        .chain(debian())
        .find(|dir| is_complete(dir) && version(project, dir).is_some_and(|found| found >= OLDEST))
}

/// Debian keeps the programs off PATH, one directory for each version; newest first.
fn debian() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, path)| path).collect()
}

fn is_complete(dir: &Path) -> bool {
    PROGRAMS.iter().all(|name| dir.join(name).is_file())
}

fn version(project: &Project, dir: &Path) -> Option<u32> {
    let mut command = project.command(dir.join("postgres"));
    command.arg("--version");
    major(&command::output(command).ok()?)
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian …)`.
fn major(text: &str) -> Option<u32> {
    let number = text.split_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 9.6.1"), Some(9));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("nonsense"), None);
    }
}
