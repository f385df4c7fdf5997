//! An issuer's public keys (RFC 7517). What cannot verify RS256 or ES256 is passed over: a symmetric key above all, for
//! which a public one could be passed off. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

/// The most keys that are kept.
const MOST: usize = 20;

/// The algorithms that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point of P-256, uncompressed.
    P256(Vec<u8>),
}

impl PublicKey {
    /// The one algorithm it is for.
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
        }
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), ring::error::Unspecified> {
        match self {
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        }
    }
}

/// The keys of one name: one, unless an issuer names one of each algorithm alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidates(Vec<PublicKey>);

impl Candidates {
    pub(super) fn of(&self, algorithm: Algorithm) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.algorithm() == algorithm)
    }
}

/// All of an issuer's keys that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeySet(Vec<(String, PublicKey)>);

/// It is no key set, or none of its keys can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document holds no key for RS256 or ES256")]
pub(super) struct NoKeys;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    pub(super) fn parse(document: &[u8]) -> Result<Self, NoKeys> {
        let document: Document = serde_json::from_slice(document).map_err(|_| NoKeys)?;
        let keys: Vec<_> = document.keys.into_iter().filter_map(usable).take(MOST).collect();
        if keys.is_empty() { Err(NoKeys) } else { Ok(Self(keys)) }
    }

    /// The keys of that name; none: there is no such name.
    pub(super) fn named(&self, kid: &str) -> Option<Candidates> {
        let keys: Vec<_> =
            self.0.iter().filter(|(name, _)| name == kid).map(|(_, key)| key.clone()).collect();
        (!keys.is_empty()).then_some(Candidates(keys))
    }
}

fn usable(key: Value) -> Option<(String, PublicKey)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    if jwk.kid.is_empty() || jwk.purpose.is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
    let key = match jwk.kty.as_str() {
        "RSA" => PublicKey::Rsa { n: without_zeros(bytes(jwk.n)?), e: without_zeros(bytes(jwk.e)?) },
        "EC" if jwk.crv.as_deref() == Some("P-256") => {
            PublicKey::P256(point(&bytes(jwk.x)?, &bytes(jwk.y)?)?)
        }
        _ => return None,
    };
    let is_for = jwk.alg.is_none_or(|alg| Algorithm::of(&alg) == Some(key.algorithm()));
    is_for.then_some((jwk.kid, key))
}

/// Some write a zero before a number whose first bit is set.
fn without_zeros(number: Vec<u8>) -> Vec<u8> {
    number.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// SEC 1, 2.3.3.
fn point(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    (x.len() == 32 && y.len() == 32).then(|| [&[4], x, y].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(keys: &Value) -> Vec<String> {
        let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
        set.map(|set| set.0.into_iter().map(|(name, _)| name).collect()).unwrap_or_default()
    }

    #[test]
    fn only_what_verifies_is_kept() {
        let coordinate = URL_SAFE_NO_PAD.encode([7; 32]);
        let kept = names(&json!([
            {"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "named", "n": "AQAB", "e": "AQAB", "use": "sig", "alg": "RS256"},
            {"kty": "EC", "kid": "ec", "crv": "P-256", "x": coordinate, "y": coordinate},
            {"kty": "oct", "kid": "shared", "k": "AQAB"},
            {"kty": "RSA", "kid": "sealing", "n": "AQAB", "e": "AQAB", "use": "enc"},
            {"kty": "RSA", "kid": "other", "n": "AQAB", "e": "AQAB", "alg": "RS512"},
            {"kty": "RSA", "kid": "confused", "n": "AQAB", "e": "AQAB", "alg": "HS256"},
            {"kty": "EC", "kid": "curve", "crv": "P-384", "x": coordinate, "y": coordinate},
            {"kty": "EC", "kid": "short", "crv": "P-256", "x": "AQAB", "y": coordinate},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "nonsense", "n": "=", "e": "AQAB"},
            "nonsense",
        ]));
        assert_eq!(kept, ["rsa", "named", "ec"]);
        let many: Vec<_> =
            (0..50).map(|n| json!({"kty": "RSA", "kid": n.to_string(), "n": "AQAB", "e": "AQAB"})).collect();
        assert_eq!(names(&json!(many)).len(), MOST);
    }

    #[test]
    fn a_set_without_a_key_is_none() {
        for document in ["", "[]", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","kid":"a","k":"b"}]}"#] {
            assert_eq!(KeySet::parse(document.as_bytes()), Err(NoKeys), "{document}");
        }
    }
}
