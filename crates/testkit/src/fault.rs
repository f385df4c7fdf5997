//! What can be wrong with a request, and how each provider words it: status, body, and the event inside a stream.

mod anthropic;
mod gemini;
mod openai;

use serde_json::{Value, json};

use crate::wire::Wire;

/// Fault, status, type, code, message; `{model}` stands for the model's id.
type Row = (Fault, u16, &'static str, Option<&'static str>, &'static str);

/// A fault of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A field is wrong.
    InvalidRequest,
    /// The prompt is longer than the window.
    ContextTooLong,
    /// More output is asked for than the model gives.
    TooManyOutputTokens,
    /// The model takes no tools.
    ToolsUnsupported,
    /// An image is too large or cannot be read.
    BadImage,
    /// The key is unknown.
    InvalidKey,
    /// The account is without credit.
    NoCredit,
    /// The key may not do this.
    Permission,
    /// The country is not served.
    Region,
    UnknownModel,
    /// The body is too large.
    RequestTooLarge,
    /// Too many requests.
    RateLimit,
    /// The provider broke.
    Server,
    /// The provider is full.
    Overloaded,
    /// The provider gave up waiting.
    Timeout,
}

/// A fault as one provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) status: u16,
    /// The provider's main word: Anthropic's and OpenAI's `type`, Google's `status`.
    pub(crate) kind: String,
    /// OpenAI's second word.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

impl Complaint {
    /// The body of an answer that is only this.
    pub(crate) fn body(&self, wire: Wire) -> Value {
        match wire {
            Wire::Anthropic => json!({"type": "error", "error": {"type": self.kind, "message": self.message},
                "request_id": "req_scripted"}),
            Wire::Gemini => {
                json!({"error": {"code": self.status, "message": self.message, "status": self.kind}})
            }
            Wire::Groq if self.code.is_none() => {
                json!({"error": {"message": self.message, "type": self.kind}})
            }
            Wire::Groq => json!({"error": {"message": self.message, "type": self.kind, "code": self.code}}),
            Wire::Chat | Wire::Responses => json!({"error": {"message": self.message, "type": self.kind,
                "param": null, "code": self.code}}),
        }
    }
}

impl Fault {
    /// The fault that goes with a status, if one does.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::InvalidRequest,
            401 => Self::InvalidKey,
            402 => Self::NoCredit,
            403 => Self::Permission,
            404 => Self::UnknownModel,
            413 => Self::RequestTooLarge,
            429 => Self::RateLimit,
            500 => Self::Server,
            503 | 529 => Self::Overloaded,
            504 => Self::Timeout,
            _ => return None,
        })
    }

    /// The fault by its name in directives: `no_credit`, `context`, …
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "invalid" => Self::InvalidRequest,
            "context" => Self::ContextTooLong,
            "max_tokens" => Self::TooManyOutputTokens,
            "tools" => Self::ToolsUnsupported,
            "image" => Self::BadImage,
            "key" => Self::InvalidKey,
            "credit" => Self::NoCredit,
            "permission" => Self::Permission,
            "region" => Self::Region,
            "model" => Self::UnknownModel,
            "size" => Self::RequestTooLarge,
            "rate" => Self::RateLimit,
            "server" => Self::Server,
            "overloaded" => Self::Overloaded,
            "timeout" => Self::Timeout,
            _ => return None,
        })
    }

    /// How `wire`'s provider tells it when `model` is asked.
    pub(crate) fn told(self, wire: Wire, model: &str) -> Complaint {
        let rows: &[&[Row]] = match wire {
            Wire::Anthropic => &[&anthropic::ROWS],
            Wire::Chat | Wire::Responses => &[&openai::ROWS],
            Wire::Groq => &[&openai::GROQ_ROWS, &openai::ROWS],
            Wire::Gemini => &[&gemini::ROWS],
        };
        let row = rows.iter().copied().flatten().find(|row| row.0 == self);
        let (_, status, kind, code, message) = row.expect("every table has every fault: a test counts them");
        Complaint {
            status: *status,
            kind: (*kind).to_owned(),
            code: code.map(str::to_owned),
            message: message.replace("{model}", model),
        }
    }

    /// The body of an answer with this status and nothing that a script says about it.
    pub(crate) fn told_by_status(status: u16, wire: Wire, model: &str) -> Complaint {
        let fault = Self::of_status(status).unwrap_or(Self::Server);
        let mut complaint = Complaint { status, ..fault.told(wire, model) };
        if status == 402 && wire == Wire::Anthropic {
            "billing_error".clone_into(&mut complaint.kind);
        }
        complaint
    }
}

/// The complaint of an error event whose type a script named itself, in Anthropic's words: `overloaded_error`. Google
/// has other words for the same.
pub(crate) fn of_kind(wire: Wire, kind: &str, message: &str) -> Complaint {
    let row = anthropic::ROWS.iter().find(|row| row.2 == kind && row.1 != 400);
    match (wire, row) {
        (Wire::Gemini, Some((fault, ..))) => {
            Complaint { message: message.to_owned(), ..fault.told(wire, "") }
        }
        _ => Complaint {
            status: 500,
            kind: kind.to_owned(),
            code: Some(kind.to_owned()),
            message: message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_words_for_every_fault() {
        for (fault, ..) in anthropic::ROWS {
            for wire in Wire::ALL {
                let complaint = fault.told(wire, "some-model");
                assert!((400..=529).contains(&complaint.status), "{complaint:?}");
                assert!(!complaint.message.contains("{model}"), "{complaint:?}");
            }
        }
        let distinct: std::collections::HashSet<String> =
            anthropic::ROWS.iter().map(|row| format!("{:?}", row.0)).collect();
        assert_eq!(distinct.len(), anthropic::ROWS.len());
    }

    #[test]
    fn a_status_keeps_itself_and_gets_fitting_words() {
        let told = Fault::told_by_status(402, Wire::Anthropic, "m");
        assert_eq!((told.status, told.kind.as_str()), (402, "billing_error"));
        let told = Fault::told_by_status(529, Wire::Gemini, "m");
        assert_eq!((told.status, told.kind.as_str()), (529, "UNAVAILABLE"));
        assert_eq!(of_kind(Wire::Gemini, "overloaded_error", "x").kind, "UNAVAILABLE");
        assert_eq!(of_kind(Wire::Chat, "overloaded_error", "x").kind, "overloaded_error");
    }
}
