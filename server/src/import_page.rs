//! `/import`: the page on which a person sends the files of another app, and reads what became of them. The form works without any
//! script; with one, the answer tells as it goes, and its last line is the report as the page shows it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, header};
use serde_json::json;
use vertice_app::{
    import::{self, IMPORT},
    next::{Next, SIGN_IN},
    ssr::language_of,
    strings::Language,
};
use vertice_domain::{Actor, Error, ErrorKind, Result, import::Imported};
use vertice_ports::imports::{ImportFile, ImportStep};

use crate::{
    error::{Failure, status_of},
    layers::authentication::Identity,
    render,
    rest::imports::{end, lines, wants_lines},
    spool::{self, Incoming},
    state::AppState,
};

/// The most files that one form may send.
const MAX_FILES: usize = 100;
/// The longest name of a file that is kept, in characters.
const MAX_NAME: usize = 200;
/// The most that a form may hold beside its files, in bytes, with what its reader is ahead.
const MAX_AROUND: u64 = 2 * 1024 * 1024;

pub fn routes() -> Router<AppState> {
    Router::new().route(IMPORT, get(show).post(take))
}

fn caller(request: &Request) -> Option<Actor> {
    let identity = request.extensions().get::<Identity>().filter(|identity| identity.is_session());
    identity.and_then(Identity::actor).cloned()
}

fn to_sign_in() -> Response {
    Redirect::to(&Next::to(IMPORT, "").behind(SIGN_IN)).into_response()
}

async fn show(State(state): State<AppState>, request: Request) -> Response {
    if caller(&request).is_none() {
        return to_sign_in();
    }
    render::import(&state, request, None).await
}

async fn take(State(state): State<AppState>, request: Request) -> Response {
    let Some(actor) = caller(&request) else { return to_sign_in() };
    let (parts, body) = request.into_parts();
    let (files, wants_lines) =
        (files(&state, &actor, &parts.headers, body).await, wants_lines(&parts.headers));
    let steps = match files {
        Ok(files) => state.services.imports.import(&actor, files).await,
        Err(error) => Err(error),
    };
    let done: Result<Imported> = match steps {
        Ok(steps) if wants_lines => {
            let language = language_of(&parts);
            return lines(steps, move |step| line(language, step));
        }
        Ok(steps) => end(steps).await,
        Err(error) if wants_lines => {
            return Failure::from(import::refusal(language_of(&parts), error)).into_response();
        }
        Err(error) => Err(error),
    };
    let status = done.as_ref().err().map(|error| status_of(error.kind));
    let mut response = render::import(&state, Request::from_parts(parts, Body::empty()), Some(done)).await;
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    response
}

/// The files of the form, on the disk.
async fn files(state: &AppState, actor: &Actor, headers: &HeaderMap, body: Body) -> Result<Vec<ImportFile>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = body.into_data_stream();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        spool::discard(state.spool.watched(body)).await;
        let message = "The form could not be read. Choose a file and send it again.";
        return Err(Error::new(ErrorKind::UnsupportedMedia, "malformed_form", message));
    };
    let (place, body) = state.spool.begin(actor.user, headers, body).await?;
    let content = Arc::new(AtomicU64::new(0));
    let mut form = multer::Multipart::new(around(body, Arc::clone(&content)), boundary);
    let (mut taken, mut parts, mut files) = (0, 0, Vec::new());
    while let Some(field) = form.next_field().await.map_err(unread)? {
        parts += 1;
        if parts > MAX_FILES {
            let message = format!("are more than {MAX_FILES}; send them in several goes");
            return Err(Error::invalid_field("files", message));
        }
        let name: String = field.file_name().unwrap_or_default().chars().take(MAX_NAME).collect();
        let pieces = field.map_err(unread).inspect_ok(|piece| {
            content.fetch_add(piece.len() as u64, Ordering::Relaxed);
        });
        let spooled = state.spool.take(&place, pieces.boxed(), &mut taken).await?;
        if spooled.size > 0 {
            files.push(spooled.named(name));
        }
    }
    match files.is_empty() {
        true => Err(Error::invalid_field("files", "must be chosen before they are sent")),
        false => Ok(files),
    }
}

/// The body of a form of which only so much may be something else than files: the reader of forms keeps that in memory until it
/// ends. `content`: how much of it was files so far.
fn around(body: Incoming, content: Arc<AtomicU64>) -> impl Stream<Item = Result<Bytes>> + Send {
    let mut before = 0_u64;
    body.map(move |piece| {
        let piece = piece?;
        if before.saturating_sub(content.load(Ordering::Relaxed)) > MAX_AROUND {
            return Err(spool::broken());
        }
        before += piece.len() as u64;
        Ok(piece)
    })
}

/// What the reader of forms says: our own refusal, or that it is no form.
fn unread(error: multer::Error) -> Error {
    let ours = match error {
        multer::Error::StreamReadFailed(error) => error.downcast::<Error>().ok(),
        _ => None,
    };
    ours.map_or_else(spool::broken, |error| *error)
}

fn line(language: Language, step: &ImportStep) -> String {
    match step {
        ImportStep::Progress(progress) => json!({ "progress": progress }).to_string(),
        ImportStep::Done(done) => json!({ "html": import::report(language, done.as_deref()) }).to_string(),
    }
}
