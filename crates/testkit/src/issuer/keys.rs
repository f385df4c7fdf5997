//! Keys that sign tokens. Those for RS256 stand beside this file: they are known to everybody, and nobody's.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

const RSA_ONE: &[u8] = include_bytes!("rsa_one.der");
const RSA_TWO: &[u8] = include_bytes!("rsa_two.der");

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// A key with a name.
pub struct SigningKey {
    pub kid: String,
    pair: Pair,
}

impl SigningKey {
    /// For RS256.
    pub fn rsa(kid: &str) -> Self {
        Self::from_pkcs8(kid, RSA_ONE)
    }

    /// For RS256, another one.
    pub fn other_rsa(kid: &str) -> Self {
        Self::from_pkcs8(kid, RSA_TWO)
    }

    fn from_pkcs8(kid: &str, key: &[u8]) -> Self {
        let pair = RsaKeyPair::from_pkcs8(key).expect("the files hold keys");
        Self { kid: kid.to_owned(), pair: Pair::Rsa(pair) }
    }

    /// For ES256, a new one each time.
    pub fn ec(kid: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("the system has randomness");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).expect("it was just made");
        Self { kid: kid.to_owned(), pair: Pair::Ec(pair) }
    }

    /// The algorithm it is for.
    pub const fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
        }
    }

    /// Its public half.
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
                    "n": text(&public.n), "e": text(&public.e)})
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": self.kid,
                    "x": text(&point[1..33]), "y": text(&point[33..])})
            }
        }
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"alg": self.algorithm(), "kid": self.kid, "typ": "JWT"}), claims)
    }

    /// A token with any header, signed as this key signs.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        compact(header, claims, |message| self.sign(message))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("the key is long enough");
                signature
            }
            Pair::Ec(pair) => {
                let signature = pair.sign(&random, message).expect("the system has randomness");
                signature.as_ref().to_vec()
            }
        }
    }
}

/// Any token, with whatever signature.
pub fn compact(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token whose signature is an HMAC with that secret.
pub fn compact_hs256(kid: &str, claims: &Value, secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let header = json!({"alg": "HS256", "kid": kid, "typ": "JWT"});
    compact(&header, claims, |message| hmac::sign(&key, message).as_ref().to_vec())
}
