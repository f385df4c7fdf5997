//! The way to the issuer that the server's admin has named: https, or plain http on this machine, where people try things out.
//! No redirect is followed, nothing of ours goes along, and no answer is longer or later than it may be.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use reqwest::{
    Client, RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use url::{Host, Url, form_urlencoded};
use vertice_domain::{Error, ErrorKind, Result};
use vertice_ports::IssuerHttp;

use crate::client::{Egress, Fault, Lookup, Rules, read};

/// The longest document, in bytes.
const LONGEST: usize = 64 * 1_024;
/// How forms are written.
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks an issuer.
pub struct IssuerClient {
    egress: Egress,
}

impl IssuerClient {
    /// An issuer may be in the admin's own network.
    pub fn new(lookup: Arc<dyn Lookup>) -> Self {
        Self { egress: Egress::new(Rules::NETWORK, lookup) }
    }

    async fn ask(
        &self,
        address: &str,
        request: impl FnOnce(Client, Url) -> RequestBuilder,
    ) -> std::result::Result<Vec<u8>, Fault> {
        let answer = async {
            let url = Url::parse(address).ok().filter(may_be_asked).ok_or(Fault::BadAddress)?;
            let client = self.egress.client_for(&url).await?;
            send(request(client, url)).await
        };
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(Fault::TooSlow))
    }
}

async fn send(request: RequestBuilder) -> std::result::Result<Vec<u8>, Fault> {
    let request = request.header(ACCEPT, HeaderValue::from_static("application/json"));
    let response = request.send().await.map_err(|_| Fault::Unreachable)?;
    let status = response.status();
    if status.is_success() { read(response, LONGEST).await } else { Err(Fault::Status(status.as_u16())) }
}

#[async_trait]
impl IssuerHttp for IssuerClient {
    async fn get(&self, address: &str) -> Result<Vec<u8>> {
        self.ask(address, |client, url| client.get(url)).await.map_err(|fault| silence(address, &fault))
    }

    async fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
        client: Option<(&str, &str)>,
    ) -> Result<Vec<u8>> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = |http: Client, url: Url| {
            let request = http.post(url).header(CONTENT_TYPE, FORM).body(body);
            match client {
                // RFC 6749, 2.3.1: as in a form.
                Some((name, secret)) => request.basic_auth(encoded(name), Some(encoded(secret))),
                None => request,
            }
        };
        self.ask(address, request).await.map_err(|fault| match fault {
            Fault::Status(400..=499) => Error::forbidden("issuer_refused", &format!("{address}: {fault}")),
            _ => silence(address, &fault),
        })
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn silence(address: &str, fault: &Fault) -> Error {
    Error::new(ErrorKind::Unavailable, "issuer_unavailable", format!("{address}: {fault}"))
}

fn may_be_asked(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    matches!((url.scheme(), is_loopback), ("https", _) | ("http", true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine() {
        for (address, may) in [
            ("https://id.example.com/jwks", true),
            ("https://10.0.0.1/jwks", true),
            ("http://127.0.0.1:9/jwks", true),
            ("http://localhost:9/jwks", true),
            ("http://[::1]:9/jwks", true),
            ("http://id.example.com/jwks", false),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/jwks", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
        ] {
            assert_eq!(may_be_asked(&Url::parse(address).unwrap()), may, "{address}");
        }
    }
}
