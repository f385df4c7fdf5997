//! The issuer's page, and what it gives for a code. It takes nothing that it would not have to take: PKCE, redirect, client
//! and nonce must be right.

use std::collections::HashMap;

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Inner, Issuer};

/// The client's secret, where it has one.
pub const CLIENT_SECRET: &str = "a-secret/with=odd&signs+%";

/// How a person comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Given,
    Refused,
    /// Another issuer says that it was given.
    Stranger,
}

/// What was asked for with a code, and what comes for it.
pub(super) struct Granted {
    asked: HashMap<String, String>,
    claims: Value,
    kid: String,
}

impl Issuer {
    /// What a person's browser comes back to from the address, having signed in there. In the ID token stand `claims`, and the
    /// nonce unless there is one among them; it is signed with the key of that name.
    pub fn sign_in(&self, page: &str, consent: Consent, kid: &str, claims: &Value) -> Result<Url, String> {
        let page = Url::parse(page).map_err(|error| error.to_string())?;
        let asked: HashMap<String, String> = page.query_pairs().into_owned().collect();
        let told = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let is_right = page.as_str().starts_with(&format!("{}/authorize?", self.url))
            && told("client_id") == "vertice"
            && told("response_type") == "code"
            && told("scope").split(' ').any(|scope| scope == "openid")
            && told("code_challenge_method") == "S256"
            && told("code_challenge").len() == 43
            && told("state").len() >= 16
            && told("nonce").len() >= 16;
        if !is_right {
            return Err(format!("what is asked for is not right: {page}"));
        }
        let mut back = Url::parse(&told("redirect_uri")).map_err(|error| error.to_string())?;
        back.query_pairs_mut().append_pair("state", &told("state"));
        if consent == Consent::Refused {
            back.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let mut claims = claims.clone();
            if claims.get("nonce").is_none() {
                claims["nonce"] = told("nonce").into();
            }
            let mut codes = self.inner.codes();
            let code = format!("code-{}", codes.1);
            codes.1 += 1;
            back.query_pairs_mut().append_pair("code", &code);
            codes.0.insert(code, Granted { asked, claims, kid: kid.to_owned() });
        }
        let issuer = if consent == Consent::Stranger { "https://evil.example" } else { &self.url };
        back.query_pairs_mut().append_pair("iss", issuer);
        Ok(back)
    }
}

pub(super) async fn token(
    State(inner): State<std::sync::Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let told = |name: &str| form.get(name).cloned().unwrap_or_default();
    let Some(granted) = inner.codes().0.remove(&told("code")) else { return refused("invalid_grant") };
    let was = |name: &str| granted.asked.get(name).cloned().unwrap_or_default();
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(told("code_verifier")));
    let is_right = told("grant_type") == "authorization_code"
        && proof == was("code_challenge")
        && told("redirect_uri") == was("redirect_uri");
    if !is_right {
        return refused("invalid_grant");
    }
    let is_known = match headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        Some(value) => value == basic(),
        None => told("client_id") == "vertice" && !told("code").is_empty(),
    };
    if !is_known {
        return refused("invalid_client");
    }
    let keys = inner.keys();
    let Some(key) = keys.iter().find(|key| key.kid == granted.kid) else { return refused("server_error") };
    Json(json!({"access_token": "opaque", "token_type": "Bearer", "id_token": key.token(&granted.claims)}))
        .into_response()
}

/// RFC 6749, 2.3.1.
fn basic() -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    format!("Basic {}", STANDARD.encode(format!("vertice:{encoded}")))
}

fn refused(word: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": word}))).into_response()
}
