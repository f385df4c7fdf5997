//! Runs other programs for every xtask command: one place for their directory, PATH and environment.
//! It must never start a shell on text it was given, and never leave a child's exit code unchecked.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

/// The checkout that xtask works on, and how programs are started in it.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Absolute path of the workspace root.
    pub(crate) root: PathBuf,
    /// Cargo's target directory (`CARGO_TARGET_DIR`, else `target/` in the root).
    pub(crate) target: PathBuf,
    /// True when the variable `CI` is set: no incremental builds.
    pub(crate) ci: bool,
    search: Vec<PathBuf>,
}

impl Project {
    /// The project of the xtask that is running.
    pub(crate) fn find() -> Result<Self> {
        let manifest = variable("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask/ has no parent directory")?.to_path_buf();
        Ok(Self::at(root))
    }

    /// The project whose workspace root is `root`.
    pub(crate) fn at(root: PathBuf) -> Self {
        let target = match variable("CARGO_TARGET_DIR") {
            Some(set) => root.join(set),
            None => root.join("target"),
        };
        // The project's own tools come first, so that a pinned version wins over one found elsewhere.
        let mut search = vec![root.join(".tools/bin"), root.join("node_modules/.bin")];
        search.extend(variable("PATH").iter().flat_map(std::env::split_paths));
        let ci = variable("CI").is_some_and(|value| !value.is_empty() && value != "false");
        Self { root, target, ci, search }
    }

    /// Where pinned tools are installed when the machine has no matching version.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// The first executable called `name` in the project's tools or on PATH.
    pub(crate) fn which(&self, name: &str) -> Option<PathBuf> {
        self.search.iter().map(|dir| dir.join(name)).find(|path| is_executable(path))
    }

    /// Every executable called `name`, in the order in which they would be found.
    pub(crate) fn which_all(&self, name: &str) -> Vec<PathBuf> {
        self.search.iter().map(|dir| dir.join(name)).filter(|path| is_executable(path)).collect()
    }

    /// A command in the project's root with its tools in front of PATH.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        if let Ok(path) = std::env::join_paths(&self.search) {
            command.env("PATH", path);
        }
        for (name, _) in std::env::vars_os() {
            if is_set_by_cargo_run(&name) {
                command.env_remove(name);
            }
        }
        if self.ci {
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    /// A pinned cargo tool. It is started by its path: cargo would prefer one in its own directory.
    pub(crate) fn tool(&self, name: &str, args: &[&str]) -> Result<Command> {
        let program =
            self.which(name).with_context(|| format!("{name} is missing: run `cargo xtask setup test`"))?;
        let mut command = self.command(program);
        command.args(args);
        Ok(command)
    }

    /// `cargo` with these arguments.
    pub(crate) fn cargo<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }
}

/// The value of an environment variable, unless it is not set.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// `cargo run` describes xtask to itself through these. Build scripts of dependencies watch some of them, so
/// passing them on would rebuild those crates each time one switches between `cargo xtask` and plain cargo.
fn is_set_by_cargo_run(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || name.starts_with("CARGO_BIN_")
        || name == "CARGO_CRATE_NAME"
        || name == "CARGO_PRIMARY_PACKAGE"
        || name == "CARGO"
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Runs to the end with the terminal's output; a non-zero exit is an error that names the command.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = describe(&command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    check(status, &shown)
}

/// Runs to the end and returns what was written to standard output.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let shown = describe(&command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}): {}", output.status, stderr.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, shows standard output as it comes and hands each of its lines to `line`.
pub(crate) fn tee(mut command: Command, mut line: impl FnMut(&str)) -> Result<()> {
    let shown = describe(&command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let stdout = child.stdout.take().context("the child has no standard output")?;
    let mut reader = BufReader::new(stdout);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        std::io::stdout().write_all(&bytes)?;
        line(String::from_utf8_lossy(&bytes).trim_end());
        bytes.clear();
    }
    let status = child.wait()?;
    check(status, &shown)
}

/// The command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut text = program.to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

fn check(status: ExitStatus, shown: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{shown}` failed ({status})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let project = Project::find().unwrap();
        let mut command = project.command("sh");
        command.args(["-c", "exit 3"]);
        let error = run(command).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
    }

    #[test]
    fn tee_hands_over_every_line() {
        let project = Project::find().unwrap();
        let mut command = project.command("printf");
        command.arg("one\\ntwo\\n");
        let mut lines = Vec::new();
        tee(command, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn a_missing_program_is_said_plainly() {
        let project = Project::find().unwrap();
        let error = output(project.command("vertice-no-such-program")).unwrap_err().to_string();
        assert!(error.contains("cannot start `vertice-no-such-program`"), "{error}");
    }

    #[test]
    fn variables_about_xtask_itself_are_not_passed_on() {
        assert!(is_set_by_cargo_run(OsStr::new("CARGO_PKG_NAME")));
        assert!(is_set_by_cargo_run(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(!is_set_by_cargo_run(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!is_set_by_cargo_run(OsStr::new("CARGO_HOME")));
    }
}
