//! Secrets of sessions and tokens: made here, recognised by their hash. Never logged.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use vertice_ports::store::SecretHash;

use crate::random;

/// What every API token's secret begins with, so that scanners find leaked ones.
const TOKEN_PREFIX: &str = "vtk_";
/// Random bytes in a secret.
const BYTES: usize = 32;
/// Characters of as many bytes in base64url without padding.
const CHARS: usize = 43;

/// A new session's secret.
pub(crate) fn session() -> String {
    URL_SAFE_NO_PAD.encode(random::bytes::<BYTES>())
}

/// A new token's secret.
pub(crate) fn token() -> String {
    format!("{TOKEN_PREFIX}{}", session())
}

/// What is stored of a secret. It has 256 random bits, so that a fast hash is enough.
pub(crate) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether it can be a session's secret at all.
pub(crate) fn looks_like_session(secret: &str) -> bool {
    secret.len() == CHARS && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether it can be a token's secret at all.
pub(crate) fn looks_like_token(secret: &str) -> bool {
    secret.strip_prefix(TOKEN_PREFIX).is_some_and(looks_like_session)
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let differences = hash(a).into_iter().zip(hash(b)).map(|(a, b)| a ^ b);
    std::hint::black_box(differences.fold(0, |all, one| all | one)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_their_shape_and_differ() {
        let (session_secret, token_secret) = (session(), token());
        assert!(looks_like_session(&session_secret) && !looks_like_token(&session_secret));
        assert!(looks_like_token(&token_secret) && !looks_like_session(&token_secret));
        assert!(same(&token_secret, &token_secret) && !same(&token_secret, &token()));
        assert!(!looks_like_token("vtk_") && !looks_like_session("ä"));
    }
}
