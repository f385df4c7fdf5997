//! Bundles what `frontend/preview`, `frontend/editor`, `frontend/panel` and `frontend/palette` are, with the packages of package-lock.json, and
//! writes down what came of it for the crate to hold. It runs again only when one of those has changed. It must never fetch anything.

#![expect(clippy::disallowed_methods, reason = "it runs esbuild while compiling, not while serving")]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// What the bundles are made of, from the project's root.
const SOURCES: [&str; 6] = [
    "frontend/preview",
    "frontend/editor",
    "frontend/panel",
    "frontend/palette",
    "frontend/bundle.mjs",
    "package-lock.json",
];

/// Packages without which nothing can be bundled.
const NEEDED: [&str; 2] = ["esbuild", "monaco-editor"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for source in SOURCES {
        println!("cargo:rerun-if-changed={}", root.join(source).display());
    }
    if let Some(missing) = NEEDED.iter().find(|name| !root.join("node_modules").join(name).is_dir()) {
        return Err(io::Error::other(format!(
            "node_modules/{missing} is missing: `cargo xtask setup` installs what the preview runtime and the editor are made of"
        )));
    }
    let out =
        PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?);
    bundle(&root, &out.join("bundles"))?;
    fs::write(out.join("bundles.rs"), listed(&out.join("bundles"))?)
}

fn bundle(root: &Path, out: &Path) -> io::Result<()> {
    let mut node = Command::new("node");
    node.current_dir(root).arg("frontend/bundle.mjs").arg(out);
    let told = node.output().map_err(|fault| {
        io::Error::other(format!("Node cannot be started ({fault}): `cargo xtask setup` says how to get it"))
    })?;
    if told.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("frontend/bundle.mjs failed:\n{}", String::from_utf8_lossy(&told.stderr))))
}

/// The Rust that holds the files, sorted by their paths.
fn listed(out: &Path) -> io::Result<String> {
    let hash = fs::read_to_string(out.join("hash.txt"))?;
    let mut text = format!(
        "/// The name of these bundles.\npub const HASH: &str = \"{hash}\";\n/// The address below which they are served.\npub const BASE: &str = \"/rt/{hash}\";\n"
    );
    text.push_str("static FILES: &[Entry] = &[\n");
    for path in fs::read_to_string(out.join("files.txt"))?.lines() {
        let packed = out.join("packed").join(format!("{path}.br"));
        let brotli =
            if packed.is_file() { format!("Some({})", included(&packed)) } else { "None".to_owned() };
        text.push_str(&format!("({path:?}, {}, {brotli}),\n", included(&out.join("site").join(path))));
    }
    text.push_str("];\n");
    Ok(text)
}

fn included(path: &Path) -> String {
    format!("include_bytes!({:?})", path.display().to_string())
}
