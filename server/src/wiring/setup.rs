//! The setup token: where strangers can reach a server that has no account yet, the first one to come must not become
//! its admin by chance.

use crate::settings::Settings;

/// Without letters and digits that are mistaken for each other.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// Nearly five bits each: 118 bits.
const LENGTH: usize = 24;

/// A token, printed this once, if one is needed.
pub(super) fn token(settings: &Settings, has_users: bool) -> Option<String> {
    if has_users || !settings.is_reachable_by_others() {
        return None;
    }
    let token = vertice_auth::random::word(ALPHABET, LENGTH);
    tracing::info!(target: "setup", "the first account needs this setup token: {token}");
    Some(token)
}
