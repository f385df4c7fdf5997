//! The pictures and files of messages.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use vertice_domain::{BlobHash, Error, MessageId};
use vertice_ports::{Library, library::Picture};

use super::files::kept;
use crate::{error::Failure, extract::Caller};

/// A picture of a message of the caller's. It never changes: who has it by its `ETag` gets 304.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/images/{index}", tag = "conversations",
    params(("id" = MessageId, Path), ("index" = u32, Path, description = "Its place in the message, from 0")),
    responses((status = 304, description = "The caller has it"), (status = 200, description = "Its bytes", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp")
    )))
)]
pub async fn get(
    Caller(actor): Caller,
    Path((message, index)): Path<(String, String)>,
    State(library): State<Arc<dyn Library>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let missing = || Error::not_found("image");
    let message: MessageId = message.parse().map_err(|_| missing())?;
    let index: u32 = index.parse().map_err(|_| missing())?;
    served(library.image(&actor, message, index).await?, &headers)
}

/// A file of a message of the caller's, as it was when the message was sent; pictures are none of them.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/files/{index}", tag = "conversations",
    params(("id" = MessageId, Path), ("index" = u32, Path, description = "Its place among the message's files, from 0")),
    responses((status = 200, description = "Its bytes, to be saved", content((Vec<u8> = "application/octet-stream"))))
)]
pub async fn get_file(
    Caller(actor): Caller,
    Path((message, index)): Path<(String, String)>,
    State(library): State<Arc<dyn Library>>,
) -> Result<Response, Failure> {
    let missing = || Error::not_found("file");
    let message: MessageId = message.parse().map_err(|_| missing())?;
    let index: u32 = index.parse().map_err(|_| missing())?;
    let (file, bytes) = library.file(&actor, message, index).await?;
    Ok(kept(&file.name, &file.media_type, file.size, Body::from_stream(bytes))?)
}

/// A picture that a tool gave to an answer of the caller's: the `hash` of a result's image. It never changes.
#[utoipa::path(
    get, path = "/api/v1/messages/{id}/tool-images/{hash}", tag = "conversations",
    params(("id" = MessageId, Path), ("hash" = BlobHash, Path, description = "As the result names it")),
    responses((status = 304, description = "The caller has it"), (status = 200, description = "Its bytes", content(
        (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/gif"), (Vec<u8> = "image/webp")
    )))
)]
pub async fn get_of_tool(
    Caller(actor): Caller,
    Path((message, hash)): Path<(String, String)>,
    State(library): State<Arc<dyn Library>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let missing = || Error::not_found("image");
    let message: MessageId = message.parse().map_err(|_| missing())?;
    let hash: BlobHash = hash.parse().map_err(|_| missing())?;
    served(library.tool_picture(&actor, message, hash).await?, &headers)
}

fn served(picture: Picture, headers: &HeaderMap) -> Result<Response, Failure> {
    let Picture { hash, media_type, size, bytes } = picture;
    let tag = format!("\"{hash}\"");
    let is_known = is_known(headers, &tag);
    // Dropped unread where nobody wants it: `HEAD` takes the headers alone.
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from_stream(bytes).into_response()
    };
    let headers = response.headers_mut();
    if !is_known {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    }
    headers.insert(header::ETAG, HeaderValue::try_from(tag).map_err(|_| Error::internal())?);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type.as_str()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// Whether the caller has what is under that tag.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let named = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}
