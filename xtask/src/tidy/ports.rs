//! Holds crates/ports to what it is for: traits, and the plain data in their signatures. A trait of its own that is
//! implemented there, or a function that stands free, is behaviour; that belongs to a capability or to the runtime.
//! It must never look into another crate.

use std::path::Path;

const PORTS: &str = "crates/ports/src";

/// What does not belong into the crate; `sources` are the paths, relative to the project, and texts of all files.
pub(super) fn faults(sources: &[(&Path, &str)]) -> Vec<String> {
    let sources: Vec<_> = sources.iter().filter(|(path, _)| path.starts_with(PORTS)).collect();
    let traits: Vec<&str> =
        sources.iter().flat_map(|(_, text)| text.lines().filter_map(trait_name)).collect();
    let in_file = |(path, text): &&(&Path, &str)| {
        let lines: Vec<_> = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| is_free_function(line) || implements(line, &traits))
            .map(|(line, number)| {
                format!(
                    "{}:{number}: ports hold traits and plain data only: `{}`",
                    path.display(),
                    line.trim_end_matches(" {")
                )
            })
            .collect();
        lines
    };
    sources.iter().flat_map(in_file).collect()
}

fn trait_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub trait ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// Methods are indented; what begins a line is nobody's.
fn is_free_function(line: &str) -> bool {
    ["fn ", "async fn ", "const fn ", "unsafe fn "]
        .iter()
        .any(|word| line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").starts_with(word))
        && !line.starts_with(' ')
}

fn implements(line: &str, traits: &[&str]) -> bool {
    let Some((head, _)) = line.strip_prefix("impl").and_then(|rest| rest.split_once(" for ")) else {
        return false;
    };
    // `impl<T: Clock> crate::clock::Clock for T`: the last path before ` for ` names the trait.
    let path = head.rsplit(' ').next().unwrap_or(head);
    let name = path.rsplit("::").next().unwrap_or(path).split('<').next().unwrap_or(path);
    traits.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        faults(&[
            (Path::new("crates/ports/src/clock.rs"), text),
            (Path::new("crates/llm/src/call.rs"), "fn call() {\n"),
        ])
    }

    #[test]
    fn traits_and_plain_data_are_what_ports_are_for() {
        let text = "pub trait Clock: Send {\n    fn now(&self) -> u64;\n}\npub struct Visit(u8);\nimpl Visit {\n    \
                    pub fn anywhere() -> Self {\n        Self(0)\n    }\n}\nimpl std::fmt::Debug for Visit {}\nimpl From<u8> for Visit {}\n";
        assert_eq!(found(text), [""; 0]);
    }

    #[test]
    fn implementations_and_free_functions_are_faults() {
        for line in [
            "impl Clock for SystemClock {",
            "impl crate::clock::Clock for Fixed {}",
            "impl<T: Send> Clock for T {",
            "pub fn with_heartbeat<T>(",
            "async fn wait() {",
            "pub(crate) const fn zero() -> u8 { 0 }",
        ] {
            let found = found(&format!("pub trait Clock {{}}\n{line}\n"));
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].starts_with("crates/ports/src/clock.rs:2: ports hold traits"), "{found:?}");
        }
    }
}
