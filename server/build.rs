//! Embeds the site when it is asked to: with `VERTICE_EMBED_SITE` set the binary holds the page (`cfg(embedded_site)`), and
//! the page gets the name under which browsers may keep it for ever. `cargo xtask build --release` sets it, and builds the
//! page first. Otherwise the binary reads the page from the site root: cargo-leptos compiles both halves at once, so that
//! there is nothing to embed yet.

#![expect(clippy::disallowed_methods, reason = "it reads the site while compiling, not while serving")]

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const SITE: &str = "../target/site";
const SWITCH: &str = "VERTICE_EMBED_SITE";

/// cargo-leptos empties the site first, and compresses it only when it builds the server after it: where this is, the
/// site is whole.
const COMPRESSED: &str = "pkg/vertice.wasm.br";

fn main() -> io::Result<()> {
    println!("cargo:rustc-check-cfg=cfg(embedded_site)");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={SWITCH}");
    if std::env::var_os(SWITCH).is_none() {
        println!("cargo:rustc-env=SITE_HASH=dev");
        return Ok(());
    }
    println!("cargo:rerun-if-changed={SITE}");
    if !Path::new(SITE).join(COMPRESSED).is_file() {
        let message = format!(
            "{SWITCH} is set, but target/site/{COMPRESSED} is missing: there is no compressed page to embed. \
             Build the whole product instead: cargo xtask build --release"
        );
        return Err(io::Error::other(message));
    }
    println!("cargo:rustc-cfg=embedded_site");
    println!("cargo:rustc-env=SITE_HASH={:016x}", hash(Path::new(SITE))?);
    Ok(())
}

/// FNV-1a over the names and contents of all files: stable between machines and compilers.
fn hash(site: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    collect(site, &mut files)?;
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let name = file.strip_prefix(site).unwrap_or(&file).to_string_lossy().into_owned();
        for byte in name.into_bytes().into_iter().chain(fs::read(&file)?) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    Ok(hash)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
