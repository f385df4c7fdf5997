//! What the page's WASM is made of: bytes of code by the crate that a function's name begins with. Read from cargo's own
//! file, which has the names and has not been through wasm-opt: the shares are what counts, not the sum.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::command::Project;

/// Crates that are told one by one.
const SHOWN: usize = 30;

/// Where cargo-leptos has cargo put the page.
const MODULE: &str = "target/front/wasm32-unknown-unknown/wasm-release/vertice_frontend.wasm";

/// Some functions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Weight {
    bytes: usize,
    functions: usize,
}

/// Prints the heaviest crates, and the rest together.
pub(super) fn print(project: &Project) -> Result<()> {
    let path = project.root.join(MODULE);
    let module = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut weights: Vec<_> = by_crate(&module)?.into_iter().collect();
    weights.sort_by(|a, b| b.1.bytes.cmp(&a.1.bytes).then_with(|| a.0.cmp(&b.0)));
    let rest = weights.split_off(weights.len().min(SHOWN));
    let sum = |weights: &[(String, Weight)]| {
        weights.iter().fold(Weight::default(), |sum, (_, one)| Weight {
            bytes: sum.bytes + one.bytes,
            functions: sum.functions + one.functions,
        })
    };
    let (rest, mut total) = (sum(&rest), sum(&weights));
    total = Weight { bytes: total.bytes + rest.bytes, functions: total.functions + rest.functions };
    weights.push(("others".to_owned(), rest));
    weights.push(("all".to_owned(), total));
    println!("\n{:<34}{:>12}{:>12}", "code of the page, before wasm-opt", "bytes", "functions");
    for (name, weight) in weights {
        println!("{name:<34}{:>12}{:>12}", weight.bytes, weight.functions);
    }
    println!();
    Ok(())
}

fn by_crate(module: &[u8]) -> Result<BTreeMap<String, Weight>> {
    let mut imported = 0_u32;
    let mut sizes = Vec::new();
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(sections) = section.as_known() else { continue };
                for section in sections {
                    let Name::Function(map) = section? else { continue };
                    for naming in map {
                        let naming = naming?;
                        names.insert(naming.index, naming.name);
                    }
                }
            }
            _ => {}
        }
    }
    let mut weights = BTreeMap::<String, Weight>::new();
    for (index, bytes) in (imported..).zip(sizes) {
        let name = names.get(&index).map(|name| format!("{:#}", rustc_demangle::demangle(name)));
        let name = name.as_deref().map_or("without a name", crate_of).to_owned();
        let weight = weights.entry(name).or_default();
        weight.bytes += bytes;
        weight.functions += 1;
    }
    Ok(weights)
}

/// The first crate in a function's demangled name: of `<a::B as c::D>::e` it is `a`.
fn crate_of(name: &str) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let Some((path, _)) = name.split_once("::") else { return "without a path" };
    let path = path.split('[').next().unwrap_or(path);
    path.rsplit(|c| !is_word(c)).find(|word| !word.is_empty()).unwrap_or("without a path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_is_where_the_name_begins() {
        assert_eq!(crate_of("tachys::view::any_view::build::h0123"), "tachys");
        assert_eq!(crate_of("<alloc::vec::Vec<T> as core::fmt::Debug>::fmt"), "alloc");
        assert_eq!(crate_of("<&mut serde_json::Deserializer<R>>::x"), "serde_json");
        assert_eq!(crate_of("memcpy"), "without a path");
    }

    #[test]
    fn functions_are_weighed_by_name() {
        // One function of two bytes, called `a::b`, and no import.
        let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b\0\x0e\x04name\x01\x07\x01\0\x04a::b";
        let weights = by_crate(module).unwrap();
        assert_eq!(weights["a"], Weight { bytes: 2, functions: 1 });
    }
}
