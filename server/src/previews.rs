//! The doors of previews: the shell of their frames, and the files that frames and the editor run. What artifacts hold is
//! written by models, so that a frame belongs to nobody: an origin of its own, no cookies, no network but our own scripts.
//! docs/SECURITY.md says what that guarantees. It must never serve a text that a person or a model has written.

use axum::{
    Router,
    extract::{Path, Request},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use vertice_bundles::{File, HASH};
use vertice_domain::{Error, ErrorKind};

use crate::{assets::accepts, error::Failure, extract::origin_of, state::AppState};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// What a browser says a response is for.
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The same for every preview. `X-Frame-Options` is for browsers that do not know `frame-ancestors`.
const OF_PREVIEWS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), display-capture=(), fullscreen=(), autoplay=(), clipboard-read=(), \
         clipboard-write=(), payment=(), usb=(), serial=(), hid=(), midi=(), gamepad=(), screen-wake-lock=(), \
         idle-detection=(), local-fonts=(), publickey-credentials-get=(), identity-credentials-get=(), \
         browsing-topics=(), local-network-access=(), language-model=()",
    ),
];

/// Newer browsers hold every connection against it, WebRTC's too, which the policy does not.
const CONNECTION_ALLOWLIST: HeaderName = HeaderName::from_static("connection-allowlist");

/// Below which address the bundles of this build are.
pub use vertice_bundles::BASE as BUNDLES;

pub fn routes() -> Router<AppState> {
    let frames = Router::new()
        .route("/preview/shell", get(shell))
        .route("/preview", any(nothing))
        .route("/preview/", any(nothing))
        .route("/preview/{*path}", any(nothing))
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .layer(from_fn(confine));
    Router::new().route("/rt/{hash}/{*path}", get(runtime)).merge(frames)
}

/// `GET /preview/shell`: the document of every frame.
async fn shell() -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, ASK_AGAIN)], vertice_bundles::shell())
        .into_response()
}

async fn nothing() -> Failure {
    Failure::no_such_path()
}

/// Puts whatever is answered below `/preview` under the full policy, refusals too: the page may show all of it in a frame.
/// Elsewhere than in a frame it would still have the policy, but not the frame's own sandbox; it is refused there.
async fn confine(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let origin = origin_of(&parts);
    let is_framed = parts.headers.get(FETCH_DEST).is_none_or(|dest| dest == "iframe");
    let mut response = match &origin {
        None => {
            Failure::from(Error::invalid_field("host", "must be the name of this server")).into_response()
        }
        Some(_) if !is_framed => not_framed().into_response(),
        Some(_) => next.run(Request::from_parts(parts, body)).await,
    };
    let headers = response.headers_mut();
    for (name, value) in OF_PREVIEWS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let connections =
        origin.as_ref().map_or_else(|| "()".to_owned(), |origin| format!("(\"{origin}/rt/*\")"));
    for (name, value) in
        [(header::CONTENT_SECURITY_POLICY, policy(origin.as_deref())), (CONNECTION_ALLOWLIST, connections)]
    {
        headers.insert(name, HeaderValue::from_str(&value).expect("a serialised origin is a header value"));
    }
    response
}

fn not_framed() -> Failure {
    let message = "This is a part of the page, and opens in its frame alone.";
    Error::new(ErrorKind::Forbidden, "not_framed", message).into()
}

/// The policy of frames on this origin; none: nobody may frame it, and it runs nothing.
fn policy(origin: Option<&str>) -> String {
    let (runtime, page) = match origin {
        Some(origin) => (format!("{origin}/rt/"), origin),
        None => (String::new(), "'none'"),
    };
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' {runtime}; style-src 'unsafe-inline' \
         {runtime}; img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'none'; worker-src 'none'; \
         frame-src 'none'; object-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors {page}; \
         require-trusted-types-for 'script'; trusted-types default; webrtc 'block'"
    )
}

/// `GET /rt/{hash}/{*path}`: a file of this build. Frames have no origin, so that it is for everybody.
async fn runtime(Path((hash, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let found = if hash == HASH { vertice_bundles::file(&path) } else { None };
    let Some(File { bytes, brotli, kind }) = found else { return Failure::no_such_path().into_response() };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok());
    let packed = brotli.filter(|_| accepted.is_some_and(|accepted| accepts(accepted, "br")));
    let mut response = packed.unwrap_or(bytes).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, FOR_EVER);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    out.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    if packed.is_some() {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}
