//! What handlers take out of a request: the caller, ids, queries and JSON bodies.
//!
//! Every refusal is a [`Failure`] that names the field; nothing here may answer with a text of its own.

mod may;
mod origin;
mod upload;

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    response::{IntoResponse, Response},
};
use http::{header, request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use vertice_domain::{Actor, Error, ErrorKind, PageRequest};

pub use self::{
    may::{Deed, May, deed},
    origin::{Origin, origin_of},
    upload::Upload,
};
use crate::{error::Failure, layers::authentication::Identity};

fn actor(parts: &Parts) -> Result<&Actor, Failure> {
    match parts.extensions.get::<Identity>() {
        Some(Identity::Known(actor)) => Ok(actor),
        Some(Identity::Unknown(error)) => Err(error.clone().into()),
        Some(Identity::Anonymous) | None => Err(Error::unauthenticated().into()),
    }
}

/// A caller, whoever it is. What they may do is asked by the port behind the handler.
pub struct Caller(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        actor(parts).cloned().map(Self)
    }
}

/// The one id in the path. What cannot be an id is not found.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Failure::from(Error::not_found("object")))?;
        text.parse().map(Self).map_err(|_| Error::not_found("object").into())
    }
}

/// The query string. Unknown parameters are ignored, wrong values are refused by name.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self).map_err(Failure::from)
    }
}

fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        invalid(&path, &error.into_inner().to_string(), "query")
    })
}

/// `?limit=` and `?cursor=`, as every list takes them.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on a page, 1 to 100; 50 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where to go on: the `next_cursor` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The page asked for, within the limits of every list.
    pub fn page(self) -> Result<PageRequest, Error> {
        PageRequest::new(self.limit, self.cursor)
    }
}

/// A JSON body, of a request or of an answer.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        require_json(request.headers())?;
        // It lies in memory already: see `layers::body_limit`.
        let body = Bytes::from_request(request, state).await.map_err(|_| Error::internal())?;
        read_json(&body).map(Self).map_err(Failure::from)
    }
}

fn require_json(headers: &http::HeaderMap) -> Result<(), Error> {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match media_type.as_deref() {
        Some("application/json") => Ok(()),
        _ => Err(Error::new(
            ErrorKind::UnsupportedMedia,
            "unsupported_media_type",
            "Send JSON, with the header Content-Type: application/json.",
        )),
    }
}

/// Reads a JSON object; what is no JSON is malformed, what is the wrong JSON is invalid, by field.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() { invalid(&path, &inner.to_string(), "body") } else { malformed(&inner) }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    // Derived readers would take a list for an object whose fields stand in order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Error::invalid_field("body", "must be a JSON object"));
    }
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Error {
    let message = format!("The body is not valid JSON in UTF-8: {error}.");
    Error::new(ErrorKind::Malformed, "malformed_json", message)
}

/// An invalid field from serde's words, without the place in the text. A field that is missing or sent twice is named
/// in the words only, and in no path; `whole` is the name of the input as a whole.
fn invalid(path: &str, message: &str, whole: &str) -> Error {
    let message = message.split(" at line ").next().unwrap_or(message);
    let parent = if path == "." { "" } else { path };
    let named = |words: &str| message.strip_prefix(words)?.split('`').next();
    let told = [("missing field `", "is required"), ("duplicate field `", "must be sent only once")]
        .into_iter()
        .find_map(|(words, fault)| Some((named(words)?, fault)));
    match told {
        Some((name, fault)) if parent.is_empty() => Error::invalid_field(name, fault),
        Some((name, fault)) => Error::invalid_field(format!("{parent}.{name}"), fault),
        None => Error::invalid_field(if parent.is_empty() { whole } else { parent }, in_words(message)),
    }
}

/// The standard library's words for a number that is none, said for people.
fn in_words(message: &str) -> &str {
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number"
        }
        "number too large to fit in target type" => "is too large",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::ChatRequest;

    use super::*;

    fn refused(json: &str) -> (String, String) {
        let error = read_json::<ChatRequest>(json.as_bytes()).unwrap_err();
        let field = error.fields.first().map(|f| f.field.clone()).unwrap_or_default();
        (error.code, field)
    }

    #[test]
    fn wrong_json_names_the_field() {
        let field = |json| refused(json).1;
        assert_eq!(field("{}"), "messages");
        assert_eq!(field("[]"), "body");
        assert_eq!(read_json::<PageQuery>(b" [1, null]").unwrap_err().fields[0].field, "body");
        assert_eq!(field(r#"{"messages":[],"model":"a","model":"b"}"#), "model");
        assert_eq!(field("3"), "body");
        assert_eq!(field(r#"{"messages":[],"colour":1}"#), "colour");
        assert_eq!(field(r#"{"messages":[{"role":"user"}]}"#), "messages[0].content");
        assert_eq!(field(r#"{"messages":[{"role":"root","content":""}]}"#), "messages[0].role");
        assert_eq!(field(r#"{"messages":[],"max_tokens":"9"}"#), "max_tokens");
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in ["", "{", r#"{"messages":[]}{}"#, "nope", r#"{"messages":[]"#] {
            assert_eq!(refused(text).0, "malformed_json", "{text}");
        }
        assert_eq!(read_json::<ChatRequest>(b"{\"model\":\"\xff\"}").unwrap_err().code, "malformed_json");
    }

    #[test]
    fn queries_name_the_field() {
        let field = |query| read_query::<PageQuery>(query).unwrap_err().fields[0].field.clone();
        assert_eq!(field("limit=ten"), "limit");
        assert_eq!(field("cursor=a&cursor=b"), "cursor");
        let page = read_query::<PageQuery>("limit=7&cursor=x&other=1").unwrap().page().unwrap();
        assert_eq!((page.limit(), page.cursor.as_deref()), (7, Some("x")));
    }
}
