//! Conversations that come in as a file.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use vertice_domain::{
    Error, ErrorKind, FieldError,
    import::{ImportProgress, Imported},
};
use vertice_ports::{Imports, imports::ImportStep};

use crate::{
    error::Failure,
    extract::{Json, May, deed},
    spool::{self, Spool},
};

/// The media type of answers that tell as they go, a line of JSON each time.
pub(crate) const LINES: &str = "application/x-ndjson";

/// What may be sent: JSON, or an archive of it.
const KINDS: [&str; 3] = ["application/json", "application/zip", "application/x-zip-compressed"];

/// Takes in conversations: exports of this app, of ChatGPT and of Claude, as JSON or as the zip archive that they come in; which
/// it is, its content says. IMPORT_LIMIT_MB says how large the body may be.
///
/// Each conversation is stored whole or not at all; one that is here already is not taken again. What was not taken is in the
/// report, and why; `stopped` says where a file broke off. With nothing taken at all, the answer is 422 and `errors` says what is
/// wrong with what. With `Accept: application/x-ndjson` the answer is lines of JSON: `{"progress": …}` as it goes, then
/// `{"done": …}` or `{"error": …}`. It goes on when the caller has gone.
#[utoipa::path(
    post, path = "/api/v1/conversations/import", tag = "conversations",
    request_body(content((serde_json::Value = "application/json"), (Vec<u8> = "application/zip"))),
    responses((status = 200, body = Imported, description = "What is here now, and what was not taken"))
)]
pub async fn import(
    May(actor, _): May<deed::WriteConversations>,
    State(imports): State<Arc<dyn Imports>>,
    State(spool): State<Spool>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let body = body.into_data_stream();
    if !KINDS.contains(&media_type(&headers).as_str()) {
        spool::discard(spool.watched(body)).await;
        let message =
            "Send JSON or a zip archive, with the header Content-Type: application/json or application/zip.";
        return Err(Error::new(ErrorKind::UnsupportedMedia, "unsupported_media_type", message).into());
    }
    let (place, body) = spool.begin(actor.user, &headers, body).await?;
    let file = spool.take(&place, body, &mut 0).await?.named(String::new());
    // From here on it lies with the file.
    drop(place);
    let steps = imports.import(&actor, vec![file]).await?;
    if wants_lines(&headers) {
        return Ok(lines(steps, line));
    }
    Ok(Json(end(steps).await?).into_response())
}

fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(crate) fn wants_lines(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts
        .flat_map(|value| value.split(','))
        .any(|kind| kind.split(';').next().unwrap_or_default().trim() == LINES)
}

/// What an import comes to.
pub(crate) async fn end(mut steps: BoxStream<'static, ImportStep>) -> Result<Imported, Error> {
    while let Some(step) = steps.next().await {
        if let ImportStep::Done(done) = step {
            return done.map(|imported| *imported);
        }
    }
    Err(Error::internal())
}

/// An answer that tells as it goes.
pub(crate) fn lines(
    steps: BoxStream<'static, ImportStep>,
    line: impl Fn(&ImportStep) -> String + Send + 'static,
) -> Response {
    let lines = steps.map(move |step| Ok::<_, Infallible>(Bytes::from(line(&step) + "\n")));
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(LINES));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Progress(ImportProgress),
    Done(&'a Imported),
    Error { code: &'a str, detail: &'a str, errors: &'a [FieldError] },
}

fn line(step: &ImportStep) -> String {
    let line = match step {
        ImportStep::Progress(progress) => Line::Progress(*progress),
        ImportStep::Done(Ok(imported)) => Line::Done(imported),
        ImportStep::Done(Err(Error { code, message, fields, .. })) => {
            Line::Error { code, detail: message, errors: fields }
        }
    };
    serde_json::to_string(&line).expect("strings and numbers cannot fail to serialise")
}
