//! The app's pages and their server functions: one function provides what a request carries to both. What lies before the
//! app is drawn here, too, for [`crate::doors`].

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use leptos::{
    prelude::{provide_context, use_context},
    server_fn::error::SERVER_FN_ERROR_HEADER,
};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use vertice_app::{
    App,
    doors::Standing,
    import::Outcome,
    shell,
    ssr::{DEVICE_COOKIE, RequestContext, language_of},
};
use vertice_domain::{Actor, Error};
use vertice_ports::{
    Services,
    accounts::{DeviceSecret, Visit},
};

use crate::{
    assets,
    error::{Failure, UI_PREFIX, status_of},
    extract::origin_of,
    layers::{
        authentication::{Identity, cookie, has_token},
        visitor::Visitor,
    },
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
        .layer(axum::middleware::from_fn(refuse_tokens))
}

/// What pages and server functions find in their context.
fn provide(services: Services) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        let parts = use_context::<Parts>();
        let (actor, visit, secure_cookies) =
            parts.as_ref().map_or_else(|| (None, Visit::default(), true), carried);
        provide_context(parts.as_ref().map(language_of).unwrap_or_default());
        let origin = parts.as_ref().and_then(origin_of);
        let services = services.clone();
        let bundles = crate::previews::BUNDLES;
        provide_context(RequestContext { services, actor, visit, secure_cookies, bundles, origin });
    }
}

/// Whose session a request carries, from where it comes, and whether its cookies must be `Secure`.
pub(crate) fn carried(parts: &Parts) -> (Option<Actor>, Visit, bool) {
    let identity = parts.extensions.get::<Identity>().filter(|identity| identity.is_session());
    let actor = identity.and_then(Identity::actor).cloned();
    let device = cookie(&parts.headers, DEVICE_COOKIE).map(|word| DeviceSecret(word.to_owned()));
    let visitor = parts.extensions.get::<Visitor>();
    let visit = Visit {
        network: visitor.and_then(Visitor::network),
        is_local: visitor.is_some_and(Visitor::is_local),
        device,
    };
    (actor, visit, visitor.is_none_or(Visitor::needs_secure_cookies))
}

/// Server functions are the page's own: they take its session and no token, whatever that one may do elsewhere.
async fn refuse_tokens(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with(UI_PREFIX) && has_token(request.headers()) {
        let message =
            "This path takes the browser's session, not an API token. Programs use /api/v1, see /api/docs.";
        return Failure::from(Error::forbidden("session_required", message)).into_response();
    }
    next.run(request).await
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

/// A page before the app.
pub async fn door(state: &AppState, request: Request, standing: Standing) -> Response {
    let options = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(provide(state.services.clone()), move || {
        vertice_app::door(options.clone(), standing.clone())
    });
    render(request).await
}

/// The page on which conversations are taken in.
pub async fn import(state: &AppState, request: Request, outcome: Option<Outcome>) -> Response {
    let options = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(provide(state.services.clone()), move || {
        vertice_app::import_page(options.clone(), outcome.clone())
    });
    render(request).await
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
    let render = leptos_axum::render_app_async_with_context(provide(state.services.clone()), move || {
        shell(options.clone())
    });
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
