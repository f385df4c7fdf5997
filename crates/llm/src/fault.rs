//! What can go wrong with a provider call: sorted into a closed list of kinds, then worded for the user.

mod classify;
mod wording;

use std::time::Duration;

use vertice_domain::ErrorKind;

pub use classify::Complaint;
pub use wording::Speaker;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The key was rejected.
    Auth,
    /// The key may not use this model.
    Permission,
    /// The account has no credit.
    Billing,
    /// The provider does not know the model (or the path).
    NotFound,
    /// Too many requests.
    RateLimited,
    /// The provider has too much to do.
    Overloaded,
    /// The provider failed.
    Unavailable,
    /// Nobody answered at the address.
    Connect,
    /// This server could not read what it wanted to send.
    Unsent,
    /// Nothing came in time, or nothing more.
    Timeout,
    /// The answer had not come to its end after the longest time that a call may take.
    Endless,
    /// The answer came to its end without a word.
    Wordless,
    /// A web page came instead of an answer.
    WebPage,
    /// An answer came that is not a stream we can read.
    BadResponse,
    /// The stream ended in the middle.
    Truncated,
    /// More input than the model takes.
    ContextTooLong,
    /// The provider does not serve this server's country.
    Region,
    /// The provider's filter refuses what was written.
    ContentFilter,
    /// The model takes no tools, or sees no images, as only its provider knew.
    Incapable,
    /// The provider refuses the request as it is.
    Rejected,
}

impl FaultKind {
    /// The stable word for it in events and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auth => "provider_auth",
            Self::Permission => "provider_permission",
            Self::Billing => "provider_billing",
            Self::NotFound => "provider_not_found",
            Self::RateLimited => "provider_rate_limited",
            Self::Overloaded => "provider_overloaded",
            Self::Unavailable | Self::Connect => "provider_unavailable",
            Self::Unsent => "storage_unavailable",
            Self::Timeout | Self::Endless => "provider_timeout",
            Self::Wordless => "empty_answer",
            Self::WebPage | Self::BadResponse => "provider_bad_response",
            Self::Truncated => "stream_truncated",
            Self::ContextTooLong => "context_too_long",
            Self::Region => "provider_region",
            Self::ContentFilter => "provider_content_filter",
            Self::Incapable | Self::Rejected => "provider_rejected",
        }
    }

    /// What kind of failure it is to our own caller. What the provider refuses about the request itself is the caller's to
    /// mend; a provider's rejected key is not.
    pub const fn error_kind(self) -> ErrorKind {
        match self {
            Self::RateLimited => ErrorKind::RateLimited,
            Self::Overloaded | Self::Connect | Self::Unsent => ErrorKind::Unavailable,
            Self::Timeout | Self::Endless => ErrorKind::Timeout,
            Self::ContextTooLong => ErrorKind::TooLarge,
            Self::ContentFilter | Self::Incapable | Self::Rejected => ErrorKind::Malformed,
            _ => ErrorKind::Upstream,
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::Unavailable
                | Self::Connect
                | Self::Unsent
                | Self::Timeout
                | Self::Endless
                | Self::Wordless
                | Self::Truncated
        )
    }

    /// Whether the provider refuses to work with this server or this key, whatever is asked.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Auth | Self::Permission | Self::Billing | Self::NotFound)
    }
}

/// A failure of a provider call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The provider's own words, shortened and cleaned; never for a rejected key, since those may repeat it.
    pub detail: Option<String>,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
    /// Whether a new attempt may be made at once, as long as nothing was said yet.
    pub retry: bool,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

impl Fault {
    /// A fault of that kind, not to be retried.
    pub const fn new(kind: FaultKind) -> Self {
        Self { kind, detail: None, retry_after: None, retry: false, request_id: None }
    }

    /// With words of ours or the provider's.
    #[must_use]
    pub fn with_detail(self, detail: &str) -> Self {
        Self { detail: classify::clean(detail), ..self }
    }

    /// To be tried again, as long as nothing was said yet.
    #[must_use]
    pub fn retried(self) -> Self {
        Self { retry: true, ..self }
    }
}
