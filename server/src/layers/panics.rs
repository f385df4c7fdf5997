//! A panic in a handler is a defect: it is logged and answered like every other failure, and the server goes on.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use vertice_domain::Error;

use crate::error::Failure;

/// Answers when the handler panics.
pub async fn catch(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => answer(&*panic),
    }
}

fn answer(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    tracing::error!(panic = text, "a handler panicked");
    Failure::from(Error::internal()).into_response()
}
