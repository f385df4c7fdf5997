//! A panic in a handler is a defect: it is logged and answered like every other failure, and the server goes on.

use std::any::Any;

use axum::response::{IntoResponse as _, Response};
use vertice_domain::Error;

use crate::error::Failure;

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
pub fn answer(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    tracing::error!(panic = text, "a handler panicked");
    Failure::from(Error::internal()).into_response()
}
