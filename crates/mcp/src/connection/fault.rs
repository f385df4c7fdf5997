//! What went wrong, in sentences that people and models can do something with. Never an address, which may hold a secret.

use std::{error::Error, process::ExitStatus, time::Duration};

use rmcp::{
    model::{ErrorCode, ErrorData},
    service::{ClientInitializeError, ServiceError},
    transport::auth::AuthError,
    transport::streamable_http_client::{AuthRequiredError, InsufficientScopeError, StreamableHttpError},
};

use super::{ConnectionFault, ConnectionState, clean::clean_to, limits::WORDS};

pub(super) type HttpError = StreamableHttpError<reqwest::Error>;

/// Stands for an answer that cannot be read: a server has no use for it.
pub(super) const UNREADABLE: ErrorCode = ErrorCode(-39_001);

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server wants its user to sign in.
    NeedsAuth,
    /// Nobody is there: to speak another way changes nothing.
    Unreachable(String),
    /// Somebody is there who did not understand, or was not understood.
    Strange(String),
}

impl From<Failure> for ConnectionState {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NeedsAuth => Self::NeedsAuth,
            Failure::Unreachable(why) | Failure::Strange(why) => Self::Failed(why),
        }
    }
}

impl From<Failure> for ConnectionFault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NeedsAuth => Self::NeedsAuth,
            Failure::Unreachable(why) | Failure::Strange(why) => Self::Unreachable(why),
        }
    }
}

pub(super) fn size(bytes: usize) -> String {
    if bytes < 1024 * 1024 { format!("{bytes} bytes") } else { format!("{} MB", bytes / 1024 / 1024) }
}

/// A server that closed the connection instead of answering.
pub(super) fn closed() -> Failure {
    Failure::Strange("The server closed the connection.".into())
}

pub(super) fn too_slow(patience: Duration) -> Failure {
    Failure::Strange(format!("The server did not answer within {} seconds.", patience.as_secs()))
}

fn unreadable() -> Failure {
    Failure::Strange("The server's answer does not follow MCP.".into())
}

/// How a program came to its end.
pub(super) fn ended(status: ExitStatus, last_words: &str) -> Failure {
    let said = if last_words.is_empty() { String::new() } else { format!(" It wrote: {last_words}") };
    match status.code() {
        // What the keeper ends with when there is no such program, or none that can be run.
        Some(126 | 127) => Failure::Unreachable(format!("The program could not be started.{said}")),
        Some(code @ 129..) => {
            Failure::Strange(format!("The program was ended by signal {}.{said}", code - 128))
        }
        Some(code) => Failure::Strange(format!("The program ended with status {code}.{said}")),
        None => Failure::Strange(format!("The program was ended.{said}")),
    }
}

/// Why the first words with a server came to nothing.
pub(super) fn of_start(error: ClientInitializeError) -> Failure {
    if error.is_authorization_required() || error.auth_challenge().is_some() {
        return Failure::NeedsAuth;
    }
    match error {
        ClientInitializeError::TransportError { error, .. } => of_transport(error.error.as_ref()),
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => of_start(*fallback),
        ClientInitializeError::JsonRpcError(error) => Failure::Strange(refused(&error)),
        ClientInitializeError::NoCompatibleProtocolVersion { .. } => {
            Failure::Strange("The server speaks only versions of MCP that are not known here.".into())
        }
        ClientInitializeError::ConnectionClosed(_) => closed(),
        _ => unreadable(),
    }
}

/// Why a request got no result.
pub(super) fn of_request(error: ServiceError) -> Result<ConnectionFault, Failure> {
    match error {
        ServiceError::TransportSend(error) if too_little(error.error.as_ref()).is_some() => {
            Ok(ConnectionFault::Refused(too_little(error.error.as_ref()).unwrap_or_default()))
        }
        ServiceError::McpError(error) => Ok(ConnectionFault::Refused(refused(&error))),
        ServiceError::TransportSend(error) => Err(of_transport(error.error.as_ref())),
        ServiceError::UnexpectedResponse => {
            Ok(ConnectionFault::Refused("The server's answer does not follow MCP.".into()))
        }
        _ => Err(closed()),
    }
}

fn refused(error: &ErrorData) -> String {
    let words = clean_to(&error.message, WORDS);
    if error.code == UNREADABLE {
        "The server's answer cannot be read.".into()
    } else if words.is_empty() {
        "The server refused without a word.".into()
    } else {
        format!("The server refused: {words}")
    }
}

