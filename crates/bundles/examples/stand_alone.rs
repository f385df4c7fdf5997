//! Prints an artifact as one file: `stand_alone html|react|svg|mermaid ENTRY`, its files as a JSON object of paths and contents
//! on standard input. For the browser tests.

use std::io;

use serde_json::Value;
use vertice_bundles::{Kind, Source, stand_alone};

#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, entry] = arguments.as_slice() else { return Err(io::Error::other("a kind and an entry")) };
    let kind = match kind.as_str() {
        "html" => Kind::Html,
        "react" => Kind::React,
        "svg" => Kind::Svg,
        "mermaid" => Kind::Mermaid,
        other => return Err(io::Error::other(format!("there is no kind {other}"))),
    };
    let given: Value = serde_json::from_reader(io::stdin())?;
    let sources: Vec<Source<'_>> = given
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, content)| Source { path, content: content.as_str().unwrap_or_default() })
        .collect();
    print!("{}", stand_alone(kind, entry, &sources));
    Ok(())
}
