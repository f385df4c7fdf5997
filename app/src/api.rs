//! Server functions: what the browser may ask of the server. One area a file; a body is one call to a port.

#![expect(missing_docs, reason = "arguments of server functions become fields of generated structs")]

pub mod account;
pub mod chat;
pub mod conversations;
mod frames;
pub mod mcp;
pub mod mcp_board;
pub mod models;
pub mod opening;
pub mod palette;
pub mod panel;
pub mod pictures;
pub mod runs;
pub mod settings;
pub mod usage;

use std::fmt;

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use vertice_domain::{Error, ErrorKind, FieldError};

use crate::strings::{fill, t};
pub use frames::{FrameStream, Frames};

/// The domain's error as server functions carry it (a newtype, since the trait and the type are both foreign here).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Error);

impl ApiError {
    /// The code of a request that did not reach the server.
    pub const NETWORK: &'static str = "network";
    /// The code of an answer that is none of this server's.
    pub const UNREADABLE: &'static str = "unreadable_answer";

    /// The server could not be reached.
    pub fn network() -> Self {
        let message = t().errors.network;
        Self(Error::new(ErrorKind::Unavailable, Self::NETWORK, message))
    }

    /// What came back was not this server's: a proxy's page, or an answer that was cut.
    pub fn unreadable() -> Self {
        let message = t().errors.unreadable;
        Self(Error::new(ErrorKind::Unavailable, Self::UNREADABLE, message))
    }

    /// Whether asking the same again would bring the same answer.
    pub fn is_final(&self) -> bool {
        match self.0.kind {
            ErrorKind::Invalid
            | ErrorKind::Malformed
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::TooLarge
            | ErrorKind::UnsupportedMedia
            | ErrorKind::Quota
            | ErrorKind::Cancelled => true,
            ErrorKind::RateLimited
            | ErrorKind::Upstream
            | ErrorKind::Timeout
            | ErrorKind::Unavailable
            | ErrorKind::Internal => false,
        }
    }

    /// Whether the server may have done what was asked, although this came back.
    pub fn leaves_open(&self) -> bool {
        self.0.code == Self::NETWORK || self.0.code == Self::UNREADABLE || self.0.kind == ErrorKind::Internal
    }

    /// What is wrong with one field of a form, if that was it.
    pub fn field(&self, name: &str) -> Option<String> {
        self.0.fields.iter().find(|error| error.field == name).map(|error| error.message.clone())
    }

    /// What is wrong with one field, as a sentence: the API words faults to follow the field's name, as in `template` they
    /// do; what is a sentence already stays one.
    pub fn field_in(&self, name: &str, template: &str) -> Option<String> {
        let fault = self.field(name)?;
        let whole = fault.starts_with(|first: char| first.is_uppercase());
        Some(if whole { fault } else { fill(template, &[("fault", &fault)]) })
    }
}

/// Makes a sentence of a field's fault, which the API words to follow the field's name. What is a sentence already stays
/// one.
pub(crate) fn sentence(fault: &FieldError) -> String {
    let FieldError { field, message } = fault;
    if message.starts_with(|first: char| first.is_uppercase()) {
        return message.clone();
    }
    let name = field.replace('_', " ");
    let mut letters = name.chars();
    let capital: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{capital}{} {message}{stop}", letters.as_str())
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ApiError {}

impl From<Error> for ApiError {
    /// On the server: in the caller's language.
    fn from(error: Error) -> Self {
        #[cfg(feature = "ssr")]
        let error = crate::ssr::said(error);
        Self(error)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::network(),
            ServerFnErrorErr::Deserialization(_) => Self::unreadable(),
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => Self(Error::new(
                ErrorKind::Malformed,
                "malformed_request",
                fill(t().errors.malformed, &[("detail", &detail)]),
            )),
            _ => Error::internal().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_become_sentences() {
        let said = |field, message| sentence(&FieldError::new(field, message));
        assert_eq!(said("email", "is not an e-mail address"), "Email is not an e-mail address.");
        assert_eq!(said("setup_token", "must not be empty"), "Setup token must not be empty.");
        assert_eq!(said("password", "Too easy to guess."), "Too easy to guess.");
    }

    #[test]
    fn a_proxys_page_is_no_word_of_the_server() {
        let error = <ApiError as FromServerFnError>::de("<html><h1>502 Bad Gateway</h1></html>".into());
        assert_eq!(error, ApiError::unreadable());
        assert!(!error.is_final() && error.leaves_open());
    }

    #[test]
    fn a_refusal_of_the_server_is_final_and_an_outage_is_not() {
        let told = |error: Error| <ApiError as FromServerFnError>::de(ApiError(error).ser());
        let gone = told(Error::not_found("turn"));
        assert!(gone.is_final() && !gone.leaves_open());
        let busy = told(Error::storage_unavailable());
        assert!(!busy.is_final() && !busy.leaves_open());
    }
}
