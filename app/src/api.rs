//! Server functions: what the browser may ask of the server. One area a file; a body is one call to a port.

#![expect(missing_docs, reason = "arguments of server functions become fields of generated structs")]

pub mod account;
pub mod chat;
pub mod conversations;
mod frames;
pub mod models;
pub mod opening;
pub mod pictures;
pub mod providers;
pub mod usage;

use std::fmt;

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use vertice_domain::{Error, ErrorKind};

pub use frames::{FrameStream, Frames};

/// The domain's error as server functions carry it (a newtype, since the trait and the type are both foreign here).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Error);

impl ApiError {
    /// The code of a request that did not reach the server.
    pub const NETWORK: &'static str = "network";

    /// The server could not be reached.
    pub fn network() -> Self {
        let message = "The server could not be reached. Check the connection, then try again.";
        Self(Error::new(ErrorKind::Unavailable, Self::NETWORK, message))
    }

    /// Whether the request did not reach the server, so that it is worth sending again.
    pub fn is_network(&self) -> bool {
        self.0.code == Self::NETWORK
    }

    /// What is wrong with one field of a form, if that was it.
    pub fn field(&self, name: &str) -> Option<String> {
        self.0.fields.iter().find(|error| error.field == name).map(|error| error.message.clone())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ApiError {}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::network(),
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => Self(Error::new(
                ErrorKind::Malformed,
                "malformed_request",
                format!("The request could not be read: {detail}"),
            )),
            _ => Self(Error::internal()),
        }
    }
}
