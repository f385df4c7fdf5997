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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use url::Url;
    use vertice_domain::Timestamp;

    use super::*;
    use crate::oauth::record::Client;

    fn record(secret: Option<&str>, secret_in_body: bool) -> Record {
        Record {
            url: Url::parse("https://mcp.example.com/mcp").unwrap(),
            issuer: None,
            token_endpoint: "https://as.example.com/token".into(),
            resource: "https://mcp.example.com".into(),
            client: Client { id: "a b".into(), secret: secret.map(str::to_owned), secret_in_body },
            access_token: "old".into(),
            refresh_token: Some("r1".into()),
            expires_at: None,
            scopes: vec!["tools".into()],
            asked: Vec::new(),
            step_ups: 0,
        }
    }

    fn asked(record: &Record) -> (HashMap<String, String>, Option<String>) {
        let request = request(record, "r&1").unwrap();
        assert_eq!(request.uri().query(), None);
        let form = url::form_urlencoded::parse(request.body()).into_owned().collect();
        let header = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        (form, header)
    }

    #[test]
    fn the_client_shows_who_it_is_as_the_server_takes_it() {
        for (secret, in_body, id, in_form, basic) in [
            (None, false, Some("a b"), None, None),
            (Some("s:1"), true, Some("a b"), Some("s:1"), None),
            (Some("s:1"), false, None, None, Some("Basic YStiOnMlM0Ex")),
        ] {
            let (form, header) = asked(&record(secret, in_body));
            let told = |name: &str| form.get(name).map(String::as_str);
            assert_eq!((told("client_id"), told("client_secret"), header.as_deref()), (id, in_form, basic));
            let wanted = (Some("r&1"), Some("https://mcp.example.com"), Some("refresh_token"));
            assert_eq!((told("refresh_token"), told("resource"), told("grant_type")), wanted);
        }
    }

    #[test]
    fn what_the_answer_leaves_out_stays() {
        let mut record = record(None, false);
        let now = Timestamp::from_millis(1_000);
        let granted = |text: &str| serde_json::from_str::<Granted>(text).unwrap();
        record.take(granted(r#"{"access_token": "new", "expires_in": 120}"#), now);
        assert_eq!((record.access_token.as_str(), record.refresh_token.as_deref()), ("new", Some("r1")));
        assert_eq!(record.scopes, ["tools"]);
        assert!(!record.is_due(now) && record.is_due(now.plus_millis(60_000)));
        assert!(!record.is_over(now.plus_millis(119_999)) && record.is_over(now.plus_millis(120_000)));
        record.take(granted(r#"{"access_token": "x", "refresh_token": "r2", "scope": "a b"}"#), now);
        assert_eq!((record.refresh_token.as_deref(), record.expires_at), (Some("r2"), None));
        assert_eq!(record.scopes, ["a", "b"]);
        record.take(granted(r#"{"access_token": "x", "expires_in": 18446744073709551615}"#), now);
        assert!(!record.is_due(now));
    }
}
