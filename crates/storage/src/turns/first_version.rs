//! Reading version 1 of the stored log: an answer was one text, with its thinking, told in tokens. Each entry keeps its
//! number; positions are counted on.

use serde::Deserialize;
use vertice_domain::{
    ErrorKind, LoggedEvent, Metadata, Part, PartKind, TurnEvent, TurnFailure,
    event::{CallUsage, Done},
};

#[derive(Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
enum Old {
    Metadata(Box<Metadata>),
    Token { token: String },
    Thinking { text: String },
    Usage(Box<CallUsage>),
    Error(Box<Failure>),
    Done(Done),
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    message: String,
    status: u16,
    retryable: bool,
    #[serde(default)]
    retry_after_s: Option<u64>,
}

/// What has been read of a log so far.
#[derive(Debug, Default)]
pub(super) struct FirstVersion {
    next_position: u32,
    /// Whether the last part is thinking; none: there is no part yet.
    thinks: Option<bool>,
}

impl FirstVersion {
    /// The entries of the next row. None: it is no row at all.
    pub(super) fn decode(&mut self, row: &str) -> Option<Vec<LoggedEvent>> {
        let elements: Vec<serde_json::Value> = serde_json::from_str(row).ok()?;
        elements.into_iter().map(|element| self.entry(element)).collect()
    }

    fn entry(&mut self, element: serde_json::Value) -> Option<LoggedEvent> {
        let seq = element.get("seq")?.as_u64()?;
        let event = match serde_json::from_value(element) {
            Ok(Old::Metadata(metadata)) => TurnEvent::Metadata(metadata),
            Ok(Old::Token { token }) => self.piece(false, token),
            Ok(Old::Thinking { text }) => self.piece(true, text),
            Ok(Old::Usage(usage)) => TurnEvent::Usage(usage),
            Ok(Old::Error(failure)) => TurnEvent::Error(Box::new(failure.today())),
            Ok(Old::Done(done)) => TurnEvent::Done(done),
            Err(_) => TurnEvent::Unknown,
        };
        Some(LoggedEvent::event(seq, event))
    }

    fn piece(&mut self, thinks: bool, text: String) -> TurnEvent {
        if self.thinks == Some(thinks) {
            return TurnEvent::PartDelta { position: self.next_position.saturating_sub(1), text };
        }
        self.thinks = Some(thinks);
        let kind = if thinks { PartKind::Thinking { text } } else { PartKind::Text { text } };
        let part = Part { position: self.next_position, step: 1, kind };
        self.next_position += 1;
        TurnEvent::PartStarted(Box::new(part))
    }
}

impl Failure {
    fn today(self) -> TurnFailure {
        let kind = match self.status {
            400 => ErrorKind::Malformed,
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            413 => ErrorKind::TooLarge,
            422 => ErrorKind::Invalid,
            429 if self.code == "quota_exceeded" => ErrorKind::Quota,
            429 => ErrorKind::RateLimited,
            500 => ErrorKind::Internal,
            503 => ErrorKind::Unavailable,
            504 => ErrorKind::Timeout,
            _ => ErrorKind::Upstream,
        };
        let Self { code, message, retryable, retry_after_s, .. } = self;
        TurnFailure { code, message, kind, retryable, retry_after_s }
    }
}
