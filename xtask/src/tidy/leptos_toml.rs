//! Holds Leptos.toml, which a deployed server may read, against the section of Cargo.toml that cargo-leptos reads.
//! It must never take one for the other's default: a key that both need has to stand in both.

use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

const SHARED: [&str; 5] = ["output-name", "site-root", "site-pkg-dir", "site-addr", "reload-port"];

/// What the two files disagree on.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let read = |name: &str| -> Result<Table> {
        let text = std::fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"))?;
        section(&text).with_context(|| format!("{name} has no [[workspace.metadata.leptos]]"))
    };
    Ok(differences(&read("Cargo.toml")?, &read("Leptos.toml")?))
}

fn section(text: &str) -> Result<Table> {
    let table: Table = text.parse().context("not valid TOML")?;
    let found =
        table.get("workspace").and_then(|value| value.get("metadata")?.get("leptos")?.as_array()?.first());
    found.and_then(Value::as_table).cloned().context("the section is missing")
}

fn differences(cargo: &Table, leptos: &Table) -> Vec<String> {
    let shared = SHARED.iter().filter(|key| cargo.get(**key) != leptos.get(**key)).map(|key| {
        let show = |table: &Table| table.get(*key).map_or_else(|| "nothing".to_owned(), Value::to_string);
        format!("`{key}` is {} in Leptos.toml and {} in Cargo.toml", show(leptos), show(cargo))
    });
    let strange = leptos
        .iter()
        .filter(|(key, value)| !SHARED.contains(&key.as_str()) && cargo.get(*key) != Some(value));
    shared
        .chain(strange.map(|(key, _)| format!("`{key}` in Leptos.toml is not the same in Cargo.toml")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = "[workspace]\n[[workspace.metadata.leptos]]\nname = \"v\"\noutput-name = \"v\"\n\
        site-root = \"target/site\"\nsite-pkg-dir = \"pkg\"\nsite-addr = \"127.0.0.1:3000\"\nreload-port = 3001\n";

    #[test]
    fn equal_sections_are_fine_whatever_else_cargo_needs() {
        let leptos = CARGO.replace("name = \"v\"\noutput", "output").replace("[workspace]\n", "");
        assert_eq!(differences(&section(CARGO).unwrap(), &section(&leptos).unwrap()), [""; 0]);
    }

    #[test]
    fn a_difference_is_named() {
        let leptos = CARGO.replace("3001", "3002").replace("site-pkg-dir = \"pkg\"\n", "");
        let found = differences(&section(CARGO).unwrap(), &section(&leptos).unwrap());
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], "`site-pkg-dir` is nothing in Leptos.toml and \"pkg\" in Cargo.toml");
        assert_eq!(found[1], "`reload-port` is 3002 in Leptos.toml and 3001 in Cargo.toml");
    }

    #[test]
    fn a_file_without_the_section_is_refused() {
        assert!(section("[workspace]\n").is_err());
        assert!(section("= nonsense").is_err());
    }
}
