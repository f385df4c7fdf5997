//! Pictures that lie elsewhere.

use async_trait::async_trait;
use vertice_domain::{Image, Result};

/// Fetches pictures of other hosts, for people who asked to see them. The address comes from a model's text: nothing
/// but a picture, and nothing that is not on the public internet, may come back.
#[async_trait]
pub trait RemotePictures: Send + Sync {
    /// The picture at an https address, with its bytes. An address that may not be asked: an invalid field `url`.
    async fn fetch(&self, url: &str) -> Result<Image>;
}
