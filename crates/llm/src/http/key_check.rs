//! Asks a provider for the list of its models, to see whether a key and the way there are right. Costs nothing.

use std::time::Duration;

use vertice_domain::Timestamp;

use super::{
    CONTENT_TYPE, Http, MAX_LIST_BYTES, header, read_body,
    refusal::{refusal, send_fault},
};
use crate::{
    fault::{Fault, FaultKind},
    http::Endpoint,
};

/// How long the whole question may take.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Http {
    /// Whether `endpoint` gives its list of models; else what is wrong.
    pub async fn check(&self, endpoint: &Endpoint, now: Timestamp) -> Result<(), Fault> {
        let asked = tokio::time::timeout(TIMEOUT, self.ask_for_list(endpoint, now)).await;
        asked.unwrap_or_else(|_| Err(Fault::new(FaultKind::Timeout)))
    }

    async fn ask_for_list(&self, endpoint: &Endpoint, now: Timestamp) -> Result<(), Fault> {
        let client = self.client(endpoint).await?;
        let request = client.get(&endpoint.models_url).headers(endpoint.headers.clone());
        let response = request.send().await.map_err(|error| send_fault(&error))?;
        let media_type = header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default().to_lowercase();
        if !response.status().is_success() || media_type.starts_with("text/html") {
            return Err(refusal(response, &media_type, now).await);
        }
        let body = read_body(response, MAX_LIST_BYTES).await;
        let list: Option<serde_json::Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
        let is_list = list.is_some_and(|list| list["data"].is_array() || list["models"].is_array());
        is_list.then_some(()).ok_or_else(|| Fault::new(FaultKind::BadResponse))
    }
}
