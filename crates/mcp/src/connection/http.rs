//! Servers at addresses, over Streamable HTTP. The client is a guarded one, which is given to us; headers are those that the
//! server's owner has set.

use std::{collections::BTreeMap, collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rmcp::transport::{
    StreamableHttpClientTransport, common::client_side_sse::ExponentialBackoff,
    streamable_http_client::StreamableHttpClientTransportConfig,
};
use url::Url;

use super::{
    Target,
    bearer::{Bearer, Holder},
    fault::Failure,
    live::Shared,
};

/// Attempts to take up a stream again that broke, and the longest pause between two.
const RESUMES: usize = 10;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub use reqwest::Client as HttpClient;

/// Where clients come from.
#[async_trait]
pub trait HttpClients: Send + Sync {
    /// A client that may ask this address and goes nowhere else than it may; or why not, as a clause ("the address is …").
    /// It must follow no redirects, and have a time-out for connecting and for silence.
    async fn client(&self, url: &Url, private_network: bool) -> Result<HttpClient, String>;
}

pub(super) async fn transport(
    shared: &Shared,
    target: &Target,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<StreamableHttpClientTransport<Bearer>, Failure> {
    let refused = |why: String| Failure::Unreachable(format!("The server cannot be asked: {why}."));
    let url = Url::parse(url).map_err(|_| refused("its address is none".into()))?;
    let client = shared.http.client(&url, target.private_network).await.map_err(refused)?;
    let mut sent = HashMap::new();
    for (name, value) in headers {
        let read = (name.parse::<HeaderName>(), HeaderValue::from_str(value));
        let (Ok(name), Ok(mut value)) = read else {
            return Err(refused("one of its headers is none".into()));
        };
        value.set_sensitive(true);
        sent.insert(name, value);
    }
    // Where the owner has set the key that the server is asked with, nobody signs in.
    let user = target.key.user.filter(|_| !sent.contains_key(&AUTHORIZATION));
    let holder = user.map(|user| Holder {
        user,
        server: target.key.server,
        url: url.clone(),
        private_network: target.private_network,
    });
    let client = Bearer::new(client, Arc::clone(&shared.sign_ins), holder);
    let mut pauses = ExponentialBackoff::default();
    pauses.max_times = Some(RESUMES);
    pauses.max_delay = Some(LONGEST_PAUSE);
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str()).custom_headers(sent);
    config.retry_config = Arc::new(pauses);
    Ok(StreamableHttpClientTransport::with_client(client, config))
}