/// Whether the server takes what it was asked with for no sign-in.
pub(super) fn is_unauthorized(error: &HttpError) -> bool {
    match error {
        HttpError::AuthRequired(_) => true,
        HttpError::UnexpectedServerResponse(text) => of_response(text) == Failure::NeedsAuth,
        HttpError::Client(error) => error.status().is_some_and(|status| status.as_u16() == 401),
        _ => false,
    }
}

/// The sentence about a sign-in that is good for less than what was asked.
fn too_little(error: &(dyn Error + 'static)) -> Option<String> {
    match error.downcast_ref::<HttpError>() {
        Some(HttpError::Auth(AuthError::InvalidScope(why))) => Some(why.clone()),
        _ => None,
    }
}

fn of_transport(error: &(dyn Error + 'static)) -> Failure {
    if causes(Some(error))
        .any(|error| error.is::<AuthRequiredError>() || error.is::<InsufficientScopeError>())
    {
        return Failure::NeedsAuth;
    }
    let Some(error) = error.downcast_ref::<HttpError>() else {
        // The standard input of a program.
        return closed();
    };
    match error {
        HttpError::Client(error) => of_client(error),
        HttpError::HttpStatus(error) => {
            Failure::Strange(format!("The server answered with status {}.", error.status))
        }
        HttpError::UnexpectedServerResponse(text) => of_response(text),
        HttpError::UnexpectedContentType(kind) => {
            let kind = clean_to(kind.as_deref().unwrap_or("nothing that has a type"), 100);
            Failure::Strange(format!("What is at this address does not speak MCP: it answers with {kind}."))
        }
        HttpError::ResponseBodyTooLarge { max_size } => {
            Failure::Strange(format!("The server sent a message of more than {}.", size(*max_size)))
        }
        HttpError::SessionExpired
        | HttpError::SessionRecoveryTimeout
        | HttpError::ReinitializationFailed(_) => {
            Failure::Strange("The server has forgotten the session.".into())
        }
        HttpError::ReservedHeaderConflict(name) => {
            Failure::Unreachable(format!("The header {} cannot be set.", clean_to(name, 100)))
        }
        // Both are sentences of ours: see `bearer`.
        HttpError::Auth(AuthError::TokenRefreshFailed(why) | AuthError::InvalidScope(why)) => {
            Failure::Unreachable(why.clone())
        }
        HttpError::Deserialize(_) | HttpError::Sse(_) => unreadable(),
        _ => closed(),
    }
}

fn causes<'a>(error: Option<&'a (dyn Error + 'static)>) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error, |&error| error.source())
}

fn of_client(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Unreachable("The server did not answer in time.".into());
    }
    if let Some(status) = error.status() {
        return of_status(status.as_u16());
    }
    // The innermost cause alone: those around it tell the address.
    let cause = causes(error.source()).last();
    let cause = cause.map(|cause| clean_to(&cause.to_string(), 200)).unwrap_or_default();
    Failure::Unreachable(format!("The server cannot be reached: {cause}."))
}

/// "HTTP 404 Not Found: what was sent along".
fn of_response(text: &str) -> Failure {
    let status = text.strip_prefix("HTTP ").and_then(|text| text.get(..3)?.parse().ok());
    status.map_or_else(unreadable, of_status)
}

fn of_status(status: u16) -> Failure {
    match status {
        401 => Failure::NeedsAuth,
        300..=399 => Failure::Unreachable(format!(
            "The server redirects to another address (status {status}). Enter the address it leads to."
        )),
        404 | 405 => Failure::Strange(format!("There is no MCP server at this address (status {status}).")),
        _ => Failure::Strange(format!("The server answered with status {status}.")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn told(failure: Failure) -> String {
        let (Failure::Unreachable(why) | Failure::Strange(why)) = failure else { panic!("{failure:?}") };
        why
    }

    #[test]
    fn ends_of_programs_are_told() {
        let exit = |code: i32| ExitStatus::from_raw(code << 8);
        assert_eq!(told(ended(exit(3), "no key")), "The program ended with status 3. It wrote: no key");
        assert_eq!(told(ended(exit(137), "")), "The program was ended by signal 9.");
        let missing = ended(exit(127), "x cannot be started: not found");
        assert_eq!(
            missing,
            Failure::Unreachable(
                "The program could not be started. It wrote: x cannot be started: not found".into()
            )
        );
    }

    #[test]
    fn statuses_are_told() {
        assert_eq!(of_response("HTTP 401 Unauthorized: x"), Failure::NeedsAuth);
        assert!(told(of_response("HTTP 302 Found: ")).contains("redirects"));
        assert!(told(of_response("HTTP 404 Not Found: ")).contains("no MCP server"));
        assert_eq!(of_response("could not parse JSON"), unreadable());
    }
}
