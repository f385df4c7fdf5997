//! Where the site's files come from: the binary, if they were embedded when it was compiled (`cargo xtask build --release`),
//! else the site root (`LEPTOS_SITE_ROOT`), as `cargo leptos build` and `cargo leptos serve` leave it. It must never read
//! anything outside that directory.

use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Whether this binary holds the site.
pub const IS_EMBEDDED: bool = cfg!(embedded_site);

/// What no page works without.
const NEEDED: [&str; 3] = ["pkg/vertice.js", "pkg/vertice.wasm", "pkg/vertice.css"];

pub struct File {
    /// What it holds.
    pub data: Bytes,
    /// Another one for other contents; without quotes.
    pub tag: String,
}

/// There is no page to serve.
#[derive(Debug, thiserror::Error)]
#[error(
    "This binary holds no page, and {} is missing. Build one that holds everything with `cargo xtask build --release`; or \
     build the page with `cargo leptos build` and start in the project's directory, or name the page's directory in \
     LEPTOS_SITE_ROOT",
    .0.display()
)]
pub struct NoSite(PathBuf);

/// Whether the pages can be served: the binary or the site root holds what they need.
pub async fn check(root: &Path) -> Result<(), NoSite> {
    for path in NEEDED {
        if file(root, path).await.is_none() {
            return Err(NoSite(root.join(path)));
        }
    }
    Ok(())
}

/// One file of the site, by its path below the root.
pub async fn file(root: &Path, path: &str) -> Option<File> {
    #[cfg(embedded_site)]
    return embedded::file(root, path);
    #[cfg(not(embedded_site))]
    on_disk::file(root, path).await
}

#[cfg(embedded_site)]
#[expect(
    clippy::disallowed_methods,
    reason = "where it is checked without optimisation, the macro reads the disk"
)]
mod embedded {
    use std::{borrow::Cow, path::Path};

    use rust_embed::RustEmbed;

    use super::{Bytes, File};

    #[derive(RustEmbed)]
    #[folder = "../target/site"]
    struct Site;

    pub(super) fn file(_root: &Path, path: &str) -> Option<File> {
        let file = Site::get(path)?;
        let tag = file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let data = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some(File { data, tag })
    }
}

#[cfg(not(embedded_site))]
mod on_disk {
    use std::{
        path::{Component, Path},
        time::UNIX_EPOCH,
    };

    use super::File;

    pub(super) async fn file(root: &Path, path: &str) -> Option<File> {
        if !is_below(path) {
            return None;
        }
        let path = root.join(path);
        let data = tokio::fs::read(&path).await.ok()?;
        let changed = tokio::fs::metadata(&path).await.ok()?.modified().ok()?;
        let tag = format!("{:x}-{:x}", changed.duration_since(UNIX_EPOCH).ok()?.as_nanos(), data.len());
        Some(File { data: data.into(), tag })
    }

    /// Whether every step of the path leads down.
    fn is_below(path: &str) -> bool {
        Path::new(path).components().all(|step| matches!(step, Component::Normal(_)))
    }

    #[cfg(test)]
    mod tests {
        use super::is_below;

        #[test]
        fn no_path_leads_out_of_the_site() {
            assert!(is_below("pkg/vertice.js"));
            for path in ["../secret.key", "pkg/../../secret.key", "/etc/passwd", "./vertice.db"] {
                assert!(!is_below(path), "{path}");
            }
        }
    }
}
