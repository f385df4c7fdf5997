//! Where a browser comes back to from a sign-in at an MCP server, and what authorization servers may read about this client.
//! What comes in the address is used up here, and is in no address that we send a browser to.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};
use vertice_app::ssr::BACK_COOKIE;
use vertice_domain::{ConversationId, Error, Result};
use vertice_ports::{
    McpServers,
    mcp::{CALLBACK_PATH, CLIENT_METADATA_PATH, CLIENT_NAME, SignInAnswer},
};

use crate::{extract::Origin, render, state::AppState};

/// What the page of servers is told when all went well.
const SIGNED_IN: &str = "signed_in";

pub fn routes() -> Router<AppState> {
    Router::new().route(CALLBACK_PATH, get(come_back)).route(CLIENT_METADATA_PATH, get(metadata))
}

/// What an authorization server sends along.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Ends the sign-in, and shows the page it was begun on, which says how it went.
async fn come_back(State(servers): State<Arc<dyn McpServers>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let outcome = finish(&*servers, &parts).await;
    if let Err(error) = &outcome {
        tracing::warn!(code = %error.code, "a sign-in at an MCP server came to nothing: {error}");
    }
    let word = outcome.as_ref().map_or_else(|error| error.code.as_str(), |()| SIGNED_IN);
    let back = back(&parts.headers);
    let address = match back {
        Some(conversation) => format!("/c/{conversation}?outcome={word}"),
        None => format!("/settings?tab=tools&outcome={word}"),
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Codes are words of ours, of small letters.
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    if back.is_some()
        && let Ok(used_up) =
            HeaderValue::from_str(&format!("{BACK_COOKIE}=; Path={CALLBACK_PATH}; Max-Age=0; HttpOnly"))
    {
        response.headers_mut().insert(header::SET_COOKIE, used_up);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The conversation in which the sign-in was begun, if it was in one. Only an id counts: it says nothing of other sites.
fn back(headers: &HeaderMap) -> Option<ConversationId> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == BACK_COOKIE).find_map(|(_, id)| id.parse().ok())
}

async fn finish(servers: &dyn McpServers, parts: &Parts) -> Result<()> {
    // A person's browser comes back, never a program.
    let (actor, ..) = render::carried(parts);
    let actor = actor.ok_or_else(Error::unauthenticated)?;
    let query = parts.uri.query().unwrap_or_default();
    let odd = |_| Error::invalid_field("query", "must be an authorization server's answer");
    let Answer { state, code, error, iss } = serde_urlencoded::from_str(query).map_err(odd)?;
    let outcome = match (code, error) {
        (Some(code), None) => Ok(code),
        (_, error) => Err(error.unwrap_or_else(|| "no code".to_owned())),
    };
    servers.signed_in(&actor, SignInAnswer { state, outcome, issuer: iss }).await.map(drop)
}

/// This client, as a Client ID Metadata Document.
async fn metadata(Origin(origin): Origin) -> Json<Value> {
    Json(json!({
        "client_id": format!("{origin}{CLIENT_METADATA_PATH}"),
        "client_name": CLIENT_NAME,
        "client_uri": origin,
        "redirect_uris": [format!("{origin}{CALLBACK_PATH}")],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }))
}
