//! Artifacts of conversations: made, changed, compared, merged, taken out and in as archives.
//!
//! Every change is a version, whoever makes it; what a version holds lies among the blobs. It never shows anything: previews
//! and editors are the page's.

mod archive;
mod compare;
mod naming;
mod studio;
mod writing;

pub use studio::{Studio, StudioDependencies};

use vertice_domain::{ArtifactPath, Error};

/// A path as it was asked for, in Unicode's composed form.
fn path(field: &str, text: &str) -> Result<ArtifactPath, Error> {
    use unicode_normalization::UnicodeNormalization as _;
    let composed: String = text.nfc().collect();
    ArtifactPath::parse(&composed).map_err(|fault| Error::invalid_field(field, fault))
}

/// Work that may take long, where it keeps nobody waiting.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "work on an artifact broke");
        Error::internal()
    })
}
