//! Sorts a provider's complaint, before or inside a stream, by status, error type, code and as a last resort words.

use std::time::Duration;

use serde_json::Value;

use super::{Fault, FaultKind};

/// Longest part of a provider's own words that is shown.
const MAX_DETAIL_CHARS: usize = 200;

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

    /// The fault that it is.
    pub fn into_fault(self) -> Fault {
        let kind = self.kind();
        let by_status =
            self.status.is_some_and(|status| matches!(status, 408 | 409 | 429 | 498) || status >= 500);
        let in_stream = self.status.is_none() && kind.is_passing();
        let retry = (by_status || in_stream) && !matches!(kind, FaultKind::Billing | FaultKind::Region);
        let detail = if kind == FaultKind::Auth { None } else { clean(&self.message) };
        Fault { kind, detail, retry_after: self.retry_after, retry, request_id: self.request_id }
    }

    fn kind(&self) -> FaultKind {
        self.kind_by_words().or_else(|| self.status.map(kind_by_status)).unwrap_or(FaultKind::Unavailable)
    }

    fn kind_by_words(&self) -> Option<FaultKind> {
        let says = |word: &str| self.words.contains(word);
        if self.is_about_context() {
            return Some(FaultKind::ContextTooLong);
        }
        if self.is_about_region() {
            return Some(FaultKind::Region);
        }
        let kinds: [(&[&str], FaultKind); 10] = [
            (&["insufficient_quota", "billing", "credit_balance"], FaultKind::Billing),
            (
                &["authentication_error", "invalid_api_key", "api_key_invalid", "unauthenticated"],
                FaultKind::Auth,
            ),
            (&["permission_error", "permission_denied"], FaultKind::Permission),
            (&["content_filter", "content_policy"], FaultKind::ContentFilter),
            (&["not_found"], FaultKind::NotFound),
            (&["rate_limit", "resource_exhausted"], FaultKind::RateLimited),
            (&["overloaded", "capacity"], FaultKind::Overloaded),
            (&["timeout", "deadline_exceeded"], FaultKind::Timeout),
            (&["api_error", "server_error", "internal"], FaultKind::Unavailable),
            // Compatible servers write `invalid_request_error` on every 4xx: a status says more.
            (&["invalid_request", "invalid_argument"], FaultKind::Rejected),
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
mod tests {
    use super::*;

    fn fault(status: Option<u16>, body: &str) -> Fault {
        let mut complaint = Complaint::parse(body).unwrap_or_default();
        complaint.status = status.or(complaint.status);
        complaint.into_fault()
    }

    #[test]
    fn statuses_types_and_codes() {
        let cases = [
            (Some(401), r#"{"error":{"type":"authentication_error","message":"x"}}"#, FaultKind::Auth, false),
            (Some(429), r#"{"error":{"code":"insufficient_quota"}}"#, FaultKind::Billing, false),
            (Some(429), r#"{"error":{"code":"rate_limit_exceeded"}}"#, FaultKind::RateLimited, true),
            (Some(402), "{}", FaultKind::Billing, false),
            (Some(403), "nothing", FaultKind::Permission, false),
            (
                Some(404),
                r#"{"error":{"type":"invalid_request_error","message":"no"}}"#,
                FaultKind::NotFound,
                false,
            ),
            (Some(409), "", FaultKind::Unavailable, true),
            (Some(413), "", FaultKind::ContextTooLong, false),
            (Some(529), "", FaultKind::Overloaded, true),
            (Some(500), r#"{"error":{"type":"api_error"}}"#, FaultKind::Unavailable, true),
            (
                Some(400),
                r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 1 > 0"}}"#,
                FaultKind::ContextTooLong,
                false,
            ),
            (Some(400), r#"{"error":{"code":"context_length_exceeded"}}"#, FaultKind::ContextTooLong, false),
            (Some(400), r#"{"error":{"type":"invalid_request_error"}}"#, FaultKind::Rejected, false),
            (
                None,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                FaultKind::Overloaded,
                true,
            ),
            (None, r#"{"error":{"code":429,"message":"slow down"}}"#, FaultKind::RateLimited, true),
            (None, r#"{"error":"model runner has stopped"}"#, FaultKind::Unavailable, true),
            (
                Some(400),
                r#"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}"#,
                FaultKind::Auth,
                false,
            ),
            (
                None,
                r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":[{"retryDelay":"17s"}]}}"#,
                FaultKind::RateLimited,
                true,
            ),
            (
                Some(400),
                r#"{"error":{"status":"FAILED_PRECONDITION","message":"User location is not supported for the API use."}}"#,
                FaultKind::Region,
                false,
            ),
            (
                Some(403),
                r#"{"error":{"code":"unsupported_country_region_territory","message":"x"}}"#,
                FaultKind::Region,
                false,
            ),
            (
                Some(400),
                r#"{"error":{"code":"content_filter","message":"x"}}"#,
                FaultKind::ContentFilter,
                false,
            ),
            (Some(498), r#"{"error":{"type":"capacity_exceeded"}}"#, FaultKind::Overloaded, true),
        ];
        for (status, body, kind, retry) in cases {
            let fault = fault(status, body);
            assert_eq!((fault.kind, fault.retry), (kind, retry), "{status:?} {body}");
        }
        assert_eq!(Complaint::parse(r#"{"choices":[]}"#), None);
    }

    #[test]
    fn details_are_short_and_without_keys() {
        let body = format!(r#"{{"error":{{"message":"bad key (sk-proj-123)\n {}"}}}}"#, "long ".repeat(100));
        let detail = fault(Some(400), &body).detail.unwrap();
        assert!(detail.starts_with("bad key [hidden] long") && detail.chars().count() <= 201, "{detail}");
        assert_eq!(fault(Some(401), &body).detail, None);
    }
}
