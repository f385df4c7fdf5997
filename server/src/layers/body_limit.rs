//! No body is larger than the limit, and every body has been taken before its request is answered. What is imported is taken to the
//! disk instead, see `spool`.
//!
//! An answer given while the body is still on its way would cost the caller its connection: a server closes one whose
//! bytes it has not read, and a client that sends its next request on it is cut off without an answer.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bytes::{Bytes, BytesMut};
use http::{Method, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use vertice_app::import::IMPORT;
use vertice_domain::{Action, Error, ErrorKind};

use super::authentication::Identity;
use crate::error::Failure;

/// The largest body of most requests, in bytes: a message of 32,000 characters with room for a history around it.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The largest body of any request, in bytes: five pictures of 5 MB in base64 with the text around them, from callers who
/// are known.
pub const MAX_BYTES_WITH_IMAGES: usize = 36 * 1024 * 1024;

/// The largest body that is a file of a workspace, an artifact or an archive of some, from callers who are known.
const MAX_BYTES_OF_FILE: usize = vertice_domain::sandbox::MAX_WORKSPACE_FILE_BYTES;

/// The largest form with a file to be attached: the file, and what stands around it.
const MAX_BYTES_OF_FORM: usize = vertice_domain::file::MAX_FILE_BYTES + 64 * 1024;

/// How much of large bodies lies in memory at once, in bytes: who comes later waits, in order.
const MAX_HELD: usize = 80 * 1024 * 1024;

/// How long a caller may have to wait for that.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where files of conversations go.
const IMPORTS: [&str; 2] = ["/api/v1/conversations/import", IMPORT];

static HELD: Semaphore = Semaphore::const_new(MAX_HELD);

/// How much of a body over the limit is read and thrown away, so that its sender gets to read the refusal, in bytes.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// How long a caller may take to send a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Takes the body into memory, or refuses it. What is imported goes on as it comes: its handler takes it to the disk.
pub async fn limit(request: Request, next: Next) -> Response {
    if is_import(&request) {
        return next.run(request).await;
    }
    let limit = limit_of(&request);
    let (parts, body) = request.into_parts();
    // Who asks before sending is answered before.
    let asks_first = parts.headers.contains_key(header::EXPECT);
    let declared = body.size_hint().upper().and_then(|length| usize::try_from(length).ok());
    if asks_first && declared.is_some_and(|length| length > limit) {
        return Failure::from(too_large(limit)).into_response();
    }
    let length = declared.unwrap_or(limit).min(limit);
    let room = match room_for(length).await {
        Ok(room) => room,
        Err(error) => return Failure::from(error).into_response(),
    };
    let taken = take(body, limit, declared.map_or(0, |_| length));
    let taken = tokio::time::timeout(TIMEOUT, taken).await.unwrap_or_else(|_| Err(too_slow()));
    match taken {
        Ok(bytes) => {
            let held = Bytes::from_owner(Held { bytes, _room: room });
            next.run(Request::from_parts(parts, Body::from(held))).await
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

/// A body, with the room it takes as long as it lies in memory.
struct Held {
    bytes: Bytes,
    _room: Option<SemaphorePermit<'static>>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Waits until there is room for a large body; a small one needs none.
async fn room_for(length: usize) -> Result<Option<SemaphorePermit<'static>>, Error> {
    if length <= MAX_BYTES {
        return Ok(None);
    }
    let permits = u32::try_from(length).map_err(|_| Error::internal())?;
    match tokio::time::timeout(LONGEST_WAIT, HELD.acquire_many(permits)).await {
        Ok(Ok(room)) => Ok(Some(room)),
        Ok(Err(_)) | Err(_) => Err(too_busy()),
    }
}

/// Whether it is a file of conversations, from somebody who may send one.
fn is_import(request: &Request) -> bool {
    let path = request.uri().path();
    let actor = request.extensions().get::<Identity>().and_then(Identity::actor);
    IMPORTS.contains(&path)
        && request.method() == Method::POST
        && actor.is_some_and(|actor| actor.may(Action::WriteConversations).is_ok())
}

fn limit_of(request: &Request) -> usize {
    let path = request.uri().path();
    let takes_images =
        ["/api/v1/chat", "/api/ui/chat-", "/v1/chat/"].iter().any(|prefix| path.starts_with(prefix));
    let is_known = request.extensions().get::<Identity>().and_then(Identity::actor).is_some();
    match () {
        () if !is_known => MAX_BYTES,
        () if takes_images => MAX_BYTES_WITH_IMAGES,
        () if path.starts_with("/api/v1/conversations/") && path.contains("/workspace/files/") => {
            MAX_BYTES_OF_FILE
        }
        () if path == "/api/v1/files" => MAX_BYTES_OF_FORM,
        () if path.starts_with("/api/v1/artifacts") => MAX_BYTES_OF_FILE,
        () => MAX_BYTES,
    }
}

/// `expected`: how long it says it is, so that it does not grow by being copied.
async fn take(mut body: Body, limit: usize, expected: usize) -> Result<Bytes, Error> {
    let mut taken = BytesMut::with_capacity(expected);
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| unread())?.into_data() else { continue };
        length += data.len();
        if length > MAX_DISCARDED {
            break;
        }
        if length <= limit {
            taken.extend_from_slice(&data);
        } else {
            taken = BytesMut::new();
        }
    }
    if length > limit { Err(too_large(limit)) } else { Ok(taken.freeze()) }
}

fn too_slow() -> Error {
    Error::new(ErrorKind::Malformed, "body_timeout", "The body did not arrive in time.")
}

fn too_busy() -> Error {
    let message = "Too many large requests are being taken in. Send it again in a moment.";
    Error::new(ErrorKind::Unavailable, "busy", message)
}

fn unread() -> Error {
    Error::new(ErrorKind::Malformed, "malformed_body", "The body could not be read to its end.")
}

fn too_large(limit: usize) -> Error {
    let limit = limit / (1024 * 1024);
    Error::new(ErrorKind::TooLarge, "body_too_large", format!("The body is larger than {limit} MB."))
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, stream};

    use super::*;

    fn body(chunks: usize) -> Body {
        let chunk = |_| Ok::<_, std::convert::Infallible>(Bytes::from(vec![b'x'; 1024 * 1024]));
        Body::from_stream(stream::iter(0..chunks).map(chunk))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_taken() {
        assert_eq!(take(Body::empty(), MAX_BYTES, 0).await.unwrap().len(), 0);
        assert_eq!(take(body(2), MAX_BYTES, MAX_BYTES).await.unwrap().len(), MAX_BYTES);
        assert_eq!(take(body(3), MAX_BYTES, 0).await.unwrap_err().code, "body_too_large");
    }

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_do_not() {
        let first = room_for(MAX_BYTES_WITH_IMAGES).await.unwrap();
        let second = room_for(MAX_BYTES_WITH_IMAGES).await.unwrap();
        assert!(first.is_some() && second.is_some());
        assert!(room_for(MAX_BYTES).await.unwrap().is_none());
        let mut third = std::pin::pin!(room_for(MAX_BYTES_WITH_IMAGES));
        assert!(futures::poll!(third.as_mut()).is_pending());
        drop(first);
        assert!(third.await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_body_without_an_end_is_refused() {
        assert_eq!(take(body(usize::MAX), MAX_BYTES, 0).await.unwrap_err().code, "body_too_large");
    }
}
