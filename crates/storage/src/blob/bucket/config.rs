//! Which bucket, with which keys, and how long to wait for it. It must never let a request go on without an end.

use std::{fmt, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
};
use url::{Host, Url};

/// A bucket and the keys to it.
#[derive(Clone)]
pub struct BucketConfig {
    /// `http://…` or `https://…`, without the bucket. Only what begins with `http://` is asked without TLS.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl fmt::Debug for BucketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, bucket, region, .. } = self;
        write!(f, "BucketConfig({endpoint}, {bucket}, {region})")
    }
}

/// How long is waited, and how often it is tried.
#[derive(Debug, Clone, Copy)]
pub struct BucketTuning {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub silence: Duration,
    /// For one request and its answer.
    pub request: Duration,
    /// How often a request that failed for a passing reason is made again.
    pub retries: usize,
    /// How long after its beginning.
    pub retry_within: Duration,
    /// For the question whether the bucket can be used.
    pub ping: Duration,
    /// For a removal.
    pub removal: Duration,
}

impl Default for BucketTuning {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            silence: Duration::from_secs(10),
            request: Duration::from_secs(30),
            retries: 2,
            retry_within: Duration::from_secs(10),
            // Less than `/ready` waits.
            ping: Duration::from_millis(1_500),
            removal: Duration::from_secs(2),
        }
    }
}

/// What is asked past any proxy that the environment names.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

/// Nobody listens there. Naming a proxy keeps the environment's away; the list above keeps this one away.
const NO_PROXY: &str = "http://127.0.0.1:9";

fn is_on_this_machine(endpoint: &str) -> bool {
    Url::parse(endpoint).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

pub(super) fn client(config: &BucketConfig, tuning: &BucketTuning) -> Result<AmazonS3, object_store::Error> {
    let mut options = ClientOptions::new()
        .with_allow_http(config.endpoint.starts_with("http://"))
        .with_connect_timeout(tuning.connect)
        .with_read_timeout(tuning.silence)
        .with_timeout(tuning.request);
    if is_on_this_machine(&config.endpoint) {
        options = options.with_proxy_url(NO_PROXY).with_proxy_excludes(THIS_MACHINE);
    }
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_secs(1),
        ..BackoffConfig::default()
    };
    let retry = RetryConfig { backoff, max_retries: tuning.retries, retry_timeout: tuning.retry_within };
    AmazonS3Builder::new()
        .with_endpoint(&config.endpoint)
        .with_bucket_name(&config.bucket)
        .with_region(&config.region)
        .with_access_key_id(&config.access_key)
        .with_secret_access_key(&config.secret_key)
        .with_virtual_hosted_style_request(false)
        // Not every server knows removals of many at once.
        .with_disable_bulk_delete(true)
        .with_client_options(options)
        .with_retry(retry)
        .build()
}
