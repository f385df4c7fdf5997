//! The one HTTP client: one attempt of a call, and small questions (lists of models, fingerprints).
//!
//! No redirects, so that a key never goes elsewhere; no compression, which would hold tokens back; timeouts on all of
//! it. Local servers are asked past any proxy.

mod key_check;
mod sent;

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use reqwest::{
    Client, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use tokio::sync::OnceCell;
use vertice_domain::{Provider, Timestamp};

use crate::{
    body::{Sending, Unsent},
    catalog::{Model, ModelWire},
    config::{ConfigError, GatewayConfig, Timing},
    fault::{Complaint, Fault, FaultKind, Speaker},
};

pub use sent::Sent;

/// The most bytes read of an error's body.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// The most bytes read of a list of models.
const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;
/// The longest wait for the rest of an error's body.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Which wire format an address speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's Chat Completions.
    OpenAi,
    /// OpenAI's Responses.
    Responses,
    Gemini,
}

/// A place where models can be asked.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub provider: Provider,
    /// What it speaks.
    pub wire: Wire,
    /// What people call it.
    pub label: String,
    /// Where calls go.
    pub call_url: String,
    /// Where the list of its models is.
    pub models_url: String,
    /// Headers of every request, the key among them, marked as sensitive.
    pub headers: HeaderMap,
    /// The setting that holds its key, if there is one.
    pub key_variable: Option<String>,
    /// The setting that holds its address.
    pub base_variable: String,
    /// Whether it is the provider's own address, not that of something compatible.
    pub official: bool,
}

impl Endpoint {
    /// Whose words a failure is told in.
    pub fn speaker<'a>(&'a self, model: &'a str) -> Speaker<'a> {
        Speaker {
            provider: &self.label,
            model,
            key_variable: self.key_variable.as_deref(),
            base_variable: &self.base_variable,
        }
    }

    /// The place where `model` is asked: with Google the path names the model, and some of OpenAI's own models are asked
    /// through another API.
    pub fn for_model(self: &Arc<Self>, model: &Model) -> Arc<Self> {
        match self.wire {
            Wire::Gemini => {
                let call_url = format!("{}/{}:streamGenerateContent?alt=sse", self.call_url, model.id);
                Arc::new(Self { call_url, ..Self::clone(self) })
            }
            Wire::OpenAi if self.official && model.wire == Some(ModelWire::Responses) => {
                let call_url = self.call_url.replace("/chat/completions", "/responses");
                Arc::new(Self { wire: Wire::Responses, call_url, ..Self::clone(self) })
            }
            Wire::Anthropic | Wire::OpenAi | Wire::Responses => Arc::clone(self),
        }
    }

    /// Whether both are the same place, whoever asks there.
    pub fn is_at(&self, other: &Self) -> bool {
        self.models_url == other.models_url
    }

    /// The address as people read it: `https://api.openai.com`.
    pub fn address(&self) -> String {
        let url = url::Url::parse(&self.models_url);
        url.map_or_else(|_| self.models_url.clone(), |url| url.origin().ascii_serialization())
    }

    /// Whether it speaks Chat Completions without being OpenAI: such servers may leave thinking in the text.
    pub fn is_imitation(&self) -> bool {
        self.wire == Wire::OpenAi && !(self.provider == Provider::Openai && self.official)
    }

    fn is_local(&self) -> bool {
        self.provider == Provider::Local
    }
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    remote: Arc<OnceCell<Client>>,
    local: Client,
    timing: Timing,
}

impl Http {
    /// Makes the client for what is configured. The binary must have installed a TLS provider before.
    ///
    /// Reading the machine's certificates takes longer than the rest of the start, so without providers it is left to
    /// the first call that a user's own key makes.
    pub fn new(config: &GatewayConfig) -> Result<Self, ConfigError> {
        let timing = config.timing;
        let providers = [&config.anthropic, &config.openai, &config.gemini, &config.groq];
        let speaks_tls = providers.iter().any(|provider| provider.is_some());
        let local_tls = config.ollama_host.as_ref().is_some_and(|host| host.trim().starts_with("https:"));
        let remote = OnceCell::new();
        if speaks_tls {
            remote.set(build(&timing, true, true)?).expect("it was made a moment ago and is empty");
        }
        Ok(Self { remote: Arc::new(remote), local: build(&timing, local_tls, false)?, timing })
    }

