//! `/import`: the page on which a person sends the files of another app, and reads what became of them. The form works without any
//! script; with one, the answer tells as it goes, and its last line is the report as the page shows it.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use futures::StreamExt as _;
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
    spool,
    state::AppState,
};

/// The most files that one form may send.
const MAX_FILES: usize = 100;

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
    let (files, wants_lines) = (files(&state, &parts.headers, body).await, wants_lines(&parts.headers));
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
        Err(error) if wants_lines => return Failure::from(error).into_response(),
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
async fn files(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Vec<ImportFile>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = body.into_data_stream();
    let Ok(boundary) = multer::parse_boundary(kind) else {
        spool::discard(body).await;
        let message = "The form could not be read. Choose a file and send it again.";
        return Err(Error::new(ErrorKind::UnsupportedMedia, "malformed_form", message));
    };
    state.spool.check(headers)?;
    let place = state.spool.place()?;
    let (mut form, mut taken, mut files) = (multer::Multipart::new(body, boundary), 0, Vec::new());
    while let Some(field) = form.next_field().await.map_err(|_| unread())? {
        let name = field.file_name().unwrap_or_default().to_owned();
        let spooled = state.spool.take(&place, field.boxed(), &mut taken).await?;
        if spooled.size > 0 {
            files.push(ImportFile { name, file: spooled.file, size: spooled.size });
        }
        if files.len() > MAX_FILES {
            let message = format!("are more than {MAX_FILES}; send them in several goes");
            return Err(Error::invalid_field("files", message));
        }
    }
    match files.is_empty() {
        true => Err(Error::invalid_field("files", "must be chosen before they are sent")),
        false => Ok(files),
    }
}

fn unread() -> Error {
    let message = "The file did not arrive to its end. Nothing was taken; send it again.";
    Error::new(ErrorKind::Malformed, "malformed_body", message)
}

fn line(language: Language, step: &ImportStep) -> String {
    match step {
        ImportStep::Progress(progress) => json!({ "progress": progress }).to_string(),
        ImportStep::Done(done) => json!({ "html": import::report(language, done.as_deref()) }).to_string(),
    }
}
