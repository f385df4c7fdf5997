//! Pictures that lie elsewhere, fetched because somebody asked to see them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use vertice_domain::{Error, ErrorKind, Image, Result, content::MAX_IMAGE_BYTES};
use vertice_ports::RemotePictures;

use crate::client::{Egress, Fault, Limits};

/// How many are fetched at once: each may be in memory whole.
const AT_ONCE: usize = 4;
/// The longest wait for one, in the queue and on the wire.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fetches pictures through the guarded client.
pub struct Pictures {
    egress: Arc<Egress>,
    slots: Semaphore,
}

impl Pictures {
    /// Pictures from wherever the client may go.
    pub fn new(egress: Arc<Egress>) -> Self {
        Self { egress, slots: Semaphore::new(AT_ONCE) }
    }

    async fn bytes(&self, url: &str) -> std::result::Result<Vec<u8>, Fault> {
        let slot = tokio::time::timeout(PATIENCE, self.slots.acquire()).await.map_err(|_| Fault::TooSlow)?;
        let _slot = slot.expect("the semaphore is never closed");
        let limits = Limits { bytes: MAX_IMAGE_BYTES, time: PATIENCE };
        self.egress.get(url, "image/png, image/jpeg, image/gif, image/webp", limits).await
    }
}

#[async_trait]
impl RemotePictures for Pictures {
    async fn fetch(&self, url: &str) -> Result<Image> {
        let bytes = self.bytes(url).await.map_err(|fault| failure(&fault))?;
        // What it is shows in its bytes alone, whatever the host calls it.
        Image::from_bytes(&bytes).map_err(|error| unavailable(&error.to_string()))
    }
}

fn failure(fault: &Fault) -> Error {
    match fault {
        Fault::BadAddress | Fault::Private => Error::invalid_field("url", fault.to_string()),
        _ => unavailable(&fault.to_string()),
    }
}

fn unavailable(why: &str) -> Error {
    Error::new(ErrorKind::Upstream, "picture_unavailable", format!("The picture cannot be shown: {why}."))
}
