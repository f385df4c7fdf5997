//! Pictures of other hosts, which the page must not load itself.

use leptos::{prelude::*, server_fn::codec::Json};

use super::ApiError;

/// A picture that somebody asked to see, as a data URL. Its host learns of this server, never of the reader.
#[server(name = RemotePicture, prefix = "/api/ui", endpoint = "remote-picture", input = Json, output = Json)]
pub async fn remote_picture(url: String) -> Result<String, ApiError> {
    let (services, _) = crate::ssr::caller()?;
    Ok(services.pictures.fetch(&url).await?.to_url().into_owned())
}
