//! Sorts a provider's complaint, before or inside a stream, by status, error type, code and as a last resort words.

use std::time::Duration;

use serde_json::Value;

use super::{Fault, FaultKind};

/// Longest part of a provider's own words that is shown: what is wrong with a schema takes some words.
const MAX_DETAIL_CHARS: usize = 500;

/// An error as providers write it: Anthropic's, OpenAI's, and the shapes of the servers that imitate them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Complaint {
    /// The HTTP status, of the response or inside the body.
    pub status: Option<u16>,
    /// The types and codes, lower case, joined by spaces.
    pub words: String,
    /// The message for people.
    pub message: String,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// How long the provider asks us to wait, where it says so in the body.
    pub retry_after: Option<Duration>,
}

impl Complaint {
    /// Reads a body; none: it is JSON of another meaning, or no JSON.
    pub fn parse(body: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(body).ok()?;
        Self::from_value(&value)
    }

    /// Reads a parsed body.
    pub fn from_value(value: &Value) -> Option<Self> {
        // Google wraps the errors of streams into a list.
        if let Value::Array(items) = value {
            return items.first().filter(|first| !first.is_array()).and_then(Self::from_value);
        }
        let is_error = value["type"] == "error" || value["object"] == "error";
        let error = match &value["error"] {
            Value::Null if is_error => value,
            Value::Null => return value["detail"].as_str().map(Self::plain),
            Value::String(message) => return Some(Self::plain(message)),
            error => error,
        };
        let mut complaint = Self::plain(error["message"].as_str().unwrap_or_default());
        complaint.request_id = value["request_id"].as_str().map(str::to_owned);
        complaint.read_details(&error["details"]);
        for part in [&error["details"]["error_code"], &error["code"], &error["type"], &error["status"]] {
            match part {
                Value::String(word) => complaint.words.push_str(&format!("{} ", word.to_lowercase())),
                Value::Number(number) => {
                    complaint.status = number.as_u64().and_then(|status| u16::try_from(status).ok());
                }
                _ => {}
            }
        }
        Some(complaint)
    }

    /// Google's details: a word for the reason, and how long to wait (google.rpc.RetryInfo).
    fn read_details(&mut self, details: &Value) {
        for detail in details.as_array().into_iter().flatten() {
            if let Some(reason) = detail["reason"].as_str() {
                self.words.push_str(&format!("{} ", reason.to_lowercase()));
            }
            let seconds =
                detail["retryDelay"].as_str().and_then(|delay| delay.strip_suffix('s')?.parse().ok());
            let wait = seconds.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
            self.retry_after = wait.or(self.retry_after);
        }
    }

    fn plain(message: &str) -> Self {
        Self { message: message.to_owned(), ..Self::default() }
    }

    pub fn into_fault(self) -> Fault {
        let kind = self.kind();
        let by_status =
            self.status.is_some_and(|status| matches!(status, 408 | 409 | 429 | 498) || status >= 500);
        let in_stream = self.status.is_none() && kind.is_passing();
        let retry = (by_status || in_stream)
            && !matches!(kind, FaultKind::Billing | FaultKind::Region | FaultKind::Incapable);
        let detail = if kind == FaultKind::Auth { None } else { clean(&self.message) };
        Fault { kind, detail, retry_after: self.retry_after, retry, request_id: self.request_id }
    }

    fn kind(&self) -> FaultKind {
        let by_words = self.kind_by_words();
        let kind = by_words.or_else(|| self.status.map(kind_by_status)).unwrap_or(FaultKind::Unavailable);
        // A provider that calls the request bad is not to be asked the same again, whatever else it calls it.
        let is_bad_request = kind.is_passing() && matches!(self.status, Some(400 | 422));
        if is_bad_request { FaultKind::Rejected } else { kind }
    }

