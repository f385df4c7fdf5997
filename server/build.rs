//! Makes sure that the site is there to be embedded, and gives it the name under which browsers may keep it for ever.
//!
//! Debug builds read the site from disk, may do without one, and call it `dev`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

const SITE: &str = "../target/site";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("PROFILE").is_none_or(|profile| profile != "release") {
        fs::create_dir_all(SITE)?;
        println!("cargo:rustc-env=SITE_HASH=dev");
        return Ok(());
    }
    println!("cargo:rerun-if-changed={SITE}");
    if !Path::new(SITE).join("pkg/vertice.wasm").is_file() {
        let message = "target/site/pkg/vertice.wasm is missing, and a release binary embeds it. Build the whole product \
                       instead: cargo xtask run (or: cargo leptos build --release --precompress).";
        return Err(io::Error::other(message));
    }
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
