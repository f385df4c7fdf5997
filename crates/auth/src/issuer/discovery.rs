//! What an issuer says of itself (OpenID Connect Discovery 1.0). Pure.

use serde::Deserialize;
use url::{Host, Url};

/// Where things are at an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) jwks_uri: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// Where a person signs in, and where a code is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Endpoints<'a> {
    pub(super) authorization: &'a str,
    pub(super) token: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DiscoveryFault {
    #[error("the discovery document cannot be read")]
    Unreadable,
    #[error("the discovery document is another issuer's")]
    OtherIssuer,
    #[error("the discovery document names an address that is not https")]
    Address,
}

/// Where the document of an issuer is.
pub(super) fn address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

impl Metadata {
    /// The document of that issuer, and of no other.
    pub(super) fn parse(document: &[u8], issuer: &str) -> Result<Self, DiscoveryFault> {
        let metadata: Self = serde_json::from_slice(document).map_err(|_| DiscoveryFault::Unreadable)?;
        if metadata.issuer != issuer {
            return Err(DiscoveryFault::OtherIssuer);
        }
        if may_be_asked(&metadata.jwks_uri, issuer) { Ok(metadata) } else { Err(DiscoveryFault::Address) }
    }

    /// None: nobody can sign in there.
    pub(super) fn endpoints(&self) -> Option<Endpoints<'_>> {
        let good = |address: &&str| may_be_asked(address, &self.issuer);
        Some(Endpoints {
            authorization: self.authorization_endpoint.as_deref().filter(good)?,
            token: self.token_endpoint.as_deref().filter(good)?,
        })
    }

    /// Whether it promises to say who it is (RFC 9207).
    pub(super) const fn says_issuer(&self) -> bool {
        self.authorization_response_iss_parameter_supported
    }

    /// Whether it takes a client's secret in a header, as all do that do not say otherwise.
    pub(super) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}

/// https; plain http only on this machine, and only where the issuer is there too.
fn may_be_asked(address: &str, issuer: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(&url) && Url::parse(issuer).is_ok_and(|issuer| is_loopback(&issuer)),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(issuer: &str, told: &str, jwks: &str) -> Option<DiscoveryFault> {
        let document = json!({"issuer": told, "jwks_uri": jwks, "claims_supported": ["sub"]});
        Metadata::parse(document.to_string().as_bytes(), issuer).err()
    }

    #[test]
    fn a_document_speaks_of_its_own_issuer() {
        let id = "https://id.example.com";
        let keys = "https://keys.example.com/jwks";
        assert_eq!(parsed(id, id, keys), None);
        for other in ["https://id.example.com/", "https://evil.example.com", "http://id.example.com", ""] {
            assert_eq!(parsed(id, other, keys), Some(DiscoveryFault::OtherIssuer), "{other}");
        }
        for odd in ["http://id.example.com/k", "http://127.0.0.1/k", "file:///etc/passwd", "k"] {
            assert_eq!(parsed(id, id, odd), Some(DiscoveryFault::Address), "{odd}");
        }
        let here = "http://127.0.0.1:9";
        assert_eq!(parsed(here, here, "http://127.0.0.1:9/jwks"), None);
        assert_eq!(parsed(here, here, "http://10.0.0.1/jwks"), Some(DiscoveryFault::Address));
        assert_eq!(Metadata::parse(b"[]", id), Err(DiscoveryFault::Unreadable));
    }

    #[test]
    fn the_document_is_below_the_issuer() {
        let at = "https://id.example.com/realms/a/.well-known/openid-configuration";
        assert_eq!(address("https://id.example.com/realms/a"), at);
        assert_eq!(address("https://id.example.com/realms/a/"), at);
    }
}
