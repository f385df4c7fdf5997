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

use tokio::sync::{Semaphore, oneshot};
use vertice_domain::{ArtifactPath, Error};

/// A path as it was asked for, in Unicode's composed form.
fn path(field: &str, text: &str) -> Result<ArtifactPath, Error> {
    use unicode_normalization::UnicodeNormalization as _;
    let composed: String = text.nfc().collect();
    ArtifactPath::parse(&composed).map_err(|fault| Error::invalid_field(field, fault))
}

/// Work that may take long, where it keeps nobody waiting.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| broken(&error))
}

/// How deep a comparison may go, in bytes of stack; only what is used is taken. It goes as deep as lines differ, and whatever
/// overflows its stack ends the process.
const DEEPEST: usize = 256 * 1024 * 1024;

/// How many comparisons run at the same time; who comes later waits.
static COMPARISONS: Semaphore = Semaphore::const_new(4);

/// The same for comparisons.
async fn compared<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let room = COMPARISONS.acquire().await.map_err(|error| broken(&error))?;
    let (told, result) = oneshot::channel();
    let compare = move || {
        let _room = room;
        // Whoever waits for it may have gone.
        let _unheard = told.send(work());
    };
    let thread = std::thread::Builder::new().name("comparison".to_owned()).stack_size(DEEPEST);
    thread.spawn(compare).map_err(|error| broken(&error))?;
    result.await.map_err(|error| broken(&error))
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Error {
    tracing::error!(error, "work on an artifact broke");
    Error::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a kilobyte of stack and more for each step.
    fn deep(steps: usize) -> usize {
        let here = std::hint::black_box([steps; 128]);
        if steps == 0 { 0 } else { deep(steps - 1) + usize::from(here[steps % 128] > 0) }
    }

    #[tokio::test]
    async fn comparisons_may_go_deep_and_break_nothing() {
        assert_eq!(compared(|| deep(50_000)).await.unwrap(), 50_000);
        let broken = compared(|| -> usize { panic!("as deep as it goes") }).await.unwrap_err();
        assert_eq!(broken.code, Error::internal().code);
        // Neither keeps its place.
        let all = tokio::time::timeout(std::time::Duration::from_secs(30), COMPARISONS.acquire_many(4)).await;
        assert!(all.unwrap().is_ok());
    }
}
