//! The Python environments of the SDK tests, in `.tools/`: the official SDKs and the tools that are held against the
//! scripted upstream and the server. They are made anew when their list of packages changes. It must never install
//! into the machine's own Python.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{announce, system};
use crate::command::{self, Project};

/// The directory in `.tools/` and the list of packages in `end2end/sdk/`.
const ENVIRONMENTS: [(&str, &str); 2] =
    [("python", "requirements.txt"), ("shell-gpt", "requirements-shell-gpt.txt")];

/// The official MCP servers in Python.
const MCP: (&str, &str) = ("mcp", "end2end/mcp/requirements.txt");

/// What the newest of the packages wants.
const PROBE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// Makes the environments that are missing or older than their lists.
pub(super) fn environments(project: &Project) -> Result<()> {
    for (name, list) in ENVIRONMENTS {
        let list = project.root.join("end2end/sdk").join(list);
        let environment = project.tools().join(name);
        if !is_fresh(&environment, &list) {
            make(project, &environment, &list)?;
        }
    }
    Ok(())
}

/// Makes the environment of the MCP tests if it is missing or older than its list.
pub(super) fn mcp_environment(project: &Project) -> Result<()> {
    let (list, environment) = (project.root.join(MCP.1), project.tools().join(MCP.0));
    if is_fresh(&environment, &list) { Ok(()) } else { make(project, &environment, &list) }
}

pub(crate) fn program(project: &Project, environment: &str, name: &str) -> PathBuf {
    project.tools().join(environment).join("bin").join(name)
}

fn make(project: &Project, environment: &Path, list: &Path) -> Result<()> {
    python(project)?;
    let name = environment.file_name().unwrap_or_default().to_string_lossy();
    announce(
        &format!("Python packages into .tools/{name}/"),
        "official SDKs and servers, for the tests",
        "under a minute",
    );
    let mut venv = project.command("python3");
    venv.args(["-m", "venv", "--clear"]).arg(environment);
    command::run(venv)?;
    let mut pip = project.command(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list);
    command::run(pip).with_context(|| format!("pip could not install what {} names", list.display()))?;
    // The stamp comes last: an installation that broke off is made anew.
    std::fs::copy(list, stamp(environment)).context("cannot write the stamp of the Python packages")?;
    Ok(())
}

/// A Python that can make environments; Debian keeps that in a package of its own.
fn python(project: &Project) -> Result<()> {
    if can_make_environments(project) {
        return Ok(());
    }
    let missing = "the SDK and MCP tests need Python 3.10 or newer with its venv module";
    let advice = "install it, e.g. `apt install python3 python3-venv`";
    system::apt_install(project, "Python", &["python3", "python3-venv"], missing, advice)?;
    anyhow::ensure!(
        can_make_environments(project),
        "{missing}, and none was found after the installation: {advice}"
    );
    Ok(())
}

fn can_make_environments(project: &Project) -> bool {
    let mut probe = project.command("python3");
    probe.args(["-c", PROBE]);
    command::output(probe).is_ok()
}

fn stamp(environment: &Path) -> PathBuf {
    environment.join("installed.txt")
}

/// True when exactly what the list names was installed.
fn is_fresh(environment: &Path, list: &Path) -> bool {
    let installed = std::fs::read(stamp(environment)).ok();
    installed.is_some() && installed == std::fs::read(list).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_fresh_while_its_list_stays_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("requirements.txt");
        std::fs::write(&list, "anthropic==1\n").unwrap();
        assert!(!is_fresh(dir.path(), &list));
        std::fs::copy(&list, stamp(dir.path())).unwrap();
        assert!(is_fresh(dir.path(), &list));
        std::fs::write(&list, "anthropic==2\n").unwrap();
        assert!(!is_fresh(dir.path(), &list));
        assert!(!is_fresh(&dir.path().join("none"), &dir.path().join("none.txt")));
    }

    #[test]
    fn the_lists_exist_and_pin_every_package() {
        let project = Project::find().unwrap();
        let lists = ENVIRONMENTS.map(|(_, list)| format!("end2end/sdk/{list}"));
        for list in lists.into_iter().chain([MCP.1.to_owned()]) {
            let text = std::fs::read_to_string(project.root.join(list)).unwrap();
            let packages: Vec<&str> =
                text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            assert!(!packages.is_empty() && packages.iter().all(|line| line.contains("==")), "{text}");
        }
    }
}
