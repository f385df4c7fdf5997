//! No body is larger than the limit, and every body has been taken before its request is answered.
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
use http::header;
use http_body_util::BodyExt as _;
use vertice_domain::{Error, ErrorKind};

use super::authentication::Identity;
use crate::error::Failure;

/// The largest body of most requests, in bytes: a message of 32,000 characters with room for a history around it.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The largest body of any request, in bytes: messages with pictures, from callers who are known.
pub const MAX_BYTES_WITH_IMAGES: usize = 32 * 1024 * 1024;

/// How much of a body over the limit is read and thrown away, so that its sender gets to read the refusal, in bytes.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// How long a caller may take to send a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Takes the body into memory, or refuses it.
pub async fn limit(request: Request, next: Next) -> Response {
    let limit = limit_of(&request);
    let (parts, body) = request.into_parts();
    // Who asks before sending is answered before.
    let asks_first = parts.headers.contains_key(header::EXPECT);
    let declared =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if asks_first && declared.is_some_and(|length: u64| length > limit as u64) {
        return Failure::from(too_large(limit)).into_response();
    }
    let taken = tokio::time::timeout(TIMEOUT, take(body, limit)).await.unwrap_or_else(|_| Err(too_slow()));
    match taken {
        Ok(bytes) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(error) => Failure::from(error).into_response(),
    }
}

fn limit_of(request: &Request) -> usize {
    let path = request.uri().path();
    let takes_images =
        ["/api/v1/chat", "/api/ui/chat-", "/v1/chat/"].iter().any(|prefix| path.starts_with(prefix));
    let is_known = request.extensions().get::<Identity>().and_then(Identity::actor).is_some();
    if takes_images && is_known { MAX_BYTES_WITH_IMAGES } else { MAX_BYTES }
}

async fn take(mut body: Body, limit: usize) -> Result<Bytes, Error> {
    let mut taken = BytesMut::new();
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
        assert_eq!(take(Body::empty(), MAX_BYTES).await.unwrap().len(), 0);
        assert_eq!(take(body(2), MAX_BYTES).await.unwrap().len(), MAX_BYTES);
        assert_eq!(take(body(3), MAX_BYTES).await.unwrap_err().code, "body_too_large");
    }

    #[tokio::test]
    async fn a_body_without_an_end_is_refused() {
        assert_eq!(take(body(usize::MAX), MAX_BYTES).await.unwrap_err().code, "body_too_large");
    }
}
