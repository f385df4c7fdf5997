//! `cargo xtask layers`: which crate may depend on which, and which may use which library. The tables in `rules` are
//! the picture in ARCHITECTURE.md; this must never grow an exception that the picture does not show.

mod graph;
mod rules;

use anyhow::{Context, Result, bail};

use crate::command::{self, Project};
use graph::{Crate, Dependency, Kind};
use rules::{ARROWS, BROWSER_BAN, OPTIONAL_ONLY, WALLS};

/// Checks the workspace as it is on disk.
pub(crate) fn check(project: &Project) -> Result<()> {
    let metadata = command::output(project.cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let crates = graph::read(&metadata)?;
    let mut faults = faults(&crates);
    faults.extend(browser_faults(&browser_graph(project)?));
    if faults.is_empty() {
        println!("layers: {} crates keep to their arrows", crates.len());
        return Ok(());
    }
    for fault in &faults {
        println!("layers: {fault}");
    }
    bail!("{} faults; the allowed arrows are in xtask/src/layers/rules.rs", faults.len())
}

/// The names of all packages that are compiled into the browser's half.
fn browser_graph(project: &Project) -> Result<String> {
    // The metadata's resolution would mix in the server's features; `cargo tree` resolves this one package.
    let args = ["tree", "-p", "vertice-frontend", "--target", "wasm32-unknown-unknown", "-e", "normal"];
    let mut command = project.cargo(args);
    command.args(["--prefix", "none", "--format", "{p}"]);
    command::output(command).context("cannot list what the browser's half is made of")
}

fn browser_faults(tree: &str) -> Vec<String> {
    BROWSER_BAN
        .iter()
        .filter(|banned| tree.lines().any(|line| line.split_whitespace().next() == Some(**banned)))
        .map(|banned| {
            format!(
                "{banned} is compiled into the browser's half; \
                 `cargo tree -p vertice-frontend --target wasm32-unknown-unknown -e normal -i {banned}` shows through whom"
            )
        })
        .collect()
}

fn faults(crates: &[Crate]) -> Vec<String> {
    crates
        .iter()
        .flat_map(|found| found.dependencies.iter().filter_map(|used| fault(found, used, crates)))
        .chain(crates.iter().filter(|found| arrows(&found.name).is_none()).map(|found| {
            format!(
                "{} is not in the picture: give it a row in xtask/src/layers/rules.rs and ARCHITECTURE.md",
                found.name
            )
        }))
        .collect()
}

fn fault(owner: &Crate, used: &Dependency, crates: &[Crate]) -> Option<String> {
    if crates.iter().any(|one| one.name == used.name) {
        arrow_fault(owner, used)
    } else {
        wall_fault(owner, used)
    }
}

fn arrow_fault(owner: &Crate, used: &Dependency) -> Option<String> {
    let allowed = arrows(&owner.name)?;
    if used.name == rules::TEST_ONLY {
        let is_allowed = used.kind == Kind::Dev || owner.name == used.name;
        return (!is_allowed).then(|| format!("{} ▶ {}: only as a dev-dependency", owner.name, used.name));
    }
    if !allowed.contains(&used.name.as_str()) {
        let list = if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") };
        return Some(format!("{} ▶ {}: it may use {list}", owner.name, used.name));
    }
    let must_be_optional = OPTIONAL_ONLY.contains(&(owner.name.as_str(), used.name.as_str()));
    (must_be_optional && !used.optional && used.kind != Kind::Dev)
        .then(|| format!("{} ▶ {}: only as an optional dependency", owner.name, used.name))
}

/// Libraries are walled in for what ships; a test may use what it likes.
fn wall_fault(owner: &Crate, used: &Dependency) -> Option<String> {
    let (_, rooms) = WALLS.iter().find(|(libraries, _)| libraries.contains(&used.name.as_str()))?;
    let is_allowed = used.kind == Kind::Dev || rooms.contains(&owner.name.as_str());
    (!is_allowed).then(|| format!("{} uses {}: only {} may", owner.name, used.name, rooms.join(", ")))
}

fn arrows(name: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(owner, _)| *owner == name).map(|(_, allowed)| *allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(name: &str, kind: Kind) -> Dependency {
        Dependency { name: name.into(), kind, optional: false }
    }

    fn workspace(owner: &str, used: Dependency) -> Vec<Crate> {
        let names = [
            "domain", "markdown", "ports", "runtime", "llm", "storage", "app", "frontend", "server",
            "testkit", "xtask",
        ];
        let mut crates: Vec<Crate> =
            names.iter().map(|name| Crate { name: (*name).into(), dependencies: Vec::new() }).collect();
        crates.iter_mut().find(|one| one.name == owner).unwrap().dependencies.push(used);
        crates
    }

    fn check_one(owner: &str, used: &str, kind: Kind) -> Vec<String> {
        faults(&workspace(owner, dependency(used, kind)))
    }

    #[test]
    fn arrows_of_the_picture_are_allowed() {
        for (owner, used) in [
            ("ports", "domain"),
            ("runtime", "ports"),
            ("storage", "runtime"),
            ("llm", "ports"),
            ("storage", "domain"),
            ("app", "domain"),
            ("app", "markdown"),
            ("frontend", "app"),
            ("server", "app"),
            ("server", "llm"),
            ("testkit", "ports"),
        ] {
            assert_eq!(check_one(owner, used, Kind::Normal), [""; 0], "{owner} ▶ {used}");
        }
    }

    #[test]
    fn every_other_arrow_is_a_fault() {
        for (owner, used) in [
            ("domain", "ports"),
            ("markdown", "domain"),
            ("ports", "llm"),
            ("ports", "runtime"),
            ("runtime", "llm"),
            ("llm", "storage"),
            ("storage", "app"),
            ("app", "llm"),
            ("frontend", "domain"),
            ("server", "frontend"),
            ("xtask", "domain"),
            ("testkit", "llm"),
        ] {
            assert_eq!(check_one(owner, used, Kind::Normal).len(), 1, "{owner} ▶ {used}");
            assert_eq!(check_one(owner, used, Kind::Dev).len(), 1, "{owner} ▶ {used} (dev)");
        }
    }

    #[test]
    fn the_test_kit_is_for_tests() {
        assert_eq!(check_one("llm", "testkit", Kind::Dev), [""; 0]);
        assert!(check_one("llm", "testkit", Kind::Normal)[0].contains("only as a dev-dependency"));
        assert!(check_one("server", "testkit", Kind::Build)[0].contains("only as a dev-dependency"));
    }

    #[test]
    fn the_app_sees_ports_only_on_the_server() {
        assert!(check_one("app", "ports", Kind::Normal)[0].contains("only as an optional dependency"));
        let optional = Dependency { name: "ports".into(), kind: Kind::Normal, optional: true };
        assert_eq!(faults(&workspace("app", optional)), [""; 0]);
    }

    #[test]
    fn libraries_stay_behind_their_walls() {
        assert_eq!(check_one("storage", "sqlx", Kind::Normal), [""; 0]);
        assert_eq!(check_one("llm", "reqwest", Kind::Normal), [""; 0]);
        assert_eq!(check_one("server", "reqwest", Kind::Dev), [""; 0]);
        assert_eq!(check_one("llm", "serde", Kind::Normal), [""; 0]);
        for (owner, used) in [
            ("llm", "sqlx"),
            ("domain", "leptos"),
            ("server", "web-sys"),
            ("app", "reqwest"),
            ("ports", "tokio"),
        ] {
            assert_eq!(check_one(owner, used, Kind::Normal).len(), 1, "{owner} uses {used}");
        }
    }

    #[test]
    fn a_crate_outside_the_picture_is_a_fault() {
        let crates = [Crate { name: "attic".into(), dependencies: Vec::new() }];
        assert!(faults(&crates)[0].starts_with("attic is not in the picture"));
    }

    #[test]
    fn server_libraries_in_the_browser_are_faults() {
        let tree = "vertice-frontend v0.1.0 (/somewhere)\ntokio-util v0.7\nserde v1.0 (*)\n";
        assert_eq!(browser_faults(tree), [""; 0]);
        let faults = browser_faults("vertice-frontend v0.1.0\ntokio v1.54.1\nsqlx v0.9 (*)\n");
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("tokio "), "{faults:?}");
    }
}
