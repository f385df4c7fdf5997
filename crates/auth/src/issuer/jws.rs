//! Signed tokens in compact form (RFC 7515), of the two algorithms that are taken. Pure.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use super::{
    TokenFault,
    jwks::{Algorithm, Candidates},
};

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 8 * 1_024;

/// Whether it can be a signed token at all.
pub(crate) fn looks_like_jws(token: &str) -> bool {
    token.len() <= LONGEST && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// What a header may say. Keys that it brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not even read.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A token whose signature has not been looked at.
pub(super) struct Jws<'a> {
    algorithm: Algorithm,
    pub(super) key_id: String,
    /// What kind of token it says it is.
    pub(super) kind: Option<String>,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenFault> {
        if !looks_like_jws(token) {
            return Err(TokenFault::Shape);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenFault::Shape)?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Shape);
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenFault::Shape)?;
        if header.crit.is_some() {
            return Err(TokenFault::Critical);
        }
        Ok(Self {
            algorithm: Algorithm::of(&header.alg).ok_or(TokenFault::Algorithm)?,
            key_id: header.kid.filter(|kid| !kid.is_empty()).ok_or(TokenFault::NoKeyId)?,
            kind: header.typ,
            signed,
            payload: bytes(payload)?,
            signature: bytes(signature)?,
        })
    }

    /// Holds it against the keys of that name. The key says which algorithm it is for, never the token.
    pub(super) fn verify(&self, keys: &Candidates) -> Result<(), TokenFault> {
        let key = keys.of(self.algorithm).ok_or(TokenFault::OtherAlgorithm)?;
        key.verify(self.signed.as_bytes(), &self.signature).map_err(|_| TokenFault::Signature)
    }

    /// What it says; to be believed only once [`Self::verify`] has.
    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(header: &str) -> Option<TokenFault> {
        let token = format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(header));
        Jws::parse(&token).err()
    }

    #[test]
    fn headers_are_read_strictly() {
        for (header, wanted) in [
            (r#"{"alg":"RS256","kid":"a"}"#, None),
            (r#"{"alg":"ES256","kid":"a","typ":"JWT","jku":"https://evil.example"}"#, None),
            (r#"{"alg":"none","kid":"a"}"#, Some(TokenFault::Algorithm)),
            (r#"{"alg":"None","kid":"a"}"#, Some(TokenFault::Algorithm)),
            (r#"{"alg":"HS256","kid":"a"}"#, Some(TokenFault::Algorithm)),
            (r#"{"alg":"PS256","kid":"a"}"#, Some(TokenFault::Algorithm)),
            (r#"{"alg":"RS256"}"#, Some(TokenFault::NoKeyId)),
            (r#"{"alg":"RS256","kid":""}"#, Some(TokenFault::NoKeyId)),
            (r#"{"alg":"RS256","kid":"a","crit":["b64"],"b64":false}"#, Some(TokenFault::Critical)),
            (r#"{"alg":"RS256","alg":"ES256","kid":"a"}"#, Some(TokenFault::Shape)),
            (r#"{"kid":"a"}"#, Some(TokenFault::Shape)),
            ("[]", Some(TokenFault::Shape)),
            ("", Some(TokenFault::Shape)),
        ] {
            assert_eq!(fault(header), wanted, "{header}");
        }
    }

    #[test]
    fn what_is_no_token_is_told_by_its_shape() {
        let long = format!("a.{}.b", "c".repeat(LONGEST));
        for text in ["", "a.b", "a.b.c.d", "..", "=.e30.AA", &long] {
            assert!(Jws::parse(text).is_err(), "{text}");
        }
        assert!(looks_like_jws("a.b.c") && !looks_like_jws("vtk_x") && !looks_like_jws(&long));
    }
}
