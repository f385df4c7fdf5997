//! Opens a call: attempts with backoff until the model's first word, or a failure that no attempt can mend.
//!
//! After the first word nothing is ever tried again: the user has seen it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::{StreamExt as _, stream::BoxStream};
use vertice_ports::Clock;

use crate::{
    anthropic::AnthropicDecoder,
    body::{Body, Source},
    config::Timing,
    decode::{Decode, Decoded, Opening, Tagged},
    fault::{Fault, FaultKind},
    gemini::GeminiDecoder,
    http::{self, Endpoint, Http, Sent, Wire},
    openai::OpenAiDecoder,
    responses::ResponsesDecoder,
    upstream::Upstream,
};

/// What a source of answers gives: it ends after a stop or a fault.
pub type DecodedStream = BoxStream<'static, Result<Decoded, Fault>>;

/// An answer that has begun.
pub struct Opened {
    pub stream: DecodedStream,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// How much is tried at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Nobody else can be asked: waits, and tries as often as the settings say.
    Alone,
    /// Somebody else can: one more attempt where nobody was reached, none at all otherwise.
    WithFallback,
}

/// What is asked, and where.
#[derive(Debug)]
pub struct Request {
    pub endpoint: Arc<Endpoint>,
    pub body: Body,
    /// Where its stored pictures are.
    pub source: Source,
    /// How answers of an imitation begin.
    pub opening: Opening,
    /// Whether the last attempt has gone out.
    pub sent: Sent,
}

/// Asks until the answer begins. `pausing` hears of each pause before another attempt, and of what led to it.
pub async fn open(
    http: &Http,
    request: &Request,
    clock: &dyn Clock,
    patience: Patience,
    pausing: impl Fn(&Fault, Duration),
) -> Result<Opened, Fault> {
    let timing = *http.timing();
    let mut attempt = 0;
    loop {
        request.sent.set(false);
        let fault = match open_once(http, request, clock).await {
            Ok(opened) => return Ok(opened),
            Err(fault) => fault,
        };
        request.sent.set(false);
        let Some(wait) = wait_before_retry(&fault, attempt, &timing, patience) else { return Err(fault) };
        attempt += 1;
        tracing::debug!(code = fault.kind.code(), attempt, wait_ms = wait.as_millis() as u64, "asking again");
        pausing(&fault, wait);
        tokio::time::sleep(wait).await;
    }
}

/// How long to wait before another attempt; none: there is to be none.
fn wait_before_retry(fault: &Fault, attempt: u32, timing: &Timing, patience: Patience) -> Option<Duration> {
    let retries = match patience {
        Patience::Alone => timing.retries,
        Patience::WithFallback if fault.kind == FaultKind::Connect => timing.retries.min(1),
        Patience::WithFallback => 0,
    };
    if !fault.retry || attempt >= retries {
        return None;
    }
    match fault.retry_after {
        Some(wait) if wait > timing.max_retry_after => None,
        Some(wait) => Some(wait),
        None => {
            let wait = timing.backoff.saturating_mul(1 << attempt.min(16)).min(timing.max_backoff);
            // Up to a quarter less, so that many callers do not come back at the same moment.
            #[expect(clippy::disallowed_methods, reason = "it spreads callers and guards nothing")]
            let less = rand::random::<f64>() / 4.0;
            Some(wait.mul_f64(1.0 - less))
        }
    }
}

async fn open_once(http: &Http, request: &Request, clock: &dyn Clock) -> Result<Opened, Fault> {
    let endpoint = &*request.endpoint;
    let response =
        http.post(endpoint, request.body.sending(&request.source), &request.sent, clock.now()).await?;
    let request_id = http::request_id(response.headers());
    let mut rest = Upstream::new(response, decoder(request), http.first_byte(endpoint), http.timing());
    let mut begun = VecDeque::new();
    while let Some(item) = rest.next().await {
        let is_usage = matches!(item, Ok(Decoded::Usage(_)));
        match item {
            Err(fault) => return Err(Fault { request_id: fault.request_id.or(request_id), ..fault }),
            Ok(decoded) => begun.push_back(Ok(decoded)),
        }
        if !is_usage {
            break;
        }
    }
    Ok(Opened { stream: futures::stream::iter(begun).chain(rest).boxed(), request_id })
}

fn decoder(request: &Request) -> Box<dyn Decode> {
    match request.endpoint.wire {
        Wire::Anthropic => Box::new(AnthropicDecoder::default()),
        Wire::OpenAi if request.endpoint.is_imitation() => {
            Box::new(Tagged::new(Box::new(OpenAiDecoder::default()), request.opening.clone()))
        }
        Wire::OpenAi => Box::new(OpenAiDecoder::default()),
        Wire::Responses => Box::new(ResponsesDecoder::default()),
        Wire::Gemini => Box::new(GeminiDecoder::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_long_ones_are_not_waited_for() {
        let timing = Timing::default();
        let wait = |fault: &Fault, attempt| wait_before_retry(fault, attempt, &timing, Patience::Alone);
        let fault = Fault::new(FaultKind::Overloaded).retried();
        let between = |wait: Option<Duration>, low, high| {
            (Duration::from_millis(low)..=Duration::from_millis(high)).contains(&wait.unwrap())
        };
        assert!(between(wait(&fault, 0), 375, 500) && between(wait(&fault, 1), 750, 1_000));
        assert_eq!(wait(&fault, 2), None);
        let told = |seconds| Fault { retry_after: Some(Duration::from_secs(seconds)), ..fault.clone() };
        assert_eq!(wait(&told(20), 0), Some(Duration::from_secs(20)));
        assert_eq!(wait(&told(21), 0), None);
        assert_eq!(wait(&Fault::new(FaultKind::Auth), 0), None);
        let hurried = |kind, attempt| {
            wait_before_retry(&Fault::new(kind).retried(), attempt, &timing, Patience::WithFallback).is_some()
        };
        assert!(hurried(FaultKind::Connect, 0) && !hurried(FaultKind::Connect, 1));
        assert!(!hurried(FaultKind::Overloaded, 0) && !hurried(FaultKind::RateLimited, 0));
    }
}
