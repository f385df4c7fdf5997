//! How often a caller may ask: a token bucket for each user, and for each address of those who are nobody.
//!
//! It covers everything under `/api` and `/v1`. Of the browser's own server functions only those count that cost
//! something (turns) or tries a password: a page that loads its lists must not starve itself. The forms before the app
//! count too, since strangers try them out; they say themselves that one has to wait.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use vertice_app::{doors::Door, import::IMPORT};
use vertice_domain::{Error, ErrorKind, UserId};

use super::{authentication::Identity, visitor::Visitor};
use crate::{
    error::{Failure, UI_PREFIX},
    settings::RateLimits,
};

/// The server functions that count.
const COUNTED: [&str; 11] = [
    "chat-send",
    "chat-edit",
    "chat-regenerate",
    "chat-continue",
    "compact",
    "settings-page",
    "artifact-merge",
    "artifact-open",
    "change-password",
    "remote-picture",
    "run-code",
];

/// Where sign-ins at the issuer begin and end.
const HOSTED_PREFIX: &str = "/auth/";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    User(UserId),
    Network(IpAddr),
    /// Requests without an address: those of tests that call the router directly.
    Nowhere,
}

type Buckets = RateLimiter<Key, DefaultKeyedStateStore<Key>, DefaultClock, StateInformationMiddleware>;

/// The buckets of all callers.
pub struct RateLimit {
    buckets: Buckets,
    limits: RateLimits,
}

/// What a caller is told about its bucket.
struct Standing {
    remaining: u32,
    wait: Option<Duration>,
}

impl RateLimit {
    /// Empty buckets of that size.
    pub fn new(limits: RateLimits) -> Arc<Self> {
        let quota = Quota::per_minute(limits.per_minute).allow_burst(limits.burst);
        let buckets = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        Arc::new(Self { buckets, limits })
    }

    /// Forgets callers whose bucket is full again.
    pub fn forget_idle(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }

    fn take(&self, key: &Key) -> Standing {
        match self.buckets.check_key(key) {
            Ok(snapshot) => Standing { remaining: snapshot.remaining_burst_capacity(), wait: None },
            Err(not_yet) => {
                let wait = not_yet.wait_time_from(self.buckets.clock().now());
                Standing { remaining: 0, wait: Some(wait) }
            }
        }
    }

    /// `RateLimit-*`: the bucket's size, what is left in it, and the seconds until it is full again.
    fn write(&self, standing: &Standing, headers: &mut HeaderMap) {
        let burst = self.limits.burst.get();
        let per_minute = self.limits.per_minute.get();
        let missing = u64::from(burst.saturating_sub(standing.remaining));
        let reset = (missing * 60).div_ceil(u64::from(per_minute));
        let policy = format!("{per_minute};w=60;burst={burst}");
        let policy = HeaderValue::from_str(&policy).expect("digits and ASCII letters are a header value");
        headers.insert(HeaderName::from_static("ratelimit-limit"), burst.into());
        headers.insert(HeaderName::from_static("ratelimit-remaining"), standing.remaining.into());
        headers.insert(HeaderName::from_static("ratelimit-reset"), reset.into());
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
    }
}

/// Stands in the extensions of a request that must not be carried out, where it is a page that says so.
#[derive(Debug, Clone)]
pub struct Refused(pub Error);

/// Counts the request, or refuses it.
pub async fn limit(State(limit): State<Arc<RateLimit>>, mut request: Request, next: Next) -> Response {
    let is_form = is_form(&request);
    if !is_form && !is_limited(request.uri().path()) {
        return next.run(request).await;
    }
    let standing = limit.take(&key(&request));
    let mut response = match standing.wait.map(refusal) {
        None => next.run(request).await,
        Some(error) if is_form => {
            request.extensions_mut().insert(Refused(error));
            next.run(request).await
        }
        Some(error) => Failure::from(error).into_response(),
    };
    limit.write(&standing, response.headers_mut());
    response
}

/// Whether it is the form of a page before the app, or a sign-in at the issuer: pages say themselves that one has to wait.
fn is_form(request: &Request) -> bool {
    let path = request.uri().path();
    path.starts_with(HOSTED_PREFIX) || request.method() == Method::POST && Door::of(path).is_some()
}

fn refusal(wait: Duration) -> Error {
    let seconds = (wait.as_secs_f64().ceil() as u64).max(1);
    let message = format!("Too many requests. Try again in {seconds} s.");
    let mut error = Error::new(ErrorKind::RateLimited, "rate_limited", message);
    error.retry_after_s = Some(seconds);
    error
}

fn is_limited(path: &str) -> bool {
    match path.strip_prefix(UI_PREFIX) {
        Some(function) => COUNTED.contains(&function),
        // Swagger UI's files are like those of the site.
        None if path == IMPORT => true,
        None => (path.starts_with("/api/") && !path.starts_with("/api/docs")) || path.starts_with("/v1/"),
    }
}

fn key(request: &Request) -> Key {
    let extensions = request.extensions();
    if let Some(actor) = extensions.get::<Identity>().and_then(Identity::actor) {
        return Key::User(actor.user);
    }
    extensions.get::<Visitor>().and_then(Visitor::network).map_or(Key::Nowhere, Key::Network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts() {
        for path in [
            "/api/v1/chat",
            "/v1/models",
            "/api/ui/chat-send",
            "/api/ui/change-password",
            "/api/ui/remote-picture",
            "/api/nothing",
            "/import",
        ] {
            assert!(is_limited(path), "{path}");
        }
        for path in
            ["/", "/health", "/pkg/x/vertice.js", "/api/ui/site", "/api/ui/feed", "/api/docs/index.css"]
        {
            assert!(!is_limited(path), "{path}");
        }
    }
}
