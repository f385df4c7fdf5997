//! The workspace's crates and what each asks for, read from `cargo metadata`. It must never judge; that is done one
//! level up.

use anyhow::{Context, Result};
use serde_json::Value;

/// One crate of the workspace.
#[derive(Debug)]
pub(super) struct Crate {
    /// The package's name without the prefix `vertice-`.
    pub(super) name: String,
    /// What its Cargo.toml asks for.
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a Cargo.toml.
#[derive(Debug)]
pub(super) struct Dependency {
    /// The package's name without the prefix `vertice-`, whatever it is renamed to.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) optional: bool,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Build,
    Dev,
}

/// Reads the output of `cargo metadata --no-deps`.
pub(super) fn read(metadata: &str) -> Result<Vec<Crate>> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata did not print JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Result<Crate> {
    let dependencies =
        package["dependencies"].as_array().context("a package without a list of dependencies")?;
    let dependencies = dependencies.iter().map(dependency).collect::<Result<_>>()?;
    Ok(Crate { name: name(package)?, dependencies })
}

fn dependency(dependency: &Value) -> Result<Dependency> {
    let kind = match dependency["kind"].as_str() {
        None => Kind::Normal,
        Some("build") => Kind::Build,
        Some("dev") => Kind::Dev,
        Some(other) => {
            anyhow::bail!("cargo metadata knows a kind of dependency that xtask does not: {other}")
        }
    };
    Ok(Dependency { name: name(dependency)?, kind, optional: dependency["optional"] == Value::Bool(true) })
}

fn name(value: &Value) -> Result<String> {
    let name = value["name"].as_str().context("a package without a name")?;
    Ok(name.strip_prefix("vertice-").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read() {
        let text = r#"{"packages": [{"name": "vertice-app", "dependencies": [
            {"name": "serde", "kind": null, "optional": false},
            {"name": "vertice-ports", "kind": null, "optional": true},
            {"name": "vertice-testkit", "kind": "dev", "optional": false}]}]}"#;
        let crates = read(text).unwrap();
        assert_eq!(crates[0].name, "app");
        let seen: Vec<_> =
            crates[0].dependencies.iter().map(|one| (one.name.as_str(), one.kind, one.optional)).collect();
        let expected =
            [("serde", Kind::Normal, false), ("ports", Kind::Normal, true), ("testkit", Kind::Dev, false)];
        assert_eq!(seen, expected);
        assert!(read("{}").is_err());
        assert!(read("nonsense").is_err());
    }
}
