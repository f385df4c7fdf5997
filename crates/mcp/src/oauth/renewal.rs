//! A token is renewed (RFC 6749 §6). rmcp's own way knows neither what the tokens are for nor the client's secret when a server
//! starts again, and renews once for every call that was refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, header};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{
    guarded::Guarded,
    record::{Granted, Record},
};

/// Why there is no new token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotRenewed {
    /// The authorization server will not renew this sign-in again.
    Over,
    /// It may later; a clause says why not now.
    Later(String),
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

pub(super) async fn renew(guarded: &Guarded, record: &Record, token: &str) -> Result<Granted, NotRenewed> {
    let answer = guarded.send(request(record, token)?).await;
    let answer = answer.map_err(|why| NotRenewed::Later(why.to_string()))?;
    if answer.status().is_success() {
        let unreadable = |_| NotRenewed::Later("its authorization server's answer cannot be read".into());
        return serde_json::from_slice(answer.body()).map_err(unreadable);
    }
    let refusal = serde_json::from_slice::<Refusal>(answer.body()).map(|refusal| refusal.error);
    match refusal.as_deref() {
        Ok("invalid_grant" | "invalid_client" | "unauthorized_client") => Err(NotRenewed::Over),
        _ => Err(NotRenewed::Later(format!(
            "its authorization server answered with status {}",
            answer.status().as_u16()
        ))),
    }
}

fn request(record: &Record, token: &str) -> Result<Request<Vec<u8>>, NotRenewed> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token);
    form.append_pair("resource", &record.resource);
    let mut request = Request::post(&record.token_endpoint)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    match &record.client.secret {
        Some(secret) if !record.client.secret_in_body => {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encoded(&record.client.id), encoded(secret));
            request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
        }
        secret => {
            form.append_pair("client_id", &record.client.id);
            if let Some(secret) = secret {
                form.append_pair("client_secret", secret);
            }
        }
    }
    let odd = |_| NotRenewed::Later("the address of its authorization server is none".into());
    request.body(form.finish().into_bytes()).map_err(odd)
}
