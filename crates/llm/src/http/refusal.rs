//! What a call that was not answered with a stream means: its status, its headers and its body.

use std::time::Duration;

use reqwest::{
    Response,
    header::{HeaderMap, RETRY_AFTER},
};
use vertice_domain::Timestamp;

use super::{header, read_body, request_id};
use crate::{
    body::Unsent,
    fault::{Complaint, Fault, FaultKind},
};

/// The most bytes read of an error's body.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The longest wait for the rest of an error's body.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn send_fault(error: &reqwest::Error) -> Fault {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    if let Some(unsent) = causes.find_map(|cause| cause.downcast_ref::<Unsent>()) {
        tracing::error!(error = %unsent, "a request could not be sent to its end");
        return Fault::new(FaultKind::Unsent);
    }
    let kind =
        if error.is_timeout() && !error.is_connect() { FaultKind::Timeout } else { FaultKind::Connect };
    let fault = Fault::new(kind);
    if kind == FaultKind::Connect { fault.retried() } else { fault }
}

/// What a response that is no stream of events means.
pub(super) async fn refusal(response: Response, media_type: &str, now: Timestamp) -> Fault {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let is_page = media_type.starts_with("text/html") || media_type.starts_with("application/xhtml");
    let body = tokio::time::timeout(ERROR_BODY_TIMEOUT, read_body(response, MAX_ERROR_BYTES)).await;
    let body = body.ok().flatten().unwrap_or_default();
    let complaint = Complaint::parse(&String::from_utf8_lossy(&body));
    let mut fault = match (status, complaint) {
        (200..=299, Some(complaint)) => complaint.into_fault(),
        (200..=399, _) | (404, None) if is_page => Fault::new(FaultKind::WebPage),
        (200..=299, None) => {
            Fault::new(FaultKind::BadResponse).with_detail("The answer was not a stream of events.")
        }
        (300..=399, _) => Fault::new(FaultKind::BadResponse).with_detail("It points to another address."),
        (_, complaint) => Complaint { status: Some(status), ..complaint.unwrap_or_default() }.into_fault(),
    };
    fault.request_id = request_id(&headers).or(fault.request_id);
    fault.retry_after = retry_after(&headers, now).or(fault.retry_after);
    match header(&headers, "x-should-retry").as_deref() {
        Some("true") => fault.retry = true,
        Some("false") => fault.retry = false,
        _ => {}
    }
    fault
}

/// `retry-after-ms`, else `retry-after` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let seconds = |text: String| text.trim().parse::<f64>().ok();
    let wait = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    if let Some(millis) = header(headers, "retry-after-ms").and_then(seconds) {
        return wait(millis / 1_000.0);
    }
    let text = header(headers, RETRY_AFTER.as_str())?;
    if let Some(seconds) = seconds(text.clone()) {
        return wait(seconds);
    }
    let date = httpdate::parse_http_date(&text).ok()?;
    let since_epoch = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or_default());
    Some(since_epoch.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_retry_after() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let read = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(read("retry-after-ms", "1500"), Some(Duration::from_millis(1_500)));
        assert_eq!(read("retry-after", "3"), Some(Duration::from_secs(3)));
        assert_eq!(read("retry-after", "Mon, 23 Nov 2026 10:00:07 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(read("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["soon", "NaN", "inf", "-"] {
            assert!(read("retry-after", nonsense).unwrap_or_default() == Duration::ZERO, "{nonsense}");
        }
    }
}
