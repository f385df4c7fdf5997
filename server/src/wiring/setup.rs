//! The setup token: where strangers can reach a server that has no account yet, the first one to come must not become
//! its admin by chance. On loopback they can as soon as a proxy stands before it, and only their requests show that.

use vertice_auth::SetupToken;

use crate::settings::Settings;

/// Without letters and digits that are mistaken for each other.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// Nearly five bits each: 118 bits.
const LENGTH: usize = 24;

/// A token, printed this once, as long as there is no account.
pub(super) fn token(settings: &Settings, has_users: bool) -> Option<SetupToken> {
    if has_users {
        return None;
    }
    let token = vertice_auth::random::word(ALPHABET, LENGTH);
    let always = settings.is_reachable_by_others();
    if always {
        tracing::info!(target: "setup", "the first account needs this setup token: {token}");
    } else {
        tracing::info!(
            target: "setup",
            "the first account needs this setup token, if its maker comes through a proxy: {token}"
        );
    }
    Some(SetupToken { token, always })
}
