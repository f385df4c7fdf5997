//! The one HTTP client: one attempt of a call, and small questions (lists of models, fingerprints).
//!
//! No redirects, so that a key never goes elsewhere; no compression, which would hold tokens back; timeouts on all of
//! it. Local servers are asked past any proxy.

mod endpoint;
mod key_check;
mod refusal;
mod sent;

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use reqwest::{
    Client, RequestBuilder, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};
use serde_json::Value;
use tokio::sync::OnceCell;
use vertice_domain::Timestamp;

use crate::{
    body::Sending,
    config::{ConfigError, GatewayConfig, Timing},
    fault::{Fault, FaultKind},
};

use refusal::{refusal, send_fault};

pub use endpoint::{Endpoint, Wire};
pub use sent::Sent;

/// The most bytes read of a list of models.
const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;

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
        self.small(self.local.get(url)).await
    }

    /// The same with something to say.
    pub async fn probe_with(&self, url: &str, body: &Value) -> Option<Value> {
        self.small(self.local.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string())).await
    }

    async fn small(&self, question: RequestBuilder) -> Option<Value> {
        let answer = async { json(question.send().await.ok()?).await };
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
