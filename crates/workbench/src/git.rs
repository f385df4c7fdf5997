//! The kit for git. It runs where all code of the workspace runs: whatever a repository's configuration and hooks do, they do it there.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vertice_domain::sandbox::{FilePath, Language, Run};
use vertice_ports::{
    Workspace,
    toolbox::{OwnTool, Told},
};

use crate::{
    arguments::{self, CHANGES, READS, folder, path, tool},
    exec::output,
    kit::{told, unknown},
};

/// How long it may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A repository may take longer on its way.
const CLONE_TIMEOUT: Duration = Duration::from_mins(3);
/// Commits that a log tells of unless said, and at the most.
const LOG: u32 = 20;
const LOG_MOST: u32 = 200;

/// Nobody can be asked anything, and who only looks changes nothing.
const BEGIN: &str = "export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat GIT_EDITOR=true\n";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Clone {
    /// https://…
    url: String,
    /// Where to; none: a folder of the repository's name.
    #[serde(default)]
    folder: Option<String>,
}

/// Where the repository is; none: the workspace itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Status {
    /// The repository's folder; none: the workspace.
    #[serde(default)]
    folder: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Diff {
    /// The repository's folder; none: the workspace.
    #[serde(default)]
    folder: Option<String>,
    /// Only this file or folder of the repository.
    #[serde(default)]
    path: Option<String>,
    /// What the next commit holds, in place of what it does not hold yet.
    #[serde(default)]
    staged: bool,
    /// Against this commit, or between two (`main..work`).
    #[serde(default)]
    commit: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Log {
    /// The repository's folder; none: the workspace.
    #[serde(default)]
    folder: Option<String>,
    /// Only this file or folder of the repository.
    #[serde(default)]
    path: Option<String>,
    /// How many commits.
    #[serde(default)]
    count: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Branch {
    /// The repository's folder; none: the workspace.
    #[serde(default)]
    folder: Option<String>,
    /// Goes to this branch, which is made if it is not there; none: lists the branches.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Commit {
    /// The repository's folder; none: the workspace.
    #[serde(default)]
    folder: Option<String>,
    message: String,
    /// Only these files and folders; none: all that was changed.
    #[serde(default)]
    paths: Vec<String>,
}

pub(crate) fn tools() -> Vec<OwnTool> {
    let mut clone = tool::<Clone>("git_clone", "Clones a repository into the workspace.", CHANGES);
    clone.hints.open_world_hint = Some(true);
    vec![
        clone,
        tool::<Status>("git_status", "The branch, and what was changed since its last commit.", READS),
        tool::<Diff>("git_diff", "What was changed, as a diff.", READS),
        tool::<Log>("git_log", "The last commits, a line each.", READS),
        tool::<Branch>("git_branch", "Lists the branches, or goes to one.", CHANGES),
        tool::<Commit>("git_commit", "Commits what was changed.", CHANGES),
    ]
}

pub(crate) async fn call(
    workspace: &dyn Workspace,
    name: &str,
    arguments: Value,
    cancel: CancellationToken,
) -> Result<Told, Told> {
    let git = planned(name, arguments)?;
    let folder = match &git.folder {
        Some(folder) => quoted(&[folder.as_str().to_owned()])?,
        None => ".".to_owned(),
    };
    let run = Run {
        language: Language::Bash,
        code: format!("cd -- {folder} || exit\n{BEGIN}{}\n", git.code),
        stdin: git.stdin,
        timeout: if name == "git_clone" { CLONE_TIMEOUT } else { TIMEOUT },
        files: Vec::new(),
        conversation: None,
    };
    let report = workspace.run(run, None, cancel).await.map_err(told)?;
    Ok(output::of_command(&report, git.silence))
}

/// What is to be run.
struct Git {
    folder: Option<FilePath>,
    code: String,
    stdin: String,
    /// What is said where git says nothing.
    silence: &'static str,
}

fn planned(name: &str, arguments: Value) -> Result<Git, Told> {
    let git = |folder: Option<&str>, words: Vec<String>, silence: &'static str| {
        Ok(Git {
            folder: arguments::folder(folder)?,
            code: format!("git {}", quoted(&words)?),
            stdin: String::new(),
            silence,
        })
    };
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    match name {
        "git_clone" => {
            let Clone { url, folder: to } = arguments::read(arguments)?;
            if !url.starts_with("https://") {
                return Err(Told::error("url must begin with https://."));
            }
            let mut line = words(&["clone", "--quiet", "--", &url]);
            if let Some(to) = folder(to.as_deref())? {
                line.push(to.as_str().to_owned());
            }
            git(None, line, "Cloned.")
        }
        "git_status" => {
            let Status { folder } = arguments::read(arguments)?;
            git(folder.as_deref(), words(&["status", "--short", "--branch"]), "Nothing was changed.")
        }
        "git_diff" => {
            let Diff { folder, path, staged, commit } = arguments::read(arguments)?;
            let mut line = words(&["diff", "--no-color", "--no-ext-diff"]);
            line.extend(staged.then(|| "--cached".to_owned()));
            line.extend(revision(commit)?);
            line.extend(only(path.as_deref())?);
            git(folder.as_deref(), line, "There is no difference.")
        }
        "git_log" => {
            let Log { folder, path, count } = arguments::read(arguments)?;
            let count = format!("--max-count={}", count.unwrap_or(LOG).clamp(1, LOG_MOST));
            let mut line = words(&["log", "--no-color", "--date=short", "--format=%h %ad %an%d %s", &count]);
            line.extend(only(path.as_deref())?);
            git(folder.as_deref(), line, "There is no commit.")
        }
        "git_branch" => {
            let Branch { folder, name } = arguments::read(arguments)?;
            let Some(name) = revision(name)? else {
                return git(
                    folder.as_deref(),
                    words(&["branch", "--no-color", "--all", "-vv"]),
                    "There is no branch yet.",
                );
            };
            let mut planned = git(folder.as_deref(), Vec::new(), "Done.")?;
            let name = quoted(&[name])?;
            planned.code = format!(
                "if git show-ref --verify --quiet refs/heads/{name}; then git switch --quiet {name}; else git switch --quiet -c {name}; fi \
                 && git status --short --branch"
            );
            Ok(planned)
        }
        "git_commit" => {
            let Commit { folder, message, paths } = arguments::read(arguments)?;
            let mut add = words(&["add", "--all", "--"]);
            if paths.is_empty() {
                add.push(".".to_owned());
            }
            for text in paths {
                add.push(path(&text)?.as_str().to_owned());
            }
            let mut planned = git(folder.as_deref(), add, "Committed.")?;
            planned.code +=
                " && git commit --quiet --file=- && git log --no-color -1 --stat --format='%h %s'";
            planned.stdin = message;
            Ok(planned)
        }
        _ => Err(unknown(name)),
    }
}

/// A commit or a branch by its name, never an option.
fn revision(name: Option<String>) -> Result<Option<String>, Told> {
    match name {
        Some(name) if name.starts_with('-') || name.trim().is_empty() => {
            Err(Told::error(format!("{name:?} is no name of a commit or a branch.")))
        }
        name => Ok(name),
    }
}

fn only(text: Option<&str>) -> Result<Vec<String>, Told> {
    match folder(text)? {
        Some(path) => Ok(vec!["--".to_owned(), path.as_str().to_owned()]),
        None => Ok(Vec::new()),
    }
}

/// The words as a shell reads them as themselves.
fn quoted(words: &[String]) -> Result<String, Told> {
    shlex::try_join(words.iter().map(String::as_str))
        .map_err(|_| Told::error("No argument may hold a NUL character."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_becomes_another_command() {
        let code = |name: &str, arguments: Value| planned(name, arguments).map(|git| git.code);
        let diff = code("git_diff", json!({"commit": "main; rm -rf /", "path": "a b"})).unwrap();
        assert_eq!(diff, "git diff --no-color --no-ext-diff 'main; rm -rf /' -- 'a b'");
        let branch = code("git_branch", json!({"name": "$(id)"})).unwrap();
        assert!(branch.contains("git switch --quiet '$(id)';"), "{branch}");
        for refused in [
            ("git_diff", json!({"commit": "--output=/x"})),
            ("git_branch", json!({"name": "-D"})),
            ("git_clone", json!({"url": "ext::sh -c id"})),
            ("git_clone", json!({"url": "--upload-pack=x"})),
            ("git_log", json!({"path": "../.."})),
            ("git_push", json!({})),
        ] {
            assert!(code(refused.0, refused.1.clone()).is_err(), "{refused:?}");
        }
    }
}
