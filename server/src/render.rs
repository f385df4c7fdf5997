//! The pages and their server functions: one function provides what a request carries to both.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::{
    prelude::{provide_context, use_context},
    server_fn::error::SERVER_FN_ERROR_HEADER,
};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use vertice_app::{App, shell, ssr::RequestContext};
use vertice_domain::Error;
use vertice_ports::Services;

use crate::{
    assets,
    error::{Failure, status_of},
    layers::authentication::Identity,
    state::AppState,
};

/// The largest body of a failed server function, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// Every page and every server function.
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    Router::new()
        .leptos_routes_with_context(
            state,
            generate_route_list(App),
            provide(state.services.clone()),
            move || shell(options.clone()),
        )
        .layer(axum::middleware::from_fn(mend_status))
}

/// What pages and server functions find in their context.
fn provide(services: Services) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let parts = use_context::<Parts>();
        let actor = parts
            .as_ref()
            .and_then(|parts| parts.extensions.get::<Identity>())
            .and_then(Identity::actor)
            .cloned();
        let secure_cookies = parts.is_none_or(|parts| !is_loopback(&parts.headers));
        provide_context(RequestContext { services: services.clone(), actor, secure_cookies });
    }
}

/// Whether the browser is on this machine: the one place where cookies need not be `Secure`.
fn is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    match url::Url::parse(&format!("http://{host}"))
        .ok()
        .and_then(|url| url.host().map(|host| host.to_owned()))
    {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Server functions answer every failure with 500; this gives each its own status. The body stays as it is.
async fn mend_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let failed = response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !failed || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_ERROR_BYTES).await else {
        return Failure::from(Error::internal()).into_response();
    };
    if let Ok(error) = serde_json::from_slice::<Error>(&bytes) {
        parts.status = status_of(error.kind);
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = error.retry_after_s {
            parts.headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if parts.status.is_server_error() {
            tracing::error!(code = error.code, "a server function failed: {}", error.message);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// What no route takes: a file by its plain name, else a problem under the API, else the page that says so.
pub async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_api = ["/api", "/v1"]
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if is_api || !is_read {
        return Failure::no_such_path().into_response();
    }
    if let Some(file) = assets::plain(&state.settings, path, request.headers()).await {
        return file;
    }
    let options = state.leptos.clone();
    let render =
        leptos_axum::render_app_async_with_context(provide(state.services), move || shell(options.clone()));
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let of = |host| is_loopback(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]));
        assert!(of("localhost:3000") && of("127.0.0.1:3000") && of("[::1]:3000") && of("a.localhost"));
        assert!(!of("example.com") && !of("192.168.0.2:3000") && !of("localhost.example.com") && !of(""));
    }
}