    /// How long to wait, and how often to try.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    async fn client(&self, endpoint: &Endpoint) -> Result<&Client, Fault> {
        if endpoint.is_local() {
            return Ok(&self.local);
        }
        let timing = self.timing;
        let make = || async move {
            let made = tokio::task::spawn_blocking(move || build(&timing, true, true)).await;
            made.map_err(|_| Fault::new(FaultKind::Connect))?.map_err(|_| Fault::new(FaultKind::Connect))
        };
        self.remote.get_or_try_init(make).await
    }

    /// How long the first byte of an answer may take.
    pub fn first_byte(&self, endpoint: &Endpoint) -> Duration {
        if endpoint.is_local() { self.timing.first_byte_local } else { self.timing.first_byte }
    }

    /// One attempt of a call: gives the response whose body is the stream of events.
    pub async fn post(
        &self,
        endpoint: &Endpoint,
        body: Sending,
        sent: &Sent,
        now: Timestamp,
    ) -> Result<Response, Fault> {
        let request = self
            .client(endpoint)
            .await?
            .post(&endpoint.call_url)
            .headers(endpoint.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(sent.body(body));
        let response = tokio::time::timeout(self.first_byte(endpoint), request.send())
            .await
            .map_err(|_| Fault::new(FaultKind::Timeout))?
            .map_err(|error| send_fault(&error))?;
        let media_type = header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default().to_lowercase();
        // Some imitations name no type at all; whether it is a stream then shows in reading it.
        let is_stream = media_type.is_empty() || media_type.starts_with("text/event-stream");
        if response.status().is_success() && is_stream {
            return Ok(response);
        }
        Err(refusal(response, &media_type, now).await)
    }

    /// A provider's list of models, or none if it has none to give within `timeout`.
    pub async fn list(&self, endpoint: &Endpoint, timeout: Duration) -> Option<Value> {
        let answer = async {
            let client = self.client(endpoint).await.ok()?;
            let request = client.get(&endpoint.models_url).headers(endpoint.headers.clone());
            json(request.send().await.ok()?).await
        };
        tokio::time::timeout(timeout, answer).await.ok().flatten()
    }

    /// A small question to a server on this machine; none: no answer, or none in JSON.
    pub async fn probe(&self, url: &str) -> Option<Value> {
        let answer = async { json(self.local.get(url).send().await.ok()?).await };
        tokio::time::timeout(self.timing.probe, answer).await.ok().flatten()
    }
}

fn build(timing: &Timing, trusts: bool, proxies: bool) -> Result<Client, ConfigError> {
    #[expect(clippy::disallowed_methods, reason = "the one place where clients are built, with timeouts")]
    let mut builder = Client::builder()
        .connect_timeout(timing.connect)
        .redirect(Policy::none())
        .user_agent(concat!("vertice/", env!("CARGO_PKG_VERSION")));
    if !trusts {
        builder = builder.tls_certs_only(std::iter::empty());
    }
    if !proxies {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| ConfigError::Http(error.to_string()))
}

/// The provider's id of the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, "request-id").or_else(|| header(headers, "x-request-id")).filter(|id| id.len() <= 200)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn send_fault(error: &reqwest::Error) -> Fault {
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

async fn json(response: Response) -> Option<Value> {
    if !response.status().is_success() {
        return None;
    }
    let body = read_body(response, MAX_LIST_BYTES).await?;
    serde_json::from_slice(&body).ok()
}

/// A body of at most `limit` bytes; none: it is longer, or was cut.
async fn read_body(response: Response, limit: usize) -> Option<Vec<u8>> {
    let (mut stream, mut body) = (response.bytes_stream(), Vec::new());
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.ok()?);
        if body.len() > limit {
            return None;
        }
    }
    Some(body)
}

/// What a response that is no stream of events means.
async fn refusal(response: Response, media_type: &str, now: Timestamp) -> Fault {
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