    fn kind_by_words(&self) -> Option<FaultKind> {
        let says = |word: &str| self.words.contains(word);
        if self.is_about_context() {
            return Some(FaultKind::ContextTooLong);
        }
        if self.is_about_region() {
            return Some(FaultKind::Region);
        }
        if self.is_about_credit() {
            return Some(FaultKind::Billing);
        }
        if self.is_about_ability() {
            return Some(FaultKind::Incapable);
        }
        let kinds: [(&[&str], FaultKind); 11] = [
            (&["insufficient_quota", "billing", "credit_balance"], FaultKind::Billing),
            (
                &["authentication_error", "invalid_api_key", "api_key_invalid", "unauthenticated"],
                FaultKind::Auth,
            ),
            (&["permission_error", "permission_denied"], FaultKind::Permission),
            (&["content_filter", "content_policy"], FaultKind::ContentFilter),
            // What Responses finds out about pictures after its answer has begun.
            (&["image_", "_image"], FaultKind::Rejected),
            (&["not_found"], FaultKind::NotFound),
            (&["rate_limit", "resource_exhausted"], FaultKind::RateLimited),
            (&["overloaded", "capacity"], FaultKind::Overloaded),
            (&["timeout", "deadline_exceeded"], FaultKind::Timeout),
            (&["api_error", "server_error", "internal"], FaultKind::Unavailable),
            // Compatible servers write `invalid_request_error` on every 4xx: a status says more.
            (&["invalid_", "unsupported_"], FaultKind::Rejected),
        ];
        let found = kinds.into_iter().find(|(words, _)| words.iter().any(|word| says(word)));
        let kind = found.map(|(_, kind)| kind)?;
        let vague = kind == FaultKind::Rejected && self.status.is_some_and(|status| status != 400);
        (!vague).then_some(kind)
    }

    fn is_about_region(&self) -> bool {
        let message = self.message.to_lowercase();
        self.words.contains("unsupported_country")
            || message.contains("user location is not supported")
            || message.contains("country, region, or territory not supported")
    }

    /// Anthropic says it with a 400 of type `invalid_request_error` as well as with 402 `billing_error`: only the message
    /// tells it from a bad request (answers seen up to 2026-08).
    fn is_about_credit(&self) -> bool {
        self.message.to_lowercase().contains("credit balance is too low")
    }

    /// In the words of Ollama, llama.cpp, vLLM, Groq and those that pass requests on; llama.cpp says it with a 500.
    fn is_about_ability(&self) -> bool {
        let message = self.message.to_lowercase();
        let phrases = [
            "does not support tools",
            "does not support function",
            "does not support image",
            "not a multimodal model",
            "tool calling` is not supported",
            "tool calling is not supported",
            "tool choice requires",
            "tools param requires",
            "support tool use",
            "support image input",
            "image input is not supported",
        ];
        phrases.iter().any(|phrase| message.contains(phrase))
    }

    fn is_about_context(&self) -> bool {
        if self.words.contains("context_length_exceeded") || self.words.contains("exceed_context") {
            return true;
        }
        let message = self.message.to_lowercase();
        let phrases = [
            "prompt is too long",
            "input token count",
            "context length",
            "context window",
            "available context size",
        ];
        matches!(self.status, None | Some(400 | 413 | 422))
            && phrases.iter().any(|phrase| message.contains(phrase))
    }
}

fn kind_by_status(status: u16) -> FaultKind {
    match status {
        401 => FaultKind::Auth,
        402 => FaultKind::Billing,
        403 => FaultKind::Permission,
        404 => FaultKind::NotFound,
        408 | 504 => FaultKind::Timeout,
        413 => FaultKind::ContextTooLong,
        429 => FaultKind::RateLimited,
        498 | 503 | 529 => FaultKind::Overloaded,
        409 | 500.. => FaultKind::Unavailable,
        _ => FaultKind::Rejected,
    }
}

/// One line, short, and without anything that looks like a key.
pub(super) fn clean(text: &str) -> Option<String> {
    let words = text.split_whitespace().map(|word| if is_secret(word) { "[hidden]" } else { word });
    let line: String = words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() {
        return None;
    }
    if line.chars().count() <= MAX_DETAIL_CHARS {
        return Some(line);
    }
    let cut: String = line.chars().take(MAX_DETAIL_CHARS).collect();
    Some(format!("{}…", cut.trim_end()))
}

fn is_secret(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    ["sk-", "sk_", "Bearer", "gsk_", "AIza"].iter().any(|prefix| word.starts_with(prefix))
}

#[cfg(test)]
mod tests;
